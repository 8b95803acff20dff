/** The triangular factor of an inverse. */

/**
 * The upper triangular U with H⁻¹ = UᵀU and positive diagonal, or null unless H is positive definite.
 *
 * H = R·Rᵀ with R upper triangular (Cholesky from the last row up), and U = R⁻¹: the inverse itself is never formed.
 * Cost n³·2/3.
 */
export function inverseFactor(h: readonly Float64Array[]): Float64Array[] | null {
  const n = h.length;
  const R = Array.from({ length: n }, () => new Float64Array(n));
  for (let j = n - 1; j >= 0; j--) {
    for (let i = j; i >= 0; i--) {
      let sum = h[i][j];
      for (let k = j + 1; k < n; k++) sum -= R[i][k] * R[j][k];
      if (i < j) R[i][j] = sum / R[j][j];
      else if (sum > 0 && sum < Infinity) R[j][j] = Math.sqrt(sum);
      else return null;
    }
  }
  const U = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = n - 1; i >= 0; i--) {
    U[i][i] = 1 / R[i][i];
    for (let k = i + 1; k < n; k++) {
      const factor = R[i][k] * U[i][i];
      for (let j = k; j < n; j++) U[i][j] -= factor * U[k][j];
    }
  }
  return U;
}
