/** Moving elements around: shapes, axes, slices, joining and padding. Views cost nothing until they are read. */
import type { DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError } from "../errors.ts";
import { checkShape, internShape, normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { assemble } from "./structural.ts";
import { expandTo, permuteBy, reshapeTo, sliceBy } from "./views.ts";

/**
 * The same elements in C order under another shape. One size may be -1 and is computed.
 * @throws ShapeError when the sizes do not match
 */
export function reshape<D extends DType>(x: Tensor<D>, shape: readonly number[] | number): Tensor<D> {
  const dims = typeof shape === "number" ? [shape] : [...shape];
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
  return reshapeTo(x, target);
}

/** All elements along one axis. */
export function flatten<D extends DType>(x: Tensor<D>): Tensor<D> {
  return reshapeTo(x, internShape([x.size]));
}

/**
 * Reorders axes: axis i of the result is axis `axes[i]` of x. Without `axes` their order is reversed.
 * @throws ShapeError unless `axes` is a permutation
 */
export function permute<D extends DType>(x: Tensor<D>, axes?: readonly number[]): Tensor<D> {
  const list = axes ?? x.shape.map((_, i) => x.ndim - 1 - i);
  const perm = list.map((a) => normalizeAxis("permute", a, x.ndim));
  if (perm.length !== x.ndim || new Set(perm).size !== x.ndim) {
    throw new ShapeError(`permute: axes must be a permutation (got ${showShape(list)} for ${x.ndim} axes).`);
  }
  return permuteBy(x, perm);
}

/** Exchanges two axes, by default the last two. */
export function transpose<D extends DType>(x: Tensor<D>, first = -2, second = -1): Tensor<D> {
  const a = normalizeAxis("transpose", first, x.ndim);
  const b = normalizeAxis("transpose", second, x.ndim);
  const perm = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return permuteBy(x, perm);
}

/**
 * Repeats axes of size 1, and new leading axes, to reach a shape.
 * @throws ShapeError when another axis would have to change
 */
export function broadcastTo<D extends DType>(x: Tensor<D>, shape: readonly number[]): Tensor<D> {
  const target = checkShape("broadcastTo", shape);
  const lead = target.dims.length - x.ndim;
  const fits = lead >= 0 && x.shape.every((n, d) => n === 1 || n === target.dims[lead + d]);
  if (!fits) {
    throw new ShapeError(
      `broadcastTo: shape does not broadcast (got ${showShape(x.shape)}, expected something that fits ${showShape(shape)}).`,
    );
  }
  return expandTo(x, target);
}

/** Removes axes of size 1: those named, or all. */
export function squeeze<D extends DType>(x: Tensor<D>, axis?: number | readonly number[]): Tensor<D> {
  const axes =
    axis === undefined
      ? x.shape.map((_, d) => d).filter((d) => x.shape[d] === 1)
      : normalizeAxes("squeeze", axis, x.ndim);
  for (const d of axes) {
    if (x.shape[d] !== 1) {
      throw new ShapeError(`squeeze: axis ${d} has size ${x.shape[d]} (got ${showShape(x.shape)}, expected size 1).`);
    }
  }
  return reshapeTo(x, internShape(x.shape.filter((_, d) => !axes.includes(d))));
}

/** Inserts an axis of size 1; `axis` counts in the result. */
export function unsqueeze<D extends DType>(x: Tensor<D>, axis: number): Tensor<D> {
  const d = normalizeAxis("unsqueeze", axis, x.ndim + 1);
  return reshapeTo(x, checkShape("unsqueeze", [...x.shape.slice(0, d), 1, ...x.shape.slice(d)]));
}

/** One axis of a slice: an index (the axis disappears), or `[start, stop?, step?]` as in Python, or null for all. */
export type Range = number | null | readonly [number?, (number | null)?, number?];

/**
 * Selects a block: one entry per axis, missing ones take everything. Negative positions count from the end.
 * Positions outside the axis are an error, not clipped.
 *
 * `slice(x, [[1, 3], 0])` is `x[1:3, 0]`; `[null, null, -1]` as a range reverses an axis.
 */
export function slice<D extends DType>(x: Tensor<D>, ranges: readonly Range[]): Tensor<D> {
  if (ranges.length > x.ndim) {
    throw new ShapeError(`slice: too many ranges (got ${ranges.length}, expected at most ${x.ndim}).`);
  }
  const starts: number[] = [];
  const steps: number[] = [];
  const sizes: number[] = [];
  const dropped: number[] = [];
  x.shape.forEach((n, d) => {
    const range = ranges[d] ?? null;
    if (typeof range === "number") {
      starts.push(normalizeIndex(range, n, d));
      steps.push(1);
      sizes.push(1);
      dropped.push(d);
      return;
    }
    const [start, step, size] = normalizeRange(range, n, d);
    starts.push(size === 0 ? 0 : start);
    steps.push(size <= 1 ? 1 : step);
    sizes.push(size);
  });
  const block = sliceBy(x, starts, steps, sizes);
  return reshapeTo(block, internShape(sizes.filter((_, d) => !dropped.includes(d))));
}

function normalizeIndex(i: number, n: number, axis: number): number {
  if (!Number.isInteger(i) || i < -n || i >= n) {
    throw new ShapeError(`slice: index out of range (got ${i} on axis ${axis}, expected an integer in [${-n}, ${n - 1}]).`);
  }
  return i < 0 ? i + n : i;
}

function normalizeRange(range: Exclude<Range, number>, n: number, axis: number): [number, number, number] {
  if (range === null) return [0, 1, n];
  const step = range[2] ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new ArgumentError(`slice: step must be a non-zero integer (got ${String(step)} on axis ${axis}).`);
  }
  const end = (v: number | null | undefined, fallback: number): number => {
    if (v === null || v === undefined) return fallback;
    if (!Number.isInteger(v) || v < -n || v > n) {
      throw new ShapeError(`slice: bound out of range (got ${v} on axis ${axis}, expected an integer in [${-n}, ${n}]).`);
    }
    return v < 0 ? v + n : v;
  };
  const start = end(range[0], step > 0 ? 0 : n - 1);
  const stop = end(range[1], step > 0 ? n : -1);
  if (step < 0 && start === n) {
    throw new ShapeError(`slice: start out of range for a negative step (got ${n} on axis ${axis}, expected at most ${n - 1}).`);
  }
  return [start, step, Math.max(0, Math.ceil((stop - start) / step))];
}

