/** The cosine transform as an operator, and sparsity in a basis as a term. */
import { checkOptions } from "@ansatz/tensor";
import { dct, idct } from "@ansatz/tensor/fft";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import type { Term } from "../algorithms/terms.ts";
import { checkChoice, checkCount } from "../check.ts";
import { checkWeight, l1 } from "../proximal/pointwise.ts";
import { waveletOperator, type WaveletOptions } from "./wavelet.ts";

/**
 * The orthonormal cosine transform (type II) along every axis of an array; its adjoint is its inverse.
 * @throws ArgumentError for a size below 1
 */
export function cosineOperator(
  shape: readonly number[],
  options: { readonly dtype?: "f32" | "f64" } = {},
): LinearOperator {
  const name = "cosineOperator";
  checkOptions(name, options, ["dtype"]);
  const { dtype = "f32" } = options;
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  shape.forEach((n, axis) => checkCount(name, `shape[${axis}]`, n));
  const axes = Array.from(shape.keys());
  return linearOperator({
    name,
    domain: shape,
    range: shape,
    dtype,
    apply: (x) => axes.reduce((y, axis) => dct(y, { axis, norm: "ortho" }), x),
    adjoint: (y) => axes.reduce((x, axis) => idct(x, { axis, norm: "ortho" }), y),
  });
}

/** Options of {@link sparseIn}. */
export interface SparseOptions extends WaveletOptions {
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
}

/**
 * The term `weight |W x|_1` for the coefficients of an image in an orthonormal basis: small ones are removed, few large ones kept.
 * `"wavelet"` for images with edges, `"cosine"` for smooth and oscillating ones; an image that is sparse itself needs only `l1(weight)`.
 * @throws ArgumentError, ShapeError for a basis or weight outside its range, or sizes that the wavelet does not admit
 * @example
 * chambollePock({ terms: [sparseIn("wavelet", [64, 64], 0.01)], constraint: nonNegative() });
 */
export function sparseIn(
  basis: "wavelet" | "cosine",
  shape: readonly number[],
  weight: number,
  options: SparseOptions = {},
): Term {
  const name = "sparseIn";
  checkChoice(name, "basis", basis, ["wavelet", "cosine"]);
  checkWeight(name, weight);
  const { dtype = "f32", ...wavelet } = options;
  checkOptions(name, wavelet, basis === "wavelet" ? ["wavelet", "levels"] : []);
  const operator =
    basis === "wavelet" ? waveletOperator(shape, { ...wavelet, dtype }) : cosineOperator(shape, { dtype });
  return { operator, regularizer: l1(weight), norm: 1 };
}
