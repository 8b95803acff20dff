import { describe, expect, it } from "vitest";
import {
  boundedFromBits,
  counterAt,
  threefryBits,
  uniform64FromBits,
  uniformFromBits,
  wordOf,
} from "../../src/random/lower.ts";
import { boundedWord, threefry } from "../../src/random/threefry.ts";
import { evaluateAt } from "./evaluate.ts";
import { referencePair } from "./reference.ts";

describe("threefry", () => {
  // The vectors that its authors distribute with Random123 (threefry2x32, 20 rounds).
  it.each([
    [
      [0, 0, 0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("gives the published words for key and counter %j", ([k0, k1, c0, c1], expected) => {
    expect(threefry(k0, k1, c0, c1)).toEqual(expected);
  });

  it("agrees with an implementation in big integers", () => {
    for (let i = 0; i < 200; i++) {
      const [a, b] = threefry(1, 2, 3, i);
      const [c, d] = threefry(4, 5, 6, i);
      expect(threefry(a, b, c, d)).toEqual(referencePair(a, b, c, d));
    }
  });
});

describe("lowered draws", () => {
  it("compute both words of every block", () => {
    const n = 300;
    for (const half of [0, 1]) {
      const got = evaluateAt(
        { n, dtype: "u32", params: [0xdeadbeef, 42, 7] },
        ({ b, index, params }) => threefryBits(b, params[0], params[1], params[2], b.bitcast("u32", index))[half],
      );
      for (let i = 0; i < n; i++) expect(got[i]).toBe(referencePair(0xdeadbeef, 42, 7, i)[half]);
    }
  });

  it("carry an offset into the high counter word", () => {
    const n = 40;
    const offset = 5 * 2 ** 32 - 20;
    const got = evaluateAt(
      { n, dtype: "u32", params: [1, 2, Math.floor(offset / 2 ** 32), offset % 2 ** 32] },
      ({ b, index, params }) => {
        const [hi, lo] = counterAt(b, index, params[2], params[3]);
        return wordOf(b, threefryBits(b, params[0], params[1], hi, lo));
      },
    );
    for (let i = 0; i < n; i++) {
      const counter = offset + i;
      const [x0, x1] = referencePair(1, 2, Math.floor(counter / 2 ** 32), counter % 2 ** 32);
      expect(got[i]).toBe((x0 ^ x1) >>> 0);
    }
  });

  const edges = new Uint32Array([0, 1, 511, 512, 0x7fffffff, 0x80000000, 0xfffffdff, 0xffffffff]);

  it("make the f32 uniform from the upper 23 bits", () => {
    const got = evaluateAt({ n: edges.length, dtype: "f32", words: edges }, ({ b, word }) => uniformFromBits(b, word));
    expect([...edges].map((w) => Math.floor(w / 512) / 8388608)).toEqual(Array.from(got));
  });

  it("make the f64 uniform from the upper 52 bits of both words", () => {
    const params = [0xfedcba98, 0x7654321f];
    const got = evaluateAt({ n: edges.length, dtype: "f64", params, words: edges }, ({ b, word, params }) =>
      uniform64FromBits(b, [params[0], b.xor(word, params[1])]),
    );
    const exact = [...edges].map((w) => {
      const bits = (0xfedcba98n << 32n) | BigInt((w ^ 0x7654321f) >>> 0);
      return Number(bits >> 12n) / 2 ** 52;
    });
    expect(Array.from(got)).toEqual(exact);
  });

  it("make bounded integers by one exact 96-bit product", () => {
    const lows = new Uint32Array([0, 1, 2 ** 31, 2 ** 32 - 1, 123456789]);
    for (const span of [1, 2, 3, 10, 2 ** 31, 2 ** 32 - 1, 2 ** 32]) {
      for (const high of [0, 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1]) {
        const got = evaluateAt(
          { n: lows.length, dtype: "u32", words: lows, params: [high, span - 1] },
          ({ b, word, params }) => boundedFromBits(b, [params[0], word], params[1]),
        );
        const exact = Array.from(lows, (low) => Number((BigInt(span) * ((BigInt(high) << 32n) | BigInt(low))) >> 64n));
        expect(Array.from(got)).toEqual(exact);
        if (span < 2 ** 32) expect(Array.from(lows, (low) => boundedWord(high, low, span))).toEqual(exact);
      }
    }
  });
});
