/**
 * Assembly of regions and the sum, and the gradients of views: together with `views.ts` one family, in which each one's
 * gradient is another one's value. (Views stand apart so that programs which never differentiate do not carry reductions.)
 */
import { realOf, type DType } from "../dtype.ts";
import { lowerAssemble } from "../graph/lowerAssemble.ts";
import { lowerReduce } from "../graph/lowerReduce.ts";
import {
  type Attr,
  type AssembleAttr,
  type AssembleOp,
  attrOf,
  defineOp,
  internAttr,
  type PermuteAttr,
  type ReduceAttr,
  type ReduceOp,
  type SliceAttr,
  type ViewOp,
  type VjpRule,
} from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { internShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { complexToPairs, expandTo, pairsToComplex, permuteBy, reshapeTo, sliceBy } from "./views.ts";

/** Gradient rules of the views. */
export const VIEW_RULES: Readonly<Record<ViewOp["view"], VjpRule>> = {
  reshape: (g, _, [x]) => reshapeTo(g, x.s),
  permute: (g, out) => permuteBy(g, inversePermutation(attrOf<PermuteAttr>(out).perm)),
  expand: (g, _, [x]) => sumTo(g, x.s),
  realPairs: (g) => pairsToComplex(g),
  complexPairs: (g) => complexToPairs(g),
  slice: (g, out, [x]) => {
    const { starts, steps } = attrOf<SliceAttr>(out);
    return assemble([g], [{ starts, steps }], x.s, 0);
  },
};

function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((p, i) => (inverse[p] = i));
  return inverse;
}

const ASSEMBLE: AssembleOp = /*@__PURE__*/ defineOp<AssembleOp>({
  kind: "assemble",
  schedule: lowerAssemble,
  name: "assemble",
  vjpAt: (g, out, i) => {
    const { starts, steps } = attrOf<AssembleAttr>(out).regions[i];
    return sliceBy(g, starts, steps, out.ins[i].shape);
  },
});

const SUM: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  schedule: lowerReduce,
  name: "sum",
  byParts: true,
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, 0)],
  element: (_, x) => [x],
  merge: (b, l, r) => [b.add(l[0], r[0])],
  finish: (_, acc) => acc[0],
  vjp: [(g, out, [x]) => expandKept(g, x.s, attrOf<ReduceAttr>(out).axes)],
});

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
export function reduceNode<D extends DType>(op: ReduceOp, x: Tensor, axes: readonly number[], dtype: D): Tensor<D> {
  const dims = x.shape;
  const kept: number[] = [];
  let trivial = dtype === (x.dtype as DType);
  for (let d = 0; d < dims.length; d++) {
    if (!axes.includes(d)) kept.push(dims[d]);
    else if (dims[d] !== 1) trivial = false;
  }
  const shape = internShape(kept);
  if (trivial && op.types(realOf(x.dtype)).length === 1) return reshapeTo(x as Tensor<D>, shape);
  return record(op, [x], shape, dtype, axesAttr(axes));
}

/** Attributes of reductions, by the set of their axes in bits. */
const reduceAttrs: (Attr<ReduceAttr> | undefined)[] = [];

function axesAttr(axes: readonly number[]): Attr<ReduceAttr> {
  let set = 0;
  for (const d of axes) set |= 1 << d;
  return (reduceAttrs[set] ??= internAttr<ReduceAttr>({ axes }));
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
