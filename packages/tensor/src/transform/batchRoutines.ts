/**
 * How routines compute a batch: in one run where they take further leading axes, or another shape serves; otherwise once per
 * element. Rules go by the routine's name, so that nothing is imported that a program does not use.
 */
import { attrOf, internAttr, type Attr } from "../graph/op.ts";
import { record, scalarNode } from "../graph/record.ts";
import { recordRoutine } from "../ops/routine.ts";
import { assemble } from "../ops/structural.ts";
import { expandTo, permuteBy, reshapeTo, sliceBy } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchShape, lead, range } from "./batchShape.ts";
import { flatPositions } from "./batchTake.ts";

/** A batch of each input of a node, or null where all elements share it. */
type Batches = readonly (Tensor | null)[];
/** The only output of a routine for a batch. */
type Rule = (node: Tensor, ins: Batches, size: number) => Tensor;

interface AxisAttr {
  readonly axis: number;
}

/** Rows along the last axes: further leading ones are more of them. Constant tables (the second input) are no batch. */
const rows =
  (attr: (node: Tensor) => Attr | null, table = false): Rule =>
  (node, ins, size) => {
    const operands = node.ins.map((x, i) => (table && i === 1 ? x : lead(x, ins[i], size)));
    return record(node.op, operands, batchShape(node, size), node.dtype, attr(node));
  };

const sameAttr = (node: Tensor): Attr | null => node.attr;

/** The attribute of a routine along an axis that is one further back. */
const nextAxis = (node: Tensor): Attr => {
  const attr = attrOf<AxisAttr>(node);
  return internAttr<AxisAttr>({ ...attr, axis: attr.axis + 1 });
};

/** Axes `first` and `first + 1` as one. */
function merge(x: Tensor, first: number): Tensor {
  const { shape } = x;
  return reshapeTo(
    x,
    internShape([...shape.slice(0, first), shape[first] * shape[first + 1], ...shape.slice(first + 2)]),
  );
}

/** Axis `axis` as two, the first of `size`. */
function divide(x: Tensor, axis: number, size: number): Tensor {
  const { shape } = x;
  return reshapeTo(x, internShape([...shape.slice(0, axis), size, shape[axis] / size, ...shape.slice(axis + 1)]));
}

/** The first axis moved to `axis`. */
function moveFirst(x: Tensor, axis: number): Tensor {
  return permuteBy(x, [...range(1, axis + 1), 0, ...range(axis + 1, x.ndim)]);
}

/** Axis `axis` moved to the front. */
function moveToFront(x: Tensor, axis: number): Tensor {
  return permuteBy(x, [axis, ...range(0, axis), ...range(axis + 1, x.ndim)]);
}

/** `record` with the shape of the result given by its sizes. */
function again(node: Tensor, ins: readonly Tensor[], shape: readonly number[], attr = node.attr): Tensor {
  return record(node.op, ins, internShape(shape), node.dtype, attr);
}

/** [m, k] x [k, n], or with a leading axis of both: a matrix that all elements share meets all rows, or columns, at once. */
const matmul: Rule = (node, [a, b], size) => {
  const [x, y] = node.ins;
  const [m, n] = node.shape.slice(-2);
  const flat = node.ndim === 2;
  const shared = flat || x.shape[0] === 1;
  const matrix = (t: Tensor): Tensor => (flat ? t : merge(t, 0));
  const one = (rows: number, columns: number): number[] => (flat ? [rows, columns] : [1, rows, columns]);
  if (b === null && shared) {
    // [size, m, k] as [size * m, k].
    const k = x.shape[x.ndim - 1];
    const left = reshapeTo(a as Tensor, internShape(one(size * m, k)));
    return reshapeTo(again(node, [left, y], one(size * m, n)), internShape([size, ...node.shape]));
  }
  if (a === null && shared) {
    // [size, k, n] as [k, size * n].
    const last = node.ndim - 1;
    const right = merge(moveFirst(b as Tensor, last), last);
    return moveToFront(divide(again(node, [x, right], one(m, size * n)), last, size), last);
  }
  const product = again(
    node,
    [matrix(lead(x, a, size)), matrix(lead(y, b, size))],
    [flat ? size : size * node.shape[0], m, n],
  );
  return flat ? product : divide(product, 0, size);
};

interface GroupsAttr {
  readonly groups: number;
}

const grouped = (node: Tensor, size: number): Attr => {
  const attr = attrOf<GroupsAttr>(node);
  return internAttr<GroupsAttr>({ ...attr, groups: attr.groups * size });
};

/** Kernels that differ become groups of channels; otherwise the batch joins the one that is there. */
const conv: Rule = (node, [a, b], size) => {
  const [x, w] = node.ins;
  const [count, outputs, ...rest] = node.shape;
  if (b === null) return divide(again(node, [merge(a as Tensor, 0), w], [size * count, outputs, ...rest]), 0, size);
  const channels = merge(moveFirst(lead(x, a, size), 1), 1);
  const y = again(node, [channels, merge(b, 0)], [count, size * outputs, ...rest], grouped(node, size));
  return moveToFront(divide(y, 1, size), 1);
};

