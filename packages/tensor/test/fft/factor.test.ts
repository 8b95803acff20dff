import { describe, expect, test } from "vitest";
import { frequenciesOf, isSmooth, radicesOf, reverseBits, splitLength } from "../../src/fft/factor.ts";
import { convolutionLength } from "../../src/fft/bluestein.ts";
import { hostFft } from "../../src/fft/host.ts";
import { largest, naiveDft } from "./naive.ts";

describe("cutting lengths", () => {
  test("radices multiply to the length", () => {
    for (let n = 2; n <= 3000; n++) {
      if (!isSmooth(n)) continue;
      expect(radicesOf(n).reduce((a: number, b) => a * b, 1)).toBe(n);
    }
    expect([11, 22, 97, 1009].map(isSmooth)).toEqual([false, false, false, false]);
  });

  test("every frequency has one position, in bit-reversed order for powers of two", () => {
    for (const n of [2, 5, 12, 35, 360, 2048]) {
      expect(Array.from(frequenciesOf(n)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, k) => k));
    }
    for (const bits of [1, 2, 3, 4, 5, 6, 7, 10]) {
      const expected = Array.from({ length: 2 ** bits }, (_, k) => reverseBits(k, bits));
      expect([...frequenciesOf(2 ** bits)]).toEqual(expected);
    }
  });

  test("steps multiply to the length, are short, and are several only where that pays", () => {
    for (const lanes of [1, 4, 8]) {
      for (const n of [2, 7, 30, 512, 4096, 5 ** 7, 2 ** 20, 7 ** 8, 2 ** 27]) {
        for (const batch of [1, 3, 100]) {
          const lengths = splitLength(n, batch, { lanes, longest: 1024 });
          expect(lengths.reduce((a, b) => a * b, 1)).toBe(n);
          expect(Math.max(...lengths)).toBeLessThanOrEqual(1024);
        }
      }
    }
    expect(splitLength(512, 64, { lanes: 8, longest: 2048 })).toEqual([512]);
    expect(splitLength(512, 1, { lanes: 8, longest: 2048 }).length).toBe(2);
    expect(splitLength(4, 1, { lanes: 8, longest: 2048 })).toEqual([4]);
  });

  test("convolutions get a length that is smooth and long enough", () => {
    for (let least = 1; least < 5000; least++) {
      const m = convolutionLength(least);
      expect(isSmooth(m)).toBe(true);
      expect(m >= least && m <= Math.max(4, 2 * least)).toBe(true);
    }
  });

  test("transforms on the host follow the definition", () => {
    for (const n of [1, 2, 3, 8, 30, 49]) {
      const x = Float64Array.from({ length: 2 * n }, (_, i) => Math.sin(3 * i + 1));
      const got = hostFft({ re: x.filter((_, i) => i % 2 === 0), im: x.filter((_, i) => i % 2 === 1) });
      const want = naiveDft(x);
      const errors = want.map((w, i) => w - (i % 2 === 0 ? got.re : got.im)[i >>> 1]);
      expect(largest(errors)).toBeLessThan(1e-14 * (1 + largest(want)));
    }
  });
});
