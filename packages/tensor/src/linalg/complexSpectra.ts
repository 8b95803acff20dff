/** QR, eigenvalue and singular value decompositions of complex matrices: reduced to real ones where there is more than reflections. */
import type { JsOperand } from "../backend/backend.ts";
import { stepBidiagonal } from "./bidiagonalSteps.ts";
import { addReflection, noReflections, reflectRow, turnRows } from "./complexReflect.ts";
import {
  addRow,
  complexShape,
  dotRow,
  loadPlanes,
  storePlanes,
  times,
  transposePlanes,
  zeroPlanes,
  type Pair,
  type Planes,
} from "./complexRows.ts";
import { hermitianPart } from "./complexSystems.ts";
import { divideSingular } from "./divideSingular.ts";
import { divideSymmetric } from "./divideSymmetric.ts";
import { eachMatrix, powerOfTwo, storePart } from "./storage.ts";
import type { PinvAttr } from "./svdFactor.ts";
import { stepTridiagonal } from "./tridiagonalSteps.ts";
import { stepOf, withWorkspace, zeroRows, type Host } from "./workspace.ts";

/** Scales both parts by one power of two, so that squares neither overflow nor vanish; returns the divisor, NaN for what is not finite. */
function scaleParts({ re, im }: Planes): number {
  const parts = new Float64Array(re.length + im.length);
  parts.set(re);
  parts.set(im, re.length);
  const divisor = powerOfTwo(parts, 0, 0, 1, parts.length);
  re.set(parts.subarray(0, re.length));
  im.set(parts.subarray(re.length));
  return divisor;
}

/** Routine: x [..., m, n] to Q [..., m, k] and R [..., k, n], the diagonal of R real and not negative. */
export function complexQrRoutine([x]: readonly JsOperand[], [q, r]: readonly JsOperand[]): void {
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  const k = complexShape(q)[shape.length - 1];
  const steps = Math.min(m, n);
  eachMatrix(shape, (index) => {
    const given = loadPlanes(x, index, m * n);
    const scale = scaleParts(given);
    const columns = transposePlanes(given, m, n, 1);
    const reflections = noReflections(steps, m, 0);
    const signs = new Float64Array(k).fill(1);
    for (let j = 0; j < steps; j++) {
      addRow(reflections.v, j * m + j, columns, j * m + j, m - j, [1, 0]);
      const beta = addReflection(reflections);
      for (let c = j; c < n; c++) reflectRow(reflections, j, columns, c * m, -1);
      columns.re[j * m + j] = beta;
      if (beta < 0) signs[j] = -1;
    }
    const left = zeroPlanes(k * m);
    for (let i = 0; i < k; i++) left.re[i * m + i] = signs[i];
    turnRows(reflections, left, k);
    storePlanes(q, index, m * k, transposePlanes(left, k, m, 1));
    const right = zeroPlanes(k * n);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < k && i <= j; i++) {
        right.re[i * n + j] = signs[i] * columns.re[j * m + i] * scale;
        right.im[i * n + j] = i === j ? 0 : signs[i] * columns.im[j * m + i] * scale;
      }
    }
    storePlanes(r, index, k * n, right);
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
  eachMatrix(shape, (index) => {
    const a = hermitianPart(loadPlanes(x, index, n * n), n);
    const scale = scaleParts(a);
    const d = new Float64Array(n);
    const e = new Float64Array(n - 1);
    const reflections = noReflections(n - 1, n, 1);
    let found: { readonly d: Float64Array; readonly rows: Planes | null } | null = null;
    if (!Number.isNaN(scale)) {
      for (let k = 0; k < n; k++) {
        d[k] = a.re[k * n + k];
        if (k < n - 1) e[k] = reduceHermitian(a, n, k, reflections);
      }
      if (vectors !== undefined) found = dividedRows(d, e, host);
      else if (stepTridiagonal({ d, e, q: null })) found = { d, rows: null };
    }
    const order = found === null ? [] : Array.from(d.keys()).sort((i, j) => found.d[i] - found.d[j]);
    storePart(values!, index, found === null ? new Float64Array(n).fill(NaN) : order.map((i) => found.d[i] * scale));
    if (vectors === undefined) return;
    if (found === null || found.rows === null) {
      storePlanes(vectors, index, n * n, null);
      return;
    }
    turnRows(reflections, found.rows, n);
    storePlanes(vectors, index, n * n, transposePlanes(pickRows(found.rows, order, n), n, n, 1));
  });
}

