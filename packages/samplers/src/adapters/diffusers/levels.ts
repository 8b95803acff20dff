/** The tables, timesteps and sigmas of diffusers' schedulers, as level lists. */
import { ArgumentError } from "@ansatz/tensor";
import { discreteLevels, type FinalLevel } from "../../grids/discreteLevels.ts";
import { betaSigmas, exponentialSigmas, flowSigmas, karrasSigmas } from "../../grids/sigmas.ts";
import { timesteps, type IntegerSpacing } from "../../grids/timesteps.ts";
import { CLEAN, edmSigma, vpLevelFromEdmSigma, type Level } from "../../level.ts";
import { evenly } from "../../math.ts";
import type { DiscreteSchedule } from "../../schedules/base.ts";
import { discreteSchedule } from "../../schedules/discrete.ts";
import type { ConfigReader } from "./config.ts";

/** Timestep spacings of diffusers. */
export const TIMESTEP_SPACINGS: readonly IntegerSpacing[] = ["leading", "trailing", "linspace"];

/** The last alpha-bar that most classes put in place of 0 where betas are rescaled to zero terminal SNR. */
const ALMOST_NO_SIGNAL = 2 ** -24;

/**
 * The noise table of a configuration.
 * @param pureNoise whether the class keeps alpha = 0 at the end of rescaled tables (DDIM, DDPM)
 */
export function tableOf(
  config: ConfigReader,
  pureNoise: boolean,
  defaults: readonly [number, number],
): DiscreteSchedule {
  const count = config.number("num_train_timesteps", 1000);
  const given = config.list("trained_betas");
  const kinds = ["linear", "scaled_linear", "squaredcos_cap_v2"];
  if (config.className === "DDPMScheduler") kinds.push("sigmoid");
  if (config.className === "HeunDiscreteScheduler") kinds.push("exp");
  const kind = config.word("beta_schedule", "linear", kinds);
  const betaStart = config.number("beta_start", defaults[0]);
  const betaEnd = config.number("beta_end", defaults[1]);
  const zeroTerminalSnr = config.flag("rescale_betas_zero_snr", false);
  const shape = ((): Parameters<typeof discreteSchedule>[0] => {
    if (given !== null) return { betas: given };
    switch (kind) {
      case "linear":
        return { betas: "linear", betaStart, betaEnd, count };
      case "scaled_linear":
        return { betas: "scaled-linear", betaStart, betaEnd, count };
      case "squaredcos_cap_v2":
        return { betas: "cosine", count };
      case "sigmoid":
        return { betas: evenly(-6, 6, count).map((v) => (betaEnd - betaStart) / (1 + Math.exp(-v)) + betaStart) };
      default:
        // alphaBar(t) = exp(-12 t): every beta is the same.
        return { betas: new Float64Array(count).fill(Math.min(-Math.expm1(-12 / count), 0.999)) };
    }
  })();
  const table = discreteSchedule({ ...shape, zeroTerminalSnr });
  if (!zeroTerminalSnr || pureNoise) return table;
  const betas = table.betas.slice();
  betas[betas.length - 1] = 1 - ALMOST_NO_SIGNAL / table.alphaBars[betas.length - 2];
  return discreteSchedule({ betas });
}

/** Which of the exclusive sigma grids a configuration switches on. */
export function sigmaGrid(config: ConfigReader): "karras" | "exponential" | "beta" | null {
  const on = (["karras", "exponential", "beta"] as const).filter((kind) => config.flag(`use_${kind}_sigmas`, false));
  if (on.length > 1) {
    throw new ArgumentError(
      `fromDiffusersConfig: only one of the sigma grids can be used (got ${on.join(" and ")}, expected one).`,
    );
  }
  return on[0] ?? null;
}

