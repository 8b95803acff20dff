/**
 * Scheduler configurations of diffusers against numbers that its schedulers gave: timesteps and sigmas of
 * `schedules.json`, end points of `ddim_pndm.json`, `dpm_solver.json`, `sde.json` and `unipc.json`. The Euler, Heun, LMS,
 * DEIS, singlestep, EDM and flow classes have no end points there; here they are checked by their sigmas and by
 * identities, in `diffusersFormulas.test.ts` by their recurrences.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mul, type Tensor } from "@ansatz/tensor";
import {
  ddim,
  dpmSolverMultistep,
  edmSigma,
  flowSigmas,
  fromDiffusersConfig,
  heun,
  runPlanNumeric,
  sample,
  type DiffusersConfig,
  type DiffusersSampler,
} from "@ansatz/samplers";
import { gaussianMixture, mixtureModel } from "@ansatz/samplers/problems";
import { denoiserOf, flat, points } from "./reader/common.ts";
import { BUMPS, BUMPS_START, flat as flatten, maxDifference, read, rows } from "./support.ts";

const golden = (name: string): any =>
  JSON.parse(readFileSync(new URL(`golden/samplers-ode/${name}.json`, import.meta.url), "utf8"));
const scaled = { beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 };
const tableKeys = (entry: any): DiffusersConfig => ({
  beta_schedule: entry.kind,
  beta_start: entry.beta_start,
  beta_end: entry.beta_end,
});
const solverKeys = (entry: any): DiffusersConfig => ({
  algorithm_type: entry.algorithm,
  solver_order: entry.order,
  solver_type: entry.solver_type,
});
const make = (className: string, config: DiffusersConfig, steps: number): DiffusersSampler =>
  fromDiffusersConfig({ _class_name: className, ...config }, { steps });

async function finalOf(made: DiffusersSampler, model: any, x: number[][], noises?: number[][][]): Promise<number[]> {
  const { sampler, levels, schedule, predict, denoiser } = made;
  const inner = denoiserOf(model, predict);
  const { value } = await sample({
    sampler,
    levels,
    schedule,
    denoiser: denoiser(inner.call),
    x: points(x),
    noise: noises === undefined ? undefined : ({ step }) => points(noises[step]),
  });
  return read(value);
}

describe("timesteps", () => {
  const grids = golden("schedules").inference_grids;
  for (const entry of grids) {
    const { steps } = entry;
    test(`${steps} steps of the DDIM, DPM-Solver and PNDM families`, () => {
      for (const spacing of ["leading", "trailing", "linspace"]) {
        for (const offset of [0, 1]) {
          const key = `ddim_${spacing}_offset${offset}`;
          if (entry[key] === undefined) continue;
          const config = { timestep_spacing: spacing, steps_offset: offset };
          expect(make("DDIMScheduler", config, steps).timesteps, key).toEqual(entry[key]);
          expect(make("DDPMScheduler", config, steps).timesteps, key).toEqual(entry[key]);
        }
        for (const name of ["DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler"]) {
          const made = make(name, { timestep_spacing: spacing }, steps);
          expect(made.timesteps, `${name} ${spacing}`).toEqual(entry[`dpm_${spacing}`]);
        }
      }
      const plms = { ...scaled, skip_prk_steps: true, steps_offset: 1 };
      expect(make("PNDMScheduler", plms, steps).timesteps).toEqual(entry["pndm_plms_offset1"]);
      if (entry["pndm_prk_offset0"] !== undefined) {
        // Its last step is empty, and costs a call all the same.
        expect(make("PNDMScheduler", scaled, steps).timesteps).toEqual(entry["pndm_prk_offset0"]);
      }
    });

    test(`${steps} steps of the sigma grids`, () => {
      const grid = (config: DiffusersConfig): DiffusersSampler =>
        make("DPMSolverMultistepScheduler", { ...scaled, ...config }, steps);
      const cases: [string, DiffusersConfig][] = [
        ["karras", { use_karras_sigmas: true }],
        ["exponential", { use_exponential_sigmas: true }],
        ["lu", { use_lu_lambdas: true }],
        ["beta_0.6_0.6", { use_beta_sigmas: true }],
      ];
      for (const [name, config] of cases) {
        const made = grid(config);
        expect(maxDifference(made.levels.map(edmSigma), entry[`${name}_sigmas`]), name).toBeLessThan(1e-9);
        expect(made.timesteps, name).toEqual(entry[`${name}_timesteps`]);
      }
      for (const shift of [1, 3]) {
        const made = grid({ use_flow_sigmas: true, flow_shift: shift, prediction_type: "flow_prediction" });
        expect(
          maxDifference(
            made.levels.map(({ sigma }) => sigma),
            entry[`flow_shift${shift}_sigmas`],
          ),
        ).toBeLessThan(1e-12);
        expect(made.timesteps).toEqual(entry[`flow_shift${shift}_timesteps`]);
      }
    });
  }
});

describe("end points that diffusers computed", () => {
  const close = (got: number[], expected: number[][], limit: number): void =>
    expect(maxDifference(got, flat(expected))).toBeLessThan(limit);

  test("DDIM and PNDM", async () => {
    const file = golden("ddim_pndm");
    let seen = 0;
    for (const entry of file.cases) {
      if (entry.timesteps === undefined || !["ddim", "plms"].includes(entry.method)) continue;
      const one = entry.id.includes("final=one");
      const shared = {
        beta_schedule: entry.kind,
        beta_start: entry.beta_start,
        beta_end: entry.beta_end,
        steps_offset: 1,
      };
      const made =
        entry.method === "ddim"
          ? make("DDIMScheduler", { ...shared, clip_sample: false, set_alpha_to_one: one }, entry.timesteps.length)
          : make("PNDMScheduler", { ...shared, skip_prk_steps: true }, entry.timesteps.length);
      expect(made.differences).toEqual([]);
      close(await finalOf(made, file.models[entry.model], entry.x_T), entry.final, 1e-8);
      seen++;
    }
    expect(seen).toBeGreaterThan(10);
  });

  test("DPMSolverMultistep", async () => {
    const file = golden("dpm_solver");
    let seen = 0;
    for (const entry of file.diffusers_multistep) {
      const grid = { karras: { use_karras_sigmas: true }, lu: { use_lu_lambdas: true } }[entry.spacing as string] ?? {
        timestep_spacing: entry.spacing,
      };
      const made = make(
        "DPMSolverMultistepScheduler",
        {
          ...tableKeys(entry),
          ...solverKeys(entry),
          final_sigmas_type: entry.sigmas[entry.steps] === 0 ? "zero" : "sigma_min",
          ...grid,
        },
        entry.steps,
      );
      close(await finalOf(made, file.models[entry.model], file.x_T[entry.model]), entry.final, 1e-7);
      seen++;
    }
    expect(seen).toBeGreaterThan(20);
  });

  test("UniPC", async () => {
    const file = golden("unipc");
    for (const entry of file.diffusers) {
      const config = { solver_order: entry.order, solver_type: entry.variant, final_sigmas_type: entry.final_sigma };
      const table = tableKeys(entry);
      const made = make("UniPCMultistepScheduler", { ...config, ...table }, entry.steps);
      close(await finalOf(made, file.models.A, file.x_T.A), entry.final, 1e-6);
    }
  });

  test("DDPM, and the stochastic multistep solvers", async () => {
    const file = golden("sde");
    for (const entry of file.ddpm) {
      const table = tableKeys(entry);
      const made = make("DDPMScheduler", { ...table, variance_type: entry.variance_type, clip_sample: false }, 10);
      close(await finalOf(made, file.model_A, file.x_T, entry.noises), entry.final, 1e-7);
    }
    for (const entry of file.sde_dpm) {
      const zero = entry.sigmas[entry.steps] === 0;
      const grid = entry.spacing === "karras" ? { use_karras_sigmas: true } : { timestep_spacing: entry.spacing };
      const table = tableKeys(entry);
      const config = {
        ...solverKeys(entry),
        final_sigmas_type: zero ? "zero" : "sigma_min",
      };
      if (entry.algorithm === "sde-dpmsolver" && zero) {
        expect(() => make("DPMSolverMultistepScheduler", { ...table, ...config, ...grid }, entry.steps)).toThrow(
          "sigma 0",
        );
        continue;
      }
      const made = make("DPMSolverMultistepScheduler", { ...table, ...config, ...grid }, entry.steps);
      close(await finalOf(made, file.model_A, file.x_T, file.noises), entry.final, 1e-6);
    }
  });
});

describe("classes without end points", () => {
  const model = mixtureModel(BUMPS);
  const start = flatten(BUMPS_START);
  const end = (made: DiffusersSampler, x = start): Float64Array =>
    runPlanNumeric(made.sampler.plan(made.levels, { schedule: made.schedule }), x, model).at(-1) as Float64Array;

  test("Euler, Heun and LMS place fractional indices and scale the first signal by the largest sigma", () => {
    for (const name of ["EulerDiscreteScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler"]) {
      const made = make(name, scaled, 11);
      const times = Array.from({ length: 11 }, (_, i) => 999 - 99.9 * i);
      const called = name.startsWith("Heun") ? [times[0], ...times.slice(1).flatMap((t) => [t, t])] : times;
      expect(maxDifference(made.timesteps, called)).toBeLessThan(1e-9);
      // sigma_max of Stable Diffusion's table is 14.6146.
      expect(edmSigma(made.levels[0])).toBeCloseTo(14.6146, 4);
      expect(made.initialScale / made.levels[0].alpha).toBeCloseTo(14.6146, 4);
      expect(make(name, { ...scaled, timestep_spacing: "leading", steps_offset: 1 }, 11).initialScale).toBeCloseTo(
        1,
        12,
      );
    }
  });

  test("Euler's end point is that of dy/dsigma = epsilon on the same sigmas", () => {
    const made = make("EulerDiscreteScheduler", { ...scaled, use_karras_sigmas: true }, 12);
    const sigmas = made.levels.map(edmSigma);
    let y = start.map((v) => v / made.levels[0].alpha);
    for (let i = 0; i < 12; i++) {
      const { alpha } = made.levels[i];
      const epsilon = model(
        y.map((v) => v * alpha),
        made.levels[i],
        "epsilon",
      );
      y = y.map((v, j) => v + (sigmas[i + 1] - sigmas[i]) * epsilon[j]);
    }
    expect(maxDifference(end(made), y)).toBeLessThan(1e-12);
    const logs = make("EulerDiscreteScheduler", { ...scaled, interpolation_type: "log_linear" }, 6);
    expect(logs.levels).toHaveLength(7);
    expect(edmSigma(logs.levels[6])).toBeCloseTo(0.0292, 4);
    const low = make("EulerDiscreteScheduler", { ...scaled, use_karras_sigmas: true, sigma_min: 0.1, sigma_max: 5 }, 4);
    expect(edmSigma(low.levels[0])).toBeCloseTo(5, 12);
  });

  test("DEIS of order 2 is the integral of the line through two predictions over log sigma", () => {
    const made = make("DEISMultistepScheduler", { ...scaled, lower_order_final: false }, 6);
    const rho = made.levels.map(edmSigma);
    let y = start.map((v) => v / made.levels[0].alpha);
    let previous = new Float64Array(y.length);
    // The antiderivative of (log t - log c)/(log b - log c).
    const integral = (t: number, b: number, c: number): number =>
      (t * (Math.log(t) - Math.log(c) - 1)) / Math.log(b / c);
    for (let i = 0; i < 6; i++) {
      const { alpha } = made.levels[i];
      const epsilon = model(
        y.map((v) => v * alpha),
        made.levels[i],
        "epsilon",
      );
      const [t, s0, s1] = [rho[i + 1], rho[i], rho[i - 1]];
      const c0 = i === 0 ? t - s0 : integral(t, s0, s1) - integral(s0, s0, s1);
      const c1 = i === 0 ? 0 : integral(t, s1, s0) - integral(s0, s1, s0);
      y = y.map((v, j) => v + c0 * epsilon[j] + c1 * previous[j]);
      previous = Float64Array.from(epsilon);
    }
    const last = made.levels[6].alpha;
    expect(
      maxDifference(
        end(made),
        y.map((v) => v * last),
      ),
    ).toBeLessThan(1e-11);
  });

  test("singlestep groups its levels like the order list there", () => {
    const orders = (config: DiffusersConfig, steps: number): number[] => {
      const plan = make("DPMSolverSinglestepScheduler", config, steps).sampler.plan(
        make("DPMSolverSinglestepScheduler", config, steps).levels,
      );
      const ends: number[] = [];
      let calls = 0;
      for (const instruction of plan.instructions) {
        if (instruction.op === "evaluate") calls++;
        if (instruction.op === "finish") {
          ends.push(calls);
          calls = 0;
        }
      }
      return ends;
    };
    const min = { final_sigmas_type: "sigma_min" };
    expect(orders({}, 6)).toEqual([2, 2, 1, 1]);
    expect(orders(min, 6)).toEqual([2, 2, 2]);
    expect(orders({ solver_order: 3 }, 9)).toEqual([3, 3, 2, 1]);
    expect(orders({ solver_order: 3 }, 10)).toEqual([3, 3, 3, 1]);
    expect(orders({ solver_order: 3, ...min }, 9)).toEqual([3, 3, 3]);
    expect(orders({ solver_order: 3 }, 8)).toEqual([3, 3, 1, 1]);
  });

  test("a second-order inner step of singlestep order 3 is the second-order update", () => {
    const made = make("DPMSolverSinglestepScheduler", { solver_order: 3, final_sigmas_type: "sigma_min" }, 3);
    const two = make("DPMSolverSinglestepScheduler", { final_sigmas_type: "sigma_min" }, 3);
    const third = made.sampler.plan(made.levels).instructions.filter(({ op }) => op === "combine");
    const second = two.sampler.plan(made.levels).instructions.filter(({ op }) => op === "combine");
    expect(third.slice(0, 2)).toEqual(second.slice(0, 2));
  });

  test("EDM: Karras sigmas, c_noise, preconditioning", async () => {
    const made = make("EDMEulerScheduler", {}, 5);
    expect(made.levels[0].sigma).toBeCloseTo(80, 10);
    expect(made.levels[4].sigma).toBeCloseTo(0.002, 12);
    expect(
      maxDifference(
        made.timesteps,
        made.levels.slice(0, 5).map(({ sigma }) => Math.log(sigma) / 4),
      ),
    ).toBeLessThan(1e-12);
    expect(made.initialScale).toBeCloseTo(Math.sqrt(6401), 10);
    const level = { alpha: 1, sigma: 2 };
    for (const [type, sign] of [
      ["epsilon", 1],
      ["v_prediction", -1],
    ] as const) {
      const wrapped = make("EDMDPMSolverMultistepScheduler", { prediction_type: type }, 5).denoiser((x: Tensor) =>
        mul(x, 3),
      );
      const got = await read(await (wrapped as any).call(rows([[1]]), level));
      const size = 4.25;
      expect(got[0]).toBeCloseTo(0.25 / size + (sign * (2 * 0.5) * 3) / size, 12);
    }
  });

  test("FlowMatchEuler shifts its end points and its list", () => {
    const made = make("FlowMatchEulerDiscreteScheduler", { shift: 3 }, 4);
    const shift = (s: number): number => (3 * s) / (1 + 2 * s);
    const low = shift(1 / 1000);
    const expected = [1, 1 + (low - 1) / 3, 1 + (2 * (low - 1)) / 3, low].map(shift);
    expect(
      maxDifference(
        made.levels.map(({ sigma }) => sigma),
        [...expected, 0],
      ),
    ).toBeLessThan(1e-12);
    expect(
      maxDifference(
        made.timesteps,
        expected.map((s) => 1000 * s),
      ),
    ).toBeLessThan(1e-9);
    const dynamic = fromDiffusersConfig(
      { _class_name: "FlowMatchEulerDiscreteScheduler", use_dynamic_shifting: true, base_shift: 0.5 },
      { steps: 3, mu: Math.log(3) },
    );
    expect(dynamic.levels[1].sigma).toBeCloseTo(shift((1 + 1 / 1000) / 2), 12);
    expect(flowSigmas(4, 1000, 3)[0]).toBeLessThan(1);
  });

  test("iPNDM starts from pure noise", async () => {
    const { sampler, levels, predict } = make("IPNDMScheduler", {}, 12);
    expect(levels[0]).toMatchObject({ alpha: 0, sigma: 1, time: 1 });
    const denoiser = gaussianMixture({ ...BUMPS, predict });
    const { status, cost } = await sample({ sampler, levels, denoiser, x: rows(BUMPS_START) });
    expect([status, cost.evaluations]).toEqual(["completed", 12]);
  });

  test("zero terminal SNR: pure noise for DDIM, almost for the others", () => {
    const config = {
      ...scaled,
      rescale_betas_zero_snr: true,
      timestep_spacing: "trailing",
      prediction_type: "v_prediction",
    };
    expect(make("DDIMScheduler", config, 10).levels[0].alpha).toBe(0);
    const almost = make("EulerDiscreteScheduler", config, 10).levels[0];
    expect(edmSigma(almost)).toBeCloseTo(4096, 3);
  });
});

describe("defaults and refusals", () => {
  test("DDIM clips x0 and keeps the noise prediction", async () => {
    const clipped = make("DDIMScheduler", {}, 10);
    const free = make("DDIMScheduler", { clip_sample: false }, 10);
    const inner = gaussianMixture({ ...BUMPS, predict: "epsilon" });
    const run = async ({ sampler, levels, denoiser }: DiffusersSampler): Promise<number[]> =>
      read((await sample({ sampler, levels, denoiser: denoiser(inner.call), x: rows(BUMPS_START) })).value);
    expect(maxDifference(await run(clipped), await run(free))).toBeGreaterThan(1e-3);
    expect(await run(free)).toEqual(
      await read((await sample({ sampler: ddim(), levels: free.levels, denoiser: inner, x: rows(BUMPS_START) })).value),
    );
    // One step by hand.
    const [from, to] = [clipped.levels[0], clipped.levels[1]];
    const x = flatten(BUMPS_START);
    const epsilon = mixtureModel(BUMPS)(x, from, "epsilon");
    const expected = x.map((v, i) => {
      const x0 = Math.max(-1, Math.min(1, (v - from.sigma * epsilon[i]) / from.alpha));
      return to.alpha * x0 + to.sigma * epsilon[i];
    });
    const [got] = runPlanNumeric(clipped.sampler.plan([from, to]), x, mixtureModel(BUMPS));
    expect(maxDifference(got, expected)).toBeLessThan(1e-12);
  });

  test("arguments that are left out or are not what they should be", () => {
    const config = { _class_name: "DDIMScheduler" };
    expect(() => (fromDiffusersConfig as (c: unknown) => unknown)(config)).toThrow(
      "fromDiffusersConfig: steps is out of range (got undefined, expected an integer >= 1).",
    );
    expect(() => fromDiffusersConfig(config, { steps: "10" as never })).toThrow('(got "10", expected an integer >= 1)');
    expect(() => fromDiffusersConfig('{"_class', { steps: 10 })).toThrow(
      'fromDiffusersConfig: the text is not JSON (got "{\\"_class": ',
    );
    expect(() => fromDiffusersConfig(null as never, { steps: 10 })).toThrow("not a configuration (got null)");
  });

  test("text, unknown keys, and the third order as released", () => {
    const text = JSON.stringify({
      _class_name: "DPMSolverMultistepScheduler",
      _diffusers_version: "0.30",
      solver_order: 3,
      skip_prk_steps: true,
    });
    const made = fromDiffusersConfig(text, { steps: 20 });
    expect(made.ignored).toEqual(["skip_prk_steps"]);
    expect(made.sampler.name).toBe(dpmSolverMultistep({ order: 3, thirdOrder: "released" }).name);
    expect(make("HeunDiscreteScheduler", {}, 5).sampler.name).toBe(heun().name);
    expect(make("DDIMScheduler", { timestep_spacing: "trailing" }, 7).differences).toEqual([]);
    expect(make("DDIMScheduler", { thresholding: true }, 7).differences).toEqual([]);
  });

  const cases: readonly (readonly [DiffusersConfig, object, string])[] = [
    [{}, {}, "fromDiffusersConfig: the configuration does not name its class"],
    [{ _class_name: "LCMScheduler" }, {}, 'fromDiffusersConfig: unknown scheduler class (got "LCMScheduler"'],
    [{ _class_name: "TCDScheduler" }, {}, '(got "TCDScheduler", expected one of DDIMScheduler, DDPMScheduler, PNDM'],
    [{ _class_name: "SASolverScheduler" }, {}, "EDMDPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler"],
    [{ _class_name: "PNDMScheduler" }, { steps: 3 }, "needs at least 4 steps (got 3). Set skip_prk_steps."],
    [{ _class_name: "DDIMScheduler" }, { steps: 0 }, "fromDiffusersConfig: steps is out of range (got 0"],
    [
      { _class_name: "DDIMScheduler", beta_schedule: "laplace" },
      {},
      "beta_schedule of DDIMScheduler is not understood",
    ],
    [
      { _class_name: "DDIMScheduler", clip_sample: 1 },
      {},
      "clip_sample of DDIMScheduler is not understood (got 1, expected true or false).",
    ],
    [
      { _class_name: "DDPMScheduler", variance_type: "learned" },
      {},
      "variance_type of DDPMScheduler is not understood",
    ],
    [
      { _class_name: "FlowMatchEulerDiscreteScheduler", invert_sigmas: true, stochastic_sampling: true },
      {},
      "in stochastic_sampling with invert_sigmas (got true for both). Switch one off.",
    ],
    [{ _class_name: "FlowMatchEulerDiscreteScheduler", use_dynamic_shifting: true }, {}, "dynamic shifting needs mu"],
    [{ _class_name: "PNDMScheduler" }, { eta: 0.5 }, "eta belongs to DDIMScheduler"],
    [
      { _class_name: "DPMSolverMultistepScheduler", algorithm_type: "dpmsolver" },
      {},
      "dpmsolver cannot end at sigma 0",
    ],
    [
      {
        _class_name: "DPMSolverMultistepScheduler",
        algorithm_type: "sde-dpmsolver",
        solver_order: 3,
        final_sigmas_type: "sigma_min",
      },
      {},
      "sde-dpmsolver has no third order there (got solver_order 3, expected 1 or 2).",
    ],
    [
      { _class_name: "EulerDiscreteScheduler", use_karras_sigmas: true, use_beta_sigmas: true },
      {},
      "only one of the sigma grids",
    ],
  ];
  for (const [config, options, message] of cases) {
    test(message, () => {
      expect(() => fromDiffusersConfig(config, { steps: 10, ...options })).toThrow(message);
    });
  }
});
