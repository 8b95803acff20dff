/** Steps for reductions: one kernel, or blocks and a reduction of their results. */
import { useReductions } from "../backend/cpu/emitReduce.ts";
import { isComplex, realOf, type RealDType as DType } from "../dtype.ts";
import { InternalError } from "../errors.ts";
import type { Expr, Ty } from "../kernel/expr.ts";
import type { Reduction } from "../kernel/kernel.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { addSlot, placementAt, storesOf, withLoops, type Draft } from "./draft.ts";
import { combine, identityIndex, unit, type Affine, type Loop } from "./index.ts";
import { KernelBuilder } from "./lower.ts";
import { attrOf, isPair, type ReduceAttr, type ReduceOp, type Value } from "./op.ts";

/** Rows of this many elements are reduced at once; longer ones in blocks, for accuracy and for threads. */
const ROW_BLOCK = 4096;
/** The same where the reduction runs across rows. */
const COLUMN_BLOCK = 256;

/** Where a reduction's elements come from: accumulator values at a position of the outputs and of the reduced axes. */
type Elements = (k: KernelBuilder, outputs: readonly Affine[], reduced: readonly Affine[]) => readonly Expr[];

/** Adds the kernels of one reduction. */
export function lowerReduce(draft: Draft, t: Tensor): void {
  useReductions();
  const op = t.op as ReduceOp;
  const [x] = t.ins;
  const { axes } = attrOf<ReduceAttr>(t);
  const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
  const reducedSizes = axes.map((d) => x.shape[d]);
  const strides = stridesOf(reducedSizes);
  const elements: Elements = (k, outputs, reduced) => {
    const index = new Array<Affine>(x.ndim);
    kept.forEach((d, i) => (index[d] = outputs[i]));
    axes.forEach((d, i) => (index[d] = reduced[i]));
    const linear = (): Expr => k.iota(combine(k.loops.length, 0, reduced, strides));
    const v = k.value(x, index);
    return isPair(v) ? v.flatMap((part) => op.element(k.b, part, linear)) : op.element(k.b, v, linear);
  };
  reduceStage(
    draft,
    t,
    op,
    kept.map((d) => x.shape[d]),
    reducedSizes,
    elements,
  );
}

/** One kernel over all reduced positions, or blocks of them into partial results that are reduced in turn. */
function reduceStage(
  draft: Draft,
  t: Tensor,
  op: ReduceOp,
  outSizes: readonly number[],
  redSizes: readonly number[],
  elements: Elements,
): void {
  const rank = outSizes.length;
  const loops: Loop[] = [
    ...outSizes.map((size) => ({ size, reduce: false })),
    ...redSizes.map((size) => ({ size, reduce: true })),
  ];
  const all = loops.length;
  const whole = withLoops(loops, identityIndex(all, 0, all), [], (ls, axes) => {
    const k = new KernelBuilder(ls, placementAt(draft));
    const reduction = reductionOf(k, op, t, elements(k, axes.slice(0, rank), axes.slice(rank)));
    const accumulators = reduction.types.map((ty, i) => k.b.acc(ty, i));
    const value = byParts(t, accumulators, (part) => [op.finish(k.b, part)]);
    const result: Value = value.length === 2 ? [value[0], value[1]] : value[0];
    const at = storesOf(k, draft.slotOf[t.position], t, result, axes.slice(0, rank), stridesOf(outSizes), 0);
    return k.finish(at, reduction, null);
  });
  if (whole === null) throw new InternalError("schedule: reduction loops do not settle.");
  const over = redSizes.findIndex((n) => n > 1);
  const total = redSizes.reduce((a, b) => a * b, 1);
  const target = whole.kernel.vector === "reduce" ? ROW_BLOCK : COLUMN_BLOCK;
  if (over >= 0 && total > 2 * target) {
    const inner = total / redSizes.slice(0, over + 1).reduce((a, b) => a * b, 1);
    const block = Math.max(1, Math.floor(target / inner));
    if (block < redSizes[over] && splitReduce(draft, t, op, outSizes, redSizes, elements, over, block)) return;
  }
  draft.steps.push(whole);
}

