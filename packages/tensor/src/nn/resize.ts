/** Images on grids of another size. */
import { requireDType } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag, show } from "../errors.ts";
import { add, mul, sub } from "../ops/arith.ts";
import { tensor } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { concat, slice } from "../ops/movement.ts";
import { assemble } from "../ops/structural.ts";
import { takeNode } from "../ops/take.ts";
import { aliasOf } from "../ops/views.ts";
import { checkShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { requireSizes } from "./adaptive.ts";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /**
   * `"linear"` (the default): interpolation between the two neighbours along each axis, bilinear for two and trilinear
   * for three axes. `"nearest"`: the element at `floor(i * old / new)`.
   */
  readonly mode?: "linear" | "nearest";
  /**
   * Where elements lie, for `"linear"`: in the middle of cells that fill the image (false, the default), or on a grid whose
   * corner points are the image's corners (true).
   */
  readonly alignCorners?: boolean;
}

/** Elements of x at fixed positions along an axis. */
function pick(x: Tensor, axis: number, at: readonly number[]): Tensor {
  const indices = tensor(Int32Array.from(at), { device: x.device });
  return takeNode(x, indices, { axis, checked: false });
}

/** The part from `from` to `to` of an axis. */
function part(x: Tensor, axis: number, from: number, to: number): Tensor {
  return slice(x, [...new Array<null>(axis).fill(null), [from, to]]);
}

/** Weaves tensors together along an axis: element i of tensor k becomes element `i * count + k`. */
function weave(tensors: readonly Tensor[], axis: number): Tensor {
  const [{ shape }] = tensors;
  const count = tensors.length;
  const regions = tensors.map((_, k) => ({
    starts: shape.map((__, d) => (d === axis ? k : 0)),
    steps: shape.map((__, d) => (d === axis ? count : 1)),
  }));
  const woven = checkShape(
    "resize",
    shape.map((n, d) => (d === axis ? n * count : n)),
  );
  return assemble(tensors, regions, woven, null);
}

function nearest(x: Tensor, axis: number, size: number): Tensor {
  const n = x.shape[axis];
  if (size % n === 0) return weave(new Array<Tensor>(size / n).fill(x), axis);
  return pick(
    x,
    axis,
    Array.from({ length: size }, (_, i) => Math.floor((i * n) / size)),
  );
}

/** Linear interpolation to `factor` times as many elements: each of as many phases mixes x with one shifted by an element. */
function refine(x: Tensor, axis: number, factor: number): Tensor {
  const n = x.shape[axis];
  const continued = concat([part(x, axis, 0, 1), x, part(x, axis, n - 1, n)], axis);
  const phases = Array.from({ length: factor }, (_, phase) => {
    const offset = (phase + 0.5) / factor - 0.5;
    if (offset === 0) return x;
    const other = offset < 0 ? part(continued, axis, 0, n) : part(continued, axis, 2, n + 2);
    return add(mul(part(continued, axis, 1, n + 1), 1 - Math.abs(offset)), mul(other, Math.abs(offset)));
  });
  return weave(phases, axis);
}

function linear(x: Tensor, axis: number, size: number, alignCorners: boolean): Tensor {
  const n = x.shape[axis];
  if (!alignCorners && size % n === 0) return refine(x, axis, size / n);
  const places = Array.from({ length: size }, (_, i) =>
    alignCorners ? (i * (n - 1)) / Math.max(1, size - 1) : Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / size - 0.5)),
  );
  const before = pick(x, axis, places.map(Math.floor));
  const after = pick(x, axis, places.map(Math.ceil));
  const shape = [size, ...new Array<number>(x.ndim - axis - 1).fill(1)];
  const share = tensor(
    Float64Array.from(places, (p) => p - Math.floor(p)),
    { shape, dtype: x.dtype, device: x.device },
  );
  return add(mul(before, sub(1, share)), mul(after, share));
}

/**
 * Images with `size` elements per spatial axis. Element i of an axis that grows or shrinks from n to m elements is read
 * at the position `(i + 1/2) n / m - 1/2`, cut to [0, n - 1]; with `alignCorners` at `i (n - 1) / (m - 1)`; with
 * `mode: "nearest"` at `floor(i n / m)`. When an image shrinks, nothing is averaged: pool it instead, or smooth it before.
 * @param x [batch, channels] and as many spatial axes as `size` has entries (one to three). Linear interpolation turns
 * integers and bools into f32.
 * @throws ShapeError when x does not fit, ArgumentError for a bad size or option, DTypeError for complex numbers
 */
export function resize(x: Tensor, size: readonly number[], options: ResizeOptions = {}): Tensor {
  requireSizes("resize", x, size);
  checkOptions("resize", options, ["mode", "alignCorners"]);
  const { mode = "linear", alignCorners } = options;
  if (mode !== "linear" && mode !== "nearest") {
    throw new ArgumentError(`resize: unknown mode (got ${show(mode)}, expected "linear" or "nearest").`);
  }
  requireFlag("resize", "alignCorners", alignCorners);
  if (mode === "nearest" && alignCorners !== undefined) {
    throw new ArgumentError(`resize: alignCorners belongs to mode "linear" (got mode "nearest").`);
  }
  requireDType("resize", x.dtype, "any");
  const y = mode === "linear" && x.dtype !== "f64" ? cast(x, "f32") : x;
  const resized = size.reduce((image: Tensor, m, a) => {
    if (image.shape[a + 2] === m) return image;
    return mode === "nearest" ? nearest(image, a + 2, m) : linear(image, a + 2, m, alignCorners === true);
  }, y);
  return resized === x ? aliasOf(x) : resized;
}
