/** Reductions over axes. The order of summation is fixed by the shape: results do not depend on threads. */
import { isComplex, isDifferentiable, requireDType } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag, ShapeError, show } from "../errors.ts";
import { lowerReduce } from "../graph/lowerReduce.ts";
import { attrOf, defineOp, type ReduceAttr, type ReduceOp } from "../graph/op.ts";
import { internShape, normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { div, mul, sqrt, square, sub } from "./arith.ts";
import { conjugate, real } from "./complex.ts";
import { equal, where } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { expandKept, reduceNode, sumOver } from "./structural.ts";
import { aliasOf, reshapeTo } from "./views.ts";

/** Which axes a reduction runs over. */
export interface ReduceOptions {
  /** One axis or several; all when left out. Negative ones count from the end. */
  readonly axis?: number | readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

/** Resolves options into axes and the shape that keeps them. */
function prepare(
  name: string,
  x: Tensor,
  options: ReduceOptions,
  more: readonly string[] = [],
): { axes: number[]; count: number; finish: (y: Tensor) => Tensor } {
  requireTensor(name, x);
  checkOptions(name, options, ["axis", "keepDims", ...more]);
  requireFlag(name, "keepDims", options.keepDims);
  const axes = normalizeAxes(name, options.axis, x.ndim);
  const shaped = (y: Tensor): Tensor =>
    options.keepDims === true ? reshapeTo(y, internShape(x.shape.map((n, d) => (axes.includes(d) ? 1 : n)))) : y;
  return {
    axes,
    count: axes.reduce((n, d) => n * x.shape[d], 1),
    finish(y) {
      const out = shaped(y);
      return out === x ? aliasOf(x) : out;
    },
  };
}

function requireNonEmpty(name: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((d) => x.shape[d] === 0)) {
    throw new ShapeError(
      `${name}: nothing to reduce (got shape ${showShape(x.shape)}, expected non-empty reduced axes).`,
    );
  }
}

/** bool counts as i32. */
function countable(x: Tensor): Tensor {
  return x.dtype === "bool" ? cast(x, "i32") : x;
}

/** `|x|^2`, real for complex numbers too. */
function squaredSize(x: Tensor): Tensor {
  return isComplex(x.dtype) ? real(mul(x, conjugate(x))) : square(x);
}

/** Integers and bools as f32. */
function floating(x: Tensor): Tensor {
  return isDifferentiable(x.dtype) ? x : cast(x, "f32");
}

/**
 * Sum over axes (all by default). Floats are summed in a fixed tree of blocks, in their own precision; integers wrap
 * modulo 2^32; bools count as i32. The sum of nothing is 0.
 * @throws ShapeError for an axis out of range
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("sum", x, options);
  return finish(sumOver(countable(x), axes));
}

/** Arithmetic mean over axes (all by default); integers and bools give f32. @throws ShapeError over nothing */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, count, finish } = prepare("mean", x, options);
  requireNonEmpty("mean", x, axes);
  return finish(div(sumOver(floating(x), axes), count));
}

/** Options of {@link variance} and {@link std}. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the denominator: 0 (population, default) or 1 (sample). */
  readonly correction?: number;
}

/**
 * `sum((x - mean)^2) / (n - correction)` over axes (all by default), by two passes; integers and bools give f32.
 * @throws ShapeError when there are not more than `correction` elements
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return spread("variance", x, options);
}

function spread(name: string, x: Tensor, options: VarianceOptions): Tensor {
  const { axes, count, finish } = prepare(name, x, options, ["correction"]);
  const { correction = 0 } = options;
  if (typeof correction !== "number" || !(correction >= 0)) {
    throw new ArgumentError(`${name}: correction must be a number from 0 on (got ${show(correction)}).`);
  }
  requireNonEmpty(name, x, axes);
  if (correction >= count && axes.every((d) => x.shape[d] > 0)) {
    throw new ShapeError(`${name}: too few elements (got ${count}, expected more than the correction ${correction}).`);
  }
  const y = floating(x);
  const centre = expandKept(div(sumOver(y, axes), count), y.s, axes);
  return finish(div(sumOver(squaredSize(sub(y, centre)), axes), count - correction));
}

/** Square root of {@link variance}. The gradient is infinite where the variance is 0. */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return sqrt(spread("std", x, options));
}

