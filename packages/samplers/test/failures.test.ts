/** Inputs at which published codes fail (NaN, endless loops, state that leaks between runs), each by name. */
import { describe, expect, test } from "vitest";
import { mul, tensor, type Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import {
  CLEAN,
  discreteLevels,
  discreteSchedule,
  dpmSolverAdaptive,
  dpmSolverMultistep,
  ghvb,
  levelGrid,
  levelsFromTimes,
  lml,
  sample,
  samplers,
  uniPc,
  vpLevel,
  vpLinear,
  type Level,
  type SamplerEntry,
} from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, maxDifference, read, rows } from "./support.ts";

const schedule = vpLinear();
const grid = levelGrid(schedule, { spacing: "log-snr" });
const denoiser = gaussianMixture(BUMPS);
const planned = samplers.filter(
  (entry): entry is SamplerEntry & Required<Pick<SamplerEntry, "prepare">> => entry.prepare !== undefined,
);
const run = (sampler: ReturnType<SamplerEntry["create"]>, levels: readonly Level[]): ReturnType<typeof sample> =>
  sample({ sampler, levels, denoiser, schedule, x: rows(BUMPS_START), key: key(1) });

describe("sigma = 0 in the last step", () => {
  const levels = [...grid.levels(14), CLEAN];
  for (const { name, create } of planned) {
    if (/-\ds$/.test(name)) continue;
    test(`${name} stays finite`, async () => {
      const result = await run(create(), levels);
      expect(result.status).toBe("completed");
      expect((await read(result.value)).every(Number.isFinite)).toBe(true);
    });
  }

  test("UniPC with bh1 gives the estimate of the clean signal, not NaN", async () => {
    const short = [vpLevel(-1), vpLevel(0), vpLevel(1), CLEAN];
    for (const variant of ["bh1", "bh2"] as const) {
      const sampler = uniPc({ order: 3, variant, lowerOrderFinal: false });
      const result = await sample({ sampler, levels: short, denoiser, x: rows(BUMPS_START), trajectory: true });
      expect(result.status).toBe("completed");
      expect((await read(result.value)).every(Number.isFinite)).toBe(true);
    }
  });
});

describe("h = 0", () => {
  for (const { name, create } of planned) {
    if (/-\ds$/.test(name)) continue;
    test(`${name}: a repeated last sigma changes nothing`, async () => {
      const levels = grid.levels(12);
      const once = await run(create(), levels);
      const twice = await run(create(), [...levels, levels[12]]);
      expect(twice.status).toBe("completed");
      expect(twice.cost).toEqual(once.cost);
      expect(await read(twice.value)).toEqual(await read(once.value));
    });
  }

  test("multistep Taylor methods of order 3 do not divide by it", async () => {
    const levels = grid.levels(6);
    const doubled = levels.flatMap((level) => [level, level]);
    for (const solverType of ["midpoint", "taylor"] as const) {
      const sampler = dpmSolverMultistep({ order: 3, solverType });
      expect(await read((await run(sampler, doubled)).value)).toEqual(await read((await run(sampler, levels)).value));
    }
  });
});

describe("repeated timesteps", () => {
  test("are told apart by their position, not by their value", async () => {
    const table = discreteSchedule({ betas: "linear" });
    const times = [900, 700, 700, 500, 300, 300, 300, 100];
    const distinct = [900, 700, 500, 300, 100];
    for (const { name, create, noisy } of planned) {
      if (/-\ds$/.test(name) || name === "f-pndm" || noisy === true) continue;
      const [many, few] = [
        await run(create(), levelsFromTimes(table, times)),
        await run(create(), levelsFromTimes(table, distinct)),
      ];
      expect(many.cost, name).toEqual(few.cost);
      expect(await read(many.value), name).toEqual(await read(few.value));
    }
  });

  test("may be as few as asked for, for every number of steps", () => {
    const table = discreteSchedule({ betas: "scaled-linear" });
    for (let steps = 1; steps <= 60; steps++) {
      for (const spacing of ["leading", "trailing", "linspace", "karras", "log-snr", "beta"] as const) {
        expect(discreteLevels(table, { steps, spacing })).toHaveLength(steps + 1);
      }
    }
  });
});

describe("alpha = 0 in the first step", () => {
  const table = discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true });
  const levels = discreteLevels(table, { steps: 12, final: "min" });
  for (const { name, create } of planned) {
    if (/-\ds$/.test(name)) continue;
    test(`${name} starts from x0 there, or says that it cannot`, async () => {
      const go = (predict: "v" | "epsilon"): ReturnType<typeof sample> =>
        sample({
          sampler: create(),
          levels,
          schedule: table,
          denoiser: gaussianMixture({ ...BUMPS, predict }),
          x: rows(BUMPS_START),
          key: key(1),
        });
      await expect(go("epsilon")).rejects.toThrow(/alpha = 0|has no finite update/);
      const outcome = await go("v").catch((error: Error) => error);
      if (outcome instanceof Error) expect(outcome.message).toMatch(/has no finite update.*Start below pure noise/);
      else expect((await read(outcome.value)).every(Number.isFinite)).toBe(true);
    });
  }
});

describe("an endless adaptive loop", () => {
  const ends = grid.levels(1);

  test("ends when the model gives NaN", async () => {
    let calls = 0;
    const result = await sample({
      sampler: dpmSolverAdaptive(),
      levels: ends,
      schedule,
      denoiser: (x) => mul(x, calls++ < 5 ? 0.5 : Number.NaN),
      x: rows(BUMPS_START),
    });
    expect(result.status).toBe("non-finite");
    expect(calls).toBeLessThan(20);
  });

  test("ends when the model gives NaN and nobody looks", async () => {
    const result = await sample({
      sampler: dpmSolverAdaptive(),
      levels: ends,
      schedule,
      checkFinite: false,
      denoiser: (x) => mul(x, Number.NaN),
      x: rows(BUMPS_START),
    });
    expect(["non-finite", "step-too-small", "max-evaluations"]).toContain(result.status);
  });

  test("ends when no step is small enough", async () => {
    let sign = 1;
    const result = await sample({
      sampler: dpmSolverAdaptive({ atol: 1e-12, rtol: 0, maxEvaluations: 300 }),
      levels: ends,
      schedule,
      denoiser: (x) => mul(x, (sign = -sign)),
      x: rows(BUMPS_START),
    });
    expect(["step-too-small", "max-evaluations"]).toContain(result.status);
    expect(result.cost.evaluations).toBeLessThanOrEqual(300);
  });
});

describe("history", () => {
  test("does not leak from one run into the next", async () => {
    const levels = grid.levels(10);
    for (const sampler of [ghvb(), lml({ kappa: 0.3, damping: 1 }), uniPc({ order: 3 })]) {
      const first = await read((await run(sampler, levels)).value);
      await sample({ sampler, levels, denoiser, x: rows([[5, -7]]) });
      expect(await read((await run(sampler, levels)).value)).toEqual(first);
    }
  });

  test("single samples and scalars run like batches", async () => {
    const levels = grid.levels(10);
    const sampler = lml({ kappa: 0.3, damping: 1 });
    const one = (x: Tensor): Tensor => mul(x, 0.7);
    const batch = await sample({ sampler, levels, denoiser: one, x: tensor([0.3, -0.8]) });
    const alone = await sample({ sampler, levels, denoiser: one, x: tensor(-0.8) });
    expect(maxDifference([(await read(batch.value))[1]], await read(alone.value))).toBeLessThan(1e-6);
  });
});