/** Reverses the order along axes (all when left out). */
export function flip<D extends DType>(x: Tensor<D>, axis?: number | readonly number[]): Tensor<D> {
  const axes = normalizeAxes("flip", axis, x.ndim);
  const back = (d: number): boolean => axes.includes(d) && x.shape[d] > 1;
  return sliceBy(
    x,
    x.shape.map((n, d) => (back(d) ? n - 1 : 0)),
    x.shape.map((_, d) => (back(d) ? -1 : 1)),
    x.shape,
  );
}

/** Options of {@link pad}. */
export interface PadOptions {
  /** Value of the new elements; 0 when left out. */
  readonly value?: number;
}

/**
 * Surrounds a tensor with a constant. `widths` has one entry per axis: the number of new elements on both sides or
 * `[before, after]`.
 */
export function pad<D extends DType>(
  x: Tensor<D>,
  widths: readonly (number | readonly [number, number])[],
  options: PadOptions = {},
): Tensor<D> {
  checkOptions("pad", options, ["value"]);
  if (widths.length !== x.ndim) {
    throw new ShapeError(`pad: one width per axis is needed (got ${widths.length}, expected ${x.ndim}).`);
  }
  const pairs = widths.map((w): readonly [number, number] => (typeof w === "number" ? [w, w] : w));
  for (const [before, after] of pairs) {
    if (!Number.isInteger(before) || !Number.isInteger(after) || before < 0 || after < 0) {
      throw new ArgumentError(`pad: widths must be non-negative integers (got [${before}, ${after}]). Use slice() to cut.`);
    }
  }
  if (pairs.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = checkShape("pad", x.shape.map((n, d) => n + pairs[d][0] + pairs[d][1]));
  const region = { starts: pairs.map((p) => p[0]), steps: pairs.map(() => 1) };
  return assemble([x], [region], shape, options.value ?? 0);
}

/** Joins tensors along an existing axis. All other sizes and the data types must agree. */
export function concat<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const first = checkJoin("concat", tensors);
  const d = normalizeAxis("concat", axis, first.ndim);
  let at = 0;
  const regions = tensors.map((t) => {
    if (t.ndim !== first.ndim || t.shape.some((n, e) => e !== d && n !== first.shape[e])) {
      throw new ShapeError(
        `concat: shapes do not fit (got ${showShape(t.shape)} and ${showShape(first.shape)}, expected equal sizes except on axis ${d}).`,
      );
    }
    const starts = t.shape.map((_, e) => (e === d ? at : 0));
    at += t.shape[d];
    return { starts, steps: t.shape.map(() => 1) };
  });
  if (tensors.length === 1) return first;
  const shape = checkShape("concat", first.shape.map((n, e) => (e === d ? at : n)));
  return assemble(tensors, regions, shape, null);
}

