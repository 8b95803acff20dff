/** The LU factorization with partial pivoting, blocked, by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { subtractProduct } from "./product.ts";
import { eachMatrix, loadPart, storePart, transposeOf } from "./storage.ts";
import { substituteRows } from "./substitution.ts";

/** Columns of a block. */
const BLOCK = 32;

/** Exchanges two rows. */
function swapRows(a: Float64Array, n: number, i: number, j: number): void {
  for (let k = 0; k < n; k++) {
    const x = a[i * n + k];
    a[i * n + k] = a[j * n + k];
    a[j * n + k] = x;
  }
}

/** Row of the largest magnitude of column k from row k on; the first of equals, or of NaN. */
function pivotOf(a: Float64Array, m: number, n: number, k: number): number {
  let best = k;
  for (let i = k; i < m; i++) {
    const x = Math.abs(a[i * n + k]);
    if (Number.isNaN(x)) return i;
    if (x > Math.abs(a[best * n + k])) best = i;
  }
  return best;
}

/**
 * Replaces an m x n matrix by L below the diagonal (ones on it are not stored) and U from it on, of the matrix with permuted rows.
 *
 * Left-looking: a block of columns gets its part of U by substitution with the L on its left, whose product with that part is
 * subtracted from the rows below, which are then factored. Golub and Van Loan, Matrix Computations (4th ed.), section 3.4.
 * @returns for every row of the result its number in the matrix, and the permutation's sign
 */
export function luInPlace(
  a: Float64Array,
  m: number,
  n: number,
): { readonly rows: Float64Array; readonly sign: number } {
  const rows = Float64Array.from({ length: m }, (_, i) => i);
  let sign = 1;
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    const above = Math.min(start, m);
    applyLeft(a, m, n, start, end - start, above);
    const last = Math.min(end, m);
    for (let k = above; k < last; k++) {
      const pivot = pivotOf(a, m, n, k);
      if (pivot !== k) {
        swapRows(a, n, k, pivot);
        [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
        sign = -sign;
      }
      eliminate(a, m, n, k, end);
    }
  }
  return { rows, sign };
}

/** Brings `width` columns from `start` on up to date with the `known` columns of L on their left. */
function applyLeft(a: Float64Array, m: number, n: number, start: number, width: number, known: number): void {
  const u = new Float64Array(width * known);
  for (let i = 0; i < known; i++) for (let j = 0; j < width; j++) u[j * known + i] = a[i * n + start + j];
  substituteRows(a, n, u, width, known, { lower: true, unitDiagonal: true });
  for (let i = 0; i < known; i++) for (let j = 0; j < width; j++) a[i * n + start + j] = u[j * known + i];
  subtractProduct(
    { data: a, at: known * n + start, step: n },
    { data: a, at: known * n, step: n },
    { data: u, at: 0, step: known },
    m - known,
    width,
    known,
  );
}

/** Eliminates column k below the diagonal from the columns up to `end`. */
function eliminate(a: Float64Array, m: number, n: number, k: number, end: number): void {
  const from = k * n;
  const diagonal = a[from + k];
  for (let i = k + 1; i < m; i++) {
    const row = i * n;
    // A column of zeros leaves nothing to eliminate.
    if (diagonal !== 0) a[row + k] /= diagonal;
    const f = a[row + k];
    for (let j = k + 1; j < end; j++) a[row + j] -= f * a[from + j];
  }
}

/** Routine: x [..., m, n] to the packed factors, the row numbers (i32) and the sign of the permutation. */
export function luRoutine([x]: readonly JsOperand[], [packed, rowsOut, signOut]: readonly JsOperand[]): void {
  const [m, n] = x.shape.slice(-2);
  eachMatrix(x.shape, (index) => {
    const a = loadPart(x, index, m * n);
    const { rows, sign } = luInPlace(a, m, n);
    storePart(packed, index, a);
    storePart(rowsOut, index, rows);
    storePart(signOut, index, [sign]);
  });
}

/** Routine: square a [..., n, n] and b [..., n, k] to the x of a x = b, NaN where a is singular. */
export function solveRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[]): void {
  const [n, k] = x.shape.slice(-2);
  eachMatrix(x.shape, (index) => {
    const factors = loadPart(a, index, n * n);
    const right = loadPart(b, index, n * k);
    const { rows } = luInPlace(factors, n, n);
    const permuted = new Float64Array(n * k);
    for (let i = 0; i < n; i++) permuted.set(right.subarray(rows[i] * k, (rows[i] + 1) * k), i * k);
    const result = transposeOf(permuted, n, k);
    let singular = false;
    for (let i = 0; i < n; i++) singular ||= factors[i * n + i] === 0;
    if (singular) result.fill(NaN);
    else {
      substituteRows(factors, n, result, k, n, { lower: true, unitDiagonal: true });
      substituteRows(factors, n, result, k, n, { lower: false, unitDiagonal: false });
    }
    storePart(x, index, transposeOf(result, k, n));
  });
}
