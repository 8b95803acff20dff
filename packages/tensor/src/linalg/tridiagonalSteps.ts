/** Implicit QR steps on a symmetric tridiagonal matrix. */
import { rotateColumns } from "./rotate.ts";

/** Steps per eigenvalue before giving up; two are usual. */
const STEPS = 60;

/** Off-diagonal elements below this, of a matrix whose largest element is 1, are zero: their squares would vanish. */
const TINY = 1e-150;

/** A tridiagonal matrix: d on its diagonal, e beside it; rotations are applied to the columns of q, when asked for. */
export interface TridiagonalForm {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly q: Float64Array | null;
}

/**
 * Implicit QR steps with Wilkinson's shift (Golub and Van Loan, algorithms 8.3.2 and 8.3.3); d becomes the eigenvalues.
 * @returns false when they do not converge
 */
export function stepTridiagonal({ d, e, q }: TridiagonalForm): boolean {
  const n = d.length;
  const cs = new Float64Array(n);
  const sn = new Float64Array(n);
  let left = STEPS * n;
  for (let hi = n - 1; hi > 0;) {
    let lo = hi;
    while (lo > 0) {
      const size = Math.abs(e[lo - 1]);
      if (size < TINY || size <= Number.EPSILON * (Math.abs(d[lo - 1]) + Math.abs(d[lo]))) break;
      lo--;
    }
    if (lo === hi) {
      hi--;
      continue;
    }
    if (left-- === 0) return false;
    const delta = (d[hi - 1] - d[hi]) / 2;
    const last = e[hi - 1];
    const root = Math.sqrt(delta * delta + last * last);
    let x = d[lo] - (d[hi] - (last * last) / (delta + (delta < 0 ? -root : root)));
    let z = e[lo];
    for (let k = lo; k < hi; k++) {
      const r = Math.sqrt(x * x + z * z);
      const c = r === 0 ? 1 : x / r;
      const s = r === 0 ? 0 : z / r;
      if (k > lo) e[k - 1] = r;
      const [p, t, b] = [d[k], d[k + 1], e[k]];
      d[k] = c * c * p + 2 * c * s * b + s * s * t;
      d[k + 1] = s * s * p - 2 * c * s * b + c * c * t;
      e[k] = c * s * (t - p) + (c * c - s * s) * b;
      if (k < hi - 1) {
        x = e[k];
        z = s * e[k + 1];
        e[k + 1] *= c;
      }
      cs[k - lo] = c;
      sn[k - lo] = s;
    }
    if (q !== null) rotateColumns(q, n, lo, hi - lo, cs, sn);
  }
  return true;
}
