/** Level lists on a mean-reverting schedule. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { halfLogSnr, type Level } from "../level.ts";
import { evenly, roundHalfEven } from "../math.ts";
import { checkMeanReverting, type MeanRevertingSchedule } from "../schedules/meanReverting.ts";
import { interpolate } from "../schedules/interpolate.ts";
import { karrasSigmas } from "./sigmas.ts";

/** What is evenly spaced: the half log-SNR, the index, the index rounded, or the index to the power 1/7. */
export type MeanRevertingSpacing = "log-snr" | "linspace" | "trailing" | "karras-index";

/** Options of {@link meanRevertingLevels}. */
export interface MeanRevertingLevelOptions {
  /** Number of steps, >= 1. */
  readonly steps: number;
  /** `"log-snr"` when left out. */
  readonly spacing?: MeanRevertingSpacing;
  /** For log-snr: the run starts no lower than this; -5 when left out. */
  readonly minHalfLogSnr?: number;
  /**
   * Levels between the indices: `"consistent"`, from the drift, or `"separate"`, with alpha, sigma and the log-SNR
   * interpolated one by one as in the published code (only for `mrs` with the input `mean`); `"consistent"` when left
   * out.
   */
  readonly between?: "consistent" | "separate";
}

/**
 * `steps + 1` levels of a mean-reverting schedule, from noisy to clean, down to index 0 (`karras-index`: 1). The first
 * level of a run starts from `mu + L n`.
 * @throws ArgumentError for options out of range
 */
export function meanRevertingLevels(schedule: MeanRevertingSchedule, options: MeanRevertingLevelOptions): Level[] {
  const name = "meanRevertingLevels";
  checkMeanReverting(name, schedule);
  checkOptions(name, options, ["steps", "spacing", "minHalfLogSnr", "between"]);
  const { steps, spacing = "log-snr", minHalfLogSnr = -5, between = "consistent" } = options;
  checkInteger(name, "steps", steps, 1, spacing === "trailing" ? schedule.count : Infinity);
  checkChoice(name, "spacing", spacing, ["log-snr", "linspace", "trailing", "karras-index"]);
  checkChoice(name, "between", between, ["consistent", "separate"]);
  const { count, table } = schedule;
  const first = Math.max(halfLogSnr(table[count]), minHalfLogSnr);
  const lambdas = evenly(first, halfLogSnr(table[0]), steps + 1);
  if (between === "separate") {
    const tables = separateTables(schedule);
    const falling = tables.lambda.map((value) => -value);
    const indexOf = (lambda: number): number => interpolate(falling, tables.index, -lambda, "clamp");
    const indices = spacing === "log-snr" ? lambdas.map(indexOf) : placedIndices(spacing, count, steps);
    return indices.map((index) => {
      const at = (values: Float64Array): number => interpolate(tables.index, values, index, "clamp");
      return { alpha: at(tables.alpha), sigma: at(tables.sigma), time: index, lambda: at(tables.lambda) };
    });
  }
  if (spacing === "log-snr") return lambdas.map((lambda) => schedule.levelAt(lambda));
  return placedIndices(spacing, count, steps).map((index) => schedule.level(index));
}

function placedIndices(spacing: "linspace" | "trailing" | "karras-index", count: number, steps: number): number[] {
  const even = evenly(count, 0, steps + 1);
  if (spacing === "karras-index") return karrasSigmas(steps + 1, 1, count).map((index) => Math.min(index, count));
  return spacing === "linspace" ? even : even.map(roundHalfEven);
}

interface Tables {
  readonly index: Float64Array;
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
  readonly lambda: Float64Array;
}

function separateTables({ table }: MeanRevertingSchedule): Tables {
  return {
    index: Float64Array.from(table, (_, i) => i),
    alpha: Float64Array.from(table, ({ alpha }) => alpha),
    sigma: Float64Array.from(table, ({ sigma }) => sigma),
    lambda: Float64Array.from(table, halfLogSnr),
  };
}
