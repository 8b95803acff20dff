/** The step of a routine: its operands as strided windows of stored tensors. */
import type { RoutineOperand } from "../backend/backend.ts";
import { isComplex, realOf } from "../dtype.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { addSlot, placementAt, type Draft } from "./draft.ts";
import { Materialize, stridedView } from "./lower.ts";
import { attrOf, type Aval, type PickAttr } from "./op.ts";

/** Adds the step of one routine node. */
export function lowerRoutine(draft: Draft, t: Tensor): void {
  if (t.op.kind !== "routine") return;
  const { strided, routine, more } = t.op;
  const picks = draft.picks.get(t.position) ?? [];
  const outputs = [t, ...(more?.(t) ?? [])].map((aval, i): RoutineOperand => {
    const shape = partShape(aval);
    const dtype = realOf(aval.dtype);
    const size = shape.reduce((a, b) => a * b, 1);
    const node = i === 0 ? t : picks.find((p) => attrOf<PickAttr>(p).index === i);
    // An output that nobody asked for still needs a place.
    const slot = node === undefined ? addSlot(draft, dtype, size, "temp") : draft.slotOf[node.position];
    return { slot, offset: 0, strides: stridesOf(shape), shape, dtype };
  });
  if (outputs.every((o) => o.shape.includes(0))) return;
  const inputs: RoutineOperand[] = t.ins.map((input, i) => {
    const view = stridedView(input, placementAt(draft));
    if (view === null) throw new Materialize(input.position);
    const shape = partShape(input);
    if (!strided[i] && !isContiguous(view.strides, shape)) throw new Materialize(input.position);
    const { slot, offset, strides } = view;
    return { slot, offset, strides, shape, dtype: realOf(input.dtype) };
  });
  draft.steps.push({
    kind: "routine",
    routine,
    attr: t.attr?.value,
    inputs,
    outputs,
  });
}

/** Routines see a complex tensor as a real one with a last axis of size 2. */
function partShape({ shape, dtype }: Aval): readonly number[] {
  return isComplex(dtype) ? [...shape, 2] : shape;
}

function isContiguous(strides: readonly number[], shape: readonly number[]): boolean {
  const plain = stridesOf(shape);
  return strides.every((s, d) => shape[d] === 1 || s === plain[d]);
}
