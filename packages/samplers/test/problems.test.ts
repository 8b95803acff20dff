import { describe, expect, test } from "vitest";
import { exactFlow, gaussianMixture, integrate, mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { PREDICTIONS, vpLevel } from "@ansatz/samplers";
import { BUMPS, BUMPS_START, flat, maxDifference, read, rows } from "./support.ts";

describe("the extrapolation integrator", () => {
  test("reaches rounding level on smooth problems, in both directions", () => {
    const decay = integrate((_t, y) => y.map((v) => -v), 0, 3, Float64Array.of(2));
    expect(Math.abs(decay[0] / (2 * Math.exp(-3)) - 1)).toBeLessThan(1e-11);
    const turn = integrate((_t, y) => Float64Array.of(-y[1], y[0]), 0, 2 * Math.PI, Float64Array.of(1, 0));
    expect(maxDifference(turn, [1, 0])).toBeLessThan(1e-11);
    const back = integrate((t) => Float64Array.of(3 * t * t), 2, -1, Float64Array.of(8));
    expect(Math.abs(back[0] + 1)).toBeLessThan(1e-12);
    expect(integrate((_t, y) => y, 1, 1, Float64Array.of(5))[0]).toBe(5);
  });

  test("gives up on what cannot be integrated", () => {
    expect(() => integrate((t, y) => y.map((v) => v * v + t), 0, 10, Float64Array.of(1))).toThrow(
      "integrate: too many steps",
    );
  });
});

describe("mixtures", () => {
  const levels = [vpLevel(-3), vpLevel(0), vpLevel(2), { alpha: 0, sigma: 1 }, { alpha: 1, sigma: 20 }];

  test("tensors and plain arrays agree for every prediction, level, dtype and device", async () => {
    for (const device of ["cpu", "js"]) {
      for (const dtype of ["f32", "f64"] as const) {
        for (const predict of PREDICTIONS) {
          for (const level of levels) {
            const got = await gaussianMixture({ ...BUMPS, predict }).call(rows(BUMPS_START, dtype, device), level);
            expect(got.dtype).toBe(dtype);
            const exact = mixtureModel(BUMPS)(flat(BUMPS_START), level, predict);
            expect(maxDifference(await read(got), exact)).toBeLessThan(dtype === "f32" ? 3e-5 : 1e-12);
          }
        }
      }
    }
  });

  test("a point does not depend on those beside it, whatever their number", () => {
    const level = vpLevel(0.4);
    const all = Float64Array.from({ length: 18 }, (_, i) => Math.cos(3 * i));
    const model = mixtureModel(BUMPS);
    const whole = model(all, level, "epsilon");
    for (const points of [1, 2, 3, 4, 5, 7]) {
      expect(model(all.slice(0, 2 * points), level, "epsilon")).toEqual(whole.slice(0, 2 * points));
    }
    all[7] = Number.NaN;
    expect(Array.from(model(all, level, "epsilon"), Number.isNaN).flatMap((is, i) => (is ? [i] : []))).toEqual([6, 7]);
  });

  test("far from every component the nearest one is taken", () => {
    const far = mixtureModel(BUMPS)(Float64Array.of(1e4, 1e4), vpLevel(3), "x0");
    expect([...far].every(Number.isFinite)).toBe(true);
  });

  test("the score is the gradient of the log density", () => {
    const level = vpLevel(0.5);
    const density = (x: number, y: number): number =>
      BUMPS.weights.reduce((sum, weight, k) => {
        const [v, w] = BUMPS.variances[k].map((s) => level.alpha ** 2 * s + level.sigma ** 2);
        const [a, b] = [x - level.alpha * BUMPS.means[k][0], y - level.alpha * BUMPS.means[k][1]];
        return sum + (weight / Math.sqrt(v * w)) * Math.exp(-(a * a) / (2 * v) - (b * b) / (2 * w));
      }, 0);
    const h = 1e-5;
    const [x, y] = [0.3, -0.4];
    const score = mixtureModel(BUMPS)(Float64Array.of(x, y), level, "score");
    expect(score[0]).toBeCloseTo((Math.log(density(x + h, y)) - Math.log(density(x - h, y))) / (2 * h), 7);
    expect(score[1]).toBeCloseTo((Math.log(density(x, y + h)) - Math.log(density(x, y - h))) / (2 * h), 7);
  });
});

describe("the probability flow", () => {
  const model = mixtureModel(BUMPS);
  const start = flat(BUMPS_START);

  test("does not depend on the path, and runs both ways", () => {
    const [a, b, c] = [vpLevel(-4), vpLevel(-0.3), vpLevel(3)];
    const direct = probabilityFlow(model, start, a, c);
    expect(maxDifference(direct, probabilityFlow(model, probabilityFlow(model, start, a, b), b, c))).toBeLessThan(
      1e-10,
    );
    expect(maxDifference(probabilityFlow(model, direct, c, a), start)).toBeLessThan(1e-8);
  });

  test("does not depend on the family of levels", () => {
    const vp = probabilityFlow(model, start, vpLevel(-4), vpLevel(3));
    const ve = probabilityFlow(
      model,
      start.map((v) => v / vpLevel(-4).alpha),
      { alpha: 1, sigma: Math.exp(4) },
      { alpha: 1, sigma: Math.exp(-3) },
    );
    expect(
      maxDifference(
        vp.map((v) => v / vpLevel(3).alpha),
        ve,
      ),
    ).toBeLessThan(1e-10);
  });

  test("stays on one side of u = 1, up to both ends", () => {
    const noise = { alpha: 0, sigma: 1 };
    const clean = { alpha: 1, sigma: 0 };
    const up = probabilityFlow(model, start, vpLevel(-1), noise);
    expect(maxDifference(probabilityFlow(model, up, noise, vpLevel(-1)), start)).toBeLessThan(1e-10);
    const down = probabilityFlow(model, start, vpLevel(1), clean);
    expect(maxDifference(probabilityFlow(model, down, clean, vpLevel(1)), start)).toBeLessThan(1e-10);
    expect(maxDifference(up, start)).toBeGreaterThan(0.1);
    expect(maxDifference(down, start)).toBeGreaterThan(0.1);
  });

  test("starts at pure noise and ends without noise", async () => {
    const end = probabilityFlow(model, start, { alpha: 0, sigma: 1 }, { alpha: 1, sigma: 0 });
    const near = probabilityFlow(model, start, vpLevel(-14), vpLevel(14));
    expect(maxDifference(end, near)).toBeLessThan(1e-5);
    const flow = await exactFlow(BUMPS, rows(BUMPS_START, "f32"), vpLevel(-2), vpLevel(2));
    expect([flow.dtype, flow.shape]).toEqual(["f64", [4, 2]]);
  });
});

describe("problem errors", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => gaussianMixture({ weights: [1], means: [[0], [1]], variances: [[1]] }),
      "gaussianMixture: weights, means and variances do not fit (got 1, 2 and 1, expected equal numbers above 0).",
    ],
    [
      () => gaussianMixture({ weights: [1, 1], means: [[0], [1, 2]], variances: [[1], [1]] }),
      "gaussianMixture: component 1 does not have the dimension of the first (got 2 and 1, expected 1).",
    ],
    [
      () => gaussianMixture({ weights: [0], means: [[0]], variances: [[1]] }),
      "gaussianMixture: weight 0 is out of range (got 0, expected a finite number > 0).",
    ],
    [
      () => gaussianMixture({ weights: [1], means: [[0]], variances: [[-1]] }),
      "gaussianMixture: variance 0 of component 0 is out of range (got -1",
    ],
    [
      () => gaussianMixture({ ...BUMPS, predict: "noise" as never }),
      'gaussianMixture: unknown prediction (got "noise"',
    ],
    [() => gaussianMixture({ ...BUMPS, seed: 1 } as never), 'gaussianMixture: unknown option (got "seed"'],
    [
      () => gaussianMixture(BUMPS).call(rows([[1, 2, 3]]), vpLevel(0)),
      "gaussianMixture: points do not have the mixture's dimension (got shape [1, 3], expected [B, 2]).",
    ],
    [
      () => mixtureModel(BUMPS)(new Float64Array(3), vpLevel(0), "x0"),
      "mixtureModel: points do not have the mixture's dimension (got 3 numbers, expected a multiple of 2).",
    ],
    [
      () => probabilityFlow(mixtureModel(BUMPS), new Float64Array(2), { alpha: -1, sigma: 1 }, vpLevel(0)),
      "probabilityFlow: alpha of the first level must be a finite non-negative number (got -1",
    ],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }
});