/** Makes zeros of column k below the first element under the diagonal, which is returned. Golub and Van Loan, section 8.3.1. */
function reduceHermitian(a: Planes, n: number, k: number, reflections: ReturnType<typeof noReflections>): number {
  const { v } = reflections;
  const [first, size] = [k + 1, n - k - 1];
  const at = k * n + first;
  // Column k is the conjugate of row k.
  addRow(v, at, a, at, size, [1, 0], -1);
  const beta = addReflection(reflections);
  const tau = reflections.taus[k];
  // w = tau A v - (|tau|^2 v^H A v / 2) v, then A - v w^H - w v^H.
  const p = zeroPlanes(size);
  for (let j = 0; j < size; j++) {
    addRow(p, 0, a, (first + j) * n + first, size, [v.re[at + j], v.im[at + j]], -1);
  }
  const [quadratic] = dotRow(v, at, p, 0, size, -1);
  const w = zeroPlanes(size);
  addRow(w, 0, p, 0, size, tau);
  addRow(w, 0, v, at, size, [(-(tau[0] ** 2 + tau[1] ** 2) * quadratic) / 2, 0]);
  for (let i = 0; i < size; i++) {
    const row = (first + i) * n + first;
    addRow(a, row, w, 0, size, [-v.re[at + i], -v.im[at + i]], -1);
    addRow(a, row, v, at, size, [-w.re[i], -w.im[i]], -1);
  }
  return beta;
}

/** Eigenvalues of a real tridiagonal matrix, in no order, and its eigenvectors as rows. */
function dividedRows(
  d: Float64Array,
  e: Float64Array,
  host: Host,
): { readonly d: Float64Array; readonly rows: Planes } | null {
  const n = d.length;
  const step = stepOf(n);
  return withWorkspace(host, 3 * n * step + 32, (w) => {
    const [q, ...spare] = Array.from({ length: 3 }, () => ({ at: w.take(n * step), step }));
    zeroRows(w.data, q.at, step, n, n);
    if (!divideSymmetric(w, { d, e, q, spare: [spare[0], spare[1]] })) return null;
    const rows = zeroPlanes(n * n);
    for (let i = 0; i < n; i++) rows.re.set(w.data.subarray(q.at + i * step, q.at + i * step + n), i * n);
    return { d, rows };
  });
}

function pickRows(rows: Planes, order: readonly number[], length: number): Planes {
  const picked = zeroPlanes(order.length * length);
  order.forEach((from, to) => addRow(picked, to * length, rows, from * length, length, [1, 0]));
  return picked;
}

/** A decomposition: singular values, descending, and the singular vectors as rows, when asked for. */
interface Decomposition {
  readonly s: Float64Array;
  readonly u: Planes | null;
  readonly v: Planes | null;
}

