/** Moving elements around: shapes, axes, slices, joining and padding. Views cost nothing until they are read. */
import type { DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError, show } from "../errors.ts";
import { checkShape, internShape, normalizeAxes, normalizeAxis, showShape, type Shape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { checkElement } from "./create.ts";
import { assemble } from "./structural.ts";
import { aliasOf, expandTo, permuteBy, reshapeTo, sliceBy } from "./views.ts";

/** A result that is not the argument itself, so that disposing one leaves the other alone. */
function own<D extends DType>(y: Tensor<D>, x: Tensor<D>): Tensor<D> {
  return y === x ? aliasOf(x) : y;
}

/** An array without holes. @throws ArgumentError for anything else than an array */
function listOf<T>(name: string, what: string, x: readonly T[]): T[] {
  if (!Array.isArray(x)) throw new ArgumentError(`${name}: ${what} must be an array (got ${show(x)}).`);
  return Array.from(x);
}

/**
 * The same elements in C order under another shape. One size may be -1 and is computed. A view: costs nothing inside
 * kernels.
 * @param shape sizes that multiply to `x.size`, or one size
 * @throws ShapeError when the sizes do not match
 */
export function reshape<D extends DType>(x: Tensor<D>, shape: readonly number[] | number): Tensor<D> {
  requireTensor("reshape", x);
  const dims = typeof shape === "number" ? [shape] : listOf("reshape", "shape", shape);
  const unknown = dims.indexOf(-1);
  if (unknown >= 0) {
    const rest = dims.reduce((a, d, i) => (i === unknown ? a : a * d), 1);
    if (dims.lastIndexOf(-1) !== unknown || rest === 0 || x.size % rest !== 0) {
      throw new ShapeError(
        `reshape: -1 cannot be computed (got ${showShape(dims)} for ${x.size} elements, expected one -1 and sizes that divide).`,
      );
    }
    dims[unknown] = x.size / rest;
  }
  const target = checkShape("reshape", dims);
  if (target.size !== x.size) {
    throw new ShapeError(
      `reshape: sizes do not match (got ${showShape(x.shape)} with ${x.size} elements, expected ${target.size} for ${showShape(dims)}).`,
    );
  }
  return own(reshapeTo(x, target), x);
}

/** All elements, in C order, along one axis. A view. */
export function flatten<D extends DType>(x: Tensor<D>): Tensor<D> {
  requireTensor("flatten", x);
  return own(reshapeTo(x, internShape([x.size])), x);
}

/**
 * Reorders axes: axis i of the result is axis `axes[i]` of x. Without `axes` their order is reversed. A view.
 * @param axes every axis once; negative ones count from the end
 * @throws ShapeError unless `axes` is a permutation
 */
export function permute<D extends DType>(x: Tensor<D>, axes?: readonly number[]): Tensor<D> {
  requireTensor("permute", x);
  const list = axes === undefined ? x.shape.map((_, i) => x.ndim - 1 - i) : listOf("permute", "axes", axes);
  const perm = list.map((a) => normalizeAxis("permute", a, x.ndim));
  if (perm.length !== x.ndim || new Set(perm).size !== x.ndim) {
    throw new ShapeError(
      `permute: axes must be a permutation (got ${showShape(list)}, expected each of ${x.ndim} axes once).`,
    );
  }
  return own(permuteBy(x, perm), x);
}

/** Exchanges two axes, by default the last two. A view. @throws ShapeError when there are no such axes */
export function transpose<D extends DType>(x: Tensor<D>, first = -2, second = -1): Tensor<D> {
  requireTensor("transpose", x);
  const a = normalizeAxis("transpose", first, x.ndim);
  const b = normalizeAxis("transpose", second, x.ndim);
  const perm = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return own(permuteBy(x, perm), x);
}

/**
 * Repeats axes of size 1, and new leading axes, to reach a shape. A view.
 * @throws ShapeError when another axis would have to change
 */
export function broadcastTo<D extends DType>(x: Tensor<D>, shape: readonly number[]): Tensor<D> {
  requireTensor("broadcastTo", x);
  const target = checkShape("broadcastTo", shape);
  const lead = target.dims.length - x.ndim;
  const fits = lead >= 0 && x.shape.every((n, d) => n === 1 || n === target.dims[lead + d]);
  if (!fits) {
    throw new ShapeError(
      `broadcastTo: shape does not broadcast (got ${showShape(x.shape)}, expected something that fits ${showShape(target.dims)}).`,
    );
  }
  return own(expandTo(x, target), x);
}

/** Removes axes of size 1: those named, or all. A view. @throws ShapeError for an axis of another size */
export function squeeze<D extends DType>(x: Tensor<D>, axis?: number | readonly number[]): Tensor<D> {
  requireTensor("squeeze", x);
  const axes =
    axis === undefined
      ? x.shape.map((_, d) => d).filter((d) => x.shape[d] === 1)
      : normalizeAxes("squeeze", axis, x.ndim);
  for (const d of axes) {
    if (x.shape[d] !== 1) {
      throw new ShapeError(`squeeze: axis ${d} has size ${x.shape[d]} (got ${showShape(x.shape)}, expected size 1).`);
    }
  }
  return own(reshapeTo(x, internShape(x.shape.filter((_, d) => !axes.includes(d)))), x);
}

/** Inserts an axis of size 1; `axis` counts in the result. A view. @throws ShapeError when it is out of range */
export function unsqueeze<D extends DType>(x: Tensor<D>, axis: number): Tensor<D> {
  requireTensor("unsqueeze", x);
  const d = normalizeAxis("unsqueeze", axis, x.ndim + 1);
  return reshapeTo(x, checkShape("unsqueeze", [...x.shape.slice(0, d), 1, ...x.shape.slice(d)]));
}

/** One axis of a slice: an index (the axis disappears), or `[start, stop?, step?]` as in Python, or null for all. */
export type Range = number | null | readonly [(number | null)?, (number | null)?, number?];

/**
 * Selects a block: one entry per axis, missing ones take everything. Negative positions count from the end.
 * Positions outside the axis are an error, not clipped. A view.
 *
 * `slice(x, [[1, 3], 0])` is `x[1:3, 0]`; `[null, null, -1]` as a range reverses an axis.
 * @throws ShapeError for positions out of range, ArgumentError for entries of another kind
 */
export function slice<D extends DType>(x: Tensor<D>, ranges: readonly Range[]): Tensor<D> {
  requireTensor("slice", x);
  listOf("slice", "ranges", ranges);
  if (ranges.length > x.ndim) {
    throw new ShapeError(`slice: too many ranges (got ${ranges.length}, expected at most ${x.ndim}).`);
  }
  const starts: number[] = [];
  const steps: number[] = [];
  const sizes: number[] = [];
  const dropped: number[] = [];
  x.shape.forEach((n, d) => {
    const range = d < ranges.length ? ranges[d] : null;
    if (typeof range === "number") {
      starts.push(normalizeIndex(range, n, d));
      steps.push(1);
      sizes.push(1);
      dropped.push(d);
      return;
    }
    if (range !== null && (!Array.isArray(range) || range.length > 3)) {
      throw new ArgumentError(
        `slice: a range must be a position, [start, stop?, step?] or null (got ${show(range)} for axis ${d}).`,
      );
    }
    const [start, step, size] = normalizeRange(range, n, d);
    starts.push(size === 0 ? 0 : start);
    steps.push(size <= 1 ? 1 : step);
    sizes.push(size);
  });
  const block = sliceBy(x, starts, steps, sizes);
  return own(reshapeTo(block, internShape(sizes.filter((_, d) => !dropped.includes(d)))), x);
}

function normalizeIndex(i: number, n: number, axis: number): number {
  if (!Number.isInteger(i) || i < -n || i >= n) {
    throw new ShapeError(
      `slice: index out of range (got ${i} on axis ${axis}, expected ${n === 0 ? "no index: the axis is empty" : `an integer in [${-n}, ${n - 1}]`}).`,
    );
  }
  return i < 0 ? i + n : i;
}

function normalizeRange(range: Exclude<Range, number>, n: number, axis: number): [number, number, number] {
  if (range === null) return [0, 1, n];
  const step = range[2] ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new ArgumentError(`slice: step must be a non-zero integer (got ${show(step)} on axis ${axis}).`);
  }
  const end = (v: number | null | undefined, fallback: number): number => {
    if (v === null || v === undefined) return fallback;
    if (!Number.isInteger(v) || v < -n || v > n) {
      throw new ShapeError(
        `slice: bound out of range (got ${show(v)} on axis ${axis}, expected an integer in [${-n}, ${n}]).`,
      );
    }
    return v < 0 ? v + n : v;
  };
  const start = end(range[0], step > 0 ? 0 : n - 1);
  const stop = end(range[1], step > 0 ? n : -1);
  if (step < 0 && start === n) {
    throw new ShapeError(
      `slice: start out of range for a negative step (got ${n} on axis ${axis}, expected at most ${n - 1}).`,
    );
  }
  return [start, step, Math.max(0, Math.ceil((stop - start) / step))];
}

