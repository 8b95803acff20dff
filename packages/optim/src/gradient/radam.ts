/** RAdam. */
import { add, div, mul, sqrt, square, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkNonNegative, settings, type Fields } from "../check.ts";
import { ADAM_PAPER, RADAM_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link radam}. */
export interface RadamOptions extends CommonOptions {
  /** Step length, >= 0; 1e-3 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Added to the square root of the mean of squares, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
}

const FIELDS: Fields<Required<RadamOptions>> = {
  learningRate: [1e-3, checkNonNegative],
  beta1: [0.9, checkDecay],
  beta2: [0.999, checkDecay],
  epsilon: [1e-8, checkNonNegative],
  ...COMMON,
};

/**
 * RAdam (Liu and others 2020, algorithm 2): Adam that trusts its second moment only once enough gradients went into it.
 *
 * With `r = 2 / (1 - beta2) - 1`, `r_t = r - 2 t beta2^t / (1 - beta2^t)` and Adam's m and v: while `r_t <= 5`,
 * `p -= lr m / (1 - beta1^t)`; afterwards
 * `p -= lr m / (1 - beta1^t) * sqrt(1 - beta2^t) / (sqrt(v) + epsilon) * sqrt((r_t - 4)(r_t - 2) r / ((r - 4)(r - 2) r_t))`.
 *
 * Buffers: `m`, `v`. Same conventions as torch.optim.RAdam.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = radam({ learningRate: 1e-3 });
 */
export function radam(options: RadamOptions = {}): Optimizer {
  const name = "radam";
  const all = settings(name, options, FIELDS);
  const { learningRate, beta1, beta2, epsilon } = all;
  const limit = 2 / (1 - beta2) - 1;
  return elementwise({
    name,
    learningRate,
    citations: [RADAM_PAPER, ADAM_PAPER],
    buffers: ["m", "v"],
    numbers(step, lr) {
      const power = beta2 ** step;
      const length = limit - (2 * step * power) / (1 - power);
      const rate = lr / (1 - beta1 ** step);
      if (!(length > 5)) return [rate, 0, 1];
      const squared = ((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length);
      return [rate * Math.sqrt((1 - power) * squared), 1, 0];
    },
    update(param, grad, [m, v], [rate, adaptive, plain]) {
      const g = prepared(param, grad, all);
      const mean = add(mul(m, beta1), mul(g, 1 - beta1));
      const squares = add(mul(v, beta2), mul(square(g), 1 - beta2));
      // Exactly the root or exactly 1.
      const size = add(mul(add(sqrt(squares), epsilon), adaptive), plain);
      return { param: sub(param, mul(div(mean, size), rate)), buffers: [mean, squares] };
    },
  });
}