const PROD: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  schedule: lowerReduce,
  name: "prod",
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, 1)],
  element: (_, x) => [x],
  merge: (b, l, r) => [b.mul(l[0], r[0])],
  finish: (_, acc) => acc[0],
  vjp: [
    (g, out, [x]) => {
      const { axes } = attrOf<ReduceAttr>(out);
      // The product of the others: out / x, except where x is the only zero (product of the rest) or one of several (0).
      const isZero = equal(x, 0);
      const safe = where(isZero, 1, x);
      const others = expandKept(reduceNode(PROD, safe, axes, x.dtype), x.s, axes);
      const zeros = expandKept(sumOver(cast(isZero, x.dtype), axes), x.s, axes);
      const rest = where(isZero, where(equal(zeros, 1), others, 0), where(equal(zeros, 0), div(others, safe), 0));
      return mul(expandKept(g, x.s, axes), rest);
    },
  ],
});

/**
 * Product over axes (all by default). Integers wrap modulo 2^32; bools count as i32. The product of nothing is 1.
 * @throws ShapeError for an axis out of range, DTypeError for complex numbers
 */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("prod", x, options);
  if (isComplex(x.dtype)) requireDType("prod", x.dtype, "number");
  const y = countable(x);
  return finish(reduceNode(PROD, y, axes, y.dtype));
}

const extremeVjp: ReduceOp["vjp"] = [
  (g, out, [x]) => {
    const { axes } = attrOf<ReduceAttr>(out);
    const hit = equal(x, expandKept(out, x.s, axes));
    const share = div(g, sumOver(cast(hit, x.dtype), axes));
    return where(hit, expandKept(share, x.s, axes), 0);
  },
];

const MAX: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  schedule: lowerReduce,
  name: "max",
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, ty === "i32" ? -2147483648 : ty === "u32" ? 0 : -Infinity)],
  element: (_, x) => [x],
  merge: (b, l, r) => [b.max(l[0], r[0])],
  finish: (_, acc) => acc[0],
  vjp: extremeVjp,
});

const MIN: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  schedule: lowerReduce,
  name: "min",
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, ty === "i32" ? 2147483647 : ty === "u32" ? 4294967295 : Infinity)],
  element: (_, x) => [x],
  merge: (b, l, r) => [b.min(l[0], r[0])],
  finish: (_, acc) => acc[0],
  vjp: extremeVjp,
});

/**
 * Largest value over axes (all by default); NaN if any is NaN. The gradient of a tie is split evenly.
 * @throws ShapeError over nothing, DTypeError for bools (use {@link any})
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("max", x, options);
  requireDType("max", x.dtype, "number");
  requireNonEmpty("max", x, axes);
  return finish(reduceNode(MAX, x, axes, x.dtype));
}

/**
 * Smallest value over axes (all by default); NaN if any is NaN. The gradient of a tie is split evenly.
 * @throws ShapeError over nothing, DTypeError for bools (use {@link all})
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("min", x, options);
  requireDType("min", x.dtype, "number");
  requireNonEmpty("min", x, axes);
  return finish(reduceNode(MIN, x, axes, x.dtype));
}

const PEAK: ReduceOp = /*@__PURE__*/ defineOp<ReduceOp>({
  kind: "reduce",
  schedule: lowerReduce,
  name: "peak",
  types: (ty) => [ty],
  init: (b, ty) => [b.const(ty, -Infinity)],
  element: (_, x) => [x],
  // One instruction, where the maximum that passes NaN on takes many.
  merge: (b, [l], [r]) => [b.select(b.lt(l, r), r, l)],
  finish: (_, acc) => acc[0],
});

/**
 * The largest float along kept axes, NaN left out and the sign of zero open: what is subtracted before exponentials, where
 * the NaN comes back by itself. It has no gradient.
 */
export function peak(x: Tensor, axes: readonly number[]): Tensor {
  return prepare("peak", x, { axis: axes, keepDims: true }).finish(reduceNode(PEAK, x, axes, x.dtype));
}

