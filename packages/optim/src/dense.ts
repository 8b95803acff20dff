/** Small dense matrices on the host, in double precision. */

/** A lower triangular factor L with `A = L L^T`, or null unless A is positive definite. Only the lower triangle is read. */
export function cholesky(a: readonly ArrayLike<number>[]): Float64Array[] | null {
  const n = a.length;
  const L: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const row = new Float64Array(n);
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j];
      const other = j === i ? row : L[j];
      for (let k = 0; k < j; k++) sum -= row[k] * other[k];
      if (j < i) row[j] = sum / other[j];
      else if (sum > 0 && sum < Infinity) row[j] = Math.sqrt(sum);
      else return null;
    }
    L.push(row);
  }
  return L;
}

/** `(L L^T)^-1 b`. */
export function choleskySolve(L: readonly Float64Array[], b: ArrayLike<number>): Float64Array {
  const n = L.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= L[i][k] * x[k];
    x[i] = sum / L[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let k = i + 1; k < n; k++) sum -= L[k][i] * x[k];
    x[i] = sum / L[i][i];
  }
  return x;
}

/** `L^-1 b`. */
export function forwardSolve(L: readonly Float64Array[], b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < L.length; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= L[i][k] * x[k];
    x[i] = sum / L[i][i];
  }
  return x;
}

/** Inverse of a positive definite matrix. */
export function invert(a: readonly ArrayLike<number>[]): number[][] {
  const L = cholesky(a);
  if (L === null) throw new Error("internal error: the matrix is not positive definite. Please report this.");
  const columns = a.map((_, j) =>
    choleskySolve(
      L,
      Float64Array.from({ length: a.length }, (__, i) => (i === j ? 1 : 0)),
    ),
  );
  return a.map((_, i) => columns.map((c) => c[i]));
}
