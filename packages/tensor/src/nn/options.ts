/** Options of operations on images of one, two or three spatial axes, one number per axis. */
import { isFloat, promote, type DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError, show } from "../errors.ts";
import { showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** Widths around an image: one for all sides, one per axis, or `[before, after]` per axis. */
export type Sides = number | readonly number[] | readonly (readonly [number, number])[];

const LAYOUT = ["length", "height, width", "depth, height, width"];

/** Throws unless `x` has a batch axis, a channel axis and `rank` spatial axes. */
export function requireImages(name: string, x: Tensor, rank: number, what = "x"): void {
  requireTensor(name, x, what);
  if (x.ndim !== rank + 2) {
    throw new ShapeError(
      `${name}: ${what} needs ${rank + 2} axes (got ${showShape(x.shape)}, expected [batch, channels, ${LAYOUT[rank - 1]}]).`,
    );
  }
}

/** The float type that two tensors have in common. */
export function commonFloat(name: string, x: Tensor, w: Tensor): DType {
  const dtype = promote(name, x.dtype, w.dtype);
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(
    `${name}: floats are needed (got ${x.dtype} and ${w.dtype}, expected f32 or f64). Convert with astype().`,
  );
}

const isCount = (least: number) => (n: unknown) => Number.isInteger(n) && (n as number) >= least;

/** Resolves an option into `rank` integers of at least `least`. */
export function perAxis(
  name: string,
  option: string,
  value: PerAxis | undefined,
  rank: number,
  least: number,
  fallback?: number,
): number[] {
  const given = value ?? fallback;
  const list = typeof given === "number" ? new Array<number>(rank).fill(given) : given;
  if (!Array.isArray(list) || list.length !== rank || !list.every(isCount(least))) {
    throw new ArgumentError(
      `${name}: ${option} must be an integer of at least ${least}, or ${rank} of them (got ${show(value)}).`,
    );
  }
  return [...list] as number[];
}

/** Resolves paddings into `[before, after]` per axis. */
export function sidesOf(name: string, value: Sides | undefined, rank: number): [number, number][] {
  if (!Array.isArray(value) || value.every((side) => typeof side === "number")) {
    return perAxis(name, "padding", value as PerAxis | undefined, rank, 0, 0).map((n) => [n, n]);
  }
  const sides = value as readonly (readonly number[])[];
  if (
    sides.length !== rank ||
    !sides.every((side) => Array.isArray(side) && side.length === 2 && side.every(isCount(0)))
  ) {
    throw new ArgumentError(`${name}: padding must be ${rank} pairs [before, after] of integers (got ${show(value)}).`);
  }
  return sides.map(([before, after]) => [before, after]);
}

/** Number of windows of `reach` elements, `stride` apart, on an axis of `n` elements with padding. */
export function windowCount(
  name: string,
  n: number,
  [before, after]: readonly [number, number],
  reach: number,
  stride: number,
): number {
  const room = n + before + after;
  if (reach > room) {
    throw new ShapeError(
      `${name}: the window is larger than the padded input (got a reach of ${reach} on an axis of ${n}, expected at most ${room}).`,
    );
  }
  return Math.floor((room - reach) / stride) + 1;
}
