/** Transforms of real signals, whose spectra are given by their first half. */
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { concat, flip, pad, slice } from "../ops/movement.ts";
import { mul } from "../ops/arith.ts";
import { reshapeTo } from "../ops/views.ts";
import { checkShape, internShape, showShape } from "../shape.ts";
import { tensor } from "../ops/create.ts";
import type { Tensor } from "../tensor.ts";
import { transformAxes } from "./complex.ts";
import type { FloatTensor } from "./floatTensor.ts";
import { halves } from "./halves.ts";
import {
  axesOf,
  axisOf,
  checkFftOptions,
  exchange,
  requireParts,
  requireReal,
  scaleOf,
  type FftnOptions,
  type FftOptions,
} from "./options.ts";
import { transform } from "./transform.ts";

/** Options of inverse transforms to real signals. */
export interface IrfftOptions extends FftOptions {
  /** Length of the signal, `2 m - 2` (default) or `2 m - 1` for a spectrum of m numbers. */
  readonly length?: number;
}

/** Options of inverse transforms to real tensors. */
export interface IrfftnOptions extends FftnOptions {
  /** Size of the last of the axes in the result, `2 m - 2` (default) or `2 m - 1`. */
  readonly length?: number;
}

const all = (count: number): null[] => new Array<null>(count).fill(null);

/** Real numbers as complex ones. */
export function withImaginary(x: FloatTensor): FloatTensor {
  const open = reshapeTo<"f32" | "f64">(x, checkShape("fft", [...x.shape, 1]));
  return pad(open, [...new Array<number>(x.ndim).fill(0), [0, 1]]) as FloatTensor;
}

/** Part 0 (real) or 1 (imaginary) of complex numbers. */
export function part(x: Tensor, which: 0 | 1): FloatTensor {
  return slice(x, [...all(x.ndim - 1), which]) as FloatTensor;
}

/** The spectrum of real signals along the last axis: [..., n] to [..., floor(n / 2) + 1, 2]. */
export function realTransform(x: FloatTensor, scale: number): Tensor {
  const n = x.shape[x.ndim - 1];
  const axis = x.ndim - 1;
  if (n % 2 === 1) {
    const y = transform(withImaginary(x), { axis, inverse: false, scale, order: "natural" });
    return slice(y, [...all(axis), [0, (n + 1) / 2]]);
  }
  const pairs = reshapeTo<"f32" | "f64">(x, checkShape("rfft", [...x.shape.slice(0, -1), n / 2, 2]));
  const z = transform(pairs as FloatTensor, { axis, inverse: false, scale, order: "natural" });
  return halves(z as FloatTensor, { to: "spectrum", factor: 0.5 });
}

/** The real signals of length n of spectra along the second-last axis: [..., floor(n / 2) + 1, 2] to [..., n]. */
export function inverseRealTransform(x: FloatTensor, n: number, scale: number): Tensor {
  const axis = x.ndim - 2;
  if (n % 2 === 0) {
    const z = halves(x, { to: "pairs", factor: 1 }) as FloatTensor;
    const y = transform(z, { axis, inverse: true, scale, order: "natural" });
    return reshapeTo(y, internShape([...x.shape.slice(0, -2), n]));
  }
  const conjugate = tensor([1, -1], { dtype: x.dtype, device: x.device });
  const rest = mul(flip(slice(x, [...all(axis), [1, (n + 1) / 2]]), axis), conjugate);
  const full = (n === 1 ? x : concat([x, rest as Tensor<"f32" | "f64">], axis)) as FloatTensor;
  return part(transform(full, { axis, inverse: true, scale, order: "natural" }), 0);
}

/**
 * The first half of the spectrum of real signals: {@link fft} for k = 0 ... floor(n / 2); the rest is its mirror image
 * `X[n - k] = conj X[k]`. x is [..., n, ...] (integers count as f32), the result [..., floor(n / 2) + 1, ..., 2].
 *
 * Even lengths cost half of a complex transform.
 * @throws ShapeError when the axis is empty or x is a scalar
 */
export function rfft(x: Tensor, options: FftOptions = {}): Tensor {
  checkFftOptions("rfft", options, ["axis"]);
  const y = requireReal("rfft", x);
  const axis = axisOf("rfft", y.shape, y.ndim, options.axis);
  const scale = scaleOf("rfft", options.norm, y.shape[axis], false);
  const last = y.ndim - 1;
  return exchange(realTransform(exchange(y, axis, last), scale) as FloatTensor, axis, last);
}

