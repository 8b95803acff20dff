/** RMSProp. */
import { add, div, maximum, mul, sqrt, square, sub, type Tensor } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkFlag, checkNonNegative, settings, type Fields } from "../check.ts";
import { RMSPROP_LECTURE } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends CommonOptions {
  /** Step length, >= 0; 1e-2 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.99 when left out. */
  readonly alpha?: number;
  /** Added to the root, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** Share of the last direction that is kept, in [0, 1); 0 when left out. */
  readonly momentum?: number;
  /** Divide by the estimated standard deviation instead of the root of the mean of squares. */
  readonly centered?: boolean;
}

const FIELDS: Fields<Required<RmspropOptions>> = {
  learningRate: [1e-2, checkNonNegative],
  alpha: [0.99, checkDecay],
  epsilon: [1e-8, checkNonNegative],
  momentum: [0, checkDecay],
  centered: [false, checkFlag],
  ...COMMON,
};

/**
 * RMSProp (Tieleman and Hinton 2012, lecture 6e).
 *
 * `v = alpha v + (1 - alpha) g^2`; centered also `c = alpha c + (1 - alpha) g`; `s = sqrt(v) + epsilon`, centered
 * `s = sqrt(max(v - c^2, 0)) + epsilon`; `p -= lr g / s`, with momentum `b = momentum b + g / s`, `p -= lr b`.
 *
 * Buffers: `v`, and `mean`, `momentum` as needed. Same conventions as torch.optim.RMSprop.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = rmsprop({ learningRate: 1e-3, momentum: 0.9 });
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const name = "rmsprop";
  const all = settings(name, options, FIELDS);
  const { learningRate, alpha, epsilon, momentum, centered } = all;
  return elementwise({
    name,
    learningRate,
    citations: [RMSPROP_LECTURE],
    buffers: ["v", ...(centered ? ["mean"] : []), ...(momentum > 0 ? ["momentum"] : [])],
    numbers: (_, lr) => [lr],
    update(param, grad, [v, ...others], [rate]) {
      const g = prepared(param, grad, all);
      const squares = add(mul(v, alpha), mul(square(g), 1 - alpha));
      const buffers: Tensor[] = [squares];
      let spread = squares;
      if (centered) {
        const mean = add(mul(others[0], alpha), mul(g, 1 - alpha));
        buffers.push(mean);
        // Rounding can take the difference below zero.
        spread = maximum(sub(squares, square(mean)), 0);
      }
      let direction = div(g, add(sqrt(spread), epsilon));
      if (momentum > 0) {
        direction = add(mul(others[others.length - 1], momentum), direction);
        buffers.push(direction);
      }
      return { param: sub(param, mul(direction, rate)), buffers };
    },
  });
}