/** Reverses the order along axes (all when left out). A view. @throws ShapeError for an axis out of range */
export function flip<D extends DType>(x: Tensor<D>, axis?: number | readonly number[]): Tensor<D> {
  requireTensor("flip", x);
  const axes = normalizeAxes("flip", axis, x.ndim);
  const back = (d: number): boolean => axes.includes(d) && x.shape[d] > 1;
  const y = sliceBy(
    x,
    x.shape.map((n, d) => (back(d) ? n - 1 : 0)),
    x.shape.map((_, d) => (back(d) ? -1 : 1)),
    x.shape,
  );
  return own(y, x);
}

/** Options of {@link pad}. */
export interface PadOptions {
  /** Value of the new elements; 0 (false) when left out. */
  readonly value?: number | boolean;
}

/**
 * Surrounds a tensor with a constant.
 * @param widths one entry per axis: the number of new elements on both sides, or `[before, after]`
 * @throws ShapeError unless there is one width per axis, ArgumentError for negative widths, DTypeError when the value does
 * not fit an integer data type
 */
export function pad<D extends DType>(
  x: Tensor<D>,
  widths: readonly (number | readonly [number, number])[],
  options: PadOptions = {},
): Tensor<D> {
  requireTensor("pad", x);
  checkOptions("pad", options, ["value"]);
  const list = listOf("pad", "widths", widths);
  if (list.length !== x.ndim) {
    throw new ShapeError(`pad: one width per axis is needed (got ${list.length}, expected ${x.ndim}).`);
  }
  const value = checkElement("pad", options.value ?? 0, x.dtype);
  const pairs = list.map((w): readonly [number, number] => {
    const both: unknown = typeof w === "number" ? [w, w] : w;
    if (!Array.isArray(both) || both.length !== 2 || both.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new ArgumentError(
        `pad: widths must be non-negative integers or pairs of them (got ${show(w)}, expected e.g. [1, 2]). Use slice() to cut.`,
      );
    }
    return both as [number, number];
  });
  if (pairs.every(([before, after]) => before === 0 && after === 0)) return aliasOf(x);
  const shape = checkShape(
    "pad",
    x.shape.map((n, d) => n + pairs[d][0] + pairs[d][1]),
  );
  const region = { starts: pairs.map((p) => p[0]), steps: pairs.map(() => 1) };
  return assemble([x], [region], shape, value);
}

