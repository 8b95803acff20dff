/** Eigenvalue and singular value decompositions of complex matrices, reduced to real ones. */
import type { JsOperand } from "../backend/backend.ts";
import { stepBidiagonal } from "./bidiagonalSteps.ts";
import { addReflection, reflectSize, turnPairs, type ComplexReflections } from "./complexReflect.ts";
import {
  combinePairs,
  complexShape,
  expand,
  expandOne,
  hermitianPart,
  loadPairs,
  pairsSize,
  storePairs,
  takePairs,
  times,
  transposePairs,
  type Pairs,
} from "./complexRows.ts";
import { divideSingular } from "./divideSingular.ts";
import { divideSymmetric } from "./divideSymmetric.ts";
import { eachMatrix, powerOfTwo, storePart } from "./storage.ts";
import type { PinvAttr } from "./svdFactor.ts";
import { stepTridiagonal } from "./tridiagonalSteps.ts";
import { stepOf, withWorkspace, zeroRows, type Host, type Workspace } from "./workspace.ts";

/** Numbers v[i] = A x for `size` rows of A and as many elements, as pairs of numbers. */
function images(
  w: Workspace,
  rows: number,
  size: number,
  a: number,
  aStep: number,
  x: number,
  xStep: number,
  y: Float64Array,
): void {
  const { data } = w;
  const mark = w.mark();
  const [p, q] = [w.take(2 * rows), w.take(2 * rows)];
  w.dots(2 * rows, size, a, aStep, x, p);
  w.dots(2 * rows, size, a, aStep, x + xStep, q);
  for (let k = 0; k < 2 * rows; k += 2) {
    y[k] = data[p + k] - data[q + k + 1];
    y[k + 1] = data[q + k] + data[p + k + 1];
  }
  w.release(mark);
}

/** Room for the numbers of steps of a reduction. */
interface Room {
  /** Two pairs of rows. */
  readonly pairs: Pairs;
  /** 2 size x 4 elements, or 2 x 2 size. */
  readonly blocks: number;
}

const roomSize = (n: number): number => pairsSize(2, n) + 8 * n + 64;

function takeRoom(w: Workspace, n: number): Room {
  return { pairs: takePairs(w, 2, n), blocks: w.take(8 * n) };
}

/** Makes zeros of column k below the first element under the diagonal, which is returned. Golub and Van Loan, section 8.3.1. */
function reduceHermitian(w: Workspace, a: Pairs, n: number, k: number, to: ComplexReflections, room: Room): number {
  const { data } = w;
  const { v, taus } = to;
  const [first, size] = [k + 1, n - k - 1];
  const row = v.at + 2 * k * v.step + first;
  const from = a.at + 2 * k * a.step + first;
  // Column k is the conjugate of row k.
  for (let j = 0; j < size; j++) {
    data[row + j] = data[from + j];
    data[row + v.step + j] = -data[from + a.step + j];
  }
  const beta = addReflection(data, to);
  const tau = taus[k];
  // w = tau A v - (|tau|^2 v^H A v / 2) v, then A - v w^H - w v^H.
  const corner = a.at + 2 * first * a.step + first;
  const p = new Float64Array(2 * size);
  images(w, size, size, corner, a.step, row, v.step, p);
  let quadratic = 0;
  for (let j = 0; j < size; j++) quadratic += data[row + j] * p[2 * j] + data[row + v.step + j] * p[2 * j + 1];
  const f = ((tau[0] ** 2 + tau[1] ** 2) * quadratic) / 2;
  const { pairs, blocks } = room;
  for (let j = 0; j < size; j++) {
    const [vr, vi] = [data[row + j], data[row + v.step + j]];
    const wr = tau[0] * p[2 * j] - tau[1] * p[2 * j + 1] - f * vr;
    const wi = tau[0] * p[2 * j + 1] + tau[1] * p[2 * j] - f * vi;
    // The conjugates of w and v, and the numbers that rows of A lose them with.
    data[pairs.at + j] = wr;
    data[pairs.at + pairs.step + j] = -wi;
    data[pairs.at + 2 * pairs.step + j] = vr;
    data[pairs.at + 3 * pairs.step + j] = -vi;
    expandOne(data, blocks + 8 * j, 4, -vr, -vi);
    expandOne(data, blocks + 8 * j + 2, 4, -wr, -wi);
  }
  w.product(2 * size, size, 4, blocks, 4, pairs.at, pairs.step, corner, a.step);
  return beta;
}

