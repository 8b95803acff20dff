/** The singular value decomposition. */
import type { JsOperand } from "../backend/backend.ts";
import { bidiagonalize, bidiagonalSize } from "./bidiagonal.ts";
import { stepBidiagonal } from "./bidiagonalSteps.ts";
import { divideSingular } from "./divideSingular.ts";
import { reflectSize, turnBack } from "./reflect.ts";
import { eachMatrix, loadRows, powerOfTwo, storePart, storeRows, transposeRows } from "./storage.ts";
import { stepOf, withWorkspace, zeroRows, type Workspace } from "./workspace.ts";
import type { Host } from "./workspace.ts";

/** A decomposition: the singular values, descending, and the singular vectors in rows, when asked for. */
interface Decomposition {
  readonly s: Float64Array;
  readonly u: number;
  readonly v: number;
}

/** Elements of workspace that {@link decompose} takes for m rows and n <= m columns. */
function decomposeSize(m: number, n: number): number {
  const [tall, wide] = [stepOf(m), stepOf(n)];
  const { kept, passing } = bidiagonalSize(m, n);
  return kept + m * tall + n * (5 * wide + tall) + Math.max(passing, reflectSize(m, m) + 2048) + 256;
}

/**
 * Decomposes m rows of n <= m elements, which are used up. The vectors stay in the workspace until it is released.
 * @param full all m left vectors
 * @returns null when an element is not finite or the steps do not converge
 */
function decompose(
  w: Workspace,
  a: number,
  step: number,
  m: number,
  n: number,
  full: boolean,
  vectors: boolean,
): Decomposition | null {
  const { data } = w;
  const scale = powerOfTwo(data, a, step, m, n);
  if (Number.isNaN(scale)) return null;
  const [tall, wide] = [stepOf(m), stepOf(n)];
  const k = full ? m : n;
  const form = bidiagonalize(w, a, step, m, n);
  const { d, e } = form;
  const ordered = (s: Float64Array): number[] => Array.from(s.keys()).sort((i, j) => s[j] - s[i]);
  if (!vectors) {
    if (!stepBidiagonal({ d, e, u: null, v: null }, n)) return null;
    const s = d.map(Math.abs);
    return { s: Float64Array.from(ordered(s), (i) => s[i] * scale), u: -1, v: -1 };
  }
  const [left, right] = [w.take(k * tall), w.take(n * wide)];
  const [u, v, ...spare] = Array.from({ length: 5 }, () => ({ at: w.take(n * wide), step: wide }));
  for (const q of [u, v]) zeroRows(data, q.at, wide, n, n);
  const s = new Float64Array(n);
  if (!divideSingular(w, { d, e, s, u, v, spare: [spare[0], spare[1], spare[2]] })) return null;
  const order = ordered(s);
  zeroRows(data, left, tall, k, m);
  for (let i = n; i < k; i++) data[left + i * tall + i] = 1;
  order.forEach((from, to) => {
    data.copyWithin(left + to * tall, u.at + from * wide, u.at + from * wide + n);
    data.copyWithin(right + to * wide, v.at + from * wide, v.at + from * wide + n);
  });
  turnBack(w, form.left, 0, left, tall, k, false);
  turnBack(w, form.right, 1, right, wide, n, false);
  return { s: Float64Array.from(order, (i) => s[i] * scale), u: left, v: right };
}

/** Visits the decomposition of every matrix of a stack, for a wide one that of its transpose. */
function eachDecomposition(
  x: JsOperand,
  full: boolean,
  vectors: boolean,
  host: Host,
  extra: number,
  visit: (w: Workspace, index: number, found: Decomposition | null) => void,
): void {
  const [rows, columns] = x.shape.slice(-2);
  const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
  const [step, flat] = [stepOf(n), stepOf(columns)];
  withWorkspace(host, m * step + rows * flat + decomposeSize(m, n) + extra, (w) => {
    const a = w.take(m * step);
    const mark = w.mark();
    eachMatrix(x.shape, (index) => {
      if (rows < columns) {
        const loaded = w.take(rows * flat);
        loadRows(x, index, rows, columns, w.data, loaded, flat);
        transposeRows(w.data, loaded, flat, rows, columns, a, step);
        w.release(mark);
      } else loadRows(x, index, rows, columns, w.data, a, step);
      visit(w, index, decompose(w, a, step, m, n, full, vectors));
      w.release(mark);
    });
  });
}

/** Routine: x [..., m, n] to the singular values and, when there are further outputs, U and V. */
export function svdRoutine(
  [x]: readonly JsOperand[],
  [s, u, v]: readonly (JsOperand | undefined)[],
  _: unknown,
  ...host: Host
): void {
  const [m, n] = x.shape.slice(-2);
  const k = Math.min(m, n);
  const full = u !== undefined && v !== undefined && m !== n && u.shape.at(-1) !== v.shape.at(-1);
  const [tall, wide] = m < n ? [v, u] : [u, v];
  const flat = stepOf(Math.max(m, n));
  eachDecomposition(x, full, u !== undefined, host, Math.max(m, n) * flat, (w, index, found) => {
    storePart(s!, index, found?.s ?? new Float64Array(k).fill(NaN));
    for (const [y, from] of [
      [tall, found?.u],
      [wide, found?.v],
    ] as const) {
      if (y === undefined) continue;
      const [rows, columns] = y.shape.slice(-2);
      if (from === undefined) {
        storePart(y, index, new Float64Array(rows * columns).fill(NaN));
        continue;
      }
      const mark = w.mark();
      const room = w.take(rows * flat);
      transposeRows(w.data, from, stepOf(rows), columns, rows, room, flat);
      storeRows(y, index, rows, columns, w.data, room, flat);
      w.release(mark);
    }
  });
}

/** What the routine of the pseudoinverse is told. */
export interface PinvAttr {
  /** Singular values up to this, relative to the largest, count as zero. */
  readonly tolerance: number;
}

/** Routine: x [..., m, n] to its pseudoinverse [..., n, m]. */
export function pinvRoutine([x]: readonly JsOperand[], [y]: readonly JsOperand[], attr: unknown, ...host: Host): void {
  const { tolerance } = attr as PinvAttr;
  const [n, m] = y.shape.slice(-2);
  const k = Math.min(m, n);
  const [tall, wide] = [Math.max(m, n), k];
  const step = stepOf(m);
  eachDecomposition(x, false, true, host, n * step + k * (n + 8), (w, index, found) => {
    if (found === null) {
      storePart(y, index, new Float64Array(n * m).fill(NaN));
      return;
    }
    const { data } = w;
    const { s } = found;
    // V diag(1 / s) U^T, from the rows of V and U; for a wide matrix they have changed places.
    const [left, right] = m < n ? [found.v, found.u] : [found.u, found.v];
    const [leftStep, rightStep] = m < n ? [stepOf(wide), stepOf(tall)] : [stepOf(tall), stepOf(wide)];
    let rank = 0;
    while (rank < k && s[rank] > tolerance * s[0]) rank++;
    const [columns, product] = [w.take(n * k), w.take(n * step)];
    for (let p = 0; p < rank; p++) {
      for (let i = 0; i < n; i++) data[columns + i * k + p] = data[right + p * rightStep + i] / s[p];
    }
    zeroRows(data, product, step, n, m);
    w.product(n, m, rank, columns, k, left, leftStep, product, step);
    storeRows(y, index, n, m, data, product, step);
  });
}
