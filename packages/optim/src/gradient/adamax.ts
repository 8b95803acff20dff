/** Adamax. */
import { abs, add, div, maximum, mul, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkNonNegative, settings, type Fields } from "../check.ts";
import { ADAM_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link adamax}. */
export interface AdamaxOptions extends CommonOptions {
  /** Step length, >= 0; 2e-3 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the largest gradient, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Added to the gradient's size, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
}

const FIELDS: Fields<Required<AdamaxOptions>> = {
  learningRate: [2e-3, checkNonNegative],
  beta1: [0.9, checkDecay],
  beta2: [0.999, checkDecay],
  epsilon: [1e-8, checkNonNegative],
  ...COMMON,
};

/**
 * Adamax, Adam in the infinity norm (Kingma and Ba 2015, algorithm 2).
 *
 * `m = beta1 m + (1 - beta1) g`, `u = max(beta2 u, |g| + epsilon)`, `p -= lr / (1 - beta1^t) * m / u`.
 *
 * Buffers: `m`, `u`. Same conventions as torch.optim.Adamax.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = adamax({ learningRate: 2e-3 });
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  const name = "adamax";
  const all = settings(name, options, FIELDS);
  const { learningRate, beta1, beta2, epsilon } = all;
  return elementwise({
    name,
    learningRate,
    citations: [ADAM_PAPER],
    buffers: ["m", "u"],
    numbers: (step, lr) => [lr / (1 - beta1 ** step)],
    update(param, grad, [m, u], [rate]) {
      const g = prepared(param, grad, all);
      const mean = add(mul(m, beta1), mul(g, 1 - beta1));
      const largest = maximum(mul(u, beta2), add(abs(g), epsilon));
      return { param: sub(param, mul(div(mean, largest), rate)), buffers: [mean, largest] };
    },
  });
}