/** Fills the columns of an n x k matrix with real vectors, the rows `order` of q, of `length` elements. */
function placeVectors(
  data: Float64Array,
  to: Pairs,
  q: { readonly at: number; readonly step: number },
  order: readonly number[],
  length: number,
): void {
  order.forEach((from, column) => {
    for (let i = 0; i < length; i++) data[to.at + 2 * i * to.step + column] = data[q.at + from * q.step + i];
  });
}

/** Routine: Hermitian x [..., n, n] to its eigenvalues, ascending, and, when there is a second output, the eigenvectors. */
export function complexEighRoutine(
  [x]: readonly JsOperand[],
  [values, vectors]: readonly (JsOperand | undefined)[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const n = shape[shape.length - 1];
  const step = stepOf(n);
  const size = 3 * pairsSize(n, n) + roomSize(n) + 3 * n * step + 4 * n + reflectSize(n, n) + 64;
  withWorkspace(host, size, (w) => {
    const { data } = w;
    const [a, v, z] = [takePairs(w, n, n), takePairs(w, n, n), takePairs(w, n, n)];
    const room = takeRoom(w, n);
    const [q, ...spare] = Array.from({ length: 3 }, () => ({ at: w.take(n * step), step }));
    eachMatrix(shape, (index) => {
      loadPairs(x, index, n, n, data, a);
      hermitianPart(data, a, n);
      const scale = powerOfTwo(data, a.at, a.step, 2 * n, n);
      const d = new Float64Array(n);
      const e = new Float64Array(n - 1);
      const reflections: ComplexReflections = { v, length: n, lead: 1, taus: [] };
      let found = !Number.isNaN(scale);
      if (found) {
        for (let k = 0; k < n; k++) {
          d[k] = data[a.at + 2 * k * a.step + k];
          if (k < n - 1) e[k] = reduceHermitian(w, a, n, k, reflections, room);
        }
        if (vectors === undefined) found = stepTridiagonal({ d, e, q: null });
        else {
          zeroRows(data, q.at, step, n, n);
          found = divideSymmetric(w, { d, e, q, spare: [spare[0], spare[1]] });
        }
      }
      const order = Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
      storePart(values!, index, found ? order.map((i) => d[i] * scale) : new Float64Array(n).fill(NaN));
      if (vectors === undefined) return;
      if (found) {
        zeroRows(data, z.at, z.step, 2 * n, n);
        placeVectors(data, z, q, order, n);
        turnPairs(w, reflections, z, n, false);
      }
      storePairs(vectors, index, n, n, data, found ? z : null);
    });
  });
}

/** A decomposition: singular values, descending, and the singular vectors as columns, when asked for. */
interface Decomposition {
  readonly s: Float64Array;
  readonly u: Pairs | null;
  readonly v: Pairs | null;
}

/** Elements of workspace that {@link decompose} takes. */
function decomposeSize(rows: number, columns: number): number {
  const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)];
  const own = pairsSize(m, n) + 2 * pairsSize(n, m) + pairsSize(m, m) + pairsSize(n, n) + roomSize(m);
  return own + 5 * n * stepOf(n) + 4 * m + reflectSize(m, m) + 128;
}

