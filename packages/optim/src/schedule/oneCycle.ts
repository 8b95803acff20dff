/** Up and down again. */
import { checkCount, checkPositive, settings, type Check, type Fields } from "../check.ts";
import { ArgumentError } from "@ansatz/tensor";
import { progress, type Schedule } from "./schedule.ts";

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** Largest rate, > 0. */
  readonly peak: number;
  /** Number of steps of the cycle. */
  readonly steps: number;
  /** Share of the steps on which the rate rises, in (0, 1); 0.3 when left out. */
  readonly rise?: number;
  /** The rate starts at `peak / startDivisor`, > 0; 25 when left out. */
  readonly startDivisor?: number;
  /** The rate ends at the starting rate divided by this, > 0; 1e4 when left out. */
  readonly endDivisor?: number;
}

const checkInside: Check = (name, field, value) => {
  if (!(typeof value === "number" && value > 0 && value < 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in (0, 1)).`);
  }
};

const FIELDS: Fields<Required<OneCycleOptions>> = {
  peak: [Number.NaN, checkPositive],
  steps: [Number.NaN, checkCount],
  rise: [0.3, checkInside],
  startDivisor: [25, checkPositive],
  endDivisor: [1e4, checkPositive],
};

/**
 * Half a cosine wave from `peak / startDivisor` up to the peak, and half a wave down to
 * `peak / startDivisor / endDivisor` (Smith and Topin 2018).
 * @throws ArgumentError for a value outside its range, naming it
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { peak, steps, rise, startDivisor, endDivisor } = settings("oneCycle", options, FIELDS);
  const start = peak / startDivisor;
  const wave = (from: number, to: number, u: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * u))) / 2;
  return (step) => {
    const u = progress("oneCycle", step, steps);
    return u < rise ? wave(start, peak, u / rise) : wave(peak, start / endDivisor, (u - rise) / (1 - rise));
  };
}
