/** Common parts of the continuous schedules: model time, levels from ln(alpha), midpoints. */
import type { Citation } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { halfLogSnr, vpLevel, type Level } from "../level.ts";
import type { ContinuousSchedule } from "./base.ts";
import { modelTime, type ModelTime } from "./modelTime.ts";

/** Options that all continuous schedules share. */
export interface ContinuousScheduleOptions {
  /** Which time the model is told; `"continuous"` when left out. */
  readonly modelTime?: ModelTime;
  /** Number of entries of the table the model was trained on, for the index times; 1000 when left out. */
  readonly count?: number;
}

/** What a particular continuous variance-preserving schedule has to say. */
export interface VpDefinition {
  readonly name: string;
  readonly citations: readonly Citation[];
  readonly maxTime: number;
  logAlpha(time: number): number;
  /** sigma(t), written so that it does not cancel near t = 0. */
  sigma(time: number): number;
  timeAt(lambda: number): number;
}

/** Builds the schedule object around a definition. */
export function vpContinuous(definition: VpDefinition, options: ContinuousScheduleOptions): ContinuousSchedule {
  const toModel = modelTime(options.modelTime ?? "continuous", options.count);
  const { name, citations, maxTime, logAlpha, sigma, timeAt } = definition;
  const checked = (time: number): number => {
    // Inverse functions may miss the end by a rounding error.
    checkNumber(name, "time", time, 0, maxTime * (1 + 1e-12));
    return time;
  };
  const level = (time: number): Level => ({
    alpha: Math.exp(logAlpha(checked(time))),
    sigma: sigma(time),
    time: toModel(time),
  });
  return {
    kind: "continuous",
    name,
    citations,
    maxTime,
    logAlpha: (time) => logAlpha(checked(time)),
    level,
    timeAt,
    levelAt: (lambda) => vpLevel(lambda, toModel(timeAt(lambda))),
    midpoint: (from, to) => level((timeAt(halfLogSnr(from)) + timeAt(halfLogSnr(to))) / 2),
  };
}
