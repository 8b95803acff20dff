/** Forward and back substitution by inner products of rows. */
import type { JsOperand } from "../backend/backend.ts";
import { subtractProduct } from "./product.ts";
import { dotRows } from "./rows.ts";
import { eachMatrix, loadPart, storePart, transposeOf } from "./storage.ts";

/** Unknowns of a block. */
const BLOCK = 32;

/** What the routine is told. */
export interface TriangularAttr {
  readonly lower: boolean;
  readonly unitDiagonal: boolean;
}

/**
 * Solves for every row of k x n right sides, which the solutions replace, a triangular system of n unknowns.
 * @param a the triangular matrix, of which only that triangle is read
 * @param step elements from one row of the matrix to the next
 */
export function substituteRows(
  a: Float64Array,
  step: number,
  right: Float64Array,
  k: number,
  n: number,
  { lower, unitDiagonal }: TriangularAttr,
): void {
  const blocks = Math.ceil(n / BLOCK);
  for (let b = 0; b < blocks; b++) {
    const start = (lower ? b : blocks - 1 - b) * BLOCK;
    const end = Math.min(n, start + BLOCK);
    // What is known: the unknowns before the block, or those behind it.
    const known = lower ? 0 : end;
    subtractProduct(
      { data: right, at: start, step: n },
      { data: right, at: known, step: n },
      { data: a, at: start * step + known, step },
      k,
      end - start,
      lower ? start : n - end,
    );
    for (let c = 0; c < k; c++) {
      const at = c * n;
      for (let t = 0; t < end - start; t++) {
        const i = lower ? start + t : end - 1 - t;
        const first = lower ? start : i + 1;
        const value = right[at + i] - dotRows(a, i * step + first, right, at + first, t);
        const diagonal = unitDiagonal ? 1 : a[i * step + i];
        // A zero on the diagonal: there is no solution.
        right[at + i] = diagonal === 0 ? NaN : value / diagonal;
      }
    }
  }
}

/** Routine: triangular a [..., n, n] and b [..., n, k] to the x of a x = b. */
export function triangularRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[], attr: unknown): void {
  const [n, k] = x.shape.slice(-2);
  eachMatrix(x.shape, (index) => {
    const right = transposeOf(loadPart(b, index, n * k), n, k);
    substituteRows(loadPart(a, index, n * n), n, right, k, n, attr as TriangularAttr);
    storePart(x, index, transposeOf(right, k, n));
  });
}
