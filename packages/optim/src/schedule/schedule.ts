/** What a schedule is. */
import { checkCount } from "../check.ts";

/** Value of a hyper-parameter in step number `step`, which counts from 1. Pure. */
export type Schedule = (step: number) => number;

/** Share of `steps` that lies before step number `step`: 0 in the first step, 1 from step `steps + 1` on. */
export function progress(name: string, step: number, steps: number): number {
  checkCount(name, "step", step);
  return Math.min(1, (step - 1) / steps);
}
