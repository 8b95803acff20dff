/** Arguments of transforms. */
import { isFloat } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError, show } from "../errors.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { cast } from "../ops/elementwise.ts";
import { permuteBy } from "../ops/views.ts";
import type { FloatTensor } from "./floatTensor.ts";

/** Which of a transform and its inverse is divided by the length. */
export type FftNorm = "backward" | "ortho" | "forward";

/** Options of one-dimensional transforms. */
export interface FftOptions {
  /** The axis of the signal, the last when left out. Axes of complex tensors are counted without the axis of the parts. */
  readonly axis?: number;
  /** `"backward"` (default): the inverse is divided by n; `"forward"`: the transform is; `"ortho"`: both by sqrt n. */
  readonly norm?: FftNorm;
}

/** Options of transforms along several axes. */
export interface FftnOptions {
  /** Axes in any order. Axes of complex tensors are counted without the axis of the parts. */
  readonly axes?: number | readonly number[];
  /** As for one axis, with the product of the sizes for n. */
  readonly norm?: FftNorm;
}

const NORMS: readonly FftNorm[] = ["backward", "ortho", "forward"];

/** The factor of a transform whose inverse would be divided by n. */
export function scaleOf(name: string, norm: FftNorm = "backward", n: number, inverse: boolean): number {
  if (!NORMS.includes(norm)) {
    throw new ArgumentError(`${name}: unknown norm (got ${show(norm)}, expected one of ${NORMS.join(", ")}).`);
  }
  if (norm === "ortho") return 1 / Math.sqrt(n);
  return inverse === (norm === "backward") ? 1 / n : 1;
}

/** Checks a complex tensor. @throws DTypeError or ShapeError */
export function requireParts(name: string, x: Tensor): FloatTensor {
  requireTensor(name, x);
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${name}: parts of complex numbers must be floats (got ${x.dtype}, expected f32 or f64). Convert with astype().`,
    );
  }
  if (x.ndim < 2 || x.shape[x.ndim - 1] !== 2) {
    throw new ShapeError(
      `${name}: a complex tensor is needed (got ${showShape(x.shape)}, expected [..., n, 2] with real and imaginary parts last). ` +
        `Use rfft() for real signals.`,
    );
  }
  return x as FloatTensor;
}

/** Checks a real tensor with at least one axis; integers and bools become f32. @throws ShapeError for a scalar */
export function requireReal(name: string, x: Tensor): FloatTensor {
  requireTensor(name, x);
  if (x.ndim === 0) throw new ShapeError(`${name}: at least one axis is needed (got a scalar).`);
  return (isFloat(x.dtype) ? x : cast(x, "f32")) as FloatTensor;
}

/** The axis that options name. @throws ShapeError when it is empty */
export function axisOf(name: string, shape: readonly number[], rank: number, axis = -1): number {
  const d = normalizeAxis(name, axis, rank);
  if (shape[d] === 0) {
    throw new ShapeError(`${name}: axis ${d} is empty (got ${showShape(shape)}, expected at least one element).`);
  }
  return d;
}

/** The axes that options name, in the order given; all when they are left out. @throws ShapeError for repeated or empty ones */
export function axesOf(name: string, shape: readonly number[], rank: number, axes: FftnOptions["axes"]): number[] {
  const list =
    axes === undefined ? Array.from({ length: rank }, (_, d) => d) : typeof axes === "number" ? [axes] : [...axes];
  const found = list.map((axis) => axisOf(name, shape, rank, axis));
  if (new Set(found).size !== found.length) {
    throw new ShapeError(`${name}: an axis is named twice (got ${showShape(list)}).`);
  }
  if (found.length === 0) throw new ShapeError(`${name}: at least one axis is needed (got ${showShape(list)}).`);
  return found;
}

/** Checks the names of options. */
export function checkFftOptions(name: string, options: object, more: readonly string[] = []): void {
  checkOptions(name, options, [...more, "norm"]);
}

/** Exchanges two axes; an exchange is its own inverse. */
export function exchange(x: FloatTensor, a: number, b: number): FloatTensor {
  const order = x.shape.map((_, d) => (d === a ? b : d === b ? a : d));
  return permuteBy<"f32" | "f64">(x, order) as FloatTensor;
}
