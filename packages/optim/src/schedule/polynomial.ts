/** A power of what remains. */
import { checkCount, checkNonNegative, checkPositive, settings, type Fields } from "../check.ts";
import { progress, type Schedule } from "./schedule.ts";

/** Options of {@link polynomialRate}. */
export interface PolynomialOptions {
  /** Rate in the first step, > 0. */
  readonly rate: number;
  /** Number of steps until the end. */
  readonly steps: number;
  /** Rate at the end and after it, >= 0; 0 when left out. */
  readonly end?: number;
  /** Exponent, > 0; 1 (a straight line) when left out. */
  readonly power?: number;
}

const FIELDS: Fields<Required<PolynomialOptions>> = {
  rate: [Number.NaN, checkPositive],
  steps: [Number.NaN, checkCount],
  end: [0, checkNonNegative],
  power: [1, checkPositive],
};

/**
 * `end + (rate - end) (1 - u)^power`, where u is the share of the steps that are done.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function polynomialRate(options: PolynomialOptions): Schedule {
  const { rate, steps, end, power } = settings("polynomialRate", options, FIELDS);
  return (step) => end + (rate - end) * (1 - progress("polynomialRate", step, steps)) ** power;
}
