/** Singular value decompositions of small matrices on the host. */

/** `A = U diag(S) V^T` for A [n, k] with n >= k, in C order. */
export interface ThinSvd {
  /** Orthonormal columns, [n, k]. */
  readonly U: Float64Array;
  /** Singular values, in no particular order. */
  readonly S: Float64Array;
  /** Orthogonal, [k, k]. */
  readonly V: Float64Array;
}

/** Most sweeps; convergence is quadratic and takes fewer than ten. */
const SWEEPS = 60;

/**
 * One-sided Jacobi rotations (Hestenes): columns are rotated against each other until all are orthogonal. Accurate also for
 * small singular values. Columns that are zero get unit vectors that complete U.
 */
export function thinSvd(a: Float64Array, n: number, k: number): ThinSvd {
  const U = a.slice();
  const V = new Float64Array(k * k);
  for (let i = 0; i < k; i++) V[i * k + i] = 1;
  const rotate = (m: Float64Array, rows: number, p: number, q: number, c: number, s: number): void => {
    for (let i = 0; i < rows; i++) {
      const [x, y] = [m[i * k + p], m[i * k + q]];
      m[i * k + p] = c * x - s * y;
      m[i * k + q] = s * x + c * y;
    }
  };
  for (let sweep = 0, done = false; sweep < SWEEPS && !done; sweep++) {
    done = true;
    for (let p = 0; p < k - 1; p++) {
      for (let q = p + 1; q < k; q++) {
        let [pp, qq, pq] = [0, 0, 0];
        for (let i = 0; i < n; i++) {
          const [x, y] = [U[i * k + p], U[i * k + q]];
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (!(Math.abs(pq) > 1e-15 * Math.sqrt(pp * qq))) continue;
        done = false;
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        rotate(U, n, p, q, c, c * t);
        rotate(V, k, p, q, c, c * t);
      }
    }
  }
  const S = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    let size = 0;
    for (let i = 0; i < n; i++) size = Math.hypot(size, U[i * k + c]);
    S[c] = size;
    if (size > 0) for (let i = 0; i < n; i++) U[i * k + c] /= size;
  }
  for (let c = 0; c < k; c++) if (S[c] === 0) complete(U, n, k, c, S);
  return { U, S, V };
}

/** Fills column c with a unit vector that is orthogonal to the columns before it and to all that are not zero. */
function complete(U: Float64Array, n: number, k: number, c: number, S: Float64Array): void {
  for (let unit = 0; unit < n; unit++) {
    const v = Float64Array.from({ length: n }, (_, i) => (i === unit ? 1 : 0));
    for (let pass = 0; pass < 2; pass++) {
      for (let d = 0; d < k; d++) {
        if (d === c || (S[d] === 0 && d > c)) continue;
        let overlap = 0;
        for (let i = 0; i < n; i++) overlap += v[i] * U[i * k + d];
        for (let i = 0; i < n; i++) v[i] -= overlap * U[i * k + d];
      }
    }
    const size = Math.hypot(...v);
    if (size < 0.1 / Math.sqrt(n)) continue;
    for (let i = 0; i < n; i++) U[i * k + c] = v[i] / size;
    return;
  }
}
