/**
 * Views: rearrangements that move no data when they are fused. These functions take checked arguments; `movement.ts` has
 * what users call, and `structural.ts` the gradients.
 */
import { complexOf, realOf, type DType } from "../dtype.ts";
import { type Attr, defineOp, internAttr, type PermuteAttr, type SliceAttr, type ViewOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { internShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const RESHAPE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "reshape",
  name: "reshape",
});

const PERMUTE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "permute",
  name: "permute",
});

const EXPAND: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "expand",
  name: "expand",
});

const SLICE: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({
  kind: "view",
  view: "slice",
  name: "slice",
});

/**
 * Another tensor of the same values. Functions that have nothing to do return it instead of their argument, so that
 * disposing a result never disposes an argument. It costs nothing inside kernels and for routines.
 */
export function aliasOf<D extends DType>(x: Tensor<D>): Tensor<D> {
  return record(RESHAPE, [x], x.s, x.dtype, null);
}

/** The same elements in C order under another shape of equal size. */
export function reshapeTo<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  return shape === x.s ? x : record(RESHAPE, [x], shape, x.dtype, null);
}

/** Axis d of the result is axis `perm[d]` of `x`. */
export function permuteBy<D extends DType>(x: Tensor<D>, perm: readonly number[]): Tensor<D> {
  if (perm.every((p, i) => p === i)) return x;
  const shape = internShape(perm.map((p) => x.shape[p]));
  return record(PERMUTE, [x], shape, x.dtype, permAttr(perm));
}

/** Attributes of permutations, by their axes as the digits of an octal number. */
const permAttrs = new Map<number, Attr<PermuteAttr>>();

function permAttr(perm: readonly number[]): Attr<PermuteAttr> {
  let key = 1;
  for (const p of perm) key = 8 * key + p;
  let attr = permAttrs.get(key);
  if (attr === undefined) permAttrs.set(key, (attr = internAttr<PermuteAttr>({ perm })));
  return attr;
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

const REAL_PAIRS: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({ kind: "view", view: "realPairs", name: "asReal" });
const COMPLEX_PAIRS: ViewOp = /*@__PURE__*/ defineOp<ViewOp>({ kind: "view", view: "complexPairs", name: "asComplex" });

/** Complex numbers as pairs along a new last axis. */
export function complexToPairs(z: Tensor): Tensor {
  return record(REAL_PAIRS, [z], internShape([...z.shape, 2]), realOf(z.dtype), null);
}

/** Pairs along the last axis as complex numbers. */
export function pairsToComplex(x: Tensor): Tensor {
  return record(COMPLEX_PAIRS, [x], internShape(x.shape.slice(0, -1)), complexOf(x.dtype), null);
}
