/** Level lists on a continuous schedule. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import { edmSigma, halfLogSnr, type Level } from "../level.ts";
import { evenly } from "../math.ts";
import type { ContinuousSchedule } from "../schedules/base.ts";
import { karrasSigmas } from "./sigmas.ts";

/** What is evenly spaced: the time, its square root, the half log-SNR, or (sigma/alpha)^(1/7). */
export type ContinuousSpacing = "time-uniform" | "time-quadratic" | "log-snr" | "karras";

/** Options of {@link continuousLevels}. */
export interface ContinuousLevelOptions {
  /** Number of steps, >= 1. */
  readonly steps: number;
  /** `"log-snr"` when left out. */
  readonly spacing?: ContinuousSpacing;
  /** First (noisiest) time; the schedule's `maxTime` when left out. */
  readonly start?: number;
  /** Last time, > 0; 0.001 when left out. */
  readonly end?: number;
}

const SPACINGS: readonly ContinuousSpacing[] = ["time-uniform", "time-quadratic", "log-snr", "karras"];

/**
 * `steps + 1` levels of a continuous schedule from time `start` down to `end`. For each spacing one quantity is evenly
 * spaced: `t`, `sqrt(t)`, half the log-SNR, or (sigma/alpha)^(1/7).
 * @throws ArgumentError unless 0 < end < start <= maxTime
 * @example
 * continuousLevels(vpLinear(), { steps: 10, spacing: "time-quadratic" });
 */
export function continuousLevels(schedule: ContinuousSchedule, options: ContinuousLevelOptions): Level[] {
  const name = "continuousLevels";
  checkOptions(name, options, ["steps", "spacing", "start", "end"]);
  const { steps } = options;
  const spacing = options.spacing ?? "log-snr";
  const start = options.start ?? schedule.maxTime;
  const end = options.end ?? 1e-3;
  checkInteger(name, "steps", steps, 1);
  checkChoice(name, "spacing", spacing, SPACINGS);
  checkNumber(name, "start", start, 0, schedule.maxTime);
  if (!(end > 0 && end < start)) {
    throw new ArgumentError(`${name}: end must lie between 0 and start (got end = ${end}, start = ${start}).`);
  }
  const points = steps + 1;
  switch (spacing) {
    case "time-uniform":
      return evenly(start, end, points).map((t) => schedule.level(t));
    case "time-quadratic":
      return exactEnds(
        start,
        end,
        evenly(Math.sqrt(start), Math.sqrt(end), points).map((root) => root * root),
      ).map((t) => schedule.level(t));
    case "log-snr": {
      const lambda = (t: number): number => halfLogSnr(schedule.level(t));
      return evenly(lambda(start), lambda(end), points).map((value) => schedule.levelAt(value));
    }
    case "karras": {
      const u = (t: number): number => edmSigma(schedule.level(t));
      return karrasSigmas(points, u(end), u(start)).map((value) => schedule.levelAt(-Math.log(value)));
    }
  }
}

/** The end points themselves instead of their rounded images. */
function exactEnds(first: number, last: number, values: number[]): number[] {
  return values.map((value, i) => (i === 0 ? first : i === values.length - 1 ? last : value));
}
