/** Recording of routines with several outputs. */
import { defineOp, internAttr, type Attr, type PickAttr, type PickOp, type RoutineOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { internShape } from "../shape.ts";
import type { DType } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";

const PICK: PickOp = /*@__PURE__*/ defineOp<PickOp>({ kind: "pick", name: "pick" });

/** Records a routine and returns all its outputs; `shape` and `dtype` are those of the first. */
export function recordRoutine(
  op: RoutineOp,
  ins: readonly Tensor[],
  shape: readonly number[],
  dtype: DType,
  attr: Attr | null,
): Tensor[] {
  const first: Tensor = record(op, ins, internShape(shape), dtype, attr);
  const rest = (op.more?.(first) ?? []).map((o, i) =>
    record(PICK, [first], internShape(o.shape), o.dtype, internAttr<PickAttr>({ index: i + 1 })),
  );
  return [first, ...rest];
}