/** The length of a real signal with a spectrum of m numbers. */
function lengthOf(name: string, m: number, length: number | undefined): number {
  const n = length ?? Math.max(1, 2 * m - 2);
  if (!Number.isInteger(n) || n < 1) {
    throw new ArgumentError(`${name}: length must be a positive integer (got ${show(length)}).`);
  }
  if (Math.floor(n / 2) + 1 !== m) {
    throw new ShapeError(
      `${name}: length does not fit the spectrum (got ${n} for ${m} numbers, expected ${Math.max(1, 2 * m - 2)} or ${2 * m - 1}). ` +
        `Cut or pad the spectrum first.`,
    );
  }
  return n;
}

/**
 * Inverse of {@link rfft}: the real signal whose spectrum begins with x [..., m, ..., 2]; the result is [..., n, ...] with
 * n = `length`. The imaginary parts of X[0] and, for even n, of X[n / 2] are taken as 0.
 * @throws ShapeError when `length` does not fit, or for what {@link fft} throws one
 */
export function irfft(x: Tensor, options: IrfftOptions = {}): Tensor {
  checkFftOptions("irfft", options, ["axis", "length"]);
  const y = requireParts("irfft", x);
  const axis = axisOf("irfft", y.shape, y.ndim - 1, options.axis);
  const n = lengthOf("irfft", y.shape[axis], options.length);
  const last = y.ndim - 2;
  const back = inverseRealTransform(exchange(y, axis, last), n, scaleOf("irfft", options.norm, n, true));
  return exchange(back as FloatTensor, axis, last);
}

function realAlongAxes(name: string, x: Tensor, options: FftnOptions): Tensor {
  checkFftOptions(name, options, ["axes"]);
  const y = requireReal(name, x);
  const axes = axesOf(name, y.shape, y.ndim, options.axes);
  const n = axes.reduce((size, d) => size * y.shape[d], 1);
  const scale = scaleOf(name, options.norm, n, false);
  const last = axes[axes.length - 1];
  const half = rfft(y, { axis: last }) as FloatTensor;
  return axes.length === 1 && scale === 1 ? half : transformRest(half, axes.slice(0, -1), false, scale);
}

/** Transforms axes of complex tensors, of which there may be none. */
function transformRest(x: FloatTensor, axes: readonly number[], inverse: boolean, scale: number): Tensor {
  if (axes.length > 0) return transformAxes(x, axes, inverse, scale);
  return scale === 1 ? x : mul(x, scale);
}

/**
 * {@link rfft} along the last of the axes and {@link fft} along the others; all axes when none are named. The result has the
 * first half of the spectrum along the last of them, and a last axis of parts.
 */
export function rfftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return realAlongAxes("rfftn", x, options);
}

/** {@link rfftn} along two axes, by default the last two. */
export function rfft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return realAlongAxes("rfft2", x, { axes: [-2, -1], ...options });
}

function inverseRealAlongAxes(name: string, x: Tensor, options: IrfftnOptions): Tensor {
  checkFftOptions(name, options, ["axes", "length"]);
  const y = requireParts(name, x);
  const axes = axesOf(name, y.shape, y.ndim - 1, options.axes);
  const last = axes[axes.length - 1];
  if (last === undefined) throw new ShapeError(`${name}: at least one axis is needed (got ${showShape(axes)}).`);
  const length = lengthOf(name, y.shape[last], options.length);
  const n = axes.slice(0, -1).reduce((size, d) => size * y.shape[d], length);
  const rest = transformRest(y, axes.slice(0, -1), true, 1);
  const at = rest.ndim - 2;
  const back = inverseRealTransform(
    exchange(rest as FloatTensor, last, at),
    length,
    scaleOf(name, options.norm, n, true),
  );
  return exchange(back as FloatTensor, last, at);
}

/** Inverse of {@link rfftn}. */
export function irfftn(x: Tensor, options: IrfftnOptions = {}): Tensor {
  return inverseRealAlongAxes("irfftn", x, options);
}

/** Inverse of {@link rfft2}. */
export function irfft2(x: Tensor, options: IrfftnOptions = {}): Tensor {
  return inverseRealAlongAxes("irfft2", x, { axes: [-2, -1], ...options });
}
