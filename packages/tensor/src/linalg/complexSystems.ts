/** Cholesky and LU factorizations and systems of complex matrices, as those of real ones but for pairs of rows. */
import type { JsOperand } from "../backend/backend.ts";
import {
  combinePairs,
  complexShape,
  expand,
  hermitianPart,
  inverse,
  loadPairs,
  pairsSize,
  scalePair,
  storePairs,
  takePairs,
  transposePairs,
  type Pairs,
} from "./complexRows.ts";
import { eachMatrix, storePart } from "./storage.ts";
import type { TriangularAttr } from "./substitution.ts";
import { withWorkspace, type Host, type Workspace } from "./workspace.ts";

/** Rows that others hear of at once, and those of the same that are made one by one. */
const BLOCK = 32;
const PART = 8;

/** Replaces the upper triangle of a Hermitian matrix by the U of a = U^H U; false when it is not positive definite. */
function factorPositive(w: Workspace, { at, step }: Pairs, n: number): boolean {
  const { data } = w;
  const wide = 2 * BLOCK;
  const left = w.take(wide * wide);
  const place = (i: number, j: number): number => at + 2 * i * step + j;
  const ofRow = { transposed: true, conjugated: true } as const;
  /** Subtracts from rows from ... to - 1, right of column `from`, what rows first ... last - 1 have to say. */
  const update = (from: number, to: number, first: number, last: number): void => {
    const depth = last - first;
    if (depth === 0) return;
    expand(data, place(first, from), step, to - from, depth, left, wide, { ...ofRow, negative: true });
    w.product(2 * (to - from), n - from, 2 * depth, left, wide, place(first, from), step, place(from, from), step);
  };
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    for (let s = start; s < end; s += PART) {
      const e = Math.min(end, s + PART);
      update(s, e, start, s);
      for (let i = s; i < e; i++) {
        const row = place(i, i);
        expand(data, place(s, i), step, 1, i - s, left, wide, ofRow);
        combinePairs(w, -1, i - s, n - i, left, wide, place(s, i), step, row, step);
        const square = data[row];
        // Also false for NaN.
        if (!(square > 0 && square < Infinity)) return false;
        data[row + step] = 0;
        scalePair(data, row, step, n - i, [1 / Math.sqrt(square), 0]);
      }
    }
    for (let r = end; r < n; r += BLOCK) update(r, Math.min(n, r + BLOCK), start, end);
  }
  return true;
}

