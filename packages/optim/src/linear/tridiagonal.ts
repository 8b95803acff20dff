/** Eigenvalues of symmetric tridiagonal matrices. */

/** Most iterations per eigenvalue. */
const SWEEPS = 60;

/**
 * All eigenvalues, in increasing order, and eigenvectors of a symmetric tridiagonal matrix by the implicitly shifted QL
 * iteration (Golub and Van Loan 2013, section 8.3). O(n^2), with vectors O(n^3).
 * @param diagonal n numbers
 * @param off n - 1 numbers beside it
 * @returns `vectors[k]` belongs to `values[k]` and has length 1
 */
export function tridiagonalEigen(
  diagonal: ArrayLike<number>,
  off: ArrayLike<number>,
): { readonly values: Float64Array; readonly vectors: readonly Float64Array[] } {
  const n = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(n);
  e.set(Float64Array.from(off).subarray(0, Math.max(0, n - 1)));
  // rows[k] becomes the k-th eigenvector: the rotations act on pairs of rows.
  const rows = Array.from({ length: n }, (_, k) => {
    const row = new Float64Array(n);
    row[k] = 1;
    return row;
  });
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      let last = first;
      while (last < n - 1 && Math.abs(e[last]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1]))) last++;
      if (last === first) break;
      step(d, e, rows, first, last);
    }
  }
  const order = Array.from(d.keys()).sort((a, b) => d[a] - d[b]);
  return { values: Float64Array.from(order, (k) => d[k]), vectors: order.map((k) => rows[k]) };
}

/** One QL step on the block from `first` to `last`, shifted by the eigenvalue of its leading 2 x 2 block. */
function step(d: Float64Array, e: Float64Array, rows: Float64Array[], first: number, last: number): void {
  const half = (d[first + 1] - d[first]) / (2 * e[first]);
  const shift = d[first] - e[first] / (half + Math.sign(half || 1) * Math.hypot(half, 1));
  let bulge = d[last] - shift;
  let [c, s, carried] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const far = s * e[i];
    const near = c * e[i];
    const radius = Math.hypot(far, bulge);
    e[i + 1] = radius;
    if (radius === 0) {
      d[i + 1] -= carried;
      e[last] = 0;
      return;
    }
    s = far / radius;
    c = bulge / radius;
    const base = d[i + 1] - carried;
    const turned = (d[i] - base) * s + 2 * c * near;
    carried = s * turned;
    d[i + 1] = base + carried;
    bulge = c * turned - near;
    for (let k = 0; k < rows.length; k++) {
      const [a, b] = [rows[i][k], rows[i + 1][k]];
      rows[i + 1][k] = s * a + c * b;
      rows[i][k] = c * a - s * b;
    }
  }
  d[first] -= carried;
  e[first] = bulge;
  e[last] = 0;
}
