/** The step of a routine: its operands as strided windows of stored tensors. */
import type { RoutineOperand } from "../backend/backend.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { placementAt, type Draft } from "./draft.ts";
import { Materialize, stridedView } from "./lower.ts";

/** Adds the step of one routine node. */
export function lowerRoutine(draft: Draft, t: Tensor): void {
  if (t.op.kind !== "routine") return;
  const { strided, routine } = t.op;
  const inputs: RoutineOperand[] = t.ins.map((input, i) => {
    const view = stridedView(input, placementAt(draft));
    if (view === null) throw new Materialize(input.position);
    if (!strided[i] && !isContiguous(view.strides, input.shape)) throw new Materialize(input.position);
    const { slot, offset, strides } = view;
    return { slot, offset, strides, shape: input.shape, dtype: input.dtype };
  });
  draft.steps.push({
    kind: "routine",
    routine,
    attr: t.attr?.value,
    inputs,
    outputs: [
      { slot: draft.slotOf[t.position], offset: 0, strides: stridesOf(t.shape), shape: t.shape, dtype: t.dtype },
    ],
  });
}

function isContiguous(strides: readonly number[], shape: readonly number[]): boolean {
  const plain = stridesOf(shape);
  return strides.every((s, d) => shape[d] === 1 || s === plain[d]);
}
