/** One function per scheduler class of diffusers: its defaults, levels and sampler. */
import { ArgumentError } from "@ansatz/tensor";
import { discreteLevels } from "../../grids/discreteLevels.ts";
import { betaSigmas, exponentialSigmas, karrasSigmas } from "../../grids/sigmas.ts";
import { CLEAN, edmSigma, type Level } from "../../level.ts";
import { evenly } from "../../math.ts";
import { lms } from "../../samplers/adamsBashforth.ts";
import type { PlannedSampler } from "../../samplers/base.ts";
import { ddpm } from "../../samplers/ddpm.ts";
import { eulerAncestral } from "../../samplers/eulerAncestral.ts";
import { euler, heun } from "../../samplers/heun.ts";
import type { DiscreteSchedule } from "../../schedules/base.ts";
import type { ConfigReader } from "./config.ts";
import { deisMultistep, dpmMultistep, dpmSinglestep, multistepSampler, uniPcMultistep } from "./dpmClasses.ts";
import { eulerFamilyLevels, flowLevel, shifted, sigmaGrid, tableOf, TIMESTEP_SPACINGS } from "./levels.ts";
import { clipRange, dynamicShift, prediction, thresholding, type Build, type Prepared } from "./shared.ts";
import { clearedIPndm, renoised, strided, stridedDdim, stridedPndm, type Strides } from "./strides.ts";

/** Levels of the DDIM family: n points, the last step ends at the clean level or at entry 0. */
function ddimFamilyLevels(config: ConfigReader, table: DiscreteSchedule, steps: number, toOne: boolean): Level[] {
  const spacing = config.word("timestep_spacing", "leading", TIMESTEP_SPACINGS);
  const offset = config.number("steps_offset", 0);
  const moved = spacing === "leading" ? { offset } : {};
  return discreteLevels(table, { steps, spacing, final: toOne ? "zero" : "min", ...moved });
}

/** The strides of DDIM and PNDM, and their levels: the list, and where the last stride arrives. */
function stridedLevels(
  config: ConfigReader,
  table: DiscreteSchedule,
  steps: number,
  toOne: boolean,
): { strides: Strides; levels: Level[] } {
  const listed = ddimFamilyLevels(config, table, steps, toOne);
  const strides = { table, stride: Math.floor(table.count / steps), end: listed[steps] };
  return { strides, levels: strided(listed.slice(0, -1), strides) };
}

const ddimScheduler: Build = (config, { steps, eta = 0 }) => {
  const table = tableOf(config, true, [1e-4, 0.02]);
  const threshold = thresholding(config);
  const clip = clipRange(config, true);
  const { strides, levels } = stridedLevels(config, table, steps, config.flag("set_alpha_to_one", true));
  return {
    sampler: stridedDdim(strides, {
      eta,
      ...(threshold !== undefined ? { threshold } : clip !== undefined ? { clip } : {}),
    }),
    levels,
    schedule: table,
    predict: prediction(config),
    initialScale: 1,
  };
};

const ddpmScheduler: Build = (config, { steps }) => {
  const table = tableOf(config, true, [1e-4, 0.02]);
  const kinds = ["fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"];
  const kind = config.word("variance_type", "fixed_small", kinds);
  const threshold = thresholding(config);
  const clip = clipRange(config, true);
  return {
    sampler: ddpm({ variance: kind.startsWith("fixed_small") ? "small" : "large" }),
    levels: ddimFamilyLevels(config, table, steps, true),
    schedule: table,
    predict: prediction(config),
    initialScale: 1,
    threshold,
    clip: threshold === undefined ? clip : undefined,
  };
};

const pndmScheduler: Build = (config, { steps }) => {
  const table = tableOf(config, false, [1e-4, 0.02]);
  const { strides, levels } = stridedLevels(config, table, steps, config.flag("set_alpha_to_one", false));
  const rungeKutta = !config.flag("skip_prk_steps", false);
  if (rungeKutta && steps < 4) {
    throw new ArgumentError(
      `fromDiffusersConfig: PNDMScheduler with its Runge-Kutta start needs at least 4 steps (got ${steps}). Set skip_prk_steps.`,
    );
  }
  const predict = prediction(config, ["epsilon", "v_prediction"]);
  return { sampler: stridedPndm(strides, predict, rungeKutta), levels, schedule: table, predict, initialScale: 1 };
};

/** What the Euler family multiplies unit noise by, on our scale: u or sqrt(u^2 + 1), times alpha of the first level. */
function eulerScale(config: ConfigReader, first: Level): number {
  const spacing = config.word("timestep_spacing", "linspace", TIMESTEP_SPACINGS);
  return spacing === "leading" ? Math.hypot(first.alpha, first.sigma) : first.sigma;
}

function eulerFamily(
  sampler: (config: ConfigReader, steps: number) => PlannedSampler,
  defaults: readonly [number, number],
  types?: readonly string[],
): Build {
  return (config, { steps }) => {
    const table = tableOf(config, false, defaults);
    const eulerClass = config.className === "EulerDiscreteScheduler";
    const zero = !eulerClass || config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
    const levels = eulerFamilyLevels(config, table, steps, zero ? "zero" : "min");
    const predict = prediction(config, types);
    const continuous =
      eulerClass && config.word("timestep_type", "discrete", ["discrete", "continuous"]) === "continuous";
    const quarterLog = continuous && predict === "v";
    return {
      sampler: sampler(config, steps),
      levels: quarterLog
        ? levels.map((level) => (level.sigma === 0 ? level : { ...level, time: Math.log(edmSigma(level)) / 4 }))
        : levels,
      schedule: table,
      predict,
      initialScale: eulerScale(config, levels[0]),
      clip: config.className === "HeunDiscreteScheduler" ? clipRange(config, false) : undefined,
    };
  };
}

