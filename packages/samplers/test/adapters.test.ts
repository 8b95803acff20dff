import { describe, expect, test } from "vitest";
import { mul, sub, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  continuousLevels,
  ddim,
  dpmSolverMultistep,
  edm,
  edmPreconditioned,
  euler,
  flowMatching,
  flowSigmas,
  guided,
  halfLogSnr,
  heun,
  karrasSigmas,
  kDiffusion,
  levelsFromSigmas,
  levelsFromTimes,
  sample,
  vpLinear,
  withStaticThreshold,
} from "@ansatz/samplers";
import { exactFlow, gaussianMixture } from "@ansatz/samplers/problems";
import { BUMPS, maxDifference, read, rmsDifference, rows, SMOOTH, SMOOTH_START } from "./support.ts";

describe("k-diffusion's signature", () => {
  const sigmas = [...karrasSigmas(12, 0.02, 40), 0];
  const x = rows(SMOOTH_START.map((row) => row.map((v) => 40 * v)));
  const model = gaussianMixture({ ...SMOOTH, predict: "x0" });

  test("gives what sample gives", async () => {
    const seen: number[] = [];
    const got = await kDiffusion(dpmSolverMultistep())((z, sigma) => model.call(z, { alpha: 1, sigma }), x, sigmas, {
      callback: async ({ i, sigma, x: before, denoised }) => {
        seen.push(i);
        expect(sigma).toBe(sigmas[i]);
        if (i === 0) expect(await read(before)).toEqual(await read(x));
        const own = await model.call(before, { alpha: 1, sigma });
        expect(maxDifference(await read(denoised), await read(own))).toBeLessThan(1e-10);
      },
    });
    const levels = levelsFromSigmas(sigmas);
    const { value } = await sample({ sampler: dpmSolverMultistep(), levels, x, denoiser: model });
    expect(await read(got)).toEqual(await read(value));
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test("hands on extra arguments and refuses unknown options", async () => {
    const contexts: unknown[] = [];
    await kDiffusion(euler())((z, _, extra?: string) => (contexts.push(extra), mul(z, 0.5)), x, [1, 0.5], {
      extraArgs: "cat",
    });
    expect(contexts).toEqual(["cat"]);
    await expect(kDiffusion(euler())((z) => z, x, [1, 0], { seed: 1 } as never)).rejects.toThrow(
      "kDiffusion: unknown option",
    );
  });
});

describe("EDM", () => {
  test("its Heun sampler on the Karras grid reaches the exact flow with order 2", async () => {
    const x = rows(SMOOTH_START.map((row) => row.map((v) => 80 * v)));
    const errors: number[] = [];
    for (const steps of [40, 80]) {
      const levels = continuousLevels(edm(), { steps, spacing: "karras", final: "zero" });
      expect(levels).toHaveLength(steps + 1);
      expect(levels[0].sigma).toBeCloseTo(80, 10);
      expect(levels[steps - 1].sigma).toBeCloseTo(0.002, 12);
      expect(levels[steps].sigma).toBe(0);
      const { value, cost } = await sample({ sampler: heun(), levels, x, denoiser: gaussianMixture(SMOOTH) });
      expect(cost.evaluations).toBe(2 * steps - 1);
      const exact = await exactFlow(SMOOTH, x, levels[0], levels[steps - 1]);
      errors.push(rmsDifference(await read(value), await read(exact)));
    }
    expect(errors[1]).toBeLessThan(2e-3);
    expect(errors[0] / errors[1]).toBeGreaterThan(3.5);
  });

  test("preconditioning of the ideal raw network is the ideal denoiser", async () => {
    // One Gaussian N(0, d^2): x0 = d^2/(s^2 + d^2) x, so that the raw network of the formula is zero.
    const raw: number[] = [];
    const denoiser = edmPreconditioned((y, { time }) => (raw.push(time as number), mul(y, 0)), { sigmaData: 0.8 });
    const x = rows([[2, -3]]);
    const x0 = await denoiser.call(x, { alpha: 0.5, sigma: 0.6 });
    const share = 0.64 / (1.44 + 0.64) / 0.5;
    expect(maxDifference(await read(x0), [2 * share, -3 * share])).toBeLessThan(1e-14);
    expect(raw[0]).toBeCloseTo(Math.log(1.2) / 4, 14);
  });

  test("churn keeps the distribution of a Gaussian", async () => {
    const unit = gaussianMixture({ weights: [1], means: [[0]], variances: [[1]] });
    const levels = continuousLevels(edm({ sigmaMax: 20 }), { steps: 40, spacing: "karras", final: "zero" });
    const x = mul(normal(key(5), [6000, 1], { dtype: "f64" }), Math.hypot(20, 1)).eval();
    const sampler = heun({ churn: { amount: 20, min: 0.05, max: 10 } });
    const { value } = await sample({ sampler, levels, schedule: edm(), x, denoiser: unit, key: key(6) });
    const values = await read(value);
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    // The standard error of the variance is 0.018.
    expect(Math.abs(variance - 1)).toBeLessThan(0.07);
  });

  test("churn needs levels between the listed ones", () => {
    const levels = vpLinear();
    const list = [levels.level(1), levels.level(0.5), levels.level(0.1)];
    expect(() => heun({ churn: { amount: 1 } }).plan(list)).toThrow("churn visits levels between the listed ones");
    expect(() => heun({ churn: { amount: 1, speed: 2 } as never })).toThrow('heun: churn: unknown option (got "speed"');
  });
});

describe("flow matching", () => {
  for (const shift of [1, 3]) {
    test(`steps uniform in time from pure noise reach the exact flow (shift ${shift})`, async () => {
      const schedule = flowMatching({ shift });
      const levels = continuousLevels(schedule, { steps: 400, final: "zero" });
      expect(levels[0]).toMatchObject({ alpha: 0, sigma: 1, time: 1000 });
      const x = rows(SMOOTH_START);
      const denoiser = gaussianMixture({ ...SMOOTH, predict: "flow" });
      const { value } = await sample({ sampler: euler(), levels, x, denoiser });
      const exact = await exactFlow(SMOOTH, x, levels[0], levels[399]);
      expect(rmsDifference(await read(value), await read(exact))).toBeLessThan(0.01);
    });
  }

  test("its levels are the flow sigmas of diffusers", () => {
    const sigmas = flowSigmas(8, 1000, 3);
    const levels = levelsFromSigmas([...sigmas, 0], { family: "flow" });
    expect(levels.map(({ sigma }) => sigma)).toEqual([...sigmas, 0]);
    expect(levels.every(({ alpha, sigma }) => Math.abs(alpha + sigma - 1) < 1e-15)).toBe(true);
  });
});

describe("lists of one's own", () => {
  test("times of a schedule", () => {
    const schedule = vpLinear();
    const levels = levelsFromTimes(schedule, [1, 0.4, 0.1]);
    expect(levels).toEqual([...[1, 0.4, 0.1].map(schedule.level), { alpha: 1, sigma: 0 }]);
    expect(levelsFromTimes(schedule, [1, 0.4], "min")).toHaveLength(2);
    expect(() => levelsFromTimes(schedule, [0.4, 1])).toThrow("levelsFromTimes: levels must go from noisy to clean");
  });

  test("sigmas of a family or a schedule", () => {
    const u = [3, 1, 0.2];
    for (const family of ["vp", "ve"] as const) {
      levelsFromSigmas(u, { family }).forEach((level, i) => expect(halfLogSnr(level)).toBeCloseTo(-Math.log(u[i]), 12));
    }
    const schedule = vpLinear();
    expect(levelsFromSigmas(u, { schedule })[1]).toEqual(schedule.levelAt(0));
    expect(() => levelsFromSigmas([1, -1])).toThrow("levelsFromSigmas: sigma 1 is out of range (got -1");
    expect(() => levelsFromSigmas([1, 2])).toThrow("the noise grows at level 1");
    expect(() => levelsFromSigmas([1, 0], { family: "vp", schedule })).toThrow("a schedule is a family of its own");
  });
});

describe("around the model", () => {
  test("guidance rescale restores the deviation of the conditional prediction, per sample", async () => {
    const x = rows([
      [1, 2, 4],
      [0, -3, 5],
    ]);
    const conditional = { predict: "epsilon", call: (z: Tensor) => mul(z, 0.5) } as const;
    const unconditional = { predict: "epsilon", call: (z: Tensor) => sub(1, mul(z, 0.1)) } as const;
    const level = { alpha: 0.6, sigma: 0.8 };
    const g = await read(await guided({ conditional, unconditional, weight: 7 }).call(x, level));
    const deviation = (v: number[]): number => {
      const average = v.reduce((sum, a) => sum + a, 0) / v.length;
      return Math.sqrt(v.reduce((sum, a) => sum + (a - average) ** 2, 0) / v.length);
    };
    for (const rescale of [1, 0.7]) {
      const got = await read(await guided({ conditional, unconditional, weight: 7, rescale }).call(x, level));
      const inputs = await read(x);
      for (const row of [0, 1]) {
        const part = (v: number[]): number[] => v.slice(3 * row, 3 * row + 3);
        const factor = (0.5 * deviation(part(inputs))) / deviation(part(g));
        const expected = part(g).map((v) => rescale * v * factor + (1 - rescale) * v);
        expect(maxDifference(part(got), expected)).toBeLessThan(1e-12);
      }
    }
    expect(() => guided({ conditional, unconditional, weight: 2, rescale: 1.5 })).toThrow(
      "guided: rescale is out of range",
    );
    const flat = guided({
      conditional: { predict: "epsilon", call: (z: Tensor) => mul(z, 0) },
      unconditional: { predict: "epsilon", call: (z: Tensor) => mul(z, 0) },
      weight: 3,
      rescale: 1,
    });
    expect(await read(await flat.call(x, level))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("static thresholding clips the estimate of x0", async () => {
    const inner = gaussianMixture(BUMPS);
    const level = vpLinear().level(0.3);
    const x = rows([
      [2, 0.1],
      [-1, 1],
    ]);
    const plain = await read(await gaussianMixture({ ...BUMPS, predict: "x0" }).call(x, level));
    expect(Math.max(...plain)).toBeGreaterThan(0.8);
    const clipped = withStaticThreshold(inner, { range: 0.8 });
    const got = await read(await clipped.call(x, level));
    expect(
      maxDifference(
        got,
        plain.map((v) => Math.min(0.8, Math.max(-0.8, v))),
      ),
    ).toBeLessThan(1e-12);
    expect(clipped.clips).toBe(true);
    const { status } = await sample({
      sampler: ddim(),
      levels: levelsFromTimes(vpLinear(), [0.3, 0.1]),
      x,
      denoiser: clipped,
    });
    expect(status).toBe("completed");
    expect(() => withStaticThreshold(inner, { range: 0 })).toThrow("withStaticThreshold: range is out of range (got 0");
  });
});
