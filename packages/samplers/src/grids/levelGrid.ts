/** A way of placing levels on a schedule, for any number of steps. */
import { ArgumentError } from "@ansatz/tensor";
import { halfLogSnr, type Level } from "../level.ts";
import type { ContinuousSchedule, DiscreteSchedule } from "../schedules/base.ts";
import type { MeanRevertingSchedule } from "../schedules/meanReverting.ts";
import { continuousLevels, defaultSpacing, type ContinuousLevelOptions } from "./continuousLevels.ts";
import { discreteLevels, type DiscreteLevelOptions } from "./discreteLevels.ts";
import { meanRevertingLevels, type MeanRevertingLevelOptions } from "./meanRevertingLevels.ts";
import { innerLevels } from "./singlestepLevels.ts";

/** Levels for any number of steps. */
export interface LevelGrid {
  readonly schedule: DiscreteSchedule | ContinuousSchedule | MeanRevertingSchedule;
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
 * @param options those of `discreteLevels`, `continuousLevels` or `meanRevertingLevels`, without `steps`
 * @throws ArgumentError for something that is no schedule
 * @example
 * const grid = levelGrid(vpCosine(), { spacing: "log-snr" });
 * grid.levels(10);
 */
export function levelGrid(schedule: DiscreteSchedule, options?: Omit<DiscreteLevelOptions, "steps">): LevelGrid;
export function levelGrid(schedule: ContinuousSchedule, options?: Omit<ContinuousLevelOptions, "steps">): LevelGrid;
export function levelGrid(
  schedule: MeanRevertingSchedule,
  options?: Omit<MeanRevertingLevelOptions, "steps">,
): LevelGrid;
export function levelGrid(
  schedule: DiscreteSchedule | ContinuousSchedule | MeanRevertingSchedule,
  options:
    | Omit<DiscreteLevelOptions, "steps">
    | Omit<ContinuousLevelOptions, "steps">
    | Omit<MeanRevertingLevelOptions, "steps"> = {},
): LevelGrid {
  if (!["discrete", "continuous", "mean-reverting"].includes(schedule?.kind)) {
    throw new ArgumentError(`levelGrid: not a schedule (got ${typeof schedule}, expected one such as vpLinear()).`);
  }
  const levels = (steps: number): Level[] => {
    switch (schedule.kind) {
      case "discrete":
        return discreteLevels(schedule, { ...(options as DiscreteLevelOptions), steps });
      case "continuous":
        return continuousLevels(schedule, { ...(options as ContinuousLevelOptions), steps });
      case "mean-reverting":
        return meanRevertingLevels(schedule, { ...(options as MeanRevertingLevelOptions), steps });
    }
  };
  const spacing = options.spacing ?? spacingOf(schedule, options);
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

/** The spacing that the level lists take by default. */
function spacingOf(schedule: DiscreteSchedule | ContinuousSchedule | MeanRevertingSchedule, options: object): string {
  if (schedule.kind === "discrete") return "trailing";
  return schedule.kind === "continuous"
    ? defaultSpacing(schedule, (options as ContinuousLevelOptions).start ?? schedule.maxTime)
    : "log-snr";
}
