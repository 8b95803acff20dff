/**
 * The linear rearrangements: views, assembly of regions, and the sum. They are one family because each one's gradient is
 * another one's value. These functions take checked arguments; `movement.ts` and `reduce.ts` are what users call.
 */
import {
  defineOp,
  internAttr,
  type AssembleAttr,
  type AssembleOp,
  type PermuteAttr,
  type ReduceAttr,
  type ReduceOp,
  type SliceAttr,
  type ViewOp,
} from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { internShape, type Shape } from "../shape.ts";
import type { DType } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";

const RESHAPE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "reshape",
  name: "reshape",
  vjp: [(g, _, [x]) => reshapeTo(g, x.s)],
});

const PERMUTE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "permute",
  name: "permute",
  vjp: [(g, out) => permuteBy(g, inversePermutation((out.attr?.value as PermuteAttr).perm))],
});

const EXPAND: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "expand",
  name: "expand",
  vjp: [(g, _, [x]) => sumTo(g, x.s)],
});

const SLICE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "slice",
  name: "slice",
  vjp: [
    (g, out, [x]) => {
      const { starts, steps } = out.attr?.value as SliceAttr;
      return assemble([g], [{ starts, steps }], x.s, 0);
    },
  ],
});

const ASSEMBLE: AssembleOp = /*@__PURE__*/ defineOp<AssembleOp>({
  kind: "assemble",
  name: "assemble",
  vjpAt: (g, out, i) => {
    const { starts, steps } = (out.attr?.value as AssembleAttr).regions[i];
    return sliceBy(g, starts, steps, out.ins[i].shape);
  },
});

const SUM: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  name: "sum",
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, 0)],
  element: (_, x) => [x],
  merge: (b, l, r) => [b.add(l[0], r[0])],
  finish: (_, acc) => acc[0],
  vjp: [(g, out, [x]) => expandKept(g, x.s, (out.attr?.value as ReduceAttr).axes)],
});

function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((p, i) => (inverse[p] = i));
  return inverse;
}

/** The same elements in C order under another shape of equal size. */
export function reshapeTo<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  return shape === x.s ? x : record(RESHAPE, [x], shape, x.dtype, null);
}

/** Axis d of the result is axis `perm[d]` of `x`. */
export function permuteBy<D extends DType>(x: Tensor<D>, perm: readonly number[]): Tensor<D> {
  if (perm.every((p, i) => p === i)) return x;
  const shape = internShape(perm.map((p) => x.shape[p]));
  return record(PERMUTE, [x], shape, x.dtype, internAttr<PermuteAttr>({ perm }));
}

/** Repeats axes of size 1, and new leading axes, to reach `shape`. */
export function expandTo<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  return shape === x.s ? x : record(EXPAND, [x], shape, x.dtype, null);
}

/** Position i of the result is position `starts + steps * i` of `x`. */
export function sliceBy<D extends DType>(
  x: Tensor<D>,
  starts: readonly number[],
  steps: readonly number[],
  sizes: readonly number[],
): Tensor<D> {
  const shape = internShape(sizes);
  if (shape === x.s && steps.every((s, d) => s === 1 || sizes[d] <= 1) && starts.every((s) => s === 0)) return x;
  return record(SLICE, [x], shape, x.dtype, internAttr<SliceAttr>({ starts, steps }));
}

/** Writes each input into its region of a new tensor; the rest is `fill` (null when the regions cover everything). */
export function assemble<D extends DType>(
  inputs: readonly Tensor<D>[],
  regions: AssembleAttr["regions"],
  shape: Shape,
  fill: number | null,
): Tensor<D> {
  return record(ASSEMBLE, inputs, shape, inputs[0].dtype, internAttr<AssembleAttr>({ fill, regions }));
}

/** Sum over `axes` (sorted, without repetition), which disappear. */
export function sumOver<D extends DType>(x: Tensor<D>, axes: readonly number[]): Tensor<D> {
  return reduceNode(SUM, x, axes, x.dtype);
}

/** Records a reduction over `axes`. Axes of size 1 are only dropped from the shape. */
export function reduceNode<D extends DType>(
  op: ReduceOp,
  x: Tensor,
  axes: readonly number[],
  dtype: D,
): Tensor<D> {
  const shape = internShape(x.shape.filter((_, d) => !axes.includes(d)));
  const trivial = op.types(x.dtype).length === 1 && axes.every((d) => x.shape[d] === 1);
  if (trivial && dtype === (x.dtype as DType)) return reshapeTo(x as Tensor<D>, shape);
  return record(op, [x], shape, dtype, internAttr<ReduceAttr>({ axes }));
}

/** Sums `g` down to `shape`, the inverse of broadcasting. */
export function sumTo<D extends DType>(g: Tensor<D>, shape: Shape): Tensor<D> {
  if (g.s === shape) return g;
  const lead = g.ndim - shape.dims.length;
  const axes: number[] = [];
  for (let d = 0; d < g.ndim; d++) {
    if (d < lead || (shape.dims[d - lead] === 1 && g.shape[d] !== 1)) axes.push(d);
  }
  return reshapeTo(sumOver(g, axes), shape);
}

/** Puts reduced `axes` back with size 1 and expands to `shape`. */
export function expandKept<D extends DType>(g: Tensor<D>, shape: Shape, axes: readonly number[]): Tensor<D> {
  const kept = shape.dims.map((n, d) => (axes.includes(d) ? 1 : n));
  return expandTo(reshapeTo(g, internShape(kept)), shape);
}