const logical = (name: string, start: 0 | 1): ReduceOp =>
  defineOp<ReduceOp>({
    kind: "reduce",
    schedule: lowerReduce,
    name,
    types: () => ["bool"],
    init: (b) => [b.const("bool", start)],
    element: (b, x) => [b.convert("bool", x)],
    merge: (b, l, r) => [start === 1 ? b.and(l[0], r[0]) : b.or(l[0], r[0])],
    finish: (_, acc) => acc[0],
  });

const ANY: ReduceOp = /*@__PURE__*/ logical("any", 0);
const ALL: ReduceOp = /*@__PURE__*/ logical("all", 1);

/** Whether any element along axes (all by default) is not 0; false for nothing. NaN counts as not 0. */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("any", x, options);
  return finish(reduceNode(ANY, cast(x, "bool"), axes, "bool"));
}

/** Whether all elements along axes (all by default) are not 0; true for nothing. NaN counts as not 0. */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("all", x, options);
  return finish(reduceNode(ALL, cast(x, "bool"), axes, "bool"));
}

/** Value and position; the better value wins, then the smaller position; NaN beats everything. */
const arg = (name: string, better: "gt" | "lt", worst: number): ReduceOp =>
  defineOp<ReduceOp>({
    kind: "reduce",
    schedule: lowerReduce,
    name,
    types: (ty) => [ty, "i32"],
    init: (b, ty) => [b.const(ty, ty === "f32" || ty === "f64" ? worst : 0), b.const("i32", -1)],
    element: (_, x, index) => [x, index()],
    merge: (b, [lv, li], [rv, ri]) => {
      const minus = b.const("i32", -1);
      const tie = b.or(b.eq(lv, rv), b.and(b.ne(lv, lv), b.ne(rv, rv)));
      const wins = b.or(
        b.and(b.compare(better, rv, lv), b.eq(lv, lv)),
        b.or(b.and(b.ne(rv, rv), b.eq(lv, lv)), b.and(tie, b.lt(ri, li))),
      );
      const take = b.and(b.ne(ri, minus), b.or(wins, b.eq(li, minus)));
      return [b.select(take, rv, lv), b.select(take, ri, li)];
    },
    finish: (_, acc) => acc[1],
  });

const ARGMAX: ReduceOp = /*@__PURE__*/ arg("argmax", "gt", -Infinity);
const ARGMIN: ReduceOp = /*@__PURE__*/ arg("argmin", "lt", Infinity);

/** Options of {@link argmax} and {@link argmin}: one axis, or the flattened tensor. */
export interface ArgOptions {
  readonly axis?: number;
  readonly keepDims?: boolean;
}

function argReduce(name: string, op: ReduceOp, x: Tensor, options: ArgOptions): Tensor<"i32"> {
  requireTensor(name, x);
  checkOptions(name, options, ["axis", "keepDims"]);
  requireDType(name, x.dtype, "number");
  const axis = options.axis === undefined ? undefined : [normalizeAxis(name, options.axis, x.ndim)];
  const { axes, finish } = prepare(name, x, { ...options, axis });
  requireNonEmpty(name, x, axes);
  return finish(reduceNode(op, x, axes, "i32")) as Tensor<"i32">;
}

/** Position (i32) of the largest value along an axis, or in the flattened tensor; the first of equals; NaN wins. */
export function argmax(x: Tensor, options: ArgOptions = {}): Tensor<"i32"> {
  return argReduce("argmax", ARGMAX, x, options);
}

/** Position (i32) of the smallest value along an axis, or in the flattened tensor; the first of equals; NaN wins. */
export function argmin(x: Tensor, options: ArgOptions = {}): Tensor<"i32"> {
  return argReduce("argmin", ARGMIN, x, options);
}

/**
 * Euclidean norm `sqrt(sum x^2)` over axes (all by default); integers and bools give f32. Squares may overflow or
 * underflow: scale extreme data first. The gradient at 0 is NaN.
 */
export function norm(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, finish } = prepare("norm", x, options);
  return finish(sqrt(sumOver(squaredSize(floating(x)), axes)));
}
