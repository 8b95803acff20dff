/** Small symmetric positive definite matrices on the host, as rows of plain arrays. */

/** Rows of a matrix. */
export type Matrix = readonly (readonly number[])[];

/** `a + b`. */
export const plus = (a: Matrix, b: Matrix): number[][] => a.map((row, i) => row.map((v, j) => v + b[i][j]));

/** `a b`. */
export const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));

/** The transpose. */
export const transposed = (a: Matrix): number[][] => a[0].map((_, j) => a.map((row) => row[j]));

/** `c` on the diagonal. */
export const identity = (n: number, c = 1): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? c : 0)));

/** `a v`. */
export const applied = (a: Matrix, v: readonly number[]): number[] =>
  a.map((row) => row.reduce((sum, x, j) => sum + x * v[j], 0));

/** The lower triangular factor L, `a = L L^T`; undefined unless a is positive definite. */
export function choleskyOf(a: Matrix): number[][] | undefined {
  const l = identity(a.length, 0);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j];
      for (let k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
      if (i > j) l[i][j] = sum / l[j][j];
      else if (sum > 0) l[i][i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/** Inverse and logarithm of the determinant; undefined unless a is positive definite. */
export function inverseOf(a: Matrix): { readonly inverse: number[][]; readonly logDeterminant: number } | undefined {
  const l = choleskyOf(a);
  if (l === undefined) return undefined;
  const n = a.length;
  // Rows of the inverse of L.
  const m = identity(n, 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= l[i][k] * m[k][j];
      m[i][j] = sum / l[i][i];
    }
  }
  const logDeterminant = 2 * l.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
  return { inverse: product(transposed(m), m), logDeterminant };
}

/** A normal distribution in small dimension. */
export interface SmallGaussian {
  readonly mean: readonly number[];
  readonly covariance: Matrix;
}

/**
 * A normal distribution given `y = A x + n`, n of covariance S, and the logarithm of the density of y:
 * `m + K (y - A m)`, `P - K A P` with `K = P A^T (A P A^T + S)^-1`.
 */
export function conditioned(
  { mean, covariance }: SmallGaussian,
  matrix: Matrix,
  noise: Matrix,
  data: readonly number[],
): (SmallGaussian & { readonly logDensity: number }) | undefined {
  const cross = product(matrix, covariance);
  const solved = inverseOf(plus(product(cross, transposed(matrix)), noise));
  if (solved === undefined) return undefined;
  const residual = data.map((y, i) => y - applied([matrix[i]], mean)[0]);
  const weighted = applied(solved.inverse, residual);
  const gain = product(transposed(cross), solved.inverse);
  const squares = residual.reduce((sum, r, i) => sum + r * weighted[i], 0);
  return {
    mean: applied(gain, residual).map((d, j) => mean[j] + d),
    covariance: covariance.map((row, i) => row.map((v, j) => v - applied([gain[i]], transposed(cross)[j])[0])),
    logDensity: -(squares + solved.logDeterminant + data.length * Math.log(2 * Math.PI)) / 2,
  };
}
