/** Weight decay for any method. */
import { add, mul, treeMap } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkFlag, checkNonNegative, settings, type Fields } from "../check.ts";
import { ADAMW_PAPER } from "../citation.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { wrap } from "./wrap.ts";

/** Options of {@link withWeightDecay}. */
export interface WeightDecayOptions {
  /** Strength, >= 0, or a function of the step (from 1). */
  readonly weightDecay: number | Schedule;
  /** Shrink the parameters by `lr * weightDecay` of themselves (true when left out), or add the penalty's gradient. */
  readonly decoupled?: boolean;
}

const FIELDS: Fields<Required<WeightDecayOptions>> = {
  weightDecay: [
    Number.NaN,
    (name, field, value) => {
      if (typeof value !== "function") checkNonNegative(name, field, value);
    },
  ],
  decoupled: [true, checkFlag],
};

/**
 * The method with weight decay: decoupled, `p *= 1 - lr * weightDecay` before its step (Loshchilov and Hutter 2019), or
 * coupled, `weightDecay * p` added to the gradient (that of an L2 penalty).
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = withWeightDecay(radam({ learningRate: 1e-3 }), { weightDecay: 0.01 });
 */
export function withWeightDecay(method: Optimizer, options: WeightDecayOptions): Optimizer {
  const name = "withWeightDecay";
  const { weightDecay, decoupled } = settings(name, options, FIELDS);
  const strength = (step: number): number => {
    const value = typeof weightDecay === "function" ? weightDecay(step) : weightDecay;
    checkNonNegative(name, "weightDecay", value);
    return value;
  };
  return wrap(method, {
    name,
    citations: decoupled ? [ADAMW_PAPER] : [],
    numbers: (step, lr) => [decoupled ? 1 - lr * strength(step) : strength(step)],
    update(inner, params, grads, _, [number]) {
      const next = decoupled
        ? inner(
            treeMap((p) => mul(p, number), params),
            grads,
          )
        : inner(
            params,
            treeMap((g, p) => add(g, mul(p, number)), grads, params),
          );
      return { inner: next, params: next.params };
    },
  });
}