/** Every element has a gradient of its own: groups of channels. */
const convWeight: Rule = (node, [a, b], size) => {
  const channels = node.ins.map((x, i) => merge(moveFirst(lead(x, [a, b][i], size), 1), 1));
  const [outputs, ...rest] = node.shape;
  return divide(again(node, channels, [size * outputs, ...rest], grouped(node, size)), 0, size);
};

/** All elements scatter into one tensor, each into rows of its own. */
const scatterAdd: Rule = (node, [a, b], size) => {
  const [x, at] = node.ins;
  const attr = attrOf<AxisAttr & { readonly size: number }>(node);
  const { axis, size: n } = attr;
  if (b === null) return again(node, [a as Tensor, at], [size, ...node.shape], nextAxis(node));
  const before = range(1, 1 + axis);
  const positions = range(1 + axis, 1 + axis + at.ndim);
  const all = lead(x, a, size);
  // [batch, positions, before, after] to [batch * n, before, after].
  const rowsFirst = permuteBy(all, [0, ...positions, ...before, ...range(1 + axis + at.ndim, all.ndim)]);
  const others = [...node.shape.slice(0, axis), ...node.shape.slice(axis + 1)];
  const flat = flatPositions(b, n, size, true);
  const y = again(node, [rowsFirst, flat], [size * n, ...others], internAttr({ ...attr, axis: 0, size: size * n }));
  // [batch, n, before, after] to [batch, before, n, after].
  const z = divide(y, 0, size);
  return permuteBy(z, [0, ...range(2, 2 + axis), 1, ...range(2 + axis, z.ndim)]);
};

/** [m, ...] to [m, n] with further inputs that all elements share: more rows. */
const tall: Rule = (node, ins, size) => {
  const [x, ...others] = ins;
  if (x === null || others.some((t) => t !== null)) return onePerElement(node, ins, size)[0];
  const [m, n] = node.shape;
  return divide(again(node, [merge(x, 0), ...node.ins.slice(1)], [size * m, n]), 0, size);
};

/** Rules by the name of the routine. */
export const ROUTINE_RULES: Readonly<Record<string, Rule>> = {
  matmul,
  conv2d: conv,
  conv2dWeightGradient: convWeight,
  scatterAdd,
  argsort: rows(sameAttr),
  place: rows(sameAttr),
  scan: rows(nextAxis),
  linearRecurrence: rows(nextAxis),
  runningExtreme: rows(nextAxis),
  fft: rows(nextAxis, true),
  fftHalves: rows(sameAttr, true),
  int4Matmul: tall,
  int8Matmul: tall,
};

/** Routines without a rule, on purpose: they run once per element. */
export const ONE_PER_ELEMENT: readonly string[] = [
  "cholesky",
  "eigh",
  "eigvalsh",
  "int8Panels",
  "lu",
  "pinv",
  "qr",
  "solve",
  "svd",
  "svdvals",
  "triangularSolve",
];

/** The outputs of a routine for a whole batch. Kernels of users (`defineKernel`), whatever their name, run once per element. */
export function batchRoutine(node: Tensor, ins: Batches, size: number): readonly Tensor[] {
  const ownKernel = node.attr !== null && "units" in (node.attr.value as object);
  const rule = ownKernel ? undefined : ROUTINE_RULES[node.op.name];
  return rule === undefined ? onePerElement(node, ins, size) : [rule(node, ins, size)];
}

/** Runs the routine for every element and joins the outputs. */
function onePerElement(node: Tensor, ins: Batches, size: number): readonly Tensor[] {
  const { op } = node;
  if (op.kind !== "routine") return [];
  const avals = [node, ...(op.more?.(node) ?? [])];
  if (size === 0) {
    return avals.map(({ shape, dtype }) => expandTo(scalarNode(0, dtype, node.backend), internShape([0, ...shape])));
  }
  const runs = range(0, size).map((i) => {
    const operands = node.ins.map((x, k) => {
      const batch = ins[k];
      if (batch === null) return x;
      const starts = batch.shape.map((_, d) => (d === 0 ? i : 0));
      const steps = batch.shape.map(() => 1);
      return reshapeTo(sliceBy(batch, starts, steps, [1, ...x.shape]), x.s);
    });
    return recordRoutine(op, operands, node.shape, node.dtype, node.attr);
  });
  return avals.map(({ shape }, k) => {
    const parts = runs.map((outputs) => reshapeTo(outputs[k], internShape([1, ...shape])));
    const regions = range(0, size).map((i) => ({
      starts: [i, ...shape.map(() => 0)],
      steps: [1, ...shape.map(() => 1)],
    }));
    return assemble(parts, regions, internShape([size, ...shape]), null);
  });
}
