/** Implicit QR steps on a bidiagonal matrix. */
import { rotateColumns, rotatePair } from "./rotate.ts";
import { largestOf } from "./storage.ts";

/** Steps per singular value before giving up; two are usual. */
const STEPS = 60;

/** A bidiagonal matrix: d on its diagonal, e above it; rotations are applied to the columns of u (of k columns) and v, when asked for. */
export interface BidiagonalForm {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly u: Float64Array | null;
  readonly v: Float64Array | null;
}

/** Moves e[i] out of row i, whose diagonal element is zero. */
function clearRow({ d, e, u }: BidiagonalForm, k: number, i: number, hi: number): void {
  let f = e[i];
  e[i] = 0;
  for (let j = i + 1; j <= hi && f !== 0; j++) {
    const r = Math.sqrt(d[j] * d[j] + f * f);
    const [c, s] = r === 0 ? [1, 0] : [d[j] / r, f / r];
    d[j] = r;
    if (j < hi) {
      f = -s * e[j];
      e[j] *= c;
    }
    if (u !== null) rotatePair(u, k, j, i, c, s);
  }
}

/** Moves e[hi - 1] out of column hi, whose diagonal element is zero. */
function clearColumn({ d, e, v }: BidiagonalForm, n: number, lo: number, hi: number): void {
  let f = e[hi - 1];
  e[hi - 1] = 0;
  for (let j = hi - 1; j >= lo && f !== 0; j--) {
    const r = Math.sqrt(d[j] * d[j] + f * f);
    const [c, s] = r === 0 ? [1, 0] : [d[j] / r, f / r];
    d[j] = r;
    if (j > lo) {
      f = -s * e[j - 1];
      e[j - 1] *= c;
    }
    if (v !== null) rotatePair(v, n, j, hi, c, s);
  }
}

/**
 * Implicit QR steps of Golub and Kahan (Golub and Van Loan, algorithms 8.6.1 and 8.6.2); d becomes the singular values but for
 * their signs.
 * @returns false when they do not converge
 */
export function stepBidiagonal(form: BidiagonalForm, k: number): boolean {
  const { d, e, u, v } = form;
  const n = d.length;
  const [rightC, rightS, leftC, leftS] = Array.from({ length: 4 }, () => new Float64Array(n));
  const negligible = Number.EPSILON * Math.max(largestOf(d, 0, 0, 1, n), largestOf(e, 0, 0, 1, n - 1));
  let budget = STEPS * n;
  for (let hi = n - 1; hi > 0;) {
    let lo = hi;
    while (lo > 0) {
      const size = Math.abs(e[lo - 1]);
      if (size <= Number.EPSILON * (Math.abs(d[lo - 1]) + Math.abs(d[lo])) || size <= negligible * 1e-3) break;
      lo--;
    }
    if (lo > 0) e[lo - 1] = 0;
    if (lo === hi) {
      hi--;
      continue;
    }
    if (budget-- === 0) return false;
    let zero = hi;
    while (zero >= lo && Math.abs(d[zero]) > negligible * 1e-3) zero--;
    if (zero >= lo) {
      d[zero] = 0;
      if (zero === hi) clearColumn(form, n, lo, hi);
      else clearRow(form, k, zero, hi);
      continue;
    }
    const above = hi - 1 > lo ? e[hi - 2] : 0;
    const t22 = d[hi] * d[hi] + e[hi - 1] * e[hi - 1];
    const t12 = d[hi - 1] * e[hi - 1];
    const delta = (d[hi - 1] * d[hi - 1] + above * above - t22) / 2;
    const root = Math.sqrt(delta * delta + t12 * t12);
    const below = delta + (delta < 0 ? -root : root);
    let y = d[lo] * d[lo] - (below === 0 ? t22 : t22 - (t12 * t12) / below);
    let z = d[lo] * e[lo];
    for (let i = lo; i < hi; i++) {
      let r = Math.sqrt(y * y + z * z);
      let [c, s] = r === 0 ? [1, 0] : [y / r, z / r];
      if (i > lo) e[i - 1] = r;
      y = c * d[i] + s * e[i];
      e[i] = c * e[i] - s * d[i];
      z = s * d[i + 1];
      d[i + 1] *= c;
      rightC[i - lo] = c;
      rightS[i - lo] = s;
      r = Math.sqrt(y * y + z * z);
      [c, s] = r === 0 ? [1, 0] : [y / r, z / r];
      d[i] = r;
      y = c * e[i] + s * d[i + 1];
      d[i + 1] = c * d[i + 1] - s * e[i];
      e[i] = y;
      if (i < hi - 1) {
        z = s * e[i + 1];
        e[i + 1] *= c;
      }
      leftC[i - lo] = c;
      leftS[i - lo] = s;
    }
    if (v !== null) rotateColumns(v, n, lo, hi - lo, rightC, rightS);
    if (u !== null) rotateColumns(u, k, lo, hi - lo, leftC, leftS);
  }
  return true;
}
