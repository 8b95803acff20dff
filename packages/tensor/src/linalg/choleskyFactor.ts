/** The Cholesky factorization, blocked, by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { eachMatrix, loadRows, storeRows } from "./storage.ts";
import { stepOf, withWorkspace, type Host, type Workspace } from "./workspace.ts";

/** Rows that the rest is updated with at once, and rows of the same that are updated at once. */
const BLOCK = 64;
const PART = 8;

/**
 * Replaces the upper triangle of a symmetric matrix by the U of a = U^T U. What is below the diagonal is neither used nor kept.
 *
 * Right-looking over blocks of rows, left-looking within them, so that all but a few rows at a time is one product. Golub and Van
 * Loan, Matrix Computations (4th ed.), section 4.2.
 * @returns false when the matrix is not positive definite
 */
export function factorPositive(w: Workspace, a: number, step: number, n: number): boolean {
  const left = w.take(BLOCK * BLOCK);
  /** Subtracts from rows from ... to - 1, right of column `from`, what rows first ... last - 1 have to say. */
  const update = (from: number, to: number, first: number, last: number): void => {
    const [depth, above] = [last - first, a + first * step + from];
    if (depth === 0) return;
    w.negate(to - from, depth, above, 1, step, left, BLOCK);
    w.product(to - from, n - from, depth, left, BLOCK, above, step, a + from * step + from, step);
  };
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    for (let s = start; s < end; s += PART) {
      const e = Math.min(end, s + PART);
      update(s, e, start, s);
      if (!w.choleskyRows(e - s, n - s, a + s * (step + 1), step)) return false;
    }
    for (let r = end; r < n; r += BLOCK) update(r, Math.min(n, r + BLOCK), start, end);
  }
  return true;
}

/** Routine: symmetric x [..., n, n] to its lower factor. */
export function choleskyRoutine([x]: readonly JsOperand[], [l]: readonly JsOperand[], _: unknown, ...host: Host): void {
  const n = l.shape[l.shape.length - 1];
  const step = stepOf(n);
  withWorkspace(host, (n + 1) * step + BLOCK * BLOCK, (w) => {
    const a = w.take((n + 1) * step);
    const mark = w.mark();
    eachMatrix(l.shape, (index) => {
      loadRows(x, index, n, n, w.data, a, step);
      w.mirror("mean", n, a, step);
      const factored = factorPositive(w, a, step, n);
      w.release(mark);
      const { data } = w;
      if (factored) w.mirror("lower", n, a, step);
      else data.fill(NaN, a, a + n * step);
      storeRows(l, index, n, n, data, a, step);
    });
  });
}
