/** Geometric decay. */
import { checkCount, checkFlag, checkNonNegative, checkPositive, settings, type Fields } from "../check.ts";
import type { Schedule } from "./schedule.ts";

/** Options of {@link exponentialRate}. */
export interface ExponentialOptions {
  /** Rate in the first step, > 0. */
  readonly rate: number;
  /** Factor per `every` steps, > 0. */
  readonly decay: number;
  /** 1 when left out. */
  readonly every?: number;
  /** Change only after every `every` steps instead of a little in each. */
  readonly staircase?: boolean;
  /** Least rate, >= 0; 0 when left out. */
  readonly least?: number;
}

const FIELDS: Fields<Required<ExponentialOptions>> = {
  rate: [Number.NaN, checkPositive],
  decay: [Number.NaN, checkPositive],
  every: [1, checkCount],
  staircase: [false, checkFlag],
  least: [0, checkNonNegative],
};

/**
 * `max(least, rate * decay^((step - 1) / every))`, with the exponent rounded down for `staircase`.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function exponentialRate(options: ExponentialOptions): Schedule {
  const { rate, decay, every, staircase, least } = settings("exponentialRate", options, FIELDS);
  return (step) => {
    checkCount("exponentialRate", "step", step);
    const exponent = (step - 1) / every;
    return Math.max(least, rate * decay ** (staircase ? Math.floor(exponent) : exponent));
  };
}