/** Levels of the DPM-Solver family: n + 1 points without the last, or sigma grids over the whole table. */
export function dpmFamilyLevels(
  config: ConfigReader,
  table: DiscreteSchedule,
  steps: number,
  final: FinalLevel,
): Level[] {
  // The singlestep class has no spacings: a shared configuration may name one, but it does not matter there.
  const spaced = config.className !== "DPMSolverSinglestepScheduler";
  const spacing = spaced ? config.word("timestep_spacing", "linspace", TIMESTEP_SPACINGS) : "linspace";
  const offset = spaced ? config.number("steps_offset", 0) : 0;
  const lu = config.className === "DPMSolverMultistepScheduler" && config.flag("use_lu_lambdas", false);
  const grid = sigmaGrid(config);
  if (grid === null && !lu) {
    const minHalfLogSnr = config.number("lambda_min_clipped", -Infinity);
    if (minHalfLogSnr > -Infinity && spacing === "trailing") {
      throw new ArgumentError(
        `fromDiffusersConfig: lambda_min_clipped with trailing spacing gives another number of steps there (got ${minHalfLogSnr}). Use linspace.`,
      );
    }
    const shifted = spacing === "leading" ? { offset } : {};
    return discreteLevels(table, { steps, spacing, convention: "dpm", final, minHalfLogSnr, ...shifted });
  }
  // diffusers rounds the index to the nearest for Karras and lu unless the table is the cosine one, and truncates else.
  const kinds = ["linear", "scaled_linear", "squaredcos_cap_v2"];
  const cosine = config.word("beta_schedule", "linear", kinds) === "squaredcos_cap_v2";
  const dpmMultistep = config.className === "DPMSolverMultistepScheduler";
  const nearest = (grid === "karras" || lu) && !(dpmMultistep && cosine);
  const ours = grid === "karras" ? "karras" : grid === "beta" ? "beta" : "log-snr";
  return discreteLevels(table, { steps, spacing: ours, final, rounding: nearest ? "nearest" : "floor" });
}

/** Levels of the Euler family: n points of fractional index, sigma linear between the entries of the table. */
export function eulerFamilyLevels(
  config: ConfigReader,
  table: DiscreteSchedule,
  steps: number,
  final: FinalLevel,
): Level[] {
  const spacing = config.word("timestep_spacing", "linspace", TIMESTEP_SPACINGS);
  const offset = config.number("steps_offset", 0);
  const count = table.count;
  const indices =
    spacing === "linspace"
      ? steps === 1
        ? [0]
        : evenly(count - 1, 0, steps)
      : timesteps({ count, steps, spacing, ...(spacing === "leading" ? { offset } : {}) });
  const sigmas = indices.map((index) => sigmaAt(table, index));
  const end = final === "zero" ? CLEAN : table.level(0);
  const euler = config.className === "EulerDiscreteScheduler";
  const grid = config.className === "EulerAncestralDiscreteScheduler" ? null : sigmaGrid(config);
  const low = (euler ? config.optional("sigma_min") : null) ?? sigmas[steps - 1];
  const high = (euler ? config.optional("sigma_max") : null) ?? sigmas[0];
  const logLinear = euler && config.word("interpolation_type", "linear", ["linear", "log_linear"]) === "log_linear";
  if (grid !== null) {
    const place = { karras: karrasSigmas, exponential: exponentialSigmas, beta: betaSigmas }[grid];
    const levels = place(steps, low, high).map((u) => vpLevelFromEdmSigma(u, table.timeAt(-Math.log(u))));
    return [...levels, end];
  }
  if (logLinear) {
    // n + 1 points down to the smallest sigma; the run ends there.
    const all = exponentialSigmas(steps + 1, sigmaAt(table, 0), sigmaAt(table, count - 1));
    return all.map((u, i) => vpLevelFromEdmSigma(u, i < steps ? indices[i] : 0));
  }
  return [...sigmas.map((u, i) => vpLevelFromEdmSigma(u, indices[i])), end];
}

/** sigma/alpha at a fractional index, linear between entries. */
function sigmaAt(table: DiscreteSchedule, index: number): number {
  const low = Math.floor(index);
  const u = edmSigma(table.level(low));
  return low === index ? u : u + (index - low) * (edmSigma(table.level(low + 1)) - u);
}

/** A level of flow matching with its timestep. */
export function flowLevel(sigma: number, count: number): Level {
  return { alpha: 1 - sigma, sigma, time: count * sigma };
}

/** Flow levels of the DPM-Solver family, whose timesteps are cut to integers. */
export function dpmFlowLevels(steps: number, count: number, shift: number, final: Level): Level[] {
  const levels = flowSigmas(steps, count, shift).map((sigma) => ({
    ...flowLevel(sigma, count),
    time: Math.floor(count * sigma),
  }));
  return [...levels, final];
}

/** `shift s/(1 + (shift - 1) s)` */
export function shifted(sigma: number, shift: number): number {
  return (shift * sigma) / (1 + (shift - 1) * sigma);
}
