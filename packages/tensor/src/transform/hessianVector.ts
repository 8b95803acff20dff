/** Products with second derivatives, without forming their matrix. */
import { requireFunction } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { Tree } from "../tree.ts";
import { jvp } from "./jvp.ts";
import { grad } from "./vjp.ts";

/**
 * Makes a function `(x, v, ...rest) -> H v` of the second derivatives H of a scalar function with respect to its first
 * argument, a tree of float tensors; v has the structure, shapes and types of x. Further arguments are handed to `f`.
 *
 * Forward over reverse mode: the directional derivative of the gradient. Cost: about 5 times that of `f`.
 * Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian", https://doi.org/10.1162/neco.1994.6.1.147.
 * @throws as `grad` and `jvp`
 */
export function hessianVector<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, vector: T, ...rest: Rest) => T {
  requireFunction("hessianVector", f);
  const gradient = grad(f);
  return (arg, vector, ...rest) => jvp((x: T) => gradient(x, ...rest), [arg], [vector]).tangent;
}
