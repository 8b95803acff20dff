/** A way of placing levels on a schedule, for any number of steps. */
import { ArgumentError } from "@ansatz/tensor";
import { halfLogSnr, type Level } from "../level.ts";
import type { ContinuousSchedule, DiscreteSchedule } from "../schedules/base.ts";
import { continuousLevels, type ContinuousLevelOptions } from "./continuousLevels.ts";
import { discreteLevels, type DiscreteLevelOptions } from "./discreteLevels.ts";
import { innerLevels } from "./singlestepLevels.ts";

/** Levels for any number of steps. */
export interface LevelGrid {
  readonly schedule: DiscreteSchedule | ContinuousSchedule;
  /** `steps + 1` levels from noisy to clean. */
  levels(steps: number): Level[];
  /** `sum(orders) + 1` levels for steps with inner levels, see `dpmSolverSinglestep`. */
  singlestep(orders: readonly number[]): Level[];
}

/**
 * The grid of a schedule and a spacing.
 *
 * Inner levels of singlestep methods are ordinary levels of the grid, except with log-SNR spacing, where the steps are
 * uniform in half log-SNR and divide evenly inside (as in DPM-Solver "fast").
 * @param options those of `discreteLevels` or `continuousLevels`, without `steps`
 * @example
 * const grid = levelGrid(vpCosine(), { spacing: "log-snr" });
 * grid.levels(10);
 */
export function levelGrid(schedule: DiscreteSchedule, options?: Omit<DiscreteLevelOptions, "steps">): LevelGrid;
export function levelGrid(schedule: ContinuousSchedule, options?: Omit<ContinuousLevelOptions, "steps">): LevelGrid;
export function levelGrid(
  schedule: DiscreteSchedule | ContinuousSchedule,
  options: Omit<DiscreteLevelOptions, "steps"> | Omit<ContinuousLevelOptions, "steps"> = {},
): LevelGrid {
  if (schedule?.kind !== "discrete" && schedule?.kind !== "continuous") {
    throw new ArgumentError(`levelGrid: not a schedule (got ${typeof schedule}, expected one such as vpLinear()).`);
  }
  const levels = (steps: number): Level[] =>
    schedule.kind === "discrete"
      ? discreteLevels(schedule, { ...(options as DiscreteLevelOptions), steps })
      : continuousLevels(schedule, { ...(options as ContinuousLevelOptions), steps });
  const spacing = options.spacing ?? (schedule.kind === "continuous" ? "log-snr" : "trailing");
  return {
    schedule,
    levels,
    singlestep(orders) {
      if (spacing === "log-snr" && Number.isFinite(halfLogSnr(levels(1)[1]))) {
        return innerLevels(schedule, levels(orders.length), orders);
      }
      return levels(orders.reduce((sum, order) => sum + order, 0));
    },
  };
}
