/** Half a wave from one rate to another. */
import { checkCount, checkNonNegative, checkPositive, settings, type Fields } from "../check.ts";
import { progress, type Schedule } from "./schedule.ts";

/** Options of {@link cosineRate}. */
export interface CosineOptions {
  /** Rate in the first step, > 0. */
  readonly rate: number;
  /** Number of steps until the end. */
  readonly steps: number;
  /** Rate at the end and after it, >= 0; 0 when left out. */
  readonly end?: number;
}

const FIELDS: Fields<Required<CosineOptions>> = {
  rate: [Number.NaN, checkPositive],
  steps: [Number.NaN, checkCount],
  end: [0, checkNonNegative],
};

/**
 * `end + (rate - end) (1 + cos(pi u)) / 2`, where u is the share of the steps that are done (Loshchilov and Hutter 2017,
 * equation 5, without restarts).
 * @throws ArgumentError for a value outside its range, naming it
 */
export function cosineRate(options: CosineOptions): Schedule {
  const { rate, steps, end } = settings("cosineRate", options, FIELDS);
  return (step) => end + ((rate - end) * (1 + Math.cos(Math.PI * progress("cosineRate", step, steps)))) / 2;
}
