/** What every noise schedule offers: levels along the schedule's own time, and the way back. */
import type { Citation } from "@ansatz/tensor";
import type { Level } from "../level.ts";

/** A one-parameter family of noise levels from clean to noisy. */
export interface Schedule {
  /** Name with parameters, for reports. */
  readonly name: string;
  readonly citations: readonly Citation[];
  /** Level at a time of the schedule; its `time` is the model's time. */
  level(time: number): Level;
  /** Time of the schedule at which half the log-SNR is `lambda` (inverse of `halfLogSnr(level(time))`). */
  timeAt(lambda: number): number;
  /** Level of the family with half log-SNR `lambda`. */
  levelAt(lambda: number): Level;
  /** Level half-way in the schedule's time between two of its levels. */
  midpoint(from: Level, to: Level): Level;
}

/** A table of levels: index 0 is the least noisy, index `count - 1` the noisiest; the model's time is the index. */
export interface DiscreteSchedule extends Schedule {
  readonly kind: "discrete";
  /** Number of entries. */
  readonly count: number;
  /** Variance added at each index, `1 - alphaBar[i] / alphaBar[i - 1]`. */
  readonly betas: Float64Array;
  /** `alpha^2` at each index: the cumulative product of `1 - beta`. */
  readonly alphaBars: Float64Array;
  /** `alpha` at each index. */
  readonly alphas: Float64Array;
  /** `sigma` at each index. */
  readonly sigmas: Float64Array;
  /** Level at an integer index; -1 is the level without noise. */
  level(index: number): Level;
}

/** A schedule over continuous time, from 0 (clean) to `maxTime`. */
export interface ContinuousSchedule extends Schedule {
  readonly kind: "continuous";
  /** Latest time that a sampler starts from. */
  readonly maxTime: number;
  /** Earliest time at which grids end unless told otherwise; 0.001 when left out. */
  readonly minTime?: number;
  /** ln(alpha) at time `t`, 0 <= t <= maxTime. */
  logAlpha(time: number): number;
}