/** Routine: Hermitian x [..., n, n] to its lower factor. */
export function complexCholeskyRoutine(
  [x]: readonly JsOperand[],
  [l]: readonly JsOperand[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const n = shape[shape.length - 1];
  withWorkspace(host, 2 * pairsSize(n, n) + 4 * BLOCK * BLOCK + 8, (w) => {
    const { data } = w;
    const [a, lower] = [takePairs(w, n, n), takePairs(w, n, n)];
    const mark = w.mark();
    eachMatrix(shape, (index) => {
      loadPairs(x, index, n, n, data, a);
      hermitianPart(data, a, n);
      const factored = factorPositive(w, a, n);
      w.release(mark);
      for (let i = 0; i < 2 * n; i++) data.fill(0, a.at + i * a.step, a.at + i * a.step + (i >> 1));
      transposePairs(data, a, n, n, lower, -1);
      storePairs(l, index, n, n, data, factored ? lower : null);
    });
  });
}

/** Elements of workspace that {@link substitutePairs} takes for n unknowns. */
function substitutionSize(n: number): number {
  return 4 * BLOCK * Math.max(n, 8) + 8;
}

/**
 * Solves a triangular system of n unknowns for k right sides, the columns of an n x k matrix that the solutions replace.
 * @param t of which only that triangle is read
 */
function substitutePairs(
  w: Workspace,
  t: Pairs,
  n: number,
  right: Pairs,
  k: number,
  { lower, unitDiagonal }: TriangularAttr,
): void {
  const { data } = w;
  const mark = w.mark();
  const left = w.take(4 * BLOCK * Math.max(n, 8));
  const place = (i: number, j: number): number => t.at + 2 * i * t.step + j;
  const row = (i: number): number => right.at + 2 * i * right.step;
  /** Subtracts from unknowns from ... to - 1 the part of those first ... last - 1. */
  const update = (from: number, to: number, first: number, last: number): void => {
    const wide = 2 * (last - first);
    expand(data, place(from, first), t.step, to - from, last - first, left, wide, { negative: true });
    w.product(2 * (to - from), k, wide, left, wide, row(first), right.step, row(from), right.step);
  };
  const solveOne = (i: number, first: number, last: number): void => {
    expand(data, place(i, first), t.step, 1, last - first, left, 2 * BLOCK);
    combinePairs(w, -1, last - first, k, left, 2 * BLOCK, row(first), right.step, row(i), right.step);
    if (unitDiagonal) return;
    const diagonal = [data[place(i, i)], data[place(i, i) + t.step]] as const;
    // A zero on the diagonal: there is no solution.
    const zero = diagonal[0] === 0 && diagonal[1] === 0;
    scalePair(data, row(i), right.step, k, zero ? [NaN, NaN] : inverse(diagonal));
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

/** Columns that are eliminated one by one. */
const NARROW = 8;

/** A matrix that is being factored. */
interface Work {
  readonly w: Workspace;
  readonly a: Pairs;
  readonly m: number;
  readonly n: number;
  /** For every row its number in the matrix. */
  readonly rows: Float64Array;
  sign: number;
}

/** Row of the largest magnitude of column k from row k on; the first of equals, or of NaN. */
function pivotOf({ w: { data }, a: { at, step }, m }: Work, k: number): number {
  let [best, most] = [k, -1];
  for (let i = k; i < m; i++) {
    const re = data[at + 2 * i * step + k];
    const im = data[at + (2 * i + 1) * step + k];
    const square = re * re + im * im;
    const x = square > 1e-280 && square < 1e280 ? Math.sqrt(square) : Math.hypot(re, im);
    if (Number.isNaN(x)) return i;
    if (x > most) [best, most] = [i, x];
  }
  return best;
}

function exchange(work: Work, i: number, j: number): void {
  const { w, a, n, rows } = work;
  const { data } = w;
  for (let part = 0; part < 2; part++) {
    const x = a.at + (2 * i + part) * a.step;
    const y = a.at + (2 * j + part) * a.step;
    for (let k = 0; k < n; k++) {
      const v = data[x + k];
      data[x + k] = data[y + k];
      data[y + k] = v;
    }
  }
  [rows[i], rows[j]] = [rows[j], rows[i]];
  work.sign = -work.sign;
}

/** Eliminates column k below the diagonal from the columns up to `end`. */
function eliminate({ w: { data }, a: { at, step }, m }: Work, k: number, end: number): void {
  const from = at + 2 * k * step;
  const diagonal = [data[from + k], data[from + step + k]] as const;
  const zero = diagonal[0] === 0 && diagonal[1] === 0;
  const scale = inverse(diagonal);
  for (let i = k + 1; i < m; i++) {
    const row = at + 2 * i * step;
    // A column of zeros leaves nothing to eliminate.
    if (!zero) scalePair(data, row + k, step, 1, scale);
    const fr = data[row + k];
    const fi = data[row + step + k];
    for (let j = k + 1; j < end; j++) {
      const p = data[from + j];
      const q = data[from + step + j];
      data[row + j] -= fr * p - fi * q;
      data[row + step + j] -= fi * p + fr * q;
    }
  }
}

/** Brings columns mid ... to - 1 up to date with the factored columns from ... mid - 1. */
function update({ w, a: { at, step }, m }: Work, from: number, mid: number, to: number): void {
  const { data } = w;
  const [depth, width] = [mid - from, to - mid];
  const place = (i: number, j: number): number => at + 2 * i * step + j;
  const upper = { at: place(from, mid), step };
  const unit = { lower: true, unitDiagonal: true };
  substitutePairs(w, { at: place(from, from), step }, depth, upper, width, unit);
  const mark = w.mark();
  const wide = 2 * depth;
  const left = w.take(2 * BLOCK * wide);
  for (let i = mid; i < m; i += BLOCK) {
    const count = Math.min(BLOCK, m - i);
    expand(data, place(i, from), step, count, depth, left, wide, { negative: true });
    w.product(2 * count, width, wide, left, wide, upper.at, step, place(i, mid), step);
  }
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
    const pivot = pivotOf(work, k);
    if (pivot !== k) exchange(work, k, pivot);
    eliminate(work, k, to);
  }
}

/** Elements of workspace that {@link luInPlace} takes. */
function luSize(m: number, n: number): number {
  return substitutionSize(Math.min(m, n)) + 64;
}

/** As that of real matrices: halves the columns. */
function luInPlace(
  w: Workspace,
  a: Pairs,
  m: number,
  n: number,
): { readonly rows: Float64Array; readonly sign: number } {
  const work: Work = { w, a, m, n, rows: Float64Array.from({ length: m }, (_, i) => i), sign: 1 };
  const k = Math.min(m, n);
  factorColumns(work, 0, k);
  if (n > k) update(work, 0, k, n);
  return work;
}

/** Routine: x [..., m, n] to the packed factors, the row numbers (i32) and the sign of the permutation. */
export function complexLuRoutine(
  [x]: readonly JsOperand[],
  [packed, rowsOut, signOut]: readonly JsOperand[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  withWorkspace(host, pairsSize(m, n) + luSize(m, n), (w) => {
    const a = takePairs(w, m, n);
    eachMatrix(shape, (index) => {
      loadPairs(x, index, m, n, w.data, a);
      const { rows, sign } = luInPlace(w, a, m, n);
      storePairs(packed, index, m, n, w.data, a);
      storePart(rowsOut, index, rows);
      storePart(signOut, index, [sign]);
    });
  });
}

/** Routine: triangular a [..., n, n] and b [..., n, k] to the x of a x = b. */
export function complexTriangularRoutine(
  [a, b]: readonly JsOperand[],
  [x]: readonly JsOperand[],
  attr: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const [n, k] = shape.slice(-2);
  withWorkspace(host, pairsSize(n, n) + pairsSize(n, k) + substitutionSize(n), (w) => {
    const [t, right] = [takePairs(w, n, n), takePairs(w, n, k)];
    eachMatrix(shape, (index) => {
      loadPairs(a, index, n, n, w.data, t);
      loadPairs(b, index, n, k, w.data, right);
      substitutePairs(w, t, n, right, k, attr as TriangularAttr);
      storePairs(x, index, n, k, w.data, right);
    });
  });
}

/** Routine: square a [..., n, n] and b [..., n, k] to the x of a x = b, NaN where a is singular. */
export function complexSolveRoutine(
  [a, b]: readonly JsOperand[],
  [x]: readonly JsOperand[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const [n, k] = shape.slice(-2);
  withWorkspace(host, pairsSize(n, n) + 2 * pairsSize(n, k) + luSize(n, n), (w) => {
    const { data } = w;
    const [factors, given, right] = [takePairs(w, n, n), takePairs(w, n, k), takePairs(w, n, k)];
    eachMatrix(shape, (index) => {
      loadPairs(a, index, n, n, data, factors);
      loadPairs(b, index, n, k, data, given);
      const { rows } = luInPlace(w, factors, n, n);
      let singular = false;
      for (let i = 0; i < n; i++) {
        const diagonal = factors.at + 2 * i * factors.step + i;
        singular ||= data[diagonal] === 0 && data[diagonal + factors.step] === 0;
        const from = given.at + 2 * rows[i] * given.step;
        data.copyWithin(right.at + 2 * i * right.step, from, from + 2 * given.step);
      }
      if (!singular) {
        substitutePairs(w, factors, n, right, k, { lower: true, unitDiagonal: true });
        substitutePairs(w, factors, n, right, k, { lower: false, unitDiagonal: false });
      }
      storePairs(x, index, n, k, data, singular ? null : right);
    });
  });
}
