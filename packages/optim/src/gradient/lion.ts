/** Lion. */
import { add, mul, neg, sign, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkFlag, checkNonNegative, settings, type Fields } from "../check.ts";
import { LION_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";

/** Options of {@link lion}. */
export interface LionOptions {
  /** Length of every element's step, >= 0; 1e-4 when left out. Three to ten times less than Adam's is a good start. */
  readonly learningRate?: number;
  /** Weight of the mean in the direction, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the mean of gradients, in [0, 1); 0.99 when left out. */
  readonly beta2?: number;
  /** The parameter shrinks by `lr * weightDecay` of itself in every step, >= 0; 0 when left out. */
  readonly weightDecay?: number;
  /** Ascend instead of descend. */
  readonly maximize?: boolean;
}

const FIELDS: Fields<Required<LionOptions>> = {
  learningRate: [1e-4, checkNonNegative],
  beta1: [0.9, checkDecay],
  beta2: [0.99, checkDecay],
  weightDecay: [0, checkNonNegative],
  maximize: [false, checkFlag],
};

/**
 * Lion (Chen and others 2023, algorithm 2): the sign of an interpolated momentum, with decoupled weight decay.
 *
 * `p -= lr (sign(beta1 m + (1 - beta1) g) + weightDecay p)`, then `m = beta2 m + (1 - beta2) g`.
 *
 * Buffers: `m`.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = lion({ learningRate: 1e-4, weightDecay: 1 });
 */
export function lion(options: LionOptions = {}): Optimizer {
  const name = "lion";
  const { learningRate, beta1, beta2, weightDecay, maximize } = settings(name, options, FIELDS);
  return elementwise({
    name,
    learningRate,
    citations: [LION_PAPER],
    buffers: ["m"],
    numbers: (_, lr) => [lr, 1 - lr * weightDecay],
    update(param, grad, [m], [rate, shrink]) {
      const g = maximize ? neg(grad) : grad;
      const direction = sign(add(mul(m, beta1), mul(g, 1 - beta1)));
      const p = weightDecay > 0 ? mul(param, shrink) : param;
      return {
        param: sub(p, mul(direction, rate)),
        buffers: [add(mul(m, beta2), mul(g, 1 - beta2))],
      };
    },
  });
}
