/** Forward and back substitution by rows of right sides. */
import type { JsOperand } from "../backend/backend.ts";
import { eachMatrix, loadRows, storeRows } from "./storage.ts";
import { stepOf, withWorkspace, type Host, type Workspace } from "./workspace.ts";

/** Unknowns that are found before the others hear of them, and those of the same that are found one by one. */
const BLOCK = 64;
const PART = 8;

/** What the routine is told. */
export interface TriangularAttr {
  readonly lower: boolean;
  readonly unitDiagonal: boolean;
}

/** Elements of workspace that {@link substituteRows} takes for n unknowns. */
export function substitutionSize(n: number): number {
  return BLOCK * Math.max(n, 8);
}

/**
 * Solves a triangular system of n unknowns for k right sides, the columns of an n x k matrix that the solutions replace.
 * @param t start of the triangular matrix, of which only that triangle is read
 */
export function substituteRows(
  w: Workspace,
  t: number,
  tStep: number,
  n: number,
  right: number,
  step: number,
  k: number,
  { lower, unitDiagonal }: TriangularAttr,
): void {
  const { data } = w;
  const mark = w.mark();
  const left = w.take(substitutionSize(n));
  /** Subtracts from unknowns from ... to - 1 the part of those first ... last - 1. */
  const update = (from: number, to: number, first: number, last: number): void => {
    const depth = last - first;
    w.negate(to - from, depth, t + from * tStep + first, tStep, 1, left, depth);
    w.product(to - from, k, depth, left, depth, right + first * step, step, right + from * step, step);
  };
  const solveOne = (i: number, first: number, last: number): void => {
    const [row, x] = [t + i * tStep, right + i * step];
    w.subtract(last - first, k, row + first, 1, right + first * step, step, x);
    if (unitDiagonal) return;
    const diagonal = data[row + i];
    // A zero on the diagonal: there is no solution.
    for (let j = 0; j < k; j++) data[x + j] = diagonal === 0 ? NaN : data[x + j] / diagonal;
  };
  for (let done = 0; done < n; done += BLOCK) {
    const start = lower ? done : Math.max(0, n - done - BLOCK);
    const end = lower ? Math.min(n, done + BLOCK) : n - done;
    if (done > 0) update(start, end, lower ? 0 : end, lower ? start : n);
    for (let part = 0; part < end - start; part += PART) {
      const s = lower ? start + part : Math.max(start, end - part - PART);
      const e = lower ? Math.min(end, s + PART) : end - part;
      if (part > 0) update(s, e, lower ? start : e, lower ? s : end);
      if (lower) for (let i = s; i < e; i++) solveOne(i, s, i);
      else for (let i = e - 1; i >= s; i--) solveOne(i, i + 1, e);
    }
  }
  w.release(mark);
}

/** Routine: triangular a [..., n, n] and b [..., n, k] to the x of a x = b. */
export function triangularRoutine(
  [a, b]: readonly JsOperand[],
  [x]: readonly JsOperand[],
  attr: unknown,
  ...host: Host
): void {
  const [n, k] = x.shape.slice(-2);
  const [aStep, step] = [stepOf(n), stepOf(k)];
  withWorkspace(host, n * (aStep + step) + substitutionSize(n), (w) => {
    const [t, right] = [w.take(n * aStep), w.take(n * step)];
    eachMatrix(x.shape, (index) => {
      loadRows(a, index, n, n, w.data, t, aStep);
      loadRows(b, index, n, k, w.data, right, step);
      substituteRows(w, t, aStep, n, right, step, k, attr as TriangularAttr);
      storeRows(x, index, n, k, w.data, right, step);
    });
  });
}
