import { describe, expect, test } from "vitest";
import { mul, sign, type Tensor } from "@ansatz/tensor";
import {
  CLEAN,
  continuousLevels,
  dpmSolverAdaptive,
  PREDICTIONS,
  sample,
  vpLinear,
  type BeginOptions,
  type Denoiser,
  type Level,
} from "@ansatz/samplers";
import { exactFlow, gaussianMixture } from "@ansatz/samplers/problems";
import { read, rmsDifference, rows, SMOOTH, SMOOTH_START } from "./support.ts";

const schedule = vpLinear();
const levels = continuousLevels(schedule, { steps: 1 });
const denoiser = gaussianMixture(SMOOTH);
const start = (): Tensor => rows(SMOOTH_START);

describe("adaptive steps", () => {
  test("a smaller tolerance costs more and errs less", async () => {
    const exact = await read(await exactFlow(SMOOTH, start(), levels[0], levels[1]));
    const costs: number[] = [];
    let before = Infinity;
    for (const rtol of [0.1, 0.03, 0.01, 0.003, 0.001]) {
      const sampler = dpmSolverAdaptive({ rtol, atol: rtol * 0.156 });
      const { value, cost, status, iterations } = await sample({ sampler, levels, schedule, denoiser, x: start() });
      expect(status).toBe("completed");
      expect(cost.evaluations).toBe(3 * (iterations + cost.rejected));
      const error = rmsDifference(await read(value), exact);
      expect(error).toBeLessThan(before);
      before = error;
      costs.push(cost.evaluations);
    }
    expect(before).toBeLessThan(1e-4);
    expect(costs[4]).toBeGreaterThan(2 * costs[0]);
  });

  test("every kind of model gives the same steps", async () => {
    const runs = [];
    for (const predict of PREDICTIONS) {
      const model = gaussianMixture({ ...SMOOTH, predict });
      runs.push(
        await sample({ sampler: dpmSolverAdaptive({ order: 2 }), levels, schedule, denoiser: model, x: start() }),
      );
    }
    for (const { value, cost } of runs) {
      expect(cost).toEqual(runs[0].cost);
      expect(rmsDifference(await read(value), await read(runs[0].value))).toBeLessThan(1e-11);
    }
  });

  test("yields accepted steps with their estimates", async () => {
    const seen: Level[] = [];
    const result = await sample({
      sampler: dpmSolverAdaptive(),
      levels,
      schedule,
      denoiser,
      x: start(),
      onStep: async ({ level, denoised, step, x }) => {
        seen.push(level);
        expect(step).toBe(seen.length);
        expect(denoised.shape).toEqual(x.shape);
        expect((await read(denoised)).every(Number.isFinite)).toBe(true);
      },
    });
    expect(seen).toHaveLength(result.iterations);
    for (let i = 1; i < seen.length; i++) expect(seen[i].sigma).toBeLessThan(seen[i - 1].sigma);
    expect(result.message).toMatch(
      /^dpm-solver\+\+-adaptive-23 finished after \d+ steps and \d+ model calls \(\d+ tr(y|ies) rejected\)\.$/,
    );
  });

  test("reusing a rejected try's first prediction changes nothing but the cost", async () => {
    const run = (reuse: boolean): ReturnType<typeof sample> =>
      sample({
        sampler: dpmSolverAdaptive({ reuse, rtol: 0.01, atol: 0.001 }),
        levels,
        schedule,
        denoiser,
        x: start(),
      });
    const [plain, reused] = [await run(false), await run(true)];
    expect(plain.cost.rejected).toBeGreaterThan(0);
    expect(reused.cost.evaluations).toBe(plain.cost.evaluations - plain.cost.rejected);
    expect(await read(reused.value)).toEqual(await read(plain.value));
  });

  test("a run that gets nowhere ends with a status", async () => {
    // A discontinuous model: no step is small enough.
    let flip = 1;
    const rough: Denoiser = { predict: "x0", call: (x) => mul(sign(x), 1e3 * (flip = -flip)) };
    const limited = await sample({
      sampler: dpmSolverAdaptive({ maxEvaluations: 50 }),
      levels,
      schedule,
      denoiser: rough,
      x: start(),
    });
    expect(limited.status).toBe("max-evaluations");
    expect(limited.cost.evaluations).toBeLessThanOrEqual(50);
    expect(limited.message).toContain("gave up (max-evaluations)");
    const tiny = await sample({
      sampler: dpmSolverAdaptive({ minStep: 1e-3, rtol: 0, atol: 1e-9 }),
      levels,
      schedule,
      denoiser: rough,
      x: start(),
    });
    expect(tiny.status).toBe("step-too-small");
    expect(tiny.message).toContain("Loosen rtol and atol");
  });
});

describe("adaptive errors", () => {
  const sampler = dpmSolverAdaptive();
  const begin = (list: Level[], options?: BeginOptions) => (): unknown => sampler.begin(list, start(), options);
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => dpmSolverAdaptive({ order: 1 }),
      "dpmSolverAdaptive: order is out of range (got 1, expected an integer from 2 to 3).",
    ],
    [
      () => dpmSolverAdaptive({ atol: 0 }),
      "dpmSolverAdaptive: atol is out of range (got 0, expected a finite number > 0).",
    ],
    [
      () => dpmSolverAdaptive({ rtol: -1 }),
      "dpmSolverAdaptive: rtol is out of range (got -1, expected a finite number >= 0).",
    ],
    [() => dpmSolverAdaptive({ initialStep: NaN }), "dpmSolverAdaptive: initialStep is out of range (got NaN"],
    [() => dpmSolverAdaptive({ safety: 1.5 }), "dpmSolverAdaptive: safety is out of range (got 1.5"],
    [
      () => dpmSolverAdaptive({ maxEvaluations: 1 }),
      "dpmSolverAdaptive: maxEvaluations is out of range (got 1, expected an integer >= 3).",
    ],
    [() => dpmSolverAdaptive({ minStep: 0 }), "dpmSolverAdaptive: minStep is out of range (got 0"],
    [() => dpmSolverAdaptive({ steps: 5 } as never), 'dpmSolverAdaptive: unknown option (got "steps"'],
    [
      begin(levels),
      "dpm-solver++-adaptive-23: adaptive steps need the levels in between (got no schedule). Pass `schedule`.",
    ],
    [
      begin(continuousLevels(schedule, { steps: 3 }), { schedule }),
      "adaptive steps choose their own levels (got 4 levels, expected 2: the first and the last).",
    ],
    [
      begin([levels[0], CLEAN], { schedule }),
      "dpm-solver++-adaptive-23: both ends need a finite log-SNR (got (alpha = 1, sigma = 0)).",
    ],
    [
      begin([{ alpha: 0, sigma: 1 }, levels[1]], { schedule }),
      "both ends need a finite log-SNR (got (alpha = 0, sigma = 1)).",
    ],
    [begin([levels[0], levels[0]], { schedule }), "both levels are the same"],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }

  test("calls out of turn", async () => {
    const run = sampler.begin(levels, start(), { schedule });
    run.dispose();
    expect(() => run.needs()).toThrow("dpm-solver++-adaptive-23: the run is over (got another call, expected none).");
  });
});
