/** Forward mode, obtained by transposing reverse mode. */
import { ArgumentError, requireFunction, ShapeError } from "../errors.ts";
import { zerosLike } from "../ops/create.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { specKey, treeFlatten, treeLeaves, treeMap, type Tree } from "../tree.ts";
import { onTape, ownHandles } from "./tape.ts";
import { pullback } from "./vjp.ts";

/**
 * Jacobian-vector product: the value of `f` at `primals` and its derivative in the direction `tangents`, `J t`, a tree of
 * the value's structure. Both are evaluated together when either is read.
 *
 * The pullback `ct -> J^T ct` is linear, so its own pullback is `t -> J t`: one set of rules serves both modes, and the
 * primal pullback is never evaluated. Composes with `grad` to Hessian-vector products.
 * @param f a function of trees of float tensors
 * @param primals its arguments, as an array
 * @param tangents one tree for each argument, of the same structure, shapes and types
 * @throws ShapeError when tangents and primals differ in shape or type, ArgumentError when they differ in structure,
 * DTypeError when an argument or a result is not of floats
 */
export function jvp<A extends Tree[], R extends Tree>(
  f: (...args: A) => R,
  primals: A,
  tangents: A,
): { value: R; tangent: R } {
  requireFunction("jvp", f);
  checkTangents(primals, tangents);
  return onTape(
    (made) => {
      const { value, pull } = pullback("jvp", f, primals);
      // Any cotangents will do: the second pullback does not depend on them.
      const probe = pullback("jvp", pull, [treeMap(zerosLike, value)]);
      const [found] = probe.pull(tangents);
      const all = treeFlatten([value, found] as readonly Tree[]);
      const own = ownHandles(all.leaves, made);
      const half = own.length / 2;
      return { value: fill(value, own.slice(0, half)), tangent: fill(value, own.slice(half)) };
    },
    ({ value, tangent }) => [...treeLeaves(value), ...treeLeaves(tangent)],
  );
}

function fill<R extends Tree>(like: R, leaves: readonly Tensor[]): R {
  let next = 0;
  return treeMap(() => leaves[next++], like);
}

function checkTangents(primals: readonly Tree[], tangents: readonly Tree[]): void {
  const ps = treeFlatten(primals, "jvp, primals");
  const ts = treeFlatten(tangents, "jvp, tangents");
  if (specKey(ps.spec) !== specKey(ts.spec)) {
    throw new ArgumentError(
      `jvp: tangents have another structure (got ${specKey(ts.spec)}, expected ${specKey(ps.spec)}).`,
    );
  }
  ts.leaves.forEach((t, i) => {
    const p = ps.leaves[i];
    if (t.s !== p.s || t.dtype !== p.dtype) {
      throw new ShapeError(
        `jvp: tangent does not fit (got ${t.dtype}${showShape(t.shape)}, expected ${p.dtype}${showShape(p.shape)}).`,
      );
    }
  });
}
