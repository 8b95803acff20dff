import { describe, expect, test } from "vitest";
import { mul, tensor, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  CLEAN,
  continuousLevels,
  ddim,
  discreteLevels,
  discreteSchedule,
  dpmSolverMultistep,
  dpmSolverSinglestep,
  fPndm,
  innerLevels,
  levelGrid,
  plms,
  PREDICTIONS,
  runPlanNumeric,
  sample,
  samplers,
  schedules,
  sPndm,
  vpLevel,
  vpLinear,
  type Combine,
  type Level,
  type PlannedSampler,
  type SamplerEntry,
} from "@ansatz/samplers";
import * as everything from "@ansatz/samplers";
import { exactFlow, gaussianMixture, mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, flat, maxDifference, read, rmsDifference, rows, SMOOTH, SMOOTH_START } from "./support.ts";

const schedule = vpLinear();
const grid = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 });
type PlannedEntry = SamplerEntry & Required<Pick<SamplerEntry, "prepare">>;
const planned = samplers.filter((entry): entry is PlannedEntry => entry.prepare !== undefined);

describe("the registry", () => {
  test("holds every exported factory of samplers and schedules, under unique names", () => {
    const factories = (isMember: (value: any) => boolean): string[] =>
      Object.entries(everything).flatMap(([name, value]) => {
        if (typeof value !== "function") return [];
        try {
          const made = (value as () => unknown)();
          if (made instanceof Promise) made.catch(() => undefined);
          return isMember(made) ? [name] : [];
        } catch {
          return [];
        }
      });
    const samplerFactories = factories((value) => typeof value?.begin === "function");
    expect(samplerFactories.length).toBeGreaterThan(5);
    expect(new Set(samplers.map(({ factory }) => factory))).toEqual(new Set(samplerFactories));
    const scheduleFactories = factories(
      (value) => typeof value?.levelAt === "function" && typeof value?.kind === "string",
    );
    const listed = new Set(schedules.map(({ factory }) => factory));
    for (const name of scheduleFactories) expect(listed).toContain(name);
    for (const name of listed) expect(everything).toHaveProperty(name);
    for (const list of [samplers, schedules]) expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  });

  for (const { name, create } of samplers) {
    test(`${name} declares an order and cites its papers`, () => {
      const sampler = create();
      expect(sampler.order).toBeGreaterThan(0);
      expect(sampler.citations.length).toBeGreaterThan(0);
      for (const paper of sampler.citations) {
        expect(paper.title.length).toBeGreaterThan(10);
        expect(paper.url).toMatch(/^https:\/\//);
      }
    });
  }
});

describe("declared orders are measured", () => {
  const start = flat(SMOOTH_START);
  const model = mixtureModel(SMOOTH);
  const levelsOf = (sampler: PlannedSampler, count: number): { sampler: PlannedSampler; levels: Level[] } => {
    const inner = Number(/-(\d)s$/.exec(sampler.name)?.[1] ?? 1);
    if (inner === 1) return { sampler, levels: grid.levels(count) };
    const orders = new Array<number>(count).fill(inner);
    const prediction = sampler.name.includes("++") ? "x0" : "epsilon";
    return {
      sampler: dpmSolverSinglestep({ order: inner, orders, prediction }),
      levels: innerLevels(schedule, grid.levels(count), orders),
    };
  };
  for (const { name, create, measured } of planned) {
    const declared = (measured ?? create)() as PlannedSampler;
    if (declared.order < 1) continue;
    test(`${name}: ${declared.order}`, () => {
      // The asymptotic slope of order 4 shows later.
      const steps = declared.order < 4 ? [80, 160, 320] : [160, 320, 640];
      const errors = steps.map((count) => {
        const { sampler, levels } = levelsOf(declared, count);
        const exact = probabilityFlow(model, start, levels[0], levels[levels.length - 1]);
        return rmsDifference(
          runPlanNumeric(sampler.plan(levels, { schedule }), start, model).at(-1) as Float64Array,
          exact,
        );
      });
      const slope = Math.log2(errors[1] / errors[2]);
      expect(Math.abs(slope - declared.order)).toBeLessThan(0.15);
      expect(Math.log2(errors[0] / errors[1])).toBeGreaterThan(declared.order - 0.15);
    });
  }
});

describe("every sampler on tensors", () => {
  for (const device of ["cpu", "js"]) {
    for (const { name, prepare, minEvaluations } of planned) {
      test(`${name} does what its plan says (${device})`, async () => {
        for (const evaluations of [minEvaluations + 1, minEvaluations + 6]) {
          const { sampler, levels } = prepare(grid, evaluations);
          const plan = (sampler as PlannedSampler).plan(levels, { schedule });
          expect(plan.evaluations).toBe(evaluations);
          const noises = Array.from({ length: plan.steps }, (_, i) =>
            BUMPS_START.map((row) => row.map((v) => Math.sin(v + i))),
          );
          const numeric = runPlanNumeric(plan, flat(BUMPS_START), mixtureModel(BUMPS), {
            noise: (step) => flat(noises[step]),
            samples: BUMPS_START.length,
          });
          const noise = plan.noisy
            ? ({ step }: { step: number }): Tensor => rows(noises[step], "f64", device)
            : undefined;
          let calls = 0;
          const model = gaussianMixture(BUMPS);
          const result = await sample({
            sampler,
            levels,
            schedule,
            noise,
            x: rows(BUMPS_START, "f64", device),
            denoiser: { predict: model.predict, call: (x, level) => (calls++, model.call(x, level)) },
            trajectory: true,
          });
          expect(result.status).toBe("completed");
          expect([calls, result.cost.evaluations]).toEqual([evaluations, evaluations]);
          expect(result.iterations).toBe(plan.steps);
          const trajectory = result.trajectory as readonly Tensor[];
          for (const [i, x] of trajectory.entries()) {
            // Rounding is relative to the signal, which is far from 1 where few steps overshoot.
            const size = Math.max(1, ...numeric[i].map(Math.abs));
            expect(maxDifference(await read(x), numeric[i]) / size).toBeLessThan(1e-11);
          }
        }
      });
    }
  }

  for (const { name, prepare, minEvaluations } of planned) {
    test(`${name} gives the same for every kind of model`, async () => {
      const { sampler, levels } = prepare(grid, minEvaluations + 5);
      const ends: number[][] = [];
      for (const predict of PREDICTIONS) {
        const denoiser = gaussianMixture({ ...BUMPS, predict });
        const { value } = await sample({ sampler, levels, schedule, denoiser, x: rows(BUMPS_START), noise: noiseOf() });
        ends.push(await read(value));
      }
      for (const end of ends) expect(maxDifference(end, ends[0])).toBeLessThan(1e-11);
    });

    test(`${name} in f32 stays close to f64, up to 200 calls`, async () => {
      for (const evaluations of [minEvaluations + 30, 200]) {
        const { sampler, levels } = prepare(grid, evaluations);
        const ends: number[][] = [];
        for (const dtype of ["f32", "f64"] as const) {
          const denoiser = gaussianMixture(BUMPS);
          const x = rows(BUMPS_START, dtype);
          const { value } = await sample({ sampler, levels, schedule, denoiser, x, noise: noiseOf() });
          expect(value.dtype).toBe(dtype);
          ends.push(await read(value));
        }
        expect(maxDifference(ends[0], ends[1])).toBeLessThan(2e-3);
      }
    });

    test(`${name} takes single samples, scalars and images`, async () => {
      const { sampler, levels } = prepare(grid, minEvaluations + 4);
      for (const x of [tensor(0.5), tensor([0.5]), normal(key(1), [2, 1, 3, 3])]) {
        const { value, status } = await sample({
          sampler,
          levels,
          schedule,
          x,
          denoiser: { predict: "epsilon", call: (z) => mul(z, 0.5) },
          key: key(3),
        });
        expect(status).toBe("completed");
        expect(value.shape).toEqual(x.shape);
      }
    });
  }
});

/** The same noise for every dtype. */
function noiseOf(): (draw: { step: number; dtype: "f32" | "f64" }) => Tensor {
  return ({ step, dtype }) =>
    rows(
      BUMPS_START.map((row) => row.map((v) => Math.cos(3 * v + step))),
      dtype,
    );
}

describe("every family of levels", () => {
  const u = [80, 30, 12, 5, 2.2, 1.1, 0.6, 0.3, 0.15, 0.06, 0.02];
  const refined = u.flatMap((value, i) =>
    i === u.length - 1 ? [value] : Array.from({ length: 16 }, (_, k) => value * (u[i + 1] / value) ** (k / 16)),
  );
  const families: Record<string, (u: number) => Level> = {
    "variance exploding": (s) => ({ alpha: 1, sigma: s }),
    "flow matching": (s) => ({ alpha: 1 / (1 + s), sigma: s / (1 + s) }),
    "variance preserving": (s) => vpLevel(-Math.log(s)),
  };
  const methods: readonly (readonly [PlannedSampler, number])[] = [
    [ddim(), 0.03],
    [plms(), 2e-3],
    [sPndm(), 5e-3],
    [dpmSolverMultistep(), 5e-3],
    [dpmSolverMultistep({ order: 3, prediction: "epsilon" }), 2e-3],
  ];
  for (const [family, level] of Object.entries(families)) {
    for (const [sampler, limit] of methods) {
      test(`${sampler.name} on ${family} levels reaches the exact flow`, async () => {
        const levels = refined.map(level);
        const x = rows(SMOOTH_START.map((row) => row.map((v) => v * levels[0].sigma)));
        const { value } = await sample({ sampler, levels, x, denoiser: gaussianMixture(SMOOTH) });
        const exact = await exactFlow(SMOOTH, x, levels[0], levels[levels.length - 1]);
        expect(maxDifference(await read(value), await read(exact))).toBeLessThan(limit);
      });
    }
  }
});

describe("headline", () => {
  const mixtures = { "two dimensions": [BUMPS, BUMPS_START], "three dimensions": [SMOOTH, SMOOTH_START] } as const;
  for (const [name, [mixture, start]] of Object.entries(mixtures)) {
    test(`PLMS needs a fraction of DDIM's model calls (${name})`, async () => {
      const uniform = levelGrid(schedule, { spacing: "time-uniform" });
      const x = rows([...start, ...start.map((row) => row.map((v) => -0.7 * v + 0.1))]);
      const exact = await read(await exactFlow(mixture, x, uniform.levels(1)[0], uniform.levels(1)[1]));
      const error = async (method: string, evaluations: number): Promise<number> => {
        const entry = planned.find((candidate) => candidate.name === method) as PlannedEntry;
        const denoiser = gaussianMixture(mixture);
        const { value, cost } = await sample({ ...entry.prepare(uniform, evaluations), denoiser, x });
        expect(cost.evaluations).toBe(evaluations);
        return rmsDifference(await read(value), exact);
      };
      expect(await error("plms", 25)).toBeLessThan(await error("ddim", 100));
      expect(await error("plms", 50)).toBeLessThan(await error("ddim", 1000));
    });
  }
});

describe("edges", () => {
  const start = rows(BUMPS_START);
  const denoiser = gaussianMixture(BUMPS);

  for (const { name, create } of planned) {
    test(`${name}: a repeated level is the identity, costs no call and leaves no trace`, async () => {
      const sampler = create();
      if (/-\ds$/.test(name)) return;
      const levels = grid.levels(6);
      const doubled = [levels[0], ...levels.flatMap((level, i) => (i === 2 || i === 6 ? [level, level] : [level]))];
      const noise = ({ from }: { from: Level }): Tensor =>
        rows(BUMPS_START.map((row) => row.map((v) => v * from.sigma)));
      const run = (list: Level[]): ReturnType<typeof sample> =>
        sample({ sampler, levels: list, schedule, denoiser, x: start, noise });
      const [once, twice] = [await run(levels), await run(doubled)];
      expect(await read(twice.value)).toEqual(await read(once.value));
      expect(twice.cost).toEqual(once.cost);
      expect(twice.iterations).toBe(once.iterations + 3);
    });

    test(`${name}: sigma 0 at the end gives a finite result near the exact one`, async () => {
      const entry = planned.find((candidate) => candidate.name === name) as PlannedEntry;
      const table = levelGrid(discreteSchedule({ betas: "linear" }), { spacing: "log-snr" });
      const { sampler, levels } = entry.prepare(table, 40);
      expect(levels[levels.length - 1]).toEqual(CLEAN);
      const result = await sample({ sampler, levels, schedule: table.schedule, denoiser, x: start, noise: noiseOf() });
      expect(result.status).toBe("completed");
      expect(result.cost.evaluations).toBe(40);
      if (sampler.order < 1) return;
      const exact = await exactFlow(BUMPS, start, levels[0], levels[levels.length - 2]);
      expect(rmsDifference(await read(result.value), await read(exact))).toBeLessThan(0.1);
    });
  }

  test("the last step to sigma 0 is the estimate of the clean signal", async () => {
    const levels = [vpLevel(-1), vpLevel(1), CLEAN];
    for (const sampler of [ddim(), dpmSolverMultistep(), dpmSolverMultistep({ prediction: "epsilon" })]) {
      const { value, trajectory } = await sample({ sampler, levels, denoiser, x: start, trajectory: true });
      const x0 = await gaussianMixture({ ...BUMPS, predict: "x0" }).call((trajectory as Tensor[])[0], levels[1]);
      expect(maxDifference(await read(value), await read(x0))).toBeLessThan(1e-13);
    }
  });

  test("a third-order step to sigma 0 is split and stays finite", async () => {
    const levels = [vpLevel(-1), vpLevel(0), vpLevel(1), CLEAN];
    const sampler = dpmSolverSinglestep({ order: 3, orders: [3] });
    const { value, cost, status } = await sample({ sampler, levels, denoiser, x: start });
    expect([status, cost.evaluations]).toEqual(["completed", 3]);
    const parts = [dpmSolverSinglestep({ order: 2, orders: [2] }), ddim()];
    const half = await sample({ sampler: parts[0], levels: levels.slice(0, 3), denoiser, x: start });
    const whole = await sample({ sampler: parts[1], levels: levels.slice(2), denoiser, x: half.value });
    expect(maxDifference(await read(value), await read(whole.value))).toBeLessThan(1e-13);
  });

  const table = discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true });
  for (const sampler of [
    ddim(),
    dpmSolverMultistep(),
    dpmSolverMultistep({ order: 3 }),
    dpmSolverSinglestep({ order: 2 }),
  ]) {
    test(`${sampler.name} starts from pure noise with models of x0, v and flow`, async () => {
      const levels = discreteLevels(table, { steps: 40, final: "min" });
      const exact = await read(await exactFlow(BUMPS, start, levels[0], levels[40]));
      for (const predict of ["x0", "v", "flow"] as const) {
        const { value, status } = await sample({
          sampler,
          levels,
          denoiser: gaussianMixture({ ...BUMPS, predict }),
          x: start,
        });
        expect(status).toBe("completed");
        expect(rmsDifference(await read(value), exact)).toBeLessThan(0.1);
      }
      await expect(sample({ sampler, levels, denoiser, x: start })).rejects.toThrow(
        "conversion: x0 cannot be computed from epsilon at this level (got (alpha = 0, sigma = 1, time = 999)).",
      );
    });
  }

  test("methods that integrate the noise refuse pure noise", async () => {
    const levels = discreteLevels(table, { steps: 10 });
    for (const sampler of [plms(), sPndm(), dpmSolverMultistep({ prediction: "epsilon" })]) {
      await expect(
        sample({ sampler, levels, denoiser: gaussianMixture({ ...BUMPS, predict: "v" }), x: start }),
      ).rejects.toThrow(
        `${sampler.name}: step 0 has no finite update (got a coefficient of Infinity). Start below pure noise`,
      );
    }
  });

  test("one step", async () => {
    const levels = continuousLevels(schedule, { steps: 1 });
    const euler = await read((await sample({ sampler: ddim(), levels, denoiser, x: start })).value);
    const first = await sample({ sampler: dpmSolverMultistep({ order: 1 }), levels, denoiser, x: start });
    expect(maxDifference(await read(first.value), euler)).toBeLessThan(1e-12);
    expect((await sample({ sampler: plms(), levels, denoiser, x: start })).cost.evaluations).toBe(2);
    const clean = [levels[0], CLEAN];
    expect((await sample({ sampler: plms(), levels: clean, denoiser, x: start })).cost.evaluations).toBe(1);
  });
});

