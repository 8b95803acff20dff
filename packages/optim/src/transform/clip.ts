/** Bounds on gradients. */
import {
  add,
  astype,
  checkOptions,
  clip,
  div,
  minimum,
  mul,
  norm,
  sqrt,
  square,
  sum,
  treeLeaves,
  treeMap,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkFlag, checkPositive } from "../check.ts";
import { CLIPPING_PAPER } from "../citation.ts";
import { wrap } from "./wrap.ts";

/**
 * The method with every element of the gradient clipped to `[-limit, limit]`.
 * @throws ArgumentError unless `limit` is positive
 */
export function clipByValue(method: Optimizer, limit: number): Optimizer {
  const name = "clipByValue";
  checkPositive(name, "limit", limit);
  return wrap(method, {
    name,
    update(inner, params, grads) {
      const next = inner(
        params,
        treeMap((g) => clip(g, -limit, limit), grads),
      );
      return { inner: next, params: next.params };
    },
  });
}

/** Options of {@link clipByNorm}. */
export interface ClipByNormOptions {
  /** Bound the norm of every tensor by itself instead of the norm of all together. */
  readonly perTensor?: boolean;
}

/**
 * The method with gradients scaled down to a largest Euclidean norm, `g * min(1, maxNorm / |g|)` (Pascanu, Mikolov and
 * Bengio 2013). The norm is that of all tensors together, so that the direction stays the same. Reading all gradients before
 * any parameter changes takes one more kernel per tensor.
 * @throws ArgumentError unless `maxNorm` is positive
 */
export function clipByNorm(method: Optimizer, maxNorm: number, options: ClipByNormOptions = {}): Optimizer {
  const name = "clipByNorm";
  checkPositive(name, "maxNorm", maxNorm);
  checkOptions(name, options, ["perTensor"]);
  const { perTensor = false } = options;
  checkFlag(name, "perTensor", perTensor);
  const scaled = (g: Tensor, size: Tensor): Tensor => {
    const factor = minimum(div(maxNorm, size), 1);
    return mul(g, factor.dtype === g.dtype ? factor : astype(factor, g.dtype));
  };
  return wrap(method, {
    name,
    citations: [CLIPPING_PAPER],
    update(inner, params, grads) {
      const total = perTensor ? null : treeNorm(grads);
      const next = inner(
        params,
        treeMap((g) => scaled(g, total ?? norm(g)), grads),
      );
      return { inner: next, params: next.params };
    },
  });
}

/** Euclidean norm of all elements of a tree, in the widest of its data types. */
export function treeNorm(tree: Tree): Tensor {
  return sqrt(
    treeLeaves(tree)
      .map((t) => sum(square(t)))
      .reduce((a, b) => add(a, b)),
  );
}
