/** Exact inversion: round trips, predicted amplification, refusals. */
import { describe, expect, test } from "vitest";
import { memory, type Tensor } from "@ansatz/tensor";
import {
  bdia,
  bdiaAmplification,
  bdiaDecode,
  bdiaEncode,
  bdiaInversion,
  ddim,
  ddimInversion,
  discreteLevels,
  discreteSchedule,
  levelGrid,
  runPlanNumeric,
  sample,
  vpLinear,
  withStaticThreshold,
  type Level,
} from "@ansatz/samplers";
import { gaussianMixture, mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, flat, maxDifference, read, rmsDifference, rows, SMOOTH, SMOOTH_START } from "./support.ts";

const table = discreteSchedule({ betas: "scaled-linear" });
const levelsOf = (steps: number): Level[] =>
  discreteLevels(table, { steps, spacing: "leading", offset: 1, final: "min" });
const denoiser = gaussianMixture(BUMPS);

describe("round trips", () => {
  for (const gamma of [1, 0.96, 0.92]) {
    for (const steps of [20, 50]) {
      test(`gamma ${gamma}, ${steps} steps: exact up to rounding, in f64 and f32`, async () => {
        for (const [dtype, limit] of [
          ["f64", 1e-12],
          ["f32", 2e-4],
        ] as const) {
          const x = rows(BUMPS_START, dtype);
          const levels = levelsOf(steps);
          const code = await bdiaEncode(x, { denoiser, levels, gamma });
          expect(code.amplification).toBeCloseTo(gamma ** -steps, 6);
          const again = await bdiaDecode(code, { denoiser, levels, gamma });
          const error = maxDifference(await read(again), await read(x));
          expect(error).toBeLessThan(limit);
          // The prediction is of the right kind: not exceeded by more than a factor that covers the constant.
          expect(error).toBeLessThan(100 * code.predictedError);
        }
      });
    }
  }

  test("naive DDIM inversion is worse by many orders of magnitude", async () => {
    const x = rows(BUMPS_START);
    const levels = levelsOf(20);
    const up = await sample({ sampler: ddimInversion(), levels: [...levels].reverse(), denoiser, x });
    const down = await sample({ sampler: ddim(), levels, denoiser, x: up.value });
    expect(maxDifference(await read(down.value), await read(x))).toBeGreaterThan(0.02);
  });

  test("a sampled trajectory is retraced to its start", async () => {
    const levels = levelsOf(25);
    const x = rows(BUMPS_START);
    const { trajectory } = await sample({ sampler: bdia({ gamma: 0.95 }), levels, denoiser, x, trajectory: true });
    const [second, last] = (trajectory as Tensor[]).slice(-2);
    const back = await sample({
      sampler: bdiaInversion({ gamma: 0.95 }),
      levels: [...levels].reverse(),
      denoiser,
      x: last,
      inputs: { second },
    });
    expect(back.cost.evaluations).toBe(24);
    expect(maxDifference(await read(back.value), await read(x))).toBeLessThan(1e-12);
  });

  test("frees everything but the code", async () => {
    const x = rows(BUMPS_START, "f32");
    const levels = levelsOf(20);
    const once = async (): Promise<void> => {
      const code = await bdiaEncode(x, { denoiser, levels });
      const again = await bdiaDecode(code, { denoiser, levels });
      for (const t of [again, code.last, code.beforeLast]) t.dispose();
    };
    await once();
    const before = memory().used;
    await once();
    expect(memory().used).toBe(before);
  });
});

describe("accuracy", () => {
  test("the error constant is (1 - gamma)/(1 + gamma) times that of DDIM", () => {
    const schedule = vpLinear();
    const levels = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 }).levels(320);
    const model = mixtureModel(SMOOTH);
    const start = flat(SMOOTH_START);
    const exact = probabilityFlow(model, start, levels[0], levels[320]);
    const error = (sampler: ReturnType<typeof ddim>): number =>
      rmsDifference(runPlanNumeric(sampler.plan(levels), start, model).at(-1) as Float64Array, exact);
    const base = error(ddim());
    for (const gamma of [0.25, 0.5, 0.8]) {
      expect(error(bdia({ gamma })) / base / ((1 - gamma) / (1 + gamma))).toBeCloseTo(1, 1);
    }
  });
});

describe("refusals", () => {
  test("inversion at gamma 0, of a clipping denoiser, and beyond the precision", async () => {
    expect(() => bdiaInversion({ gamma: 0 })).toThrow("bdiaInversion: gamma = 0 is DDIM, which has no inverse");
    expect(() => bdiaInversion({ gamma: 1.2 })).toThrow("bdiaInversion: gamma is out of range (got 1.2");
    const x = rows(BUMPS_START, "f32");
    const levels = levelsOf(50);
    await expect(bdiaEncode(x, { denoiser, levels, gamma: 0.5 })).rejects.toThrow(
      "bdia-inversion-0.5: rounding errors would grow to 1.3e+8 of the signal over 50 steps (got gamma^-K = 1.1e+15",
    );
    await expect(bdiaEncode(x, { denoiser: withStaticThreshold(denoiser), levels })).rejects.toThrow(
      "bdiaEncode: a denoiser that clips its estimates cannot be inverted",
    );
    await expect(bdiaEncode(x, { denoiser, levels: levelsOf(1) })).rejects.toThrow("two-step methods need two steps");
    expect(bdiaAmplification(0.5, 10)).toBe(1024);
    expect(() => ddimInversion().plan(levels)).toThrow("ddim-inversion: levels must go from clean to noisy");
    expect(() => bdia().begin(levels, x, { inputs: { first: x } })).toThrow("bdia-1: inputs: unknown option");
  });
});
