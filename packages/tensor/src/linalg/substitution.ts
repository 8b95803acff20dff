/** Forward and back substitution by rows. */
import type { JsOperand } from "../backend/backend.ts";
import { subtractRows } from "./rows.ts";
import { eachMatrix, loadPart, storePart } from "./storage.ts";

/** Replaces b, n x k, by the solution of L x = b, L being lower triangular; the diagonal is taken as 1 when `unit`. */
export function solveLower(l: Float64Array, b: Float64Array, n: number, k: number, unit: boolean): void {
  for (let i = 0; i < n; i++) {
    subtractRows(b, i * k, k, l, i * n, b, 0, k, i);
    if (!unit) divideRow(b, i * k, k, l[i * n + i]);
  }
}

/** {@link solveLower} with ones on the diagonal. */
export function solveUnitLower(l: Float64Array, b: Float64Array, n: number, k: number): void {
  solveLower(l, b, n, k, true);
}

/** Replaces b, n x k, by the solution of U x = b, U being upper triangular. */
export function solveUpper(u: Float64Array, b: Float64Array, n: number, k: number, unit: boolean): void {
  for (let i = n - 1; i >= 0; i--) {
    subtractRows(b, i * k, k, u, i * n + i + 1, b, (i + 1) * k, k, n - 1 - i);
    if (!unit) divideRow(b, i * k, k, u[i * n + i]);
  }
}

function divideRow(b: Float64Array, at: number, k: number, by: number): void {
  // A zero on the diagonal: there is no solution.
  for (let j = 0; j < k; j++) b[at + j] = by === 0 ? NaN : b[at + j] / by;
}

/** What the routine is told. */
export interface TriangularAttr {
  readonly lower: boolean;
  readonly unitDiagonal: boolean;
}

/** Routine: triangular a [..., n, n] and b [..., n, k] to the x of a x = b. */
export function triangularRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[], attr: unknown): void {
  const { lower, unitDiagonal } = attr as TriangularAttr;
  const [n, k] = x.shape.slice(-2);
  eachMatrix(x.shape, (index) => {
    const matrix = loadPart(a, index, n * n);
    const result = loadPart(b, index, n * k);
    (lower ? solveLower : solveUpper)(matrix, result, n, k, unitDiagonal);
    storePart(x, index, result);
  });
}
