/** AdaGrad. */
import { add, div, mul, sqrt, square, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkNonNegative, settings, type Fields } from "../check.ts";
import { ADAGRAD_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link adagrad}. */
export interface AdagradOptions extends CommonOptions {
  /** Step length, >= 0; 1e-2 when left out. */
  readonly learningRate?: number;
  /** The rate in step t is `lr / (1 + (t - 1) rateDecay)`, >= 0; 0 when left out. */
  readonly rateDecay?: number;
  /** Sum of squares before the first step, >= 0; 0 when left out. */
  readonly initialSum?: number;
  /** Added to the root of the sum, >= 0; 1e-10 when left out. */
  readonly epsilon?: number;
}

const FIELDS: Fields<Required<AdagradOptions>> = {
  learningRate: [1e-2, checkNonNegative],
  rateDecay: [0, checkNonNegative],
  initialSum: [0, checkNonNegative],
  epsilon: [1e-10, checkNonNegative],
  ...COMMON,
};

/**
 * AdaGrad with a diagonal scaling (Duchi, Hazan and Singer 2011).
 *
 * `s += g^2`, `p -= lr / (1 + (t - 1) rateDecay) * g / (sqrt(s) + epsilon)`.
 *
 * Buffers: `sum`. Same conventions as torch.optim.Adagrad.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = adagrad({ learningRate: 0.1 });
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const name = "adagrad";
  const all = settings(name, options, FIELDS);
  const { learningRate, rateDecay, initialSum, epsilon } = all;
  return elementwise({
    name,
    learningRate,
    citations: [ADAGRAD_PAPER],
    buffers: ["sum"],
    start: { sum: initialSum },
    numbers: (step, lr) => [lr / (1 + (step - 1) * rateDecay)],
    update(param, grad, [before], [rate]) {
      const g = prepared(param, grad, all);
      const total = add(before, square(g));
      return { param: sub(param, mul(div(g, add(sqrt(total), epsilon)), rate)), buffers: [total] };
    },
  });
}
