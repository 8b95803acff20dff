/** Recording of routines with several outputs. */
import { config } from "../config.ts";
import { defineOp, internAttr, type Attr, type PickAttr, type PickOp, type RoutineOp } from "../graph/op.ts";
import { linkOutputs } from "../graph/outputs.ts";
import { realize } from "../graph/realize.ts";
import { isTracing, record, whileTracing } from "../graph/record.ts";
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
  // Nothing may be evaluated before all outputs are there.
  const outputs = whileTracing(() => {
    const first: Tensor = record(op, ins, internShape(shape), dtype, attr);
    const rest = (op.more?.(first) ?? []).map((o, i) =>
      record(PICK, [first], internShape(o.shape), o.dtype, internAttr<PickAttr>({ index: i + 1 })),
    );
    linkOutputs(first, rest);
    return [first, ...rest];
  });
  if (config.eager && !isTracing()) realize(outputs);
  return outputs;
}
