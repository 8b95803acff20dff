/** The LU factorization with partial pivoting, recursively halving the columns. */
import type { JsOperand } from "../backend/backend.ts";
import { eachMatrix, loadRows, storePart, storeRows } from "./storage.ts";
import { substituteRows, substitutionSize } from "./substitution.ts";
import { stepOf, withWorkspace, type Host, type Workspace } from "./workspace.ts";

/** Columns that are eliminated one by one. */
const NARROW = 8;

/** Row of the largest magnitude of column k from row k on; the first of equals, or of NaN. */
function pivotOf(data: Float64Array, a: number, step: number, m: number, k: number): number {
  let best = k;
  let most = Math.abs(data[a + k * step + k]);
  for (let i = k; i < m; i++) {
    const x = Math.abs(data[a + i * step + k]);
    if (Number.isNaN(x)) return i;
    if (x > most) {
      best = i;
      most = x;
    }
  }
  return best;
}

/** A matrix that is being factored. */
interface Work {
  readonly w: Workspace;
  readonly a: number;
  readonly step: number;
  readonly m: number;
  readonly n: number;
  /** For every row its number in the matrix. */
  readonly rows: Float64Array;
  sign: number;
}

function exchange(work: Work, i: number, j: number): void {
  const { w, a, step, n, rows } = work;
  const [x, y] = [a + i * step, a + j * step];
  const { data } = w;
  for (let k = 0; k < n; k++) {
    const v = data[x + k];
    data[x + k] = data[y + k];
    data[y + k] = v;
  }
  [rows[i], rows[j]] = [rows[j], rows[i]];
  work.sign = -work.sign;
}

/** Eliminates column k below the diagonal from the columns up to `end`. */
function eliminate({ w, a, step, m }: Work, k: number, end: number): void {
  const { data } = w;
  const from = a + k * step;
  const diagonal = data[from + k];
  for (let i = k + 1; i < m; i++) {
    const row = a + i * step;
    // A column of zeros leaves nothing to eliminate.
    if (diagonal !== 0) data[row + k] /= diagonal;
    const f = data[row + k];
    for (let j = k + 1; j < end; j++) data[row + j] -= f * data[from + j];
  }
}

/** Brings columns mid ... to - 1 up to date with the factored columns from ... mid - 1. */
function update({ w, a, step, m }: Work, from: number, mid: number, to: number): void {
  const [depth, width] = [mid - from, to - mid];
  const upper = a + from * step + mid;
  substituteRows(w, a + from * step + from, step, depth, upper, step, width, { lower: true, unitDiagonal: true });
  if (mid === m) return;
  const mark = w.mark();
  const right = w.take(depth * stepOf(width));
  w.negate(depth, width, upper, step, 1, right, stepOf(width));
  w.product(m - mid, width, depth, a + mid * step + from, step, right, stepOf(width), a + mid * step + mid, step);
  w.release(mark);
}

function factorColumns(work: Work, from: number, to: number): void {
  if (to - from > NARROW) {
    const mid = from + NARROW * Math.ceil((to - from) / (2 * NARROW));
    factorColumns(work, from, mid);
    update(work, from, mid, to);
    factorColumns(work, mid, to);
    return;
  }
  for (let k = from; k < to; k++) {
    const pivot = pivotOf(work.w.data, work.a, work.step, work.m, k);
    if (pivot !== k) exchange(work, k, pivot);
    eliminate(work, k, to);
  }
}

/** Elements of workspace that {@link luInPlace} takes. */
export function luSize(m: number, n: number): number {
  const k = Math.min(m, n);
  return k * stepOf(n) + substitutionSize(k) + 64;
}

/**
 * Replaces an m x n matrix by L below the diagonal (ones on it are not stored) and U from it on, of the matrix with permuted rows.
 *
 * Halves the columns: the left half is factored, the right one brought up to date by a substitution and one product, and factored
 * (Toledo, "Locality of reference in LU decomposition with partial pivoting", SIAM J. Matrix Anal. Appl. 18, 1997).
 * @returns for every row of the result its number in the matrix, and the permutation's sign
 */
export function luInPlace(
  w: Workspace,
  a: number,
  step: number,
  m: number,
  n: number,
): { readonly rows: Float64Array; readonly sign: number } {
  const work: Work = { w, a, step, m, n, rows: Float64Array.from({ length: m }, (_, i) => i), sign: 1 };
  const k = Math.min(m, n);
  factorColumns(work, 0, k);
  if (n > k) update(work, 0, k, n);
  return work;
}

/** Routine: x [..., m, n] to the packed factors, the row numbers (i32) and the sign of the permutation. */
export function luRoutine(
  [x]: readonly JsOperand[],
  [packed, rowsOut, signOut]: readonly JsOperand[],
  _: unknown,
  ...host: Host
): void {
  const [m, n] = x.shape.slice(-2);
  const step = stepOf(n);
  withWorkspace(host, m * step + luSize(m, n), (w) => {
    const a = w.take(m * step);
    eachMatrix(x.shape, (index) => {
      loadRows(x, index, m, n, w.data, a, step);
      const { rows, sign } = luInPlace(w, a, step, m, n);
      storeRows(packed, index, m, n, w.data, a, step);
      storePart(rowsOut, index, rows);
      storePart(signOut, index, [sign]);
    });
  });
}

/** Routine: square a [..., n, n] and b [..., n, k] to the x of a x = b, NaN where a is singular. */
export function solveRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[], _: unknown, ...host: Host): void {
  const [n, k] = x.shape.slice(-2);
  const [aStep, step] = [stepOf(n), stepOf(k)];
  withWorkspace(host, n * (aStep + 2 * step) + luSize(n, n), (w) => {
    const { data } = w;
    const [factors, right, result] = [w.take(n * aStep), w.take(n * step), w.take(n * step)];
    eachMatrix(x.shape, (index) => {
      loadRows(a, index, n, n, data, factors, aStep);
      loadRows(b, index, n, k, data, right, step);
      const { rows } = luInPlace(w, factors, aStep, n, n);
      for (let i = 0; i < n; i++) {
        data.copyWithin(result + i * step, right + rows[i] * step, right + rows[i] * step + k);
      }
      let singular = false;
      for (let i = 0; i < n; i++) singular ||= data[factors + i * aStep + i] === 0;
      if (singular) data.fill(NaN, result, result + n * step);
      else {
        substituteRows(w, factors, aStep, n, result, step, k, { lower: true, unitDiagonal: true });
        substituteRows(w, factors, aStep, n, result, step, k, { lower: false, unitDiagonal: false });
      }
      storeRows(x, index, n, k, data, result, step);
    });
  });
}
