/** The Cholesky factorization, blocked, by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { dotRows, subtractRows } from "./rows.ts";
import { eachMatrix, loadSymmetric, storePart } from "./storage.ts";

/** Columns of a block. */
const BLOCK = 32;

/**
 * Replaces a symmetric matrix by its lower factor, zeros above; by NaN when it is not positive definite.
 *
 * Right-looking: a block of columns is factored, then its product with its transpose is subtracted from what is to the right.
 * Golub and Van Loan, Matrix Computations (4th ed.), section 4.2.
 */
export function choleskyInPlace(a: Float64Array, n: number): void {
  const panel = new Float64Array(BLOCK * n);
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    const width = end - start;
    for (let i = start; i < n; i++) {
      const row = i * n + start;
      for (let j = start; j < Math.min(i + 1, end); j++) {
        const s = a[i * n + j] - dotRows(a, row, a, j * n + start, j - start);
        // Also false for NaN.
        if (i === j && !(s > 0 && s < Infinity)) {
          a.fill(NaN);
          return;
        }
        a[i * n + j] = i === j ? Math.sqrt(s) : s / a[j * n + j];
      }
    }
    for (let i = end; i < n; i++) for (let p = 0; p < width; p++) panel[p * n + i] = a[i * n + start + p];
    for (let i = end; i < n; i++) {
      subtractRows(a, i * n + end, i - end + 1, a, i * n + start, panel, end, n, width);
    }
  }
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n);
}

/** Routine: symmetric x [..., n, n] to its lower factor. */
export function choleskyRoutine([x]: readonly JsOperand[], [l]: readonly JsOperand[]): void {
  const n = l.shape[l.shape.length - 1];
  eachMatrix(l.shape, (index) => {
    const a = loadSymmetric(x, index, n);
    choleskyInPlace(a, n);
    storePart(l, index, a);
  });
}