/**
 * Joins tensors along an existing axis. All other sizes and the data types must agree. Cost: one copy.
 * @throws ShapeError when sizes differ, DTypeError when data types do, ArgumentError without tensors
 */
export function concat<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const first = checkJoin("concat", tensors);
  const d = normalizeAxis("concat", axis, first.ndim);
  let at = 0;
  const regions = tensors.map((t) => {
    if (t.ndim !== first.ndim || t.shape.some((n, e) => e !== d && n !== first.shape[e])) {
      throw new ShapeError(
        `concat: shapes do not fit (got ${showShape(first.shape)} and ${showShape(t.shape)}, expected equal sizes except on axis ${d}).`,
      );
    }
    const starts = t.shape.map((_, e) => (e === d ? at : 0));
    at += t.shape[d];
    return { starts, steps: t.shape.map(() => 1) };
  });
  if (tensors.length === 1) return aliasOf(first);
  const shape = checkShape(
    "concat",
    first.shape.map((n, e) => (e === d ? at : n)),
  );
  return assemble(tensors, regions, shape, null);
}

/**
 * Joins tensors of one shape and data type along a new axis; `axis` counts in the result. Cost: one copy.
 * @throws ShapeError for different shapes or an axis out of range, DTypeError for different data types, ArgumentError for an
 * empty list
 */