/** Decomposes an m x n matrix, which is used up; null when it is not finite or the steps do not converge. */
function decompose(
  w: Workspace,
  given: Pairs,
  m: number,
  n: number,
  full: boolean,
  vectors: boolean,
): Decomposition | null {
  const { data } = w;
  if (m < n) {
    const a = takePairs(w, n, m);
    transposePairs(data, given, m, n, a, -1);
    const t = decompose(w, a, n, m, full, vectors);
    return t === null ? null : { s: t.s, u: t.v, v: t.u };
  }
  const a = given;
  const scale = powerOfTwo(data, a.at, a.step, 2 * m, n);
  if (Number.isNaN(scale)) return null;
  const left: ComplexReflections = { v: takePairs(w, n, m), length: m, lead: 0, taus: [] };
  const right: ComplexReflections = { v: takePairs(w, n, n), length: n, lead: 1, taus: [] };
  const room = takeRoom(w, m);
  const [d, e] = [new Float64Array(n), new Float64Array(n - 1)];
  for (let k = 0; k < n; k++) {
    d[k] = reduceColumn(w, a, m, n, k, left, room);
    if (k < n - 1) e[k] = reduceRow(w, a, m, n, k, right, room);
  }
  const ordered = (s: Float64Array): number[] => Array.from(s.keys()).sort((i, j) => s[j] - s[i]);
  if (!vectors) {
    if (!stepBidiagonal({ d, e, u: null, v: null }, n)) return null;
    const s = d.map(Math.abs);
    return { s: Float64Array.from(ordered(s), (i) => s[i] * scale), u: null, v: null };
  }
  const step = stepOf(n);
  const k = full ? m : n;
  const [u, v, ...spare] = Array.from({ length: 5 }, () => ({ at: w.take(n * step), step }));
  for (const q of [u, v]) zeroRows(data, q.at, step, n, n);
  const s = new Float64Array(n);
  if (!divideSingular(w, { d, e, s, u, v, spare: [spare[0], spare[1], spare[2]] })) return null;
  const order = ordered(s);
  const [columns, others] = [takePairs(w, m, k), takePairs(w, n, n)];
  zeroRows(data, columns.at, columns.step, 2 * m, k);
  zeroRows(data, others.at, others.step, 2 * n, n);
  placeVectors(data, columns, u, order, n);
  placeVectors(data, others, v, order, n);
  for (let i = n; i < k; i++) data[columns.at + 2 * i * columns.step + i] = 1;
  turnPairs(w, left, columns, k, false);
  turnPairs(w, right, others, n, false);
  return { s: Float64Array.from(order, (i) => s[i] * scale), u: columns, v: others };
}

/** Makes zeros of column k below the diagonal, whose element is returned. Golub and Van Loan, algorithm 5.4.2. */
function reduceColumn(
  w: Workspace,
  a: Pairs,
  m: number,
  n: number,
  k: number,
  left: ComplexReflections,
  { pairs, blocks }: Room,
): number {
  const { data } = w;
  const { v } = left;
  const row = v.at + 2 * k * v.step + k;
  for (let i = k; i < m; i++) {
    const from = a.at + 2 * i * a.step + k;
    data[row + i - k] = data[from];
    data[row + v.step + i - k] = data[from + a.step];
  }
  const beta = addReflection(data, left);
  const [tr, ti] = left.taus[k];
  const [rows, size] = [m - k, n - k - 1];
  if (size === 0) return beta;
  const corner = a.at + 2 * k * a.step + k + 1;
  // v^H A, then A - conj(tau) v (v^H A).
  zeroRows(data, pairs.at, pairs.step, 2, size);
  expand(data, row, v.step, 1, rows, blocks, 2 * rows, { conjugated: true });
  combinePairs(w, 1, rows, size, blocks, 2 * rows, corner, a.step, pairs.at, pairs.step);
  for (let i = 0; i < rows; i++) {
    const [re, im] = times([tr, -ti], [data[row + i], data[row + v.step + i]]);
    expandOne(data, blocks + 4 * i, 2, -re, -im);
  }
  w.product(2 * rows, size, 2, blocks, 2, pairs.at, pairs.step, corner, a.step);
  return beta;
}

