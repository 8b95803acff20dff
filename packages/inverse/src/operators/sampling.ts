/** Operators that leave something out. */
import {
  ArgumentError,
  asComplex,
  asReal,
  matmul,
  mul,
  reshape,
  ShapeError,
  showShape,
  sum,
  broadcastTo,
  tensor,
  transpose,
  unsqueeze,
  type DType,
  type Tensor,
} from "@ansatz/tensor";
import { fft2, ifft2 } from "@ansatz/tensor/fft";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { normal, type Key } from "@ansatz/tensor/random";
import { checkChoice, checkCount } from "../check.ts";

/** Throws unless a mask is a list of zeros and ones of a size. */
function checkMask(name: string, mask: ArrayLike<number>, size: number): void {
  if (mask.length !== size)
    throw new ShapeError(`${name}: mask has another size (got ${mask.length}, expected ${size}).`);
  for (let i = 0; i < size; i++) {
    if (mask[i] !== 0 && mask[i] !== 1)
      throw new ArgumentError(`${name}: mask[${i}] is neither 0 nor 1 (got ${mask[i]}).`);
  }
}

/** Inpainting: keeps the elements where the mask, flattened, is 1; the others become 0. Its own adjoint. @throws ShapeError, ArgumentError for another mask */
export function maskOperator(
  shape: readonly number[],
  mask: ArrayLike<number>,
  options: { readonly dtype?: DType } = {},
): LinearOperator {
  const name = "maskOperator";
  const { dtype = "f32" } = options;
  checkMask(
    name,
    mask,
    shape.reduce((a, b) => a * b, 1),
  );
  const values = Float32Array.from(mask);
  const both = (x: Tensor): Tensor =>
    mul(x, tensor(values, { shape, dtype: "f32", device: x.device }).astype(realType(dtype)));
  return linearOperator({ name, domain: shape, range: shape, dtype, apply: both, adjoint: both });
}

const realType = (dtype: DType): "f32" | "f64" => (dtype === "f64" || dtype === "c128" ? "f64" : "f32");

/**
 * Down-sampling of images [rows, columns]: the mean over squares of `factor` pixels.
 * @throws ShapeError unless factor divides both sizes
 */
export function downsampleOperator(
  shape: readonly [rows: number, columns: number],
  factor: number,
  options: { readonly dtype?: "f32" | "f64" } = {},
): LinearOperator {
  const name = "downsampleOperator";
  const { dtype = "f32" } = options;
  checkCount(name, "factor", factor);
  const [m, n] = shape.map((size) => size / factor);
  if (!Number.isSafeInteger(m) || !Number.isSafeInteger(n)) {
    throw new ShapeError(`${name}: factor does not divide the image (got ${factor}, image ${showShape(shape)}).`);
  }
  const area = factor * factor;
  return linearOperator({
    name,
    domain: shape,
    range: [m, n],
    dtype,
    apply: (x) => mul(sum(reshape(x, [m, factor, n, factor]), { axis: [1, 3] }), 1 / area),
    adjoint: (y) => mul(reshape(broadcastTo(reshape(y, [m, 1, n, 1]), [m, factor, n, factor]), shape), 1 / area),
  });
}

/**
 * Compressed sensing: `measurements` inner products with rows of normal numbers of variance `1 / measurements`, so that lengths stay about the
 * same. The rows come from a key and are drawn again for every application.
 * @throws ArgumentError unless measurements is at least 1
 */
export function sensingOperator(
  key: Key,
  shape: readonly number[],
  measurements: number,
  options: { readonly dtype?: "f32" | "f64" } = {},
): LinearOperator {
  const name = "sensingOperator";
  const { dtype = "f32" } = options;
  checkCount(name, "measurements", measurements);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const size = shape.reduce((a, b) => a * b, 1);
  const rows = (device: string): Tensor =>
    mul(normal(key, [measurements, size], { dtype, device }), measurements ** -0.5);
  return linearOperator({
    name,
    domain: shape,
    range: [measurements],
    dtype,
    apply: (x) => matmul(rows(x.device), reshape(x, [size])),
    adjoint: (y) => reshape(matmul(transpose(rows(y.device)), y), shape),
  });
}

/**
 * Partial Fourier sampling of complex images [rows, columns], as in magnetic resonance: the orthonormal transform, kept where the mask, flattened, is 1,
 * in the order of {@link fft2}: frequency 0 first.
 * @throws ShapeError, ArgumentError for another mask
 */
export function partialFourierOperator(
  shape: readonly [rows: number, columns: number],
  mask: ArrayLike<number>,
  options: { readonly dtype?: "c64" | "c128" } = {},
): LinearOperator {
  const name = "partialFourierOperator";
  const { dtype = "c64" } = options;
  checkChoice(name, "dtype", dtype, ["c64", "c128"]);
  checkMask(name, mask, shape[0] * shape[1]);
  const values = Float32Array.from(mask);
  const kept = (pairs: Tensor): Tensor =>
    mul(pairs, unsqueeze(tensor(values, { shape, device: pairs.device }).astype(realType(dtype)), -1));
  return linearOperator({
    name,
    domain: shape,
    range: shape,
    dtype,
    apply: (x) => asComplex(kept(fft2(asReal(x) as never, { norm: "ortho" }))),
    adjoint: (y) => asComplex(ifft2(kept(asReal(y)) as never, { norm: "ortho" })),
  });
}