const ipndmScheduler: Build = (config, { steps }) => {
  config.refuse("trained_betas", [], "Its meaning there is not a table of betas.");
  config.number("num_train_timesteps", 1000);
  const levels = evenly(1, 0, steps + 1).map((t): Level => {
    const sigma = Math.sin((t * Math.PI) / 2) ** 2;
    const alpha = t === 1 ? 0 : Math.sqrt((1 - sigma) * (1 + sigma));
    return t === 0 ? CLEAN : { alpha, sigma, time: (Math.atan2(sigma, alpha) / Math.PI) * 2 };
  });
  return {
    sampler: clearedIPndm(),
    levels,
    predict: "v",
    initialScale: 1,
  };
};

function edmLevels(config: ConfigReader, steps: number): Level[] {
  const low = config.number("sigma_min", 0.002);
  const high = config.number("sigma_max", 80);
  const rho = config.number("rho", 7);
  config.number("num_train_timesteps", 1000);
  const zero = config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
  const karras = config.word("sigma_schedule", "karras", ["karras", "exponential"]) === "karras";
  const sigmas = karras ? karrasSigmas(steps, low, high, rho) : exponentialSigmas(steps, low, high);
  const levels = sigmas.map((sigma): Level => ({ alpha: 1, sigma, time: Math.log(sigma) / 4 }));
  return [...levels, zero ? CLEAN : levels[steps - 1]];
}

function edmShared(config: ConfigReader, steps: number): Omit<Prepared, "sampler"> {
  const sign = prediction(config, ["epsilon", "v_prediction"]) === "v" ? -1 : 1;
  return {
    levels: edmLevels(config, steps),
    predict: "x0",
    initialScale: Math.hypot(config.number("sigma_max", 80), 1),
    edm: { sigmaData: config.number("sigma_data", 0.5), sign },
  };
}

const edmEuler: Build = (config, { steps }) => ({ sampler: euler(), ...edmShared(config, steps) });

const edmDpm: Build = (config, { steps }) => ({
  sampler: multistepSampler(config, steps),
  ...edmShared(config, steps),
  threshold: thresholding(config),
});

const flowMatchEuler: Build = (config, { steps, mu }) => {
  const count = config.number("num_train_timesteps", 1000);
  const shift = config.number("shift", 1);
  const dynamic = dynamicShift(config, mu);
  const terminal = config.optional("shift_terminal");
  // The times count the share of the signal, and the network predicts the way towards it.
  const inverted = config.flag("invert_sigmas", false);
  const fresh = config.flag("stochastic_sampling", false);
  if (inverted && fresh) {
    throw new ArgumentError(
      "fromDiffusersConfig: FlowMatchEulerDiscreteScheduler takes the share of the signal for that of the noise in " +
        "stochastic_sampling with invert_sigmas (got true for both). Switch one off.",
    );
  }
  for (const key of ["base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len"]) config.optional(key);
  // The end points are shifted when the object is made, and the list once more when the steps are set.
  const [top, bottom] = dynamic === undefined ? [shifted(1, shift), shifted(1 / count, shift)] : [1, 1 / count];
  let sigmas = evenly(top, bottom, steps).map((s) => shifted(s, dynamic ?? shift));
  if (terminal !== null && terminal !== 0) {
    const scale = (1 - sigmas[steps - 1]) / (1 - terminal);
    sigmas = sigmas.map((s) => 1 - (1 - s) / scale);
  }
  const grid = sigmaGrid(config);
  if (grid !== null) {
    const place = { karras: karrasSigmas, exponential: exponentialSigmas, beta: betaSigmas }[grid];
    sigmas = place(steps, sigmas[steps - 1], sigmas[0]);
  }
  const levels = sigmas.map((s) => flowLevel(Math.min(s, 1), count));
  return {
    sampler: fresh ? renoised() : euler(),
    levels: [...(inverted ? levels.map((level) => ({ ...level, time: count * level.alpha })) : levels), CLEAN],
    predict: "flow",
    initialScale: 1,
    negated: inverted,
  };
};

/** The scheduler classes that are understood. */
export const CLASSES: Readonly<Record<string, Build>> = {
  DDIMScheduler: ddimScheduler,
  DDPMScheduler: ddpmScheduler,
  PNDMScheduler: pndmScheduler,
  DPMSolverMultistepScheduler: dpmMultistep,
  DPMSolverSinglestepScheduler: dpmSinglestep,
  UniPCMultistepScheduler: uniPcMultistep,
  DEISMultistepScheduler: deisMultistep,
  EulerDiscreteScheduler: eulerFamily(() => euler(), [1e-4, 0.02]),
  EulerAncestralDiscreteScheduler: eulerFamily(() => eulerAncestral(), [1e-4, 0.02], ["epsilon", "v_prediction"]),
  HeunDiscreteScheduler: eulerFamily(() => heun(), [0.00085, 0.012]),
  LMSDiscreteScheduler: eulerFamily(() => lms(), [1e-4, 0.02]),
  IPNDMScheduler: ipndmScheduler,
  EDMEulerScheduler: edmEuler,
  EDMDPMSolverMultistepScheduler: edmDpm,
  FlowMatchEulerDiscreteScheduler: flowMatchEuler,
};
