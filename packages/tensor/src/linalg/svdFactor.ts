/** The singular value decomposition: bidiagonal form, then implicit QR steps. */
import type { JsOperand } from "../backend/backend.ts";
import { reflectionOf, reflectRows } from "./reflect.ts";
import { rotateColumns, rotatePair } from "./rotate.ts";
import { dotRows } from "./rows.ts";
import { eachMatrix, identityOf, largest, loadPart, storePart, transposeOf } from "./storage.ts";

/** Steps per singular value before giving up; two are usual. */
const STEPS = 60;

interface Bidiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** m x k and n x n, when asked for. */
  readonly u: Float64Array | null;
  readonly v: Float64Array | null;
}

/**
 * a = U B V^T for an m x n matrix, m >= n, with k columns of U.
 * Golub and Van Loan, Matrix Computations (4th ed.), algorithm 5.4.2.
 */
function bidiagonalize(a: Float64Array, m: number, n: number, k: number, vectors: boolean): Bidiagonal {
  const d = new Float64Array(n);
  const e = new Float64Array(Math.max(0, n - 1));
  const left: { readonly v: Float64Array; readonly tau: number }[] = [];
  const right: { readonly v: Float64Array; readonly tau: number }[] = [];
  for (let j = 0; j < n; j++) {
    const v = Float64Array.from({ length: m - j }, (_, i) => a[(j + i) * n + j]);
    const column = reflectionOf(v);
    d[j] = column.beta;
    reflectRows(a, n, j, j + 1, v, column.tau);
    left.push({ v, tau: column.tau });
    if (j === n - 1) continue;
    const w = a.slice(j * n + j + 1, (j + 1) * n);
    const { tau, beta } = reflectionOf(w);
    e[j] = beta;
    right.push({ v: w, tau });
    for (let i = j + 1; i < m && tau !== 0; i++) {
      const at = i * n + j + 1;
      const f = tau * dotRows(a, at, w, 0, w.length);
      for (let p = 0; p < w.length; p++) a[at + p] -= f * w[p];
    }
  }
  if (!vectors) return { d, e, u: null, v: null };
  const u = new Float64Array(m * k);
  for (let i = 0; i < k; i++) u[i * k + i] = 1;
  for (let j = n - 1; j >= 0; j--) reflectRows(u, k, j, j, left[j].v, left[j].tau);
  const v = identityOf(n);
  for (let j = n - 2; j >= 0; j--) reflectRows(v, n, j + 1, j + 1, right[j].v, right[j].tau);
  return { d, e, u, v };
}

/** Moves e[i] out of row i, whose diagonal element is zero. */
function clearRow({ d, e, u }: Bidiagonal, k: number, i: number, hi: number): void {
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
function clearColumn({ d, e, v }: Bidiagonal, n: number, lo: number, hi: number): void {
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
function diagonalize(form: Bidiagonal, k: number): boolean {
  const { d, e, u, v } = form;
  const n = d.length;
  const [rightC, rightS, leftC, leftS] = Array.from({ length: 4 }, () => new Float64Array(n));
  const negligible = Number.EPSILON * Math.max(largest(d), largest(e));
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

/** A decomposition: U (m x k), the singular values descending, V (n x l). */
export interface SvdParts {
  readonly u: Float64Array | null;
  readonly s: Float64Array;
  readonly v: Float64Array | null;
}

/** Decomposes an m x n matrix, which is overwritten; null when it is not finite or the steps do not converge. */
export function decompose(a: Float64Array, m: number, n: number, full: boolean, vectors: boolean): SvdParts | null {
  if (m < n) {
    const t = decompose(transposeOf(a, m, n), n, m, full, vectors);
    return t === null ? null : { u: t.v, s: t.s, v: t.u };
  }
  const scale = largest(a);
  if (Number.isNaN(scale)) return null;
  if (scale > 0) for (let i = 0; i < a.length; i++) a[i] /= scale;
  const k = full ? m : n;
  const form = bidiagonalize(a, m, n, k, vectors);
  if (!diagonalize(form, k)) return null;
  const { d, u, v } = form;
  const order = Array.from(d.keys()).sort((i, j) => Math.abs(d[j]) - Math.abs(d[i]));
  const s = Float64Array.from(order, (i) => Math.abs(d[i]) * (scale > 0 ? scale : 1));
  if (u === null || v === null) return { u, s, v };
  const [left, right] = [u.slice(), new Float64Array(n * n)];
  order.forEach((from, to) => {
    for (let i = 0; i < m; i++) left[i * k + to] = u[i * k + from];
    for (let i = 0; i < n; i++) right[i * n + to] = d[from] < 0 ? -v[i * n + from] : v[i * n + from];
  });
  return { u: left, s, v: right };
}

/** Routine: x [..., m, n] to the singular values and, when there are further outputs, U and V. */
export function svdRoutine([x]: readonly JsOperand[], [s, u, v]: readonly (JsOperand | undefined)[]): void {
  const [m, n] = x.shape.slice(-2);
  const size = (y: JsOperand): number => y.shape.slice(-2).reduce((a, b) => a * b, 1);
  const full = u !== undefined && v !== undefined && m !== n && u.shape.at(-1) !== v.shape.at(-1);
  eachMatrix(x.shape, (index) => {
    const parts = decompose(loadPart(x, index, m * n), m, n, full, u !== undefined);
    const store = (y: JsOperand, values: Float64Array | null | undefined, count: number): void => {
      storePart(y, index, values ?? new Float64Array(count).fill(NaN));
    };
    store(s!, parts?.s, Math.min(m, n));
    if (u !== undefined) store(u, parts?.u, size(u));
    if (v !== undefined) store(v, parts?.v, size(v));
  });
}

/** What the routine of the pseudoinverse is told. */
export interface PinvAttr {
  /** Singular values up to this, relative to the largest, count as zero. */
  readonly tolerance: number;
}

/** Routine: x [..., m, n] to its pseudoinverse [..., n, m]. */
export function pinvRoutine([x]: readonly JsOperand[], [y]: readonly JsOperand[], attr: unknown): void {
  const { tolerance } = attr as PinvAttr;
  const [m, n] = x.shape.slice(-2);
  const k = Math.min(m, n);
  eachMatrix(x.shape, (index) => {
    const parts = decompose(loadPart(x, index, m * n), m, n, false, true);
    const result = new Float64Array(n * m).fill(parts === null ? NaN : 0);
    if (parts !== null) {
      const { u, s, v } = parts;
      for (let p = 0; p < k && s[p] > tolerance * s[0]; p++) {
        for (let i = 0; i < n; i++) {
          const f = v![i * k + p] / s[p];
          for (let j = 0; j < m; j++) result[i * m + j] += f * u![j * k + p];
        }
      }
    }
    storePart(y, index, result);
  });
}
