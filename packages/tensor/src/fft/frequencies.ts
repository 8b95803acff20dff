/** Frequencies of transforms and their order. */
import { ArgumentError, show } from "../errors.ts";
import { tensor, type CreateOptions } from "../ops/create.ts";
import { concat, slice } from "../ops/movement.ts";
import { aliasOf } from "../ops/views.ts";
import { normalizeAxes } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

function checkSampling(name: string, n: number, spacing: number): void {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError(`${name}: n must be a positive integer (got ${show(n)}).`);
  if (!(Math.abs(spacing) > 0 && Math.abs(spacing) < Infinity)) {
    throw new ArgumentError(`${name}: spacing must be finite and not 0 (got ${show(spacing)}).`);
  }
}

/**
 * The frequencies of a transform of n samples, in cycles per unit of the spacing: `[0, 1, ..., -2, -1] / (n spacing)`.
 * For even n the middle one is negative.
 * @param n number of samples, positive
 * @param spacing distance of two samples
 * @throws ArgumentError for another n, or a spacing that is 0 or not finite
 */
export function fftfreq<D extends "f32" | "f64" = "f32">(
  n: number,
  spacing = 1,
  options: CreateOptions<D> = {},
): Tensor<D> {
  checkSampling("fftfreq", n, spacing);
  const values = Array.from({ length: n }, (_, k) => (k < n - k ? k : k - n) / (n * spacing));
  return tensor<D>(values, { dtype: "f32" as D, ...options });
}

/**
 * The frequencies of {@link fftfreq} that `rfft` computes: `[0, 1, ..., floor(n / 2)] / (n spacing)`.
 * @throws ArgumentError as {@link fftfreq}
 */
export function rfftfreq<D extends "f32" | "f64" = "f32">(
  n: number,
  spacing = 1,
  options: CreateOptions<D> = {},
): Tensor<D> {
  checkSampling("rfftfreq", n, spacing);
  const values = Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => k / (n * spacing));
  return tensor<D>(values, { dtype: "f32" as D, ...options });
}

/** Moves the first `count(n)` elements of axes to their end. */
function rotate<D extends Tensor["dtype"]>(
  x: Tensor<D>,
  axes: readonly number[],
  count: (n: number) => number,
): Tensor<D> {
  let y = aliasOf(x);
  for (const axis of axes) {
    const n = y.shape[axis];
    const first = count(n);
    if (n < 2) continue;
    const before = new Array<null>(axis).fill(null);
    y = concat([slice(y, [...before, [first, n]]), slice(y, [...before, [0, first]])], axis);
  }
  return y;
}

/**
 * Moves frequency 0 to the middle of axes: their second half comes first.
 * @param axes axes of the tensor as it is, so for complex ones do not name the last, which holds the parts
 * @throws ShapeError for an axis out of range
 */
export function fftshift<D extends Tensor["dtype"]>(x: Tensor<D>, axes: number | readonly number[]): Tensor<D> {
  requireTensor("fftshift", x);
  return rotate(x, normalizeAxes("fftshift", axes, x.ndim), (n) => Math.ceil(n / 2));
}

/** Inverse of {@link fftshift}. @throws ShapeError for an axis out of range */
export function ifftshift<D extends Tensor["dtype"]>(x: Tensor<D>, axes: number | readonly number[]): Tensor<D> {
  requireTensor("ifftshift", x);
  return rotate(x, normalizeAxes("ifftshift", axes, x.ndim), (n) => Math.floor(n / 2));
}
