/** Forward mode, obtained by transposing reverse mode. */
import { ArgumentError, ShapeError } from "../errors.ts";
import { zerosLike } from "../ops/create.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { treeFlatten, treeUnflatten, type Tree } from "../tree.ts";
import { vjp } from "./vjp.ts";

/**
 * Jacobian-vector product: the value of `f` at `primals` and its derivative in the direction `tangents`, `J t`.
 *
 * The pullback `ct -> J^T ct` is linear, so its own pullback is `t -> J t`: one set of rules serves both modes, and the
 * primal pullback is never evaluated. Composes with `grad` to Hessian-vector products.
 * @throws ShapeError when tangents and primals differ in shape or type
 */
export function jvp<A extends Tree[], R extends Tree>(
  f: (...args: A) => R,
  primals: A,
  tangents: A,
): { value: R; tangent: R } {
  const ts = tangents.flatMap((t) => treeFlatten(t).leaves);
  const ps = primals.flatMap((p) => treeFlatten(p).leaves);
  if (ts.length !== ps.length) {
    throw new ArgumentError(`jvp: tangents have another structure (got ${ts.length} leaves, expected ${ps.length}).`);
  }
  ts.forEach((t, i) => {
    if (t.s !== ps[i].s || t.dtype !== ps[i].dtype) {
      throw new ShapeError(
        `jvp: tangent does not fit (got ${t.dtype}${showShape(t.shape)}, expected ${ps[i].dtype}${showShape(ps[i].shape)}).`,
      );
    }
  });
  const { value, pull } = vjp(f, ...primals);
  const { leaves: outputs, spec } = treeFlatten(value);
  // Any cotangents will do: the second pullback does not depend on them.
  const probe = vjp(pull as (ct: R) => A, treeUnflatten(spec, outputs.map((y) => zerosLike(y))) as R);
  const pulled = treeFlatten(probe.value as unknown as Tree).leaves;
  const [tangent] = probe.pull(treeUnflatten(treeFlatten(probe.value as unknown as Tree).spec, ts) as unknown as A);
  const found = treeFlatten(tangent as Tree).leaves;
  const group: Tensor[] = [...outputs, ...found];
  for (const t of group) t.group ??= group;
  for (const t of pulled) t.dispose();
  return { value, tangent: tangent as R };
}

