/**
 * How a batch of every kind of node is computed. Elementwise operations, views, reductions and assemblies take one more axis;
 * routines have rules by name in `batchRoutines.ts`, and without one run once per element.
 */
import {
  attrOf,
  internAttr,
  type AssembleAttr,
  type PermuteAttr,
  type ReduceAttr,
  type ReduceOp,
  type SliceAttr,
  type ViewOp,
} from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { reduceNode } from "../ops/structural.ts";
import { expandTo, reshapeTo } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchRoutine } from "./batchRoutines.ts";
import { batchShape, lead } from "./batchShape.ts";
import { batchTake } from "./batchTake.ts";

/**
 * The outputs of a node for a whole batch.
 * @param ins a batch of each input, or null where all elements share it; one at least is none
 */
export function batchNode(node: Tensor, ins: readonly (Tensor | null)[], size: number): readonly Tensor[] {
  const { op } = node;
  switch (op.kind) {
    case "map":
      return [batchMap(node, ins, size)];
    case "view":
      return [batchView(node, op, ins, size)];
    case "take":
      return [batchTake(node, ins, size)];
    case "reduce":
      return [batchReduce(node, op, ins[0] as Tensor)];
    case "assemble":
      return [batchAssemble(node, ins, size)];
    default:
      return batchRoutine(node, ins, size);
  }
}

/** An operand of rank 0 meets every element of the others; a batch of them one row each. */
function batchMap(node: Tensor, ins: readonly (Tensor | null)[], size: number): Tensor {
  const shape = batchShape(node, size);
  const operands = node.ins.map((x, i) => {
    const batch = ins[i];
    if (batch === null) return x.ndim === 0 ? x : expandTo(x, shape);
    if (x.ndim > 0 || node.ndim === 0) return batch;
    return expandTo(reshapeTo(batch, internShape([size, ...node.shape.map(() => 1)])), shape);
  });
  return record(node.op, operands, shape, node.dtype, node.attr);
}

function batchView(node: Tensor, op: ViewOp, ins: readonly (Tensor | null)[], size: number): Tensor {
  const shape = batchShape(node, size);
  const [x] = node.ins;
  const source = lead(x, ins[0], size);
  // Further inputs say what the view has to wait for.
  const operands = [source, ...node.ins.slice(1).map((t, i) => ins[i + 1] ?? t)];
  switch (op.view) {
    case "permute": {
      const { perm } = attrOf<PermuteAttr>(node);
      return record(op, operands, shape, node.dtype, internAttr<PermuteAttr>({ perm: [0, ...perm.map((p) => p + 1)] }));
    }
    case "slice": {
      const { starts, steps } = attrOf<SliceAttr>(node);
      const attr = internAttr<SliceAttr>({ starts: [0, ...starts], steps: [1, ...steps] });
      return record(op, operands, shape, node.dtype, attr);
    }
    case "expand": {
      // New axes come between the batch and the old ones.
      const open = [size, ...new Array<number>(node.ndim - x.ndim).fill(1), ...x.shape];
      return record(op, [reshapeTo(source, internShape(open))], shape, node.dtype, null);
    }
    default:
      return record(op, operands, shape, node.dtype, node.attr);
  }
}

function batchReduce(node: Tensor, op: ReduceOp, x: Tensor): Tensor {
  const { axes } = attrOf<ReduceAttr>(node);
  return reduceNode(
    op,
    x,
    axes.map((a) => a + 1),
    node.dtype,
  );
}

function batchAssemble(node: Tensor, ins: readonly (Tensor | null)[], size: number): Tensor {
  const { fill, regions } = attrOf<AssembleAttr>(node);
  const attr: AssembleAttr = {
    fill,
    regions: regions.map(({ starts, steps }) => ({ starts: [0, ...starts], steps: [1, ...steps] })),
  };
  const operands = node.ins.map((x, i) => lead(x, ins[i], size));
  // Halves are packed from one axis.
  const whole = node.dtype === "f16" ? [reshapeTo(operands[0], internShape([operands[0].size]))] : operands;
  return record(node.op, whole, batchShape(node, size), node.dtype, internAttr(attr));
}
