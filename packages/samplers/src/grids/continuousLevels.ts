/** Level lists on a continuous schedule. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import { CLEAN, edmSigma, halfLogSnr, type Level } from "../level.ts";
import { evenly } from "../math.ts";
import type { ContinuousSchedule } from "../schedules/base.ts";
import { betaSigmas, karrasSigmas } from "./sigmas.ts";

/**
 * What is evenly spaced: the time, its square root, the half log-SNR, (sigma/alpha)^(1/7), or the quantile of sigma/alpha
 * under the Beta(0.6, 0.6) distribution.
 */
export type ContinuousSpacing = "time-uniform" | "time-quadratic" | "log-snr" | "karras" | "beta";

/** Options of {@link continuousLevels}. */
export interface ContinuousLevelOptions {
  /** Number of steps, >= 1. */
  readonly steps: number;
  /** `"log-snr"` when left out, or `"time-uniform"` where the run starts from pure noise. */
  readonly spacing?: ContinuousSpacing;
  /** First (noisiest) time; the schedule's `maxTime` when left out. */
  readonly start?: number;
  /** Last time, > 0; the schedule's `minTime`, else 0.001 when left out. */
  readonly end?: number;
  /**
   * `"end"` ends the run at `end`; `"zero"` puts the level without noise behind it, which costs the last of the steps;
   * `"end"` when left out.
   */
  readonly final?: "end" | "zero";
}

const SPACINGS: readonly ContinuousSpacing[] = ["time-uniform", "time-quadratic", "log-snr", "karras", "beta"];

/**
 * `steps + 1` levels of a continuous schedule from time `start` down to `end`. For each spacing one quantity is evenly
 * spaced, see {@link ContinuousSpacing}.
 * @throws ArgumentError unless 0 < end < start <= maxTime
 * @example
 * continuousLevels(vpLinear(), { steps: 10, spacing: "time-quadratic" });
 */
export function continuousLevels(schedule: ContinuousSchedule, options: ContinuousLevelOptions): Level[] {
  const name = "continuousLevels";
  checkOptions(name, options, ["steps", "spacing", "start", "end", "final"]);
  const { steps } = options;
  const start = options.start ?? schedule.maxTime;
  const end = options.end ?? schedule.minTime ?? 1e-3;
  const final = options.final ?? "end";
  checkChoice(name, "final", final, ["end", "zero"]);
  checkInteger(name, "steps", steps, 1);
  checkNumber(name, "start", start, 0, schedule.maxTime);
  const spacing = options.spacing ?? defaultSpacing(schedule, start);
  checkChoice(name, "spacing", spacing, SPACINGS);
  if (!(end > 0 && end < start)) {
    throw new ArgumentError(`${name}: end must lie between 0 and start (got end = ${end}, start = ${start}).`);
  }
  const points = final === "end" ? steps + 1 : steps;
  if (points === 1) return [schedule.level(start), CLEAN];
  const levels = placed(name, schedule, spacing, start, end, points);
  return final === "end" ? levels : [...levels, CLEAN];
}

/** The spacing of a run whose options name none. */
export function defaultSpacing(schedule: ContinuousSchedule, start: number): ContinuousSpacing {
  return schedule.level(start).alpha === 0 ? "time-uniform" : "log-snr";
}

function placed(
  name: string,
  schedule: ContinuousSchedule,
  spacing: ContinuousSpacing,
  start: number,
  end: number,
  points: number,
): Level[] {
  const u = (t: number): number => edmSigma(schedule.level(t));
  if (!spacing.startsWith("time") && u(start) === Infinity) {
    throw new ArgumentError(
      `${name}: ${spacing} spacing needs a finite sigma / alpha at the start (got pure noise at time ${start}). ` +
        `Start earlier, or space the time.`,
    );
  }
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
    case "karras":
      return karrasSigmas(points, u(end), u(start)).map((value) => schedule.levelAt(-Math.log(value)));
    case "beta":
      return betaSigmas(points, u(end), u(start)).map((value) => schedule.levelAt(-Math.log(value)));
  }
}

/** The end points themselves instead of their rounded images. */
function exactEnds(first: number, last: number, values: number[]): number[] {
  return values.map((value, i) => (i === 0 ? first : i === values.length - 1 ? last : value));
}
