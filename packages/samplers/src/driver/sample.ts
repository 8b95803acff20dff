/** Sampling to the end. */
import { checkOptions, mul, type Tensor } from "@ansatz/tensor";
import { ITERATE_OPTIONS, iterateAs, type IterateOptions, type SampleStep } from "./iterate.ts";
import type { SampleResult } from "./result.ts";

/** Options of {@link sample}. */
export interface SampleOptions<C = unknown> extends IterateOptions<C> {
  /** Called after every step; its tensors are valid until it returns (or its promise settles). */
  readonly onStep?: (step: SampleStep) => void | Promise<void>;
  /** Keeps a copy of the signal after every step in the result; false when left out. */
  readonly trajectory?: boolean;
}

/**
 * Draws a sample: runs {@link iterate} to its end.
 * @returns the result; its value is yours to dispose
 * @throws ArgumentError, ShapeError, DTypeError for wrong use
 * @example
 * const schedule = vpLinear();
 * const { value, message } = await sample({
 *   sampler: dpmSolverMultistep(),
 *   denoiser: { predict: "epsilon", call: network },
 *   levels: continuousLevels(schedule, { steps: 20 }),
 *   x: normal(key(1), [16, 1, 28, 28]),
 * });
 */
export async function sample<C = unknown>(options: SampleOptions<C>): Promise<SampleResult> {
  const name = "sample";
  checkOptions(name, options, [...ITERATE_OPTIONS, "onStep", "trajectory"]);
  const { onStep, trajectory, ...rest } = options;
  const copies: Tensor[] = [];
  const steps = iterateAs(name, rest);
  for (;;) {
    const next = await steps.next();
    if (next.done === true) {
      if (trajectory !== true) return next.value;
      copies.pop()?.dispose();
      return { ...next.value, trajectory: next.value.iterations === 0 ? [] : [...copies, next.value.value] };
    }
    if (trajectory === true) copies.push(mul(next.value.x, 1).eval());
    await onStep?.(next.value);
  }
}
