/** A discrete schedule read as a continuous one (DPM-Solver, appendix on discrete-time models). */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { DPM_SOLVER_PAPER } from "../citation.ts";
import { halfLogSnr } from "../level.ts";
import { log1pExp } from "../math.ts";
import type { ContinuousSchedule, DiscreteSchedule } from "./base.ts";
import { vpContinuous, type ContinuousScheduleOptions } from "./continuous.ts";
import { interpolate } from "./interpolate.ts";

/** Options of {@link piecewiseLinear}. */
export interface PiecewiseLinearOptions extends ContinuousScheduleOptions {
  /** Entries with half log-SNR below this are cut from the noisy end; -5.1 when left out, `-Infinity` keeps all. */
  readonly minHalfLogSnr?: number;
  /**
   * Spreads the kept n entries over the whole of (0, 1], entry i at (i+1)/n, as the released DPM-Solver does. When left
   * out or false, entry i stays at (i+1)/N and the schedule ends at n/N: the model's index stays right.
   */
  readonly respread?: boolean;
}

/**
 * The continuous schedule whose ln(alpha) is piecewise linear through the entries of a table at times (i+1)/N; the
 * outer segments are continued. The inverse interpolates time in ln(alpha) and is exact.
 *
 * `modelTime` defaults to `"index"`, so that a network trained on the table gets fractional indices.
 * @throws ArgumentError for an unknown option, or when too few entries are left, or when there is no noise left at
 * this time
 */
export function piecewiseLinear(table: DiscreteSchedule, options: PiecewiseLinearOptions = {}): ContinuousSchedule {
  const name = "piecewiseLinear";
  checkOptions(name, options, ["minHalfLogSnr", "respread", "modelTime", "count"]);
  const limit = options.minHalfLogSnr ?? -5.1;
  let kept = table.count;
  while (kept > 0 && (halfLogSnr(table.level(kept - 1)) < limit || table.alphas[kept - 1] === 0)) kept--;
  if (kept < 2) {
    throw new ArgumentError(
      `${name}: too few entries are left (got ${kept} with half log-SNR >= ${limit}, expected at least 2). Lower minHalfLogSnr.`,
    );
  }
  const spread = options.respread === true ? kept : table.count;
  const times = Float64Array.from({ length: kept }, (_, i) => (i + 1) / spread);
  const logAlphas = table.alphas.slice(0, kept).map(Math.log);
  // Interpolation nodes must increase, ln(alpha) falls with time.
  const falling = logAlphas.map((value) => -value);
  const logAlpha = (t: number): number => interpolate(times, logAlphas, t, "extrapolate");
  return vpContinuous(
    {
      name: `piecewise linear in ln(alpha) through ${table.name}`,
      citations: [DPM_SOLVER_PAPER, ...table.citations],
      maxTime: times[kept - 1],
      logAlpha,
      sigma: (t) => {
        const variance = -Math.expm1(2 * logAlpha(t));
        if (variance >= 0) return Math.sqrt(variance);
        throw new ArgumentError(
          `${name}: there is no noise left at this time (got ${t}, expected about ${1 / spread} or later). End the grid earlier.`,
        );
      },
      // ln(alpha) = -ln(1 + e^{-2 lambda}) / 2
      timeAt: (lambda) => interpolate(falling, times, log1pExp(-2 * lambda) / 2, "extrapolate"),
    },
    { modelTime: options.modelTime ?? "index", count: options.count ?? table.count },
  );
}