function splitReduce(
  draft: Draft,
  t: Tensor,
  op: ReduceOp,
  outSizes: readonly number[],
  redSizes: readonly number[],
  elements: Elements,
  over: number,
  block: number,
): boolean {
  const rank = outSizes.length;
  const blocks = Math.ceil(redSizes[over] / block);
  const loops: Loop[] = [
    { size: blocks, reduce: false },
    ...outSizes.map((size) => ({ size, reduce: false })),
    ...redSizes.map((size) => ({ size, reduce: true })),
  ];
  const all = loops.length;
  const overLoop = 1 + rank + over;
  const axes = identityIndex(all, 0, all);
  axes[overLoop] = combine(all, 0, [unit(all, 0), unit(all, overLoop)], [block, 1]);
  const partialShape = [blocks, ...outSizes];
  const strides = stridesOf(partialShape);
  const size = partialShape.reduce((a, b) => a * b, 1);
  const first = draft.slots.length;
  const step = withLoops(loops, axes, [0, overLoop], (ls, at) => {
    draft.slots.length = first;
    const k = new KernelBuilder(ls, placementAt(draft));
    const reduction = reductionOf(k, op, t, elements(k, at.slice(1, 1 + rank), at.slice(1 + rank)));
    const stores = reduction.types.map((ty, i) => ({
      access: k.access(
        addSlot(draft, ty as DType, size, "temp"),
        ty as DType,
        "store",
        combine(ls.length, 0, at.slice(0, 1 + rank), strides),
      ),
      value: k.b.acc(ty, i),
    }));
    const moved = ls.findIndex((_, l) => at[1 + rank + over].coef[l] === 1 && ls[l].reduce);
    return k.finish(stores, reduction, { loop: 0, size: block, over: moved });
  });
  if (step === null) {
    draft.slots.length = first;
    return false;
  }
  draft.steps.push(step);
  const partial: Elements = (k, outputs, reduced) =>
    typesOf(op, t).map((ty, i) => {
      const at = combine(k.loops.length, 0, [reduced[0], ...outputs], strides);
      return k.b.load(ty, k.access(first + i, ty as DType, "load", at));
    });
  reduceStage(draft, t, op, outSizes, [blocks], partial);
  return true;
}

/** Types of the accumulators; a complex number has those of its two parts. */
function typesOf(op: ReduceOp, t: Tensor): readonly Ty[] {
  const { dtype } = t.ins[0];
  const types = op.types(realOf(dtype));
  return isComplex(dtype) ? [...types, ...types] : types;
}

/** Applies `f` to the accumulators, or to those of the real and of the imaginary part. */
function byParts<T>(t: Tensor, acc: readonly T[], f: (part: readonly T[]) => readonly Expr[]): readonly Expr[] {
  if (!isComplex(t.ins[0].dtype)) return f(acc);
  const half = acc.length / 2;
  return [...f(acc.slice(0, half)), ...f(acc.slice(half))];
}

function reductionOf(k: KernelBuilder, op: ReduceOp, t: Tensor, element: readonly Expr[]): Reduction {
  const types = typesOf(op, t);
  const left = types.map((ty, i) => k.b.acc(ty, i));
  const merge = (right: readonly Expr[]): readonly Expr[] =>
    byParts(
      t,
      left.map((l, i): readonly [Expr, Expr] => [l, right[i]]),
      (pairs) =>
        op.merge(
          k.b,
          pairs.map(([l]) => l),
          pairs.map(([, r]) => r),
        ),
    );
  return {
    types,
    init: byParts(t, types, () => op.init(k.b, realOf(t.ins[0].dtype))),
    step: merge(element),
    merge: merge(types.map((ty, i) => k.b.accOther(ty, i))),
  };
}