describe("noise", () => {
  test("eta 1 on neighbouring entries is DDPM's ancestral step", () => {
    const table = discreteSchedule({ betas: "linear" });
    const plan = ddim({ eta: 1 }).plan([table.level(500), table.level(499)]);
    const combine = plan.instructions.find(({ op }) => op === "combine") as Combine;
    const [A, P] = [table.alphaBars[500], table.alphaBars[499]];
    const beta = 1 - A / P;
    const variance = ((1 - P) / (1 - A)) * beta;
    const noise = combine.terms[2][0];
    expect(Math.abs(noise / Math.sqrt(variance) - 1)).toBeLessThan(1e-10);
    // mean = sqrt(P) beta/(1-A) x0 + sqrt(A/P) (1-P)/(1-A) x with x0 = (x - sqrt(1-A) eps)/sqrt(A).
    const x0 = (Math.sqrt(P) * beta) / (1 - A);
    const x = (Math.sqrt(A / P) * (1 - P)) / (1 - A);
    expect(combine.terms[0][0]).toBeCloseTo(x + x0 / Math.sqrt(A), 12);
    expect(combine.terms[1][0]).toBeCloseTo((-x0 * Math.sqrt(1 - A)) / Math.sqrt(A), 12);
  });

  test("the same key gives the same sample, another key another one", async () => {
    const levels = grid.levels(8);
    const draw = async (seed: number): Promise<number[]> => {
      const sampler = ddim({ eta: 0.5 });
      return read(
        (await sample({ sampler, levels, denoiser: gaussianMixture(BUMPS), x: rows(BUMPS_START), key: key(seed) }))
          .value,
      );
    };
    expect(await draw(1)).toEqual(await draw(1));
    expect(maxDifference(await draw(1), await draw(2))).toBeGreaterThan(1e-3);
  });

  test("an ancestral sampler draws from the mixture", async () => {
    const x = normal(key(11), [4000, 2], { dtype: "f64" });
    const levels = levelGrid(schedule, { spacing: "log-snr" }).levels(60);
    const { value } = await sample({
      sampler: ddim({ eta: 1 }),
      levels,
      denoiser: gaussianMixture(BUMPS),
      x,
      key: key(12),
    });
    const points = await read(value);
    const share = (cx: number, cy: number): number => {
      let count = 0;
      for (let i = 0; i < points.length; i += 2) if (Math.hypot(points[i] - cx, points[i + 1] - cy) < 1.2) count++;
      return count / (points.length / 2);
    };
    // Standard errors of the shares are below 0.008.
    expect(Math.abs(share(1.5, 0) - 0.3)).toBeLessThan(0.04);
    expect(Math.abs(share(-1, 1.2) - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(share(0, -1.8) - 0.2)).toBeLessThan(0.04);
  });
});

describe("sampler errors", () => {
  const levels = grid.levels(5);
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => ddim({ eta: -0.1 }), "ddim: eta is out of range (got -0.1, expected a number from 0 to 1)."],
    [() => ddim({ eta: 2 }), "ddim: eta is out of range (got 2"],
    [() => ddim({ seed: 1 } as never), 'ddim: unknown option (got "seed", expected one of eta, clip, threshold).'],
    [() => ddim({ clip: 1, threshold: {} }), "ddim: clip and threshold exclude each other (got both"],
    [() => ddim({ threshold: { ratio: 2 } }), "ddim: ratio is out of range (got 2"],
    [
      () => dpmSolverMultistep({ order: 4 }),
      "dpmSolverMultistep: order is out of range (got 4, expected an integer from 1 to 3).",
    ],
    [
      () => dpmSolverMultistep({ order: 3 }).plan(grid.levels(2)),
      "dpm-solver++-3m: order 3 needs as many steps (got 2, expected at least 3). Lower the order.",
    ],
    [
      () => dpmSolverMultistep({ orders: [1, 2, 2] }).plan(levels),
      "dpm-solver++-2m: one order per step is needed (got 3 orders, expected 5).",
    ],
    [
      () => dpmSolverMultistep({ orders: [2] }),
      "dpmSolverMultistep: orders[0] is out of range (got 2, expected an integer from 1 to 1).",
    ],
    [
      () => dpmSolverMultistep({ prediction: "v" as never }),
      'dpmSolverMultistep: unknown prediction (got "v", expected one of "epsilon", "x0").',
    ],
    [
      () => dpmSolverMultistep({ solverType: "heun" as never }),
      'dpmSolverMultistep: unknown solverType (got "heun", expected one of "midpoint", "taylor").',
    ],
    [
      () => dpmSolverMultistep({ thirdOrder: "half" as never }),
      'dpmSolverMultistep: unknown thirdOrder (got "half", expected one of "corrected", "released").',
    ],
    [
      () => dpmSolverMultistep({ lowerOrderFinal: -1 }),
      "dpmSolverMultistep: lowerOrderFinal is out of range (got -1, expected an integer >= 0).",
    ],
    [() => dpmSolverSinglestep({ order: 0 }), "dpmSolverSinglestep: order is out of range (got 0"],
    [
      () => dpmSolverSinglestep({ order: 3 }).plan(grid.levels(2)),
      "dpm-solver++-3s: order 3 needs as many levels after the first (got 2, expected at least 3).",
    ],
    [
      () => dpmSolverSinglestep({ order: 2, orders: [2, 2] }).plan(levels),
      "dpm-solver++-2s: the orders must add up to the number of levels after the first (got 4, expected 5).",
    ],
    [
      () => dpmSolverSinglestep({ order: 2, orders: [3] }),
      "dpmSolverSinglestep: orders[0] is out of range (got 3, expected an integer from 1 to 2).",
    ],
    [
      () => fPndm().plan(levels),
      "f-pndm: the start needs levels between the listed ones (got neither a schedule nor `midpoint`, expected one). Pass `schedule`.",
    ],
    [() => fPndm().plan(grid.levels(2), { schedule }), "f-pndm: too few steps (got 2, expected at least 3). Use plms."],
    [
      () => fPndm().plan([...grid.levels(2), CLEAN], { schedule }),
      "f-pndm: a Runge-Kutta step calls the model at its end, where there is no noise left (got (alpha = 1, sigma = 0)).",
    ],
    [() => plms().plan([levels[0]]), "plms: too few levels (got 1, expected at least 2)."],
    [
      () => ddim().plan([...levels].reverse()),
      "ddim: levels must go from noisy to clean, but the noise grows at level 1",
    ],
    [
      () => planned.find(({ name }) => name === "f-pndm")?.prepare(grid, 11),
      "f-pndm: evaluations is out of range (got 11, expected an integer >= 12).",
    ],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }
});
