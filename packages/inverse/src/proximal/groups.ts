/** Norms of the vectors along the first axis, for transforms such as gradients. */
import { ArgumentError, abs, div, isComplex, maximum, mul, sqrt, square, sub, sum, type Tensor } from "@ansatz/tensor";
import { TV_PAPER } from "../citation.ts";
import type { Regularizer } from "./base.ts";
import { checkWeight, softThreshold } from "./pointwise.ts";

/** Lengths of the vectors along the first axis of a real or complex field, [1, ...]. */
export function lengthsOf(g: Tensor): Tensor {
  return sqrt(sum(square(isComplex(g.dtype) ? abs(g) : g), { axis: 0, keepDims: true }));
}

/**
 * `f(g) = weight sum_i |g_i|` of fields [axes, ...]: after {@link import("../operators/gradient.ts").gradientOperator} the total variation.
 * Isotropic with the lengths of the vectors g_i, otherwise with all absolute values; real or complex.
 * @throws ArgumentError for a weight below 0
 */
export function gradientNorm(weight = 1, options: { readonly isotropic?: boolean } = {}): Regularizer {
  const name = "gradientNorm";
  checkWeight(name, weight);
  const { isotropic = true } = options;
  if (typeof isotropic !== "boolean")
    throw new ArgumentError(`${name}: isotropic must be a boolean (got ${String(isotropic)}).`);
  return {
    name,
    citations: [TV_PAPER],
    prox(g, step) {
      const t = step * weight;
      if (!isotropic && !isComplex(g.dtype)) return softThreshold(g, t);
      const size = isotropic ? lengthsOf(g) : abs(g);
      return mul(g, div(maximum(sub(size, t), 0), maximum(size, 1e-30)));
    },
    value: (g) => mul(isotropic ? sum(lengthsOf(g)) : sum(abs(g)), weight),
  };
}
