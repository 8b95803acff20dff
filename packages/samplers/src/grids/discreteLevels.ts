/** Level lists on a table. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { CLEAN, edmSigma, halfLogSnr, vpLevelFromEdmSigma, type Level } from "../level.ts";
import { roundHalfEven } from "../math.ts";
import type { DiscreteSchedule } from "../schedules/base.ts";
import { betaSigmas, exponentialSigmas, karrasSigmas } from "./sigmas.ts";
import { timesteps, type GridConvention, type IntegerSpacing } from "./timesteps.ts";

/** Placement of the levels: integer spacings pick entries, the others place sigma / alpha and interpolate the index. */
export type DiscreteSpacing = IntegerSpacing | "karras" | "log-snr" | "beta";

/** What stands after the last model call: the level without noise, or entry 0 of the table. */
export type FinalLevel = "zero" | "min";

/** How an interpolated index becomes the model's time. */
export type IndexRounding = "nearest" | "floor" | "none";

/** Options of {@link discreteLevels}. */
export interface DiscreteLevelOptions {
  /** Number of steps, 1 to the number of entries. */
  readonly steps: number;
  /** `"trailing"` when left out. */
  readonly spacing?: DiscreteSpacing;
  /** For integer spacings: n points, or n + 1 points without the last; `"ddim"` when left out. */
  readonly convention?: GridConvention;
  /** For leading: added to every index; 0 when left out. */
  readonly offset?: number;
  /** `"zero"` when left out. */
  readonly final?: FinalLevel;
  /** Entries with half log-SNR below this are left out; -Infinity (none) when left out. */
  readonly minHalfLogSnr?: number;
  /** For karras, log-snr and beta; `"nearest"` when left out, `"none"` for models of continuous index. */
  readonly rounding?: IndexRounding;
}

const INTEGER: readonly DiscreteSpacing[] = ["leading", "trailing", "linspace"];
const SPACINGS: readonly DiscreteSpacing[] = [...INTEGER, "karras", "log-snr", "beta"];

/**
 * `steps + 1` levels of a table, from noisy to clean: one per step and the final one.
 *
 * Integer spacings are those of `timesteps`. `karras` (rho 7), `log-snr` and `beta` (shape 0.6, 0.6) place
 * sigma / alpha between the ends of the table; the index is interpolated in ln(sigma / alpha).
 * With `leading` spacing the first level is not pure noise and depends on `steps`: scale the initial noise to it.
 * @throws ArgumentError for options that do not fit, or a table that ends in pure noise with a sigma spacing
 * @example
 * discreteLevels(discreteSchedule({ betas: "linear" }), { steps: 20, spacing: "leading", offset: 1 });
 */
export function discreteLevels(schedule: DiscreteSchedule, options: DiscreteLevelOptions): Level[] {
  const name = "discreteLevels";
  checkOptions(name, options, ["steps", "spacing", "convention", "offset", "final", "minHalfLogSnr", "rounding"]);
  const { steps, convention, offset, rounding } = options;
  const spacing = options.spacing ?? "trailing";
  const final = options.final ?? "zero";
  checkChoice(name, "spacing", spacing, SPACINGS);
  checkChoice(name, "final", final, ["zero", "min"]);
  const count = keptEntries(name, schedule, options.minHalfLogSnr ?? -Infinity);
  checkInteger(name, "steps", steps, 1, count);
  const end = final === "zero" ? CLEAN : schedule.level(0);
  if (isInteger(spacing)) {
    if (rounding !== undefined) throw unused(name, "rounding", rounding, spacing);
    if (offset !== undefined && spacing !== "leading") throw unused(name, "offset", offset, spacing);
    const indices = timesteps({ count, steps, spacing, convention, offset });
    return [...indices.map((index) => schedule.level(index)), end];
  }
  if (convention !== undefined) throw unused(name, "convention", convention, spacing);
  if (offset !== undefined) throw unused(name, "offset", offset, spacing);
  return [...sigmaLevels(name, schedule, spacing, steps, count, rounding ?? "nearest"), end];
}

function isInteger(spacing: DiscreteSpacing): spacing is IntegerSpacing {
  return INTEGER.includes(spacing);
}

function unused(name: string, option: string, value: unknown, spacing: string): ArgumentError {
  return new ArgumentError(
    `${name}: ${option} has no meaning for ${spacing} spacing (got ${String(value)}, expected none). Leave it out.`,
  );
}

function keptEntries(name: string, schedule: DiscreteSchedule, limit: number): number {
  let count = schedule.count;
  while (count > 0 && halfLogSnr(schedule.level(count - 1)) < limit) count--;
  if (count === 0) {
    throw new ArgumentError(`${name}: no entry is left (got minHalfLogSnr = ${limit}, expected a lower limit).`);
  }
  return count;
}

function sigmaLevels(
  name: string,
  schedule: DiscreteSchedule,
  spacing: "karras" | "log-snr" | "beta",
  steps: number,
  count: number,
  rounding: IndexRounding,
): Level[] {
  checkChoice(name, "rounding", rounding, ["nearest", "floor", "none"]);
  const low = edmSigma(schedule.level(0));
  const high = edmSigma(schedule.level(count - 1));
  if (high === Infinity) {
    throw new ArgumentError(
      `${name}: ${spacing} spacing needs a finite sigma / alpha (got a table that ends in pure noise). ` +
        `Use trailing spacing, or cut the end with minHalfLogSnr.`,
    );
  }
  const grid = { karras: karrasSigmas, "log-snr": exponentialSigmas, beta: betaSigmas }[spacing];
  return grid(steps, low, high).map((u) => {
    const index = schedule.timeAt(-Math.log(u));
    const time = rounding === "none" ? index : rounding === "floor" ? Math.floor(index) : roundHalfEven(index);
    return vpLevelFromEdmSigma(u, time);
  });
}