export function stack<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const first = checkJoin("stack", tensors);
  for (const t of tensors) {
    if (t.s !== first.s) {
      throw new ShapeError(
        `stack: shapes differ (got ${showShape(first.shape)} and ${showShape(t.shape)}, expected equal ones).`,
      );
    }
  }
  const d = normalizeAxis("stack", axis, first.ndim + 1);
  return concat(
    tensors.map((t) => unsqueeze(t, d)),
    d,
  );
}

function checkJoin<D extends DType>(name: string, tensors: readonly Tensor<D>[]): Tensor<D> {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ArgumentError(`${name}: a non-empty array of tensors is needed (got ${show(tensors)}).`);
  }
  const first = tensors[0] as Tensor<D>;
  Array.from(tensors).forEach((t, i) => {
    requireTensor(name, t, `element ${i}`);
    if (t.dtype !== first.dtype) {
      throw new DTypeError(
        `${name}: data types differ (got ${first.dtype} and ${t.dtype}, expected equal ones). Convert with astype().`,
      );
    }
  });
  return first;
}

/**
 * Cuts an axis into parts: `parts` equal ones, or parts of the given sizes. Views.
 * @throws ShapeError when the axis does not divide or the sizes do not add up
 */
export function split<D extends DType>(x: Tensor<D>, parts: number | readonly number[], axis = 0): Tensor<D>[] {
  requireTensor("split", x);
  const d = normalizeAxis("split", axis, x.ndim);
  const n = x.shape[d];
  const sizes = typeof parts === "number" ? equalParts(n, parts) : listOf("split", "parts", parts);
  if (sizes.some((s) => !Number.isInteger(s) || s < 0) || sizes.reduce((a, b) => a + b, 0) !== n) {
    throw new ShapeError(`split: sizes do not add up (got ${showShape(sizes)}, expected sizes with the sum ${n}).`);
  }
  let at = 0;
  return sizes.map((size) => {
    const starts = x.shape.map((_, e) => (e === d ? at : 0));
    at += size;
    const part = sliceBy(
      x,
      starts,
      x.shape.map(() => 1),
      x.shape.map((m, e) => (e === d ? size : m)),
    );
    return own(part, x);
  });
}

function equalParts(n: number, parts: number): number[] {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new ArgumentError(`split: parts must be a positive integer or sizes (got ${show(parts)}).`);
  }
  if (n % parts !== 0) {
    throw new ShapeError(`split: axis does not divide (got size ${n}, expected a multiple of ${parts}).`);
  }
  return new Array<number>(parts).fill(n / parts);
}

/** Axis `d` becomes `count` times as long: through a new axis at `place`, an axis more than users may ask for. */
function spread<D extends DType>(name: string, x: Tensor<D>, d: number, place: number, count: number): Tensor<D> {
  const wider = (size: number): Shape => internShape([...x.shape.slice(0, place), size, ...x.shape.slice(place)]);
  const shape = checkShape(
    name,
    x.shape.map((n, e) => (e === d ? n * count : n)),
  );
  return reshapeTo(expandTo(reshapeTo(x, wider(1)), wider(count)), shape);
}

/**
 * Repeats each element `count` times along an axis (nearest-neighbour enlargement): `[a, b]` becomes `[a, a, b, b]`.
 * @param count a positive integer
 * @throws ArgumentError for another count, ShapeError for an axis out of range
 */
export function repeat<D extends DType>(x: Tensor<D>, count: number, axis: number): Tensor<D> {
  requireTensor("repeat", x);
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`repeat: count must be a positive integer (got ${show(count)}).`);
  }
  const d = normalizeAxis("repeat", axis, x.ndim);
  if (count === 1) return aliasOf(x);
  return spread("repeat", x, d, d + 1, count);
}

/**
 * Repeats the whole tensor `counts[d]` times along each axis: `[a, b]` becomes `[a, b, a, b]`.
 * @param counts one positive integer per axis
 * @throws ArgumentError for other counts
 */
export function tile<D extends DType>(x: Tensor<D>, counts: readonly number[]): Tensor<D> {
  requireTensor("tile", x);
  const list = listOf("tile", "counts", counts);
  if (list.length !== x.ndim || list.some((c) => !Number.isInteger(c) || c < 1)) {
    throw new ArgumentError(
      `tile: one positive count per axis is needed (got ${show(counts)}, expected ${x.ndim} positive integers).`,
    );
  }
  let out = x;
  list.forEach((count, d) => {
    if (count > 1) out = spread("tile", out, d, d, count);
  });
  return own(out, x);
}