/** Makes zeros of row k right of the element beside the diagonal, which is returned. */
function reduceRow(
  w: Workspace,
  a: Pairs,
  m: number,
  n: number,
  k: number,
  right: ComplexReflections,
  { pairs, blocks }: Room,
): number {
  const { data } = w;
  const { v } = right;
  const [from, size, rows] = [k + 1, n - k - 1, m - k - 1];
  const row = v.at + 2 * k * v.step + from;
  const source = a.at + 2 * k * a.step + from;
  for (let j = 0; j < size; j++) {
    data[row + j] = data[source + j];
    data[row + v.step + j] = -data[source + a.step + j];
  }
  const beta = addReflection(data, right);
  const corner = a.at + 2 * from * a.step + from;
  // t = tau A v, then A - t v^H.
  const t = new Float64Array(2 * rows);
  images(w, rows, size, corner, a.step, row, v.step, t);
  for (let j = 0; j < size; j++) {
    data[pairs.at + j] = data[row + j];
    data[pairs.at + pairs.step + j] = -data[row + v.step + j];
  }
  for (let i = 0; i < rows; i++) {
    const [re, im] = times(right.taus[k], [t[2 * i], t[2 * i + 1]]);
    expandOne(data, blocks + 4 * i, 2, -re, -im);
  }
  w.product(2 * rows, size, 2, blocks, 2, pairs.at, pairs.step, corner, a.step);
  return beta;
}

/** Routine: x [..., m, n] to the singular values and, when there are further outputs, U and V. */
export function complexSvdRoutine(
  [x]: readonly JsOperand[],
  [s, u, v]: readonly (JsOperand | undefined)[],
  _: unknown,
  ...host: Host
): void {
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  const k = Math.min(m, n);
  const last = (y: JsOperand | undefined): number => (y === undefined ? 0 : complexShape(y)[shape.length - 1]);
  const full = m !== n && last(u) !== last(v);
  withWorkspace(host, pairsSize(m, n) + decomposeSize(m, n), (w) => {
    const a = takePairs(w, m, n);
    const mark = w.mark();
    eachMatrix(shape, (index) => {
      loadPairs(x, index, m, n, w.data, a);
      const found = decompose(w, a, m, n, full, u !== undefined);
      storePart(s!, index, found?.s ?? new Float64Array(k).fill(NaN));
      if (u !== undefined) storePairs(u, index, m, last(u), w.data, found?.u ?? null);
      if (v !== undefined) storePairs(v, index, n, last(v), w.data, found?.v ?? null);
      w.release(mark);
    });
  });
}

/** Routine: x [..., m, n] to its pseudoinverse [..., n, m]. */
export function complexPinvRoutine(
  [x]: readonly JsOperand[],
  [y]: readonly JsOperand[],
  attr: unknown,
  ...host: Host
): void {
  const { tolerance } = attr as PinvAttr;
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  const k = Math.min(m, n);
  const room = pairsSize(k, m) + pairsSize(n, m) + 4 * n * k + 16;
  withWorkspace(host, pairsSize(m, n) + decomposeSize(m, n) + room, (w) => {
    const { data } = w;
    const a = takePairs(w, m, n);
    const mark = w.mark();
    eachMatrix(shape, (index) => {
      loadPairs(x, index, m, n, data, a);
      const found = decompose(w, a, m, n, false, true);
      const result = takePairs(w, n, m);
      if (found !== null) pseudoinverse(w, found, [m, n], tolerance, result);
      storePairs(y, index, n, m, data, found === null ? null : result);
      w.release(mark);
    });
  });
}

/** V diag(1 / s) U^H over the singular values above the tolerance. */
function pseudoinverse(
  w: Workspace,
  { s, u, v }: Decomposition,
  [m, n]: readonly [number, number],
  tolerance: number,
  result: Pairs,
): void {
  const { data } = w;
  let rank = 0;
  while (rank < s.length && s[rank] > tolerance * s[0]) rank++;
  zeroRows(data, result.at, result.step, 2 * n, m);
  if (rank === 0) return;
  const rows = takePairs(w, s.length, m);
  transposePairs(data, u as Pairs, m, rank, rows, -1);
  for (let p = 0; p < rank; p++) {
    for (let i = 0; i < m; i++) {
      for (let part = 0; part < 2; part++) data[rows.at + (2 * p + part) * rows.step + i] /= s[p];
    }
  }
  const left = w.take(4 * n * rank);
  expand(data, (v as Pairs).at, (v as Pairs).step, n, rank, left, 2 * rank);
  w.product(2 * n, m, 2 * rank, left, 2 * rank, rows.at, rows.step, result.at, result.step);
}