/** Joins tensors of one shape along a new axis. */
export function stack<D extends DType>(tensors: readonly Tensor<D>[], axis = 0): Tensor<D> {
  const first = checkJoin("stack", tensors);
  for (const t of tensors) {
    if (t.s !== first.s) {
      throw new ShapeError(`stack: shapes differ (got ${showShape(t.shape)} and ${showShape(first.shape)}).`);
    }
  }
  const d = normalizeAxis("stack", axis, first.ndim + 1);
  return concat(tensors.map((t) => unsqueeze(t, d)), d);
}

function checkJoin<D extends DType>(name: string, tensors: readonly Tensor<D>[]): Tensor<D> {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ArgumentError(`${name}: a non-empty array of tensors is needed (got ${String(tensors)}).`);
  }
  for (const t of tensors) {
    if (t.dtype !== tensors[0].dtype) {
      throw new DTypeError(`${name}: data types differ (got ${tensors[0].dtype} and ${t.dtype}). Convert with astype().`);
    }
  }
  return tensors[0] as Tensor<D>;
}

/** Cuts an axis into parts: `parts` equal ones, or parts of the given sizes. */
export function split<D extends DType>(
  x: Tensor<D>,
  parts: number | readonly number[],
  axis = 0,
): Tensor<D>[] {
  const d = normalizeAxis("split", axis, x.ndim);
  const n = x.shape[d];
  if (typeof parts === "number" && (!Number.isInteger(parts) || parts < 1 || n % parts !== 0)) {
    throw new ShapeError(`split: axis does not divide (got size ${n}, expected a multiple of ${parts}).`);
  }
  const sizes = typeof parts === "number" ? new Array<number>(parts).fill(n / parts) : [...parts];
  if (sizes.some((s) => !Number.isInteger(s) || s < 0) || sizes.reduce((a, b) => a + b, 0) !== n) {
    throw new ShapeError(`split: sizes do not add up (got ${showShape(sizes)}, expected a sum of ${n}).`);
  }
  let at = 0;
  return sizes.map((size) => {
    const starts = x.shape.map((_, e) => (e === d ? at : 0));
    at += size;
    return sliceBy(
      x,
      starts,
      x.shape.map(() => 1),
      x.shape.map((m, e) => (e === d ? size : m)),
    );
  });
}

/** Repeats each element `count` times along an axis (nearest-neighbour enlargement). */
export function repeat<D extends DType>(x: Tensor<D>, count: number, axis: number): Tensor<D> {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`repeat: count must be a positive integer (got ${String(count)}).`);
  }
  const d = normalizeAxis("repeat", axis, x.ndim);
  if (count === 1) return x;
  const open = internShape([...x.shape.slice(0, d + 1), 1, ...x.shape.slice(d + 1)]);
  const wide = checkShape("repeat", [...x.shape.slice(0, d + 1), count, ...x.shape.slice(d + 1)]);
  const shape = checkShape("repeat", x.shape.map((n, e) => (e === d ? n * count : n)));
  return reshapeTo(expandTo(reshapeTo(x, open), wide), shape);
}

/** Repeats the whole tensor `counts[d]` times along each axis. */
export function tile<D extends DType>(x: Tensor<D>, counts: readonly number[]): Tensor<D> {
  if (counts.length !== x.ndim || counts.some((c) => !Number.isInteger(c) || c < 1)) {
    throw new ArgumentError(`tile: one positive count per axis is needed (got ${showShape(counts)} for ${x.ndim} axes).`);
  }
  let out = x;
  counts.forEach((count, d) => {
    if (count === 1) return;
    const open = internShape([...out.shape.slice(0, d), 1, ...out.shape.slice(d)]);
    const wide = checkShape("tile", [...out.shape.slice(0, d), count, ...out.shape.slice(d)]);
    const shape = checkShape("tile", out.shape.map((n, e) => (e === d ? n * count : n)));
    out = reshapeTo(expandTo(reshapeTo(out, open), wide), shape);
  });
  return out;
}
