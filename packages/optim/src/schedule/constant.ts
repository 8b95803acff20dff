/** A rate that stays. */
import { checkCount, checkNonNegative } from "../check.ts";
import type { Schedule } from "./schedule.ts";

/** The same rate in every step. @throws ArgumentError unless the rate is a finite number >= 0 */
export function constantRate(rate: number): Schedule {
  checkNonNegative("constantRate", "rate", rate);
  return (step) => {
    checkCount("constantRate", "step", step);
    return rate;
  };
}
