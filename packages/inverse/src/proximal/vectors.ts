/** Proximal maps and projections of whole vectors; the array counts as one vector. */
import {
  abs,
  add,
  arange,
  div,
  flatten,
  flip,
  greater,
  max,
  maximum,
  minimum,
  mul,
  sign,
  sub,
  where,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { cumsum, sort } from "@ansatz/tensor/sort";
import { checkPositive, checkNonNegative } from "../check.ts";
import { PROXIMAL_PAPER } from "../citation.ts";
import { length } from "../vector.ts";
import type { Regularizer } from "./base.ts";
import { checkWeight } from "./pointwise.ts";

const citations = [PROXIMAL_PAPER];
const nothing = (x: Tensor): Tensor => zeros([], { dtype: x.dtype, device: x.device } as never);

/** `f(x) = weight |x|`, not squared: `max(0, 1 - step weight / |z|) z`. @throws ArgumentError for a weight below 0 */
export function euclideanNorm(weight = 1): Regularizer {
  checkWeight("euclideanNorm", weight);
  return {
    name: "euclideanNorm",
    citations,
    prox(z, step) {
      const size = length(z);
      return mul(z, div(maximum(sub(size, step * weight), 0), maximum(size, 1e-30)));
    },
    value: (x) => mul(length(x), weight),
  };
}

/** The t with `sum max(v_i - t, 0) = total`, for total > 0 (Held, Wolfe and Crowder 1974). */
function level(v: Tensor, total: number): Tensor {
  const sorted = flip(sort(flatten(v)));
  const count = add(arange(0, sorted.size, 1, { dtype: v.dtype, device: v.device } as never), 1);
  const levels = div(sub(cumsum(sorted), total), count);
  // The candidates rise as long as the next element takes part; the largest one is the level.
  return max(where(greater(sorted, levels), levels, -Infinity));
}

/** The constraint `x >= 0, sum x = total`. @throws ArgumentError unless total is above 0 */
export function simplex(total = 1): Regularizer {
  checkPositive("simplex", "total", total);
  return { name: "simplex", citations, prox: (z) => maximum(sub(z, level(z, total)), 0), value: nothing };
}

/** The nearest point with `sum |x_i| <= radius`, for radius > 0. */
function ontoL1Ball(z: Tensor, radius: number): Tensor {
  const size = abs(z);
  const t = maximum(level(size, radius), 0);
  return mul(sign(z), maximum(sub(size, t), 0));
}

/** The constraint `sum |x_i| <= radius`. @throws ArgumentError unless the radius is above 0 */
export function l1Ball(radius: number): Regularizer {
  checkPositive("l1Ball", "radius", radius);
  return { name: "l1Ball", citations, prox: (z) => ontoL1Ball(z, radius), value: nothing };
}

/** `f(x) = weight max |x_i|`: z minus its projection on an l1 ball (Moreau). @throws ArgumentError unless the weight is above 0 */
export function maximumNorm(weight = 1): Regularizer {
  checkPositive("maximumNorm", "weight", weight);
  return {
    name: "maximumNorm",
    citations,
    prox: (z, step) => sub(z, ontoL1Ball(z, step * weight)),
    value: (x) => mul(max(abs(x)), weight),
  };
}

/** The constraint `|x - center| <= radius`. @throws ArgumentError for a radius below 0 */
export function l2Ball(center: Tensor, radius: number): Regularizer {
  checkNonNegative("l2Ball", "radius", radius);
  return { name: "l2Ball", citations, prox: (z) => ontoBall(z, center, radius), value: nothing };
}

/** The nearest point with `|x - center| <= radius`. */
export function ontoBall(z: Tensor, center: Tensor, radius: number): Tensor {
  const from = sub(z, center);
  return add(center, mul(from, minimum(div(radius, maximum(length(from), 1e-300)), 1)));
}
