/** The LU factorization with partial pivoting, blocked, by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { subtractRows } from "./rows.ts";
import { eachMatrix, loadPart, storePart } from "./storage.ts";
import { solveUpper, solveUnitLower } from "./substitution.ts";

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
 * Golub and Van Loan, Matrix Computations (4th ed.), section 3.4.
 * @returns for every row of the result its number in the matrix, and the permutation's sign
 */
export function luInPlace(
  a: Float64Array,
  m: number,
  n: number,
): { readonly rows: Float64Array; readonly sign: number } {
  const rows = Float64Array.from({ length: m }, (_, i) => i);
  let sign = 1;
  const rank = Math.min(m, n);
  for (let start = 0; start < rank; start += BLOCK) {
    const end = Math.min(rank, start + BLOCK);
    for (let k = start; k < end; k++) {
      const pivot = pivotOf(a, m, n, k);
      if (pivot !== k) {
        swapRows(a, n, k, pivot);
        [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
        sign = -sign;
      }
      const diagonal = a[k * n + k];
      for (let i = k + 1; i < m; i++) {
        // A column of zeros leaves nothing to eliminate.
        if (diagonal !== 0) a[i * n + k] /= diagonal;
        const f = a[i * n + k];
        for (let j = k + 1; j < end; j++) a[i * n + j] -= f * a[k * n + j];
      }
    }
    if (end === n) continue;
    for (let i = start + 1; i < end; i++) {
      subtractRows(a, i * n + end, n - end, a, i * n + start, a, start * n + end, n, i - start);
    }
    for (let i = end; i < m; i++) {
      subtractRows(a, i * n + end, n - end, a, i * n + start, a, start * n + end, n, end - start);
    }
  }
  return { rows, sign };
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
    const result = new Float64Array(n * k);
    for (let i = 0; i < n; i++) result.set(right.subarray(rows[i] * k, (rows[i] + 1) * k), i * k);
    let singular = false;
    for (let i = 0; i < n; i++) singular ||= factors[i * n + i] === 0;
    if (singular) result.fill(NaN);
    else {
      solveUnitLower(factors, result, n, k);
      solveUpper(factors, result, n, k, false);
    }
    storePart(x, index, result);
  });
}
