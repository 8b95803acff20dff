/** A slow start for any schedule. */
import { checkCount, checkFunction, checkNonNegative, settings, type Fields } from "../check.ts";
import { progress, type Schedule } from "./schedule.ts";

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** Number of steps before the schedule begins. */
  readonly steps: number;
  /** Rate in the first step, >= 0; 0 when left out. */
  readonly start?: number;
}

const FIELDS: Fields<Required<WarmupOptions>> = { steps: [Number.NaN, checkCount], start: [0, checkNonNegative] };

/**
 * Straight from `start` to the first rate of another schedule, which begins after `steps` steps.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const schedule = warmup(cosineRate({ rate: 1e-3, steps: 900 }), { steps: 100 });
 */
export function warmup(schedule: Schedule, options: WarmupOptions): Schedule {
  const name = "warmup";
  checkFunction(name, "schedule", schedule);
  const { steps, start } = settings(name, options, FIELDS);
  return (step) => {
    const u = progress(name, step, steps);
    return u < 1 ? start + (schedule(1) - start) * u : schedule(step - steps);
  };
}