/** Decomposes an m x n matrix, which is used up; null when it is not finite or the steps do not converge. */
function decompose(a: Planes, m: number, n: number, full: boolean, vectors: boolean, host: Host): Decomposition | null {
  if (m < n) {
    const t = decompose(transposePlanes(a, m, n, -1), n, m, full, vectors, host);
    return t === null ? null : { s: t.s, u: t.v, v: t.u };
  }
  const scale = scaleParts(a);
  if (Number.isNaN(scale)) return null;
  const [left, right] = [noReflections(n, m, 0), noReflections(n - 1, n, 1)];
  const [d, e] = [new Float64Array(n), new Float64Array(n - 1)];
  for (let k = 0; k < n; k++) {
    d[k] = reduceColumn(a, m, n, k, left);
    if (k < n - 1) e[k] = reduceRow(a, m, n, k, right);
  }
  const ordered = (s: Float64Array): number[] => Array.from(s.keys()).sort((i, j) => s[j] - s[i]);
  if (!vectors) {
    if (!stepBidiagonal({ d, e, u: null, v: null }, n)) return null;
    const s = d.map(Math.abs);
    return { s: Float64Array.from(ordered(s), (i) => s[i] * scale), u: null, v: null };
  }
  const step = stepOf(n);
  const k = full ? m : n;
  return withWorkspace(host, 5 * n * step + 64, (w) => {
    const [u, v, ...spare] = Array.from({ length: 5 }, () => ({ at: w.take(n * step), step }));
    for (const q of [u, v]) zeroRows(w.data, q.at, step, n, n);
    const s = new Float64Array(n);
    if (!divideSingular(w, { d, e, s, u, v, spare: [spare[0], spare[1], spare[2]] })) return null;
    const order = ordered(s);
    const [rows, others] = [zeroPlanes(k * m), zeroPlanes(n * n)];
    order.forEach((from, to) => {
      rows.re.set(w.data.subarray(u.at + from * step, u.at + from * step + n), to * m);
      others.re.set(w.data.subarray(v.at + from * step, v.at + from * step + n), to * n);
    });
    for (let i = n; i < k; i++) rows.re[i * m + i] = 1;
    turnRows(left, rows, k);
    turnRows(right, others, n);
    return { s: Float64Array.from(order, (i) => s[i] * scale), u: rows, v: others };
  });
}

/** Makes zeros of column k below the diagonal, whose element is returned. Golub and Van Loan, algorithm 5.4.2. */
function reduceColumn(a: Planes, m: number, n: number, k: number, left: ReturnType<typeof noReflections>): number {
  const { v } = left;
  for (let i = k; i < m; i++) {
    v.re[k * m + i] = a.re[i * n + k];
    v.im[k * m + i] = a.im[i * n + k];
  }
  const beta = addReflection(left);
  const [tr, ti] = left.taus[k];
  const [from, size] = [k + 1, n - k - 1];
  const sums = zeroPlanes(size);
  for (let i = k; i < m; i++) addRow(sums, 0, a, i * n + from, size, [v.re[k * m + i], -v.im[k * m + i]]);
  for (let i = k; i < m; i++) {
    const [re, im] = times([tr, -ti], [v.re[k * m + i], v.im[k * m + i]]);
    addRow(a, i * n + from, sums, 0, size, [-re, -im]);
  }
  return beta;
}

/** Makes zeros of row k right of the element beside the diagonal, which is returned. */
function reduceRow(a: Planes, m: number, n: number, k: number, right: ReturnType<typeof noReflections>): number {
  const { v } = right;
  const [from, size] = [k + 1, n - k - 1];
  const at = k * n + from;
  addRow(v, at, a, k * n + from, size, [1, 0], -1);
  const beta = addReflection(right);
  for (let i = from; i < m; i++) {
    const row = i * n + from;
    const [re, im] = times(right.taus[k], dotRow(v, at, a, row, size, 1));
    addRow(a, row, v, at, size, [-re, -im], -1);
  }
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
  eachMatrix(shape, (index) => {
    const found = decompose(loadPlanes(x, index, m * n), m, n, full, u !== undefined, host);
    storePart(s!, index, found?.s ?? new Float64Array(k).fill(NaN));
    const store = (y: JsOperand | undefined, rows: Planes | null | undefined, length: number): void => {
      if (y === undefined) return;
      const count = last(y);
      const columns = rows === null || rows === undefined ? null : transposePlanes(rows, count, length, 1);
      storePlanes(y, index, count * length, columns);
    };
    store(u, found?.u, m);
    store(v, found?.v, n);
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
  eachMatrix(shape, (index) => {
    const found = decompose(loadPlanes(x, index, m * n), m, n, false, true, host);
    if (found === null) {
      storePlanes(y, index, n * m, null);
      return;
    }
    const { s, u, v } = found;
    const result = zeroPlanes(n * m);
    for (let p = 0; p < s.length && s[p] > tolerance * s[0]; p++) {
      for (let i = 0; i < n; i++) {
        const f: Pair = [v!.re[p * n + i] / s[p], v!.im[p * n + i] / s[p]];
        addRow(result, i * m, u!, p * m, m, f, -1);
      }
    }
    storePlanes(y, index, n * m, result);
  });
}
