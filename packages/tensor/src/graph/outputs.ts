/**
 * The outputs of routines with several of them. A run of the routine computes all, and afterwards the routine's node is cut
 * from its inputs; so whoever asks for one output gets those stored that are still there to be asked for.
 */
import type { Tensor } from "../tensor.ts";

/** Further outputs (`pick` nodes) by the routine's node. */
const further = new WeakMap<Tensor, readonly WeakRef<Tensor>[]>();

/** Says which nodes are the further outputs of a routine's node. */
export function linkOutputs(first: Tensor, rest: readonly Tensor[]): void {
  if (rest.length > 0)
    further.set(
      first,
      rest.map((t) => new WeakRef(t)),
    );
}

/** The outputs without values that are computed with `t`, itself included. */
export function outputsWith(t: Tensor): readonly Tensor[] {
  const first = t.op.kind === "pick" ? t.ins[0] : t;
  const rest = further.get(first);
  if (rest === undefined) return [t];
  return [first, ...rest.map((r) => r.deref())].filter(
    (x): x is Tensor => x !== undefined && x.storage === null && (!x.disposed || x === t),
  );
}
