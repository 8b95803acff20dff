/** The Cholesky factorization, blocked, by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { subtractProduct } from "./product.ts";
import { dotRows } from "./rows.ts";
import { eachMatrix, loadSymmetric, storePart } from "./storage.ts";

/** Columns of a block. */
const BLOCK = 32;

/**
 * Replaces a symmetric matrix by its lower factor, zeros above; by NaN when it is not positive definite.
 *
 * Left-looking: from a block of columns the product of what is left of it with its transpose is subtracted, all inner products of
 * rows, then it is factored. Golub and Van Loan, Matrix Computations (4th ed.), section 4.2.
 */
export function choleskyInPlace(a: Float64Array, n: number): void {
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    const left = { data: a, at: start * n, step: n };
    subtractProduct({ data: a, at: start * n + start, step: n }, left, left, n - start, end - start, start);
    for (let i = start; i < n; i++) {
      const row = i * n + start;
      const below = Math.min(i, end);
      for (let j = start; j < below; j++) {
        a[i * n + j] = (a[i * n + j] - dotRows(a, row, a, j * n + start, j - start)) / a[j * n + j];
      }
      if (i >= end) continue;
      const square = a[i * n + i] - dotRows(a, row, a, row, i - start);
      // Also false for NaN.
      if (!(square > 0 && square < Infinity)) {
        a.fill(NaN);
        return;
      }
      a[i * n + i] = Math.sqrt(square);
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
