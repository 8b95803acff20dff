/** Levels from lists of one's own: times of a schedule, or sigmas. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkNumber } from "../check.ts";
import { checkLevels, CLEAN, vpLevelFromEdmSigma, type Level } from "../level.ts";
import type { Schedule } from "../schedules/base.ts";
import type { FinalLevel } from "./discreteLevels.ts";

/**
 * The levels of a schedule at a list of times (table indices for discrete schedules), from noisy to clean.
 * @param final `"zero"` appends the level without noise, so that every listed time costs a step; `"min"` ends at the
 *   last listed time; `"zero"` when left out
 * @throws ArgumentError unless the noise falls along the list
 * @example
 * levelsFromTimes(discreteSchedule({ betas: "linear" }), [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]);
 */
export function levelsFromTimes(schedule: Schedule, times: readonly number[], final: FinalLevel = "zero"): Level[] {
  const name = "levelsFromTimes";
  checkChoice(name, "final", final, ["zero", "min"]);
  if (!Array.isArray(times)) throw new ArgumentError(`${name}: times must be a list (got ${typeof times}).`);
  const levels = times.map((time) => schedule.level(time));
  if (final === "zero" && levels[levels.length - 1]?.sigma !== 0) levels.push(CLEAN);
  checkLevels(name, levels);
  return levels;
}

/** Options of {@link levelsFromSigmas}. */
export interface SigmaListOptions {
  /**
   * What the sigmas are: relative noise sigma/alpha on variance-preserving (`"vp"`) or variance-exploding (`"ve"`) levels,
   * or the noise share of flow matching (`"flow"`, alpha = 1 - sigma); `"ve"` when left out.
   */
  readonly family?: "vp" | "ve" | "flow";
  /** Takes levels and model times from a schedule at these relative noises instead of a family. */
  readonly schedule?: Schedule;
}

/**
 * The levels of a list of sigmas from noisy to clean; a last 0 is the level without noise.
 * @throws ArgumentError for negative sigmas or where the noise grows
 */
export function levelsFromSigmas(sigmas: readonly number[], options: SigmaListOptions = {}): Level[] {
  const name = "levelsFromSigmas";
  checkOptions(name, options, ["family", "schedule"]);
  const { family = "ve", schedule } = options;
  checkChoice(name, "family", family, ["vp", "ve", "flow"]);
  if (schedule !== undefined && options.family !== undefined) {
    throw new ArgumentError(`${name}: a schedule is a family of its own (got ${family} beside it). Leave one out.`);
  }
  const levels = sigmas.map((sigma, i): Level => {
    checkNumber(name, `sigma ${i}`, sigma, 0, family === "flow" ? 1 : Infinity);
    if (sigma === 0) return CLEAN;
    if (schedule !== undefined) return schedule.levelAt(-Math.log(sigma));
    if (family === "vp") return vpLevelFromEdmSigma(sigma);
    return { alpha: family === "ve" ? 1 : 1 - sigma, sigma };
  });
  checkLevels(name, levels);
  return levels;
}
