/** The smallest and the largest value seen. */
import { checkFinite, checkNotEmpty, checkNumber } from "../check.ts";
import type { Numbers } from "../check.ts";
import type { Observer, ValueRange } from "./base.ts";
import { nothingSeen } from "./base.ts";

/** Smallest and largest of some values. Throws for none and for values that are not finite. */
export function extremes(name: string, x: Numbers): ValueRange {
  checkNotEmpty(name, "the batch", x);
  checkFinite(name, "the batch", x);
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < min) min = x[i];
    if (x[i] > max) max = x[i];
  }
  return { min, max };
}

/** Running minimum and maximum. */
export function minMaxObserver(): Observer<ValueRange | undefined> {
  return {
    name: "min-max",
    init: () => undefined,
    observe(state, batch) {
      const { min, max } = extremes("min-max", batch);
      return state === undefined ? { min, max } : { min: Math.min(state.min, min), max: Math.max(state.max, max) };
    },
    range: (state) => state ?? nothingSeen("min-max"),
  };
}

/**
 * Moving average of the batches' minima and maxima: m ← m + rate·(m_batch − m); the first batch is where it starts.
 * The arithmetic is float32, as torch's.
 * @param rate in (0, 1], 0.01 by default
 * @throws ArgumentError for moving average out of range
 */
export function movingAverageObserver({ rate = 0.01 }: { readonly rate?: number } = {}): Observer<
  ValueRange | undefined
> {
  checkNumber("moving average", "rate", rate, Number.MIN_VALUE, 1);
  const blend = (old: number, value: number): number => Math.fround(old + Math.fround(rate * Math.fround(value - old)));
  return {
    name: "moving average",
    init: () => undefined,
    observe(state, batch) {
      const { min, max } = extremes("moving average", batch);
      return state === undefined ? { min, max } : { min: blend(state.min, min), max: blend(state.max, max) };
    },
    range: (state) => state ?? nothingSeen("moving average"),
  };
}
