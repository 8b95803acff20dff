/** Fréchet distance between two sets of feature vectors, each taken as a Gaussian. */
import { symmetricEigen, symmetricRoot } from "./symmetric.ts";

/** Mean and covariance of a set of vectors. */
export interface Moments {
  readonly mean: Float64Array;
  /** n x n in C order. */
  readonly covariance: Float64Array;
}

/** Mean and covariance (divided by count - 1) of vectors in rows. @throws RangeError for fewer than two vectors */
export function momentsOf(rows: ArrayLike<number>, dimension: number): Moments {
  const count = rows.length / dimension;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(`momentsOf: at least two vectors are needed (got ${count}).`);
  }
  const mean = new Float64Array(dimension);
  for (let i = 0; i < rows.length; i++) mean[i % dimension] += rows[i] / count;
  const covariance = new Float64Array(dimension * dimension);
  for (let r = 0; r < count; r++) {
    for (let i = 0; i < dimension; i++) {
      const x = rows[r * dimension + i] - mean[i];
      for (let j = 0; j < dimension; j++) {
        covariance[i * dimension + j] += (x * (rows[r * dimension + j] - mean[j])) / (count - 1);
      }
    }
  }
  return { mean, covariance };
}

/**
 * `|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2))` (Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter 2017; Dowson and
 * Landau 1982). The trace of the root is the sum of the roots of the eigenvalues of `C^(1/2) C' C^(1/2)`.
 */
export function frechetDistance(a: Moments, b: Moments): number {
  const n = a.mean.length;
  if (b.mean.length !== n) {
    throw new RangeError(`frechetDistance: dimensions differ (got ${n} and ${b.mean.length}).`);
  }
  const root = symmetricRoot(a.covariance, n);
  const product = multiply(multiply(root, b.covariance, n), root, n);
  const { values } = symmetricEigen(product, n);
  let distance = 0;
  for (let i = 0; i < n; i++) {
    distance += (a.mean[i] - b.mean[i]) ** 2 + a.covariance[i * n + i] + b.covariance[i * n + i];
    distance -= 2 * Math.sqrt(Math.max(0, values[i]));
  }
  return Math.max(0, distance);
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k];
      for (let j = 0; j < n; j++) out[i * n + j] += x * b[k * n + j];
    }
  }
  return out;
}
