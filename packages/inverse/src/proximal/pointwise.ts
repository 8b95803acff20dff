/** Proximal maps that act on every element alone. */
import {
  abs,
  add,
  clip,
  div,
  greater,
  maximum,
  mul,
  sign,
  sqrt,
  square,
  sub,
  sum,
  where,
  zeros,
  log,
  type Tensor,
} from "@ansatz/tensor";
import { checkFinite, checkNonNegative, checkPositive } from "../check.ts";
import { PROXIMAL_PAPER } from "../citation.ts";
import type { Regularizer } from "./base.ts";

/** A function that says 0: constraints. */
const nothing = (x: Tensor): Tensor => zeros([], { dtype: x.dtype, device: x.device } as never);
const citations = [PROXIMAL_PAPER];

/** Throws unless a weight is a finite number >= 0. */
export const checkWeight = (name: string, weight: unknown): void => checkNonNegative(name, "weight", weight);

/** `sign(z) max(|z| - t, 0)`. */
export function softThreshold(z: Tensor, t: number): Tensor {
  return mul(sign(z), maximum(sub(abs(z), t), 0));
}

/** `f(x) = weight sum |x_i|`: soft thresholding by `step weight`. @throws ArgumentError for a weight below 0 */
export function l1(weight = 1): Regularizer {
  checkWeight("l1", weight);
  return {
    name: "l1",
    citations,
    prox: (z, step) => softThreshold(z, step * weight),
    value: (x) => mul(sum(abs(x)), weight),
  };
}

/** `f(x) = weight (number of x_i other than 0)`: keeps `|z| > sqrt(2 step weight)`; not convex. @throws ArgumentError for a weight below 0 */
export function l0(weight = 1): Regularizer {
  checkWeight("l0", weight);
  return {
    name: "l0",
    citations,
    prox: (z, step) => where(greater(abs(z), Math.sqrt(2 * step * weight)), z, 0),
    value: (x) => mul(sum(where(greater(abs(x), 0), 1, mul(x, 0))), weight),
  };
}

/** `f(x) = weight |x|^2 / 2`: `z / (1 + step weight)`. @throws ArgumentError for a weight below 0 */
export function halfSquare(weight = 1): Regularizer {
  checkWeight("halfSquare", weight);
  return {
    name: "halfSquare",
    citations,
    prox: (z, step) => div(z, 1 + step * weight),
    value: (x) => mul(sum(square(x)), weight / 2),
  };
}

/** `f(x) = weight sum x_i` for x >= 0: `max(z - step weight, 0)`. @throws ArgumentError for a weight below 0 */
export function nonNegativeL1(weight = 1): Regularizer {
  checkWeight("nonNegativeL1", weight);
  return {
    name: "nonNegativeL1",
    citations,
    prox: (z, step) => maximum(sub(z, step * weight), 0),
    value: (x) => mul(sum(x), weight),
  };
}

/** The constraint x >= 0. */
export function nonNegative(): Regularizer {
  return { name: "nonNegative", citations, prox: (z) => maximum(z, 0), value: nothing };
}

/** The constraint lower <= x <= upper. @throws ArgumentError unless both are finite and in order */
export function box(lower: number, upper: number): Regularizer {
  checkFinite("box", "lower", lower);
  checkFinite("box", "upper", upper);
  checkNonNegative("box", "upper - lower", upper - lower);
  return { name: "box", citations, prox: (z) => clip(z, lower, upper), value: nothing };
}

/**
 * Huber's function, `weight sum h(x_i)` with `h(g) = g^2 / (2 delta)` for |g| <= delta and `|g| - delta / 2` beyond.
 * @throws ArgumentError for a weight below 0 or a delta that is not above 0
 */
export function huber(weight: number, delta: number): Regularizer {
  checkWeight("huber", weight);
  checkPositive("huber", "delta", delta);
  return {
    name: "huber",
    citations,
    prox(z, step) {
      const t = step * weight;
      return where(greater(abs(z), t + delta), sub(z, mul(sign(z), t)), mul(z, delta / (delta + t)));
    },
    value(x) {
      const size = abs(x);
      return mul(sum(where(greater(size, delta), sub(size, delta / 2), div(square(x), 2 * delta))), weight);
    },
  };
}

/**
 * The negative log-likelihood of Poisson counts, `weight sum (x_i - k_i log x_i)` for x >= 0: the root of
 * `x^2 - (z - t) x - t k = 0` with `t = step weight`.
 * @throws ArgumentError for a weight below 0
 */
export function poissonLikelihood(counts: Tensor, weight = 1): Regularizer {
  checkWeight("poissonLikelihood", weight);
  return {
    name: "poissonLikelihood",
    citations,
    prox(z, step) {
      const t = step * weight;
      const moved = sub(z, t);
      return mul(add(moved, sqrt(add(square(moved), mul(counts, 4 * t)))), 0.5);
    },
    value: (x) => mul(sum(sub(x, where(greater(counts, 0), mul(counts, log(x)), mul(x, 0)))), weight),
  };
}

/** `f(x) = weight |x - target|^2 / 2`: `(z + t target) / (1 + t)` with `t = step weight`. @throws ArgumentError for a weight below 0 */
export function squaredDistance(target: Tensor, weight = 1): Regularizer {
  checkWeight("squaredDistance", weight);
  return {
    name: "squaredDistance",
    citations,
    prox: (z, step) => div(add(z, mul(target, step * weight)), 1 + step * weight),
    value: (x) => mul(sum(square(sub(x, target))), weight / 2),
  };
}
