import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { checkLevels, edmSigma, halfLogSnr, isSameLevel, vpLevel, vpLevelFromEdmSigma } from "@ansatz/samplers";

describe("levels", () => {
  test("halfLogSnr and edmSigma agree and invert the variance-preserving level", () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (lambda) => {
        const level = vpLevel(lambda);
        expect(level.alpha ** 2 + level.sigma ** 2).toBeCloseTo(1, 14);
        expect(halfLogSnr(level)).toBeCloseTo(lambda, 12);
        expect(Math.abs(edmSigma(level) * Math.exp(lambda) - 1)).toBeLessThan(1e-14 * (1 + Math.abs(lambda)));
        expect(isSameLevel(level, vpLevelFromEdmSigma(Math.exp(-lambda)))).toBe(true);
      }),
    );
  });

  test("the ends are exact", () => {
    expect(vpLevelFromEdmSigma(0)).toEqual({ alpha: 1, sigma: 0 });
    expect(vpLevelFromEdmSigma(Infinity)).toEqual({ alpha: 0, sigma: 1 });
    expect(halfLogSnr({ alpha: 0, sigma: 1 })).toBe(-Infinity);
    expect(halfLogSnr({ alpha: 1, sigma: 0 })).toBe(Infinity);
  });

  test("equal signal-to-noise ratios at another scale are different levels", () => {
    expect(isSameLevel({ alpha: 1, sigma: 2 }, { alpha: 1, sigma: 2 })).toBe(true);
    expect(isSameLevel({ alpha: 1, sigma: 2 }, { alpha: 0.5, sigma: 1 })).toBe(false);
    expect(isSameLevel({ alpha: 1, sigma: 2 }, { alpha: 1, sigma: 2 + 1e-9 })).toBe(false);
    expect(isSameLevel({ alpha: 1, sigma: 0 }, { alpha: 1, sigma: 0 })).toBe(true);
  });
});

describe("level errors", () => {
  const good = { alpha: 0.8, sigma: 0.6 };
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["a single level", [good], "s: too few levels (got 1, expected at least 2). n steps need n + 1 levels."],
    ["no list", 5, "s: too few levels (got number, expected at least 2)."],
    [
      "negative sigma",
      [good, { alpha: 1, sigma: -0.1 }],
      "s: sigma of level 1 must be a finite non-negative number (got -0.1, expected sigma >= 0).",
    ],
    [
      "NaN alpha",
      [{ alpha: NaN, sigma: 1 }, good],
      "s: alpha of level 0 must be a finite non-negative number (got NaN, expected alpha >= 0).",
    ],
    [
      "infinite sigma",
      [{ alpha: 1, sigma: Infinity }, good],
      "s: sigma of level 0 must be a finite non-negative number (got Infinity",
    ],
    ["both zero", [{ alpha: 0, sigma: 0 }, good], "s: alpha and sigma of level 0 are both zero"],
    ["NaN time", [{ ...good, time: NaN }, good], "s: time of level 0 must be finite (got NaN"],
    [
      "growing noise",
      [
        { alpha: 1, sigma: 0.1 },
        { alpha: 1, sigma: 0.5 },
      ],
      "s: levels must go from noisy to clean, but the noise grows at level 1 (got sigma / alpha = 0.5 after 0.1, expected no increase). Reverse the list?",
    ],
  ];
  for (const [what, levels, message] of cases) {
    test(what, () => {
      expect(() => checkLevels("s", levels as never)).toThrow(message);
    });
  }

  test("negative relative noise", () => {
    expect(() => vpLevelFromEdmSigma(-1)).toThrow(
      "vpLevelFromEdmSigma: relative noise must not be negative (got -1, expected u >= 0).",
    );
  });
});
