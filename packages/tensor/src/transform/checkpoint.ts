/** Less memory for more work: intermediate results that are computed again when a gradient needs them. */
import { isDifferentiable } from "../dtype.ts";
import { requireFunction } from "../errors.ts";
import { defineOp, type ViewOp } from "../graph/op.ts";
import { isTaping, listening, record } from "../graph/record.ts";
import type { Tensor } from "../tensor.ts";
import { treeFlatten, treeUnflatten, type Tree } from "../tree.ts";
import { recordCall } from "./customCall.ts";
import { sourcesOf } from "./link.ts";
import { backward, stopGradient } from "./vjp.ts";

/** The first input, not before the others are there. */
const AFTER: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({ kind: "view", view: "reshape", name: "after" });

/**
 * Makes a function with the same value and gradients whose intermediate results are not kept for the gradient: when it is
 * formed, they are computed again from the arguments. For parts of a long computation, such as the blocks of a network or the
 * steps of an integrator, memory then grows with the arguments of the parts plus one part's intermediate results, for the
 * work of one more run of `f`.
 *
 * `f` must be pure: it runs again, and must record the same. Tensors that it captures get their gradients too.
 * Source: Chen, Xu, Zhang and Guestrin 2016, "Training deep nets with sublinear memory cost", https://arxiv.org/abs/1604.06174.
 * @param f a function of trees of tensors that returns a tree of tensors
 */
export function checkpoint<A extends Tree[], R extends Tree>(f: (...args: A) => R): (...args: A) => R {
  requireFunction("checkpoint", f);
  return (...args) => {
    if (!isTaping()) return f(...args);
    const given = args.map((arg, i) => treeFlatten(arg, `checkpoint, argument ${i + 1}`));
    const inputs = given.flatMap((g) => g.leaves);
    const made = new Set<Tensor>();
    const { leaves, spec } = listening(
      (t) => made.add(t),
      () => treeFlatten(f(...args), "checkpoint, result of the function"),
    );
    const captured = capturedBy(leaves, new Set(inputs), made);
    const all = [...inputs, ...captured];
    if (all.length === 0 || leaves.length === 0) return treeUnflatten(spec, leaves) as R;
    const values = recordCall({
      args: all,
      values: leaves,
      backward: (cotangents) => {
        const held = inputs.map((x) =>
          record(AFTER, [x, ...cotangents.map((ct) => stopGradient(ct))], x.s, x.dtype, null),
        );
        let at = 0;
        const again = given.map((g) => treeUnflatten(g.spec, held.slice(at, (at += g.leaves.length))));
        const outputs = treeFlatten(f(...(again as A))).leaves;
        const floats = outputs.flatMap((y, i) => (isDifferentiable(y.dtype) ? [i] : []));
        return backward(
          floats.map((i) => outputs[i]),
          floats.map((i) => cotangents[i]),
          [...held, ...captured],
        );
      },
    });
    return treeUnflatten(spec, values) as R;
  };
}

/** Float tensors from outside on which values depend. */
function capturedBy(values: readonly Tensor[], inputs: ReadonlySet<Tensor>, made: ReadonlySet<Tensor>): Tensor[] {
  const seen = new Set<Tensor>(inputs);
  const found: Tensor[] = [];
  const stack = [...values];
  while (stack.length > 0) {
    const t = stack.pop() as Tensor;
    if (seen.has(t)) continue;
    seen.add(t);
    if (made.has(t)) stack.push(...sourcesOf(t));
    else if (isDifferentiable(t.dtype) && t.op.kind !== "scalar") found.push(t);
  }
  return found;
}
