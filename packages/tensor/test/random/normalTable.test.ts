import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Expr, ExprBuilder } from "../../src/kernel/expr.ts";
import { normalFromBits, normalRow } from "../../src/random/lower.ts";
import { normalTable } from "../../src/random/normalTable.ts";
import { normalQuantile } from "../../src/random/quantile.ts";
import { threefryInto } from "../../src/random/threefry.ts";
import { evaluateAt } from "./evaluate.ts";
import { referenceNormal, referenceRound } from "./reference.ts";

const table = normalTable();

/** floor(z t / 2^32) in doubles, exact for 32-bit z and t. */
function mulhi(z: number, t: number): number {
  return Math.floor((z * (t >>> 16) + Math.floor((z * (t & 0xffff)) / 65536)) / 65536);
}

/** z(m) in units of 2^-28, fast. */
function fixed(m: number): number {
  const octave = 31 - Math.clz32(m);
  const x = (m << (31 - octave)) & 0x7fffffff;
  const t = (x & 0x7ffffff) << 4;
  const at = (octave * 16 + (x >>> 27)) * 4;
  return table[at] + (mulhi(table[at + 1] + mulhi(table[at + 2] + mulhi(table[at + 3], t), t), t) >> 6);
}

describe("normalQuantile", () => {
  // Percentage points, computed with 40-digit arithmetic (mpmath 1.3, root of the distribution function).
  it.each([
    [0.5000009536743164, 2.3905070062955743e-6],
    [0.3, -0.5244005127080408],
    [0.075, -1.439531470938456],
    [0.07, -1.4757910281791706],
    [0.925, 1.4395314709384561],
    [0.95, 1.6448536269514722],
    [0.001, -3.0902323061678136],
    [1e-9, -5.9978070150076865],
    [9.094947017729282e-13, -7.047700256664409],
    [3.4924596548080444e-10, -6.166429517819751],
    [1.3096723705530167e-11, -6.66652310209657],
    [1.1102230246251565e-16, -8.209536151601387],
    [0.999999, 4.753424308817088],
  ])("of %d is %d", (u, z) => {
    expect(Math.abs(normalQuantile(u) / z - 1)).toBeLessThan(1e-15);
  });

  it("is odd about 1/2", () => {
    for (const u of [0.1, 0.25, 0.4375, 2 ** -40]) expect(normalQuantile(1 - u)).toBe(-normalQuantile(u));
    expect(normalQuantile(0.5)).toBe(0);
  });
});

describe("normalTable", () => {
  it("has the same words in every engine", () => {
    expect(table.length).toBe(31 * 16 * 4);
    const bytes = new Uint8Array(table.buffer);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      "7837e97411417570ca71da2ec298d3ad1b20ed24f33718e6e1eac8295a984334",
    );
  });

  it("is within 2e-8 of the inverse distribution function", () => {
    let worst = 0;
    const pair = new Uint32Array(2);
    for (let i = 0; i < 300_000; i++) {
      threefryInto(pair, 0, 3, 1, 0, i);
      // Half of the magnitudes uniform, half with uniform logarithm, which reach far into the tail.
      const m = Math.max(1, i & 1 ? pair[0] >>> 1 : pair[0] >>> (1 + (pair[1] % 31)));
      worst = Math.max(worst, Math.abs(fixed(m) / 2 ** 28 + normalQuantile((m + 0.5) / 2 ** 32)));
    }
    expect(worst).toBeLessThan(2e-8);
    expect(worst).toBeGreaterThan(1e-8);
  });

  it("never rises with the magnitude and ends at zero", () => {
    const check = (from: number, to: number): void => {
      let before = fixed(from);
      for (let m = from + 1; m <= to; m++) {
        const z = fixed(m);
        if (z > before) throw new Error(`rises from ${m - 1} to ${m}`);
        before = z;
      }
    };
    check(1, 1 << 20);
    for (let o = 16; o < 31; o++) {
      for (let j = 0; j < 16; j++) {
        const start = 2 ** o + (2 ** o / 16) * j;
        check(start - 500, Math.min(start + 500, 2147483647));
      }
    }
    check(2147483647 - 500, 2147483647);
    expect(fixed(1) / 2 ** 28).toBeCloseTo(6.1664295, 6);
    expect(fixed(2147483647)).toBe(0);
  });

  it("gives the moments of the normal distribution over 4e6 draws", () => {
    const n = 4_000_000;
    const pair = new Uint32Array(2);
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      threefryInto(pair, 0, 0, 2024, 0, i);
      const w = pair[0] ^ pair[1];
      const z = Math.fround((w < 0 ? -1 : 1) * fixed(Math.max(w & 0x7fffffff, 1))) / 2 ** 28;
      const z2 = z * z;
      sums[0] += z;
      sums[1] += z2;
      sums[2] += z2 * z;
      sums[3] += z2 * z2;
    }
    const [m1, m2, m3, m4] = sums.map((s) => s / n);
    expect(Math.abs(m1)).toBeLessThan(2e-3);
    expect(Math.abs(m2 - 1)).toBeLessThan(3e-3);
    // Four standard deviations of the sampling error: sqrt(15 / n) and sqrt(96 / n).
    expect(Math.abs(m3)).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(m4 - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });
});

function coefficients(b: ExprBuilder, word: Expr, read: (index: Expr) => Expr): Expr[] {
  const at = b.shl(normalRow(b, word), 2);
  return [0, 1, 2, 3].map((k) => read(b.add(at, b.const("i32", k))));
}

describe("normalFromBits", () => {
  const words = new Uint32Array(6000);
  for (let i = 0; i < words.length / 2; i++) threefryInto(words, 2 * i, 9, 9, 0, i);
  // Every octave at its ends, with both signs.
  let at = 0;
  for (let o = 0; o <= 31; o++) {
    for (const m of [2 ** o, 2 ** o - 1, 2 ** o + 1, 2 ** o + 2 ** o / 2 - 1]) {
      words[at++] = m;
      words[at++] = m + 2147483648;
    }
  }
  for (let i = 0; i < 1500; i++) words[2000 + i] >>>= i % 31;

  it("equals the definition in big integers, bit for bit", () => {
    const got = evaluateAt({ n: words.length, dtype: "f32", words, table }, ({ b, word, table }) =>
      normalFromBits(b, word, coefficients(b, word, table)),
    );
    const expected = Float32Array.from(words, (w) => referenceRound(referenceNormal(table, w)));
    expect(got).toEqual(expected);
    for (const x of expected) expect(Object.is(x, -0)).toBe(false);
  });
});
