/** MRS against what it must equal, and against the distribution it draws from. */
import { describe, expect, test } from "vitest";
import { add, mul, tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  ddpm,
  dpmSolverMultistep,
  dpmSolverSde,
  meanReverting,
  meanRevertingLevels,
  mrs,
  runPlanNumeric,
  sampleMeanReverting,
  type Level,
  type PlannedSampler,
} from "@ansatz/samplers";
import { gaussianMixture, mixtureModel } from "@ansatz/samplers/problems";
import { maxDifference, read, rows, SMOOTH, SMOOTH_START, flat } from "./support.ts";

const schedule = meanReverting();
const model = mixtureModel(SMOOTH);
const start = flat(SMOOTH_START).map((v) => v * schedule.limit);

function end(sampler: PlannedSampler, levels: readonly Level[]): Float64Array {
  const noise = (step: number, size: number): Float64Array =>
    Float64Array.from({ length: size }, (_, i) => Math.sin(7 * step + 3 * i));
  return runPlanNumeric(sampler.plan(levels), start, model, { noise }).at(-1) as Float64Array;
}

describe("identities on the centred signal", () => {
  const levels = meanRevertingLevels(schedule, { steps: 14 });
  for (const prediction of ["x0", "epsilon"] as const) {
    for (const order of [1, 2, 3]) {
      test(`MR-ODE ${order} ${prediction} is the multistep DPM-Solver with Taylor terms`, () => {
        const solver = dpmSolverMultistep({ order, prediction, solverType: "taylor" });
        expect(maxDifference(end(mrs({ order, prediction }), levels), end(solver, levels))).toBeLessThan(1e-12);
      });
    }
    for (const order of [1, 2]) {
      test(`MR-SDE ${order} ${prediction} is the stochastic one`, () => {
        const solver = dpmSolverSde({ order, prediction, solverType: "taylor" });
        const got = end(mrs({ order, prediction, eta: 1 }), levels);
        const size = Math.max(1, ...got.map(Math.abs));
        expect(maxDifference(got, end(solver, levels)) / size).toBeLessThan(1e-12);
      });
    }
  }

  test("order 1 with data prediction and noise is the posterior step", () => {
    expect(maxDifference(end(mrs({ order: 1, eta: 1 }), levels), end(ddpm(), levels))).toBeLessThan(1e-12);
  });
});

describe("sampling around a mean", () => {
  const mean = [0.4, -0.2, 0.7];
  const law = { ...SMOOTH, variances: SMOOTH.variances.map((row) => row.map((v) => v / 40)) };

  test("is sampling of the shifted law", async () => {
    const levels = meanRevertingLevels(schedule, { steps: 12, spacing: "linspace" });
    const center = rows(SMOOTH_START.map(() => mean));
    const x = rows(SMOOTH_START.map((row) => row.map((v, j) => mean[j] + schedule.limit * v)));
    for (const predict of ["x0", "epsilon", "score", "v", "flow"] as const) {
      // The uncentred denoiser of the shifted law: p x0 + r epsilon, x0 moved by the mean.
      const inner = gaussianMixture({ ...law, predict });
      const moved = {
        x0: (_: Level) => 1,
        epsilon: () => 0,
        score: () => 0,
        v: (l: Level) => -l.sigma,
        flow: () => -1,
      };
      const result = await sampleMeanReverting({
        sampler: mrs(),
        levels,
        mean: center,
        x,
        denoiser: {
          predict,
          call: async (z, level) => {
            const output = await inner.call(add(z, mul(center, -1)).eval(), level);
            return add(output, mul(center, moved[predict](level))).eval();
          },
        },
      });
      const plain = runPlanNumeric(
        mrs().plan(levels),
        flat(SMOOTH_START).map((v) => v * schedule.limit),
        mixtureModel(law),
      );
      const expected = (plain.at(-1) as Float64Array).map((v, i) => v + mean[i % 3]);
      expect(maxDifference(await read(result.value), expected)).toBeLessThan(1e-12);
    }
  });

  test("draws the distribution: means and deviations of the law", async () => {
    const count = 4000;
    const x = mul(normal(key(3), [count, 3], { dtype: "f64" }), schedule.limit).eval();
    const denoiser = gaussianMixture(law);
    for (const sampler of [mrs(), mrs({ eta: 1 })]) {
      const { value } = await sampleMeanReverting({
        sampler,
        levels: meanRevertingLevels(schedule, { steps: 30 }),
        mean: tensor(new Float64Array(count * 3), { shape: [count, 3] }),
        x,
        denoiser,
        key: key(4),
      });
      const points = await read(value);
      for (let j = 0; j < 3; j++) {
        const column = points.filter((_, i) => i % 3 === j);
        const average = column.reduce((sum, v) => sum + v, 0) / count;
        const variance = column.reduce((sum, v) => sum + (v - average) ** 2, 0) / count;
        const trueMean = (law.means[0][j] + law.means[1][j]) / 2;
        const trueVariance =
          (law.variances[0][j] + law.variances[1][j]) / 2 + ((law.means[0][j] - law.means[1][j]) / 2) ** 2;
        expect(Math.abs(average - trueMean)).toBeLessThan(0.03);
        expect(Math.abs(variance / trueVariance - 1)).toBeLessThan(0.08);
      }
    }
  });

  test("separate levels need the mean", () => {
    const levels = meanRevertingLevels(schedule, { steps: 5, between: "separate" });
    expect(() => mrs().plan(levels)).toThrow(
      'mr-ode-2: levels with a log-SNR of their own need the mean (got no input "mean").',
    );
  });
});
