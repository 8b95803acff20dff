/** Functions with a gradient rule of their own. */
import { isDifferentiable } from "../dtype.ts";
import { ArgumentError, isPlainObject, requireFunction, ShapeError, show } from "../errors.ts";
import { isTaping } from "../graph/record.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { specKey, treeFlatten, treeUnflatten, type Tree } from "../tree.ts";
import { recordCall } from "./customCall.ts";

/** The gradients that a rule returns: one entry per argument, null where none flows. */
export type Cotangents<A extends readonly unknown[]> = { readonly [K in keyof A]: A[K] | null };

/**
 * Makes a function whose gradient is computed by `backward` instead of being derived from what `f` does: because it can be
 * done better (a solution of a linear system, a fixed point), or shall be another one (a straight-through estimator,
 * clipped gradients).
 *
 * Without a gradient being formed, `f` runs. Under `grad`, `vjp` and `jvp`, `forward` runs instead and returns the value and
 * what `backward` needs, and `backward(residuals, ct)` returns `J_k^T ct` for every argument. Forward mode transposes
 * `backward`, which must be linear in the cotangent for it. Second derivatives come from differentiating `backward`. Composes
 * with `compile` and `vmap`.
 *
 * Tensors that the functions capture are constants: pass what shall be differentiated as an argument.
 * @param f a function of trees of tensors that returns a tree of tensors
 * @param forward the same, returning `{ value, residuals }`
 * @param backward from the residuals and a cotangent of the value's structure (zeros where no gradient arrives) to an array
 * with a tree of gradients, or null, per argument
 * @throws ArgumentError when `forward` or `backward` return something else, ShapeError when a gradient does not fit
 */
export function customVjp<A extends Tree[], R extends Tree, S>(
  f: (...args: A) => R,
  forward: (...args: A) => { readonly value: R; readonly residuals: S },
  backward: (residuals: S, cotangent: R) => Cotangents<A>,
): (...args: A) => R {
  requireFunction("customVjp", f);
  requireFunction("customVjp, forward", forward);
  requireFunction("customVjp, backward", backward);
  return (...args) => {
    if (!isTaping()) return f(...args);
    const given = args.map((arg, i) => treeFlatten(arg, `customVjp, argument ${i + 1}`));
    const result: unknown = forward(...args);
    if (!isPlainObject(result) || !("value" in result) || !("residuals" in result)) {
      throw new ArgumentError(`customVjp, forward: must return { value, residuals } (got ${show(result)}).`);
    }
    const { leaves, spec } = treeFlatten(result.value as Tree, "customVjp, value of forward");
    const inputs = given.flatMap((g) => g.leaves);
    if (inputs.length === 0 || leaves.length === 0) return result.value as R;
    const values = recordCall({
      args: inputs,
      values: leaves,
      backward: (cotangents) => {
        const grads: unknown = backward(result.residuals as S, treeUnflatten(spec, cotangents) as R);
        if (!Array.isArray(grads) || grads.length !== args.length) {
          const got = Array.isArray(grads) ? `${grads.length}` : show(grads);
          throw new ArgumentError(
            `customVjp, backward: must return an array with a gradient per argument (got ${got}, expected ${args.length}).`,
          );
        }
        return given.flatMap(({ leaves: like, spec: structure }, i) =>
          checkGradients(grads[i] as Tree | null, like, specKey(structure), i),
        );
      },
    });
    return treeUnflatten(spec, values) as R;
  };
}

function checkGradients(
  grads: Tree | null,
  like: readonly Tensor[],
  structure: string,
  argument: number,
): (Tensor | null)[] {
  if (grads === null) return like.map(() => null);
  const where = `customVjp, backward: gradient of argument ${argument + 1}`;
  const { leaves, spec } = treeFlatten(grads, where);
  if (specKey(spec) !== structure) {
    throw new ArgumentError(`${where} has another structure (got ${specKey(spec)}, expected ${structure}).`);
  }
  return leaves.map((g, i) => {
    const x = like[i];
    if (!isDifferentiable(x.dtype)) return null;
    if (g.s !== x.s || g.dtype !== x.dtype) {
      throw new ShapeError(
        `${where} does not fit (got ${g.dtype}${showShape(g.shape)}, expected ${x.dtype}${showShape(x.shape)}).`,
      );
    }
    return g;
  });
}
