import { expect, it } from "vitest";
import { midpoint64FromBits } from "../../src/random/lower.ts";
import { quantileOf } from "../../src/random/lowerQuantile.ts";
import { normalQuantile } from "../../src/random/quantile.ts";
import { threefry } from "../../src/random/threefry.ts";
import { evaluateAt } from "./evaluate.ts";

it("turns the upper 52 bits of a block into a normal number", () => {
  // High words across all ranges of the approximation, with both tails; low words at their ends.
  const highs = [
    0, 1, 0x100, 0x01000000, 0x13333333, 0x13333334, 0x40000000, 0x7fffffff, 0x80000000, 0xecccccd0, 0xffffffff,
  ];
  for (let i = 0; i < 300; i++) highs.push(threefry(0, 5, 0, i)[0] >>> (i % 32));
  const words = Uint32Array.from(highs);
  for (const low of [0, 0xfff, 0x1000, 0xffffffff]) {
    const got = evaluateAt({ n: words.length, dtype: "f64", words, params: [low] }, ({ b, word, params }) =>
      quantileOf(b, midpoint64FromBits(b, [word, params[0]])),
    );
    words.forEach((high, i) => {
      const n = ((BigInt(high) << 32n) | BigInt(low)) >> 12n;
      const u = Number(2n * n + 1n) / 2 ** 53;
      const z = normalQuantile(u);
      expect(Math.abs(got[i] - z)).toBeLessThanOrEqual(1e-15 * Math.abs(z));
    });
  }
});

it("reaches 8.2 standard deviations on both sides", () => {
  const words = new Uint32Array([0, 0xffffffff]);
  const got = evaluateAt({ n: 2, dtype: "f64", words }, ({ b, word }) =>
    quantileOf(b, midpoint64FromBits(b, [word, word])),
  );
  // mpmath 1.3 with 40 digits: the root of the distribution function at 2^-53.
  expect(got[0]).toBeCloseTo(-8.209536151601387, 14);
  expect(got[1]).toBe(-got[0]);
});
