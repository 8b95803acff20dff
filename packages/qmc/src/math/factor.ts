/** Cholesky factors of matrices that may be large, by the tensor core; those of small systems are in `symmetric.ts`. */
import { tensor } from "@ansatz/tensor";
import { cholesky } from "@ansatz/tensor/linalg";

/** The lower triangular L with A = L L^T of a symmetric n x n matrix, or `undefined` when A is not positive definite. */
export function choleskyFactor(a: Float64Array, n: number): Float64Array | undefined {
  const matrix = tensor(a, { shape: [n, n], device: "cpu" });
  const factor = cholesky(matrix);
  const l = factor.dataSync() as Float64Array;
  matrix.dispose();
  factor.dispose();
  // A matrix without a factor gives NaN everywhere.
  return Number.isNaN(l[0]) ? undefined : l;
}
