/** Eigenvalues and eigenvectors of symmetric matrices: tridiagonal form, then implicit QR steps. */
import type { JsOperand } from "../backend/backend.ts";
import { reflectionOf, reflectRows } from "./reflect.ts";
import { rotateColumns } from "./rotate.ts";
import { dotRows } from "./rows.ts";
import { eachMatrix, identityOf, largest, loadSymmetric, storePart } from "./storage.ts";

/** Steps per eigenvalue before giving up; two are usual. */
const STEPS = 60;

/** Off-diagonal elements below this, of a matrix whose largest element is 1, are zero: their squares would vanish. */
const TINY = 1e-150;

interface Tridiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** The orthogonal matrix Q with a = Q T Q^T, when asked for. */
  readonly q: Float64Array | null;
}

/** Golub and Van Loan, Matrix Computations (4th ed.), algorithm 8.3.1, on the lower triangle. */
function tridiagonalize(a: Float64Array, n: number, vectors: boolean): Tridiagonal {
  const d = new Float64Array(n);
  const e = new Float64Array(Math.max(0, n - 1));
  const reflections: { readonly v: Float64Array; readonly tau: number }[] = [];
  for (let k = 0; k < n - 1; k++) {
    d[k] = a[k * n + k];
    const first = k + 1;
    const size = n - first;
    const v = Float64Array.from({ length: size }, (_, i) => a[(first + i) * n + k]);
    const { tau, beta } = reflectionOf(v);
    e[k] = beta;
    reflections.push({ v, tau });
    if (tau === 0) continue;
    // w = tau A v - (tau^2 v^T A v / 2) v, then A - v w^T - w v^T.
    const w = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const row = (first + i) * n + first;
      w[i] += dotRows(a, row, v, 0, i + 1);
      const f = v[i];
      for (let j = 0; j < i; j++) w[j] += f * a[row + j];
    }
    for (let i = 0; i < size; i++) w[i] *= tau;
    const half = (tau * dotRows(w, 0, v, 0, size)) / 2;
    for (let i = 0; i < size; i++) w[i] -= half * v[i];
    for (let i = 0; i < size; i++) {
      const row = (first + i) * n + first;
      const [f, g] = [v[i], w[i]];
      for (let j = 0; j <= i; j++) a[row + j] -= f * w[j] + g * v[j];
    }
  }
  d[n - 1] = a[n * n - 1];
  if (!vectors) return { d, e, q: null };
  const q = identityOf(n);
  for (let k = n - 2; k >= 0; k--) reflectRows(q, n, k + 1, k + 1, reflections[k].v, reflections[k].tau);
  return { d, e, q };
}

/**
 * Implicit QR steps with Wilkinson's shift (Golub and Van Loan, algorithms 8.3.2 and 8.3.3); d becomes the eigenvalues.
 * @returns false when they do not converge
 */
function diagonalize({ d, e, q }: Tridiagonal): boolean {
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

/** Routine: symmetric x [..., n, n] to its eigenvalues, ascending, and, when there is a second output, the eigenvectors. */
export function eighRoutine([x]: readonly JsOperand[], [values, vectors]: readonly (JsOperand | undefined)[]): void {
  const n = x.shape[x.shape.length - 1];
  eachMatrix(x.shape, (index) => {
    const a = loadSymmetric(x, index, n);
    const scale = largest(a);
    if (scale > 0) for (let i = 0; i < a.length; i++) a[i] /= scale;
    const form = Number.isNaN(scale) ? null : tridiagonalize(a, n, vectors !== undefined);
    const done = form !== null && diagonalize(form);
    const d = done ? form.d : new Float64Array(n).fill(NaN);
    const order = Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
    storePart(
      values!,
      index,
      order.map((i) => d[i] * (scale > 0 ? scale : 1)),
    );
    if (vectors === undefined) return;
    const q = new Float64Array(n * n).fill(NaN);
    if (done) for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) q[i * n + j] = form.q![i * n + order[j]];
    storePart(vectors, index, q);
  });
}
