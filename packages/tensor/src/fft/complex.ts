/** Transforms of complex signals. */
import { ShapeError } from "../errors.ts";
import { aliasOf } from "../ops/views.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { FloatTensor } from "./floatTensor.ts";
import {
  axesOf,
  axisOf,
  checkFftOptions,
  requireParts,
  scaleOf,
  type FftnOptions,
  type FftOptions,
} from "./options.ts";
import type { Order } from "./steps.ts";
import { transform } from "./transform.ts";

function alongAxis(name: string, x: Tensor, options: FftOptions, inverse: boolean, order: Order = "natural"): Tensor {
  checkFftOptions(name, options, ["axis"]);
  const y = requireParts(name, x);
  const axis = axisOf(name, y.shape, y.ndim - 1, options.axis);
  const n = y.shape[axis];
  if (order !== "natural" && (n & (n - 1)) !== 0) {
    throw new ShapeError(
      `${name}: the length must be a power of two (got ${n} along axis ${axis} of ${showShape(y.shape)}).`,
    );
  }
  return transform(y, { axis, inverse, scale: scaleOf(name, options.norm, n, inverse), order });
}

/**
 * Discrete Fourier transform `X[k] = sum_j x[j] e^(-2 pi i j k / n)` along one axis.
 *
 * Complex numbers are the pairs along a last axis of size 2, real part first: x is f32 or f64 of shape [..., n, ..., 2] and so
 * is the result. Any length; the cost is of order n log n for all (lengths with a prime factor above 7 are about six times as
 * dear). Error: about 1e-16 (f64) or 5e-8 (f32) times log2 n, relative to the largest result. The gradient is the conjugate
 * transpose applied to the cotangent.
 *
 * Source: Cooley and Tukey 1965 for smooth lengths, Bailey 1990 for long ones, Bluestein 1970 for the others.
 * @throws ShapeError unless the last axis has size 2 and the transformed one is not empty, DTypeError unless x is of floats
 */
export function fft(x: Tensor, options: FftOptions = {}): Tensor {
  return alongAxis("fft", x, options, false);
}

/** Inverse of {@link fft}: `x[j] = 1/n sum_k X[k] e^(2 pi i j k / n)`. The same shapes, errors and cost. */
export function ifft(x: Tensor, options: FftOptions = {}): Tensor {
  return alongAxis("ifft", x, options, true);
}

/**
 * {@link fft} for powers of two with the result in bit-reversed order: frequency k at the position whose bits are those of k in
 * reverse. Saves moving data for products of spectra, which {@link ifftBitReversed} takes back.
 * @throws ShapeError also when the length is no power of two
 */
export function fftBitReversed(x: Tensor, options: FftOptions = {}): Tensor {
  return alongAxis("fftBitReversed", x, options, false, "scrambled");
}

/** Inverse of {@link fftBitReversed}: takes frequencies in bit-reversed order and returns the signal in natural order. */
export function ifftBitReversed(x: Tensor, options: FftOptions = {}): Tensor {
  return alongAxis("ifftBitReversed", x, options, true, "unscrambling");
}

/** Transforms axis after axis, the last first, whose elements are closest together; the factor goes into the last step. */
export function transformAxes(x: FloatTensor, axes: readonly number[], inverse: boolean, scale: number): Tensor {
  const order = axes.toSorted((a, b) => b - a);
  let y: Tensor = aliasOf<"f32" | "f64">(x);
  order.forEach((axis, i) => {
    y = transform(y as FloatTensor, { axis, inverse, scale: i === order.length - 1 ? scale : 1, order: "natural" });
  });
  return y;
}

function alongAxes(name: string, x: Tensor, options: FftnOptions, inverse: boolean): Tensor {
  checkFftOptions(name, options, ["axes"]);
  const y = requireParts(name, x);
  const axes = axesOf(name, y.shape, y.ndim - 1, options.axes);
  const n = axes.reduce((size, d) => size * y.shape[d], 1);
  return transformAxes(y, axes, inverse, scaleOf(name, options.norm, n, inverse));
}

/** {@link fft} along several axes, all when none are named. x is [..., 2] with real and imaginary parts last. */
export function fftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return alongAxes("fftn", x, options, false);
}

/** Inverse of {@link fftn}. */
export function ifftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return alongAxes("ifftn", x, options, true);
}

/** {@link fft} along two axes, by default the last two before the axis of the parts. */
export function fft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return alongAxes("fft2", x, { axes: [-2, -1], ...options }, false);
}

/** Inverse of {@link fft2}. */
export function ifft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return alongAxes("ifft2", x, { axes: [-2, -1], ...options }, true);
}
