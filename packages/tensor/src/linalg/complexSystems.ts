/** Cholesky and LU factorizations and systems of complex matrices. */
import type { JsOperand } from "../backend/backend.ts";
import {
  addRow,
  complexShape,
  inverse,
  loadPlanes,
  scaleRow,
  storePlanes,
  transposePlanes,
  zeroPlanes,
  type Planes,
} from "./complexRows.ts";
import { eachMatrix, storePart } from "./storage.ts";
import type { TriangularAttr } from "./substitution.ts";

/** Replaces the upper triangle of a Hermitian matrix by the U of a = U^H U; false when it is not positive definite. */
function factorPositive(a: Planes, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let p = 0; p < i; p++) {
      const at = p * n + i;
      addRow(a, row + i, a, at, n - i, [-a.re[at], a.im[at]]);
    }
    const square = a.re[row + i];
    // Also false for NaN.
    if (!(square > 0 && square < Infinity)) return false;
    a.im[row + i] = 0;
    scaleRow(a, row + i, n - i, [1 / Math.sqrt(square), 0]);
  }
  return true;
}

/** Routine: Hermitian x [..., n, n] to its lower factor. */
export function complexCholeskyRoutine([x]: readonly JsOperand[], [l]: readonly JsOperand[]): void {
  const shape = complexShape(x);
  const n = shape[shape.length - 1];
  eachMatrix(shape, (index) => {
    const a = hermitianPart(loadPlanes(x, index, n * n), n);
    const factored = factorPositive(a, n);
    for (let i = 0; i < n; i++) {
      a.re.fill(0, i * n, i * n + i);
      a.im.fill(0, i * n, i * n + i);
    }
    storePlanes(l, index, n * n, factored ? transposePlanes(a, n, n, -1) : null);
  });
}

/** The mean of a matrix and its conjugate transpose. */
export function hermitianPart(a: Planes, n: number): Planes {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const p = i * n + j;
      const q = j * n + i;
      const re = a.re[p] / 2 + a.re[q] / 2;
      const im = a.im[p] / 2 - a.im[q] / 2;
      a.re[p] = a.re[q] = re;
      a.im[p] = im;
      a.im[q] = -im;
    }
  }
  return a;
}

function swapRows(a: Float64Array, n: number, i: number, j: number): void {
  for (let k = 0; k < n; k++) {
    const x = a[i * n + k];
    a[i * n + k] = a[j * n + k];
    a[j * n + k] = x;
  }
}

/** Row of the largest magnitude of column k from row k on; the first of equals, or of NaN. */
function pivotOf(a: Planes, m: number, n: number, k: number): number {
  let [best, most] = [k, -1];
  for (let i = k; i < m; i++) {
    const x = Math.hypot(a.re[i * n + k], a.im[i * n + k]);
    if (Number.isNaN(x)) return i;
    if (x > most) [best, most] = [i, x];
  }
  return best;
}

/** As `luInPlace` for real matrices: row-oriented elimination with partial pivoting. */
function luInPlace(a: Planes, m: number, n: number): { readonly rows: Float64Array; readonly sign: number } {
  const rows = Float64Array.from({ length: m }, (_, i) => i);
  let sign = 1;
  for (let k = 0; k < Math.min(m, n); k++) {
    const pivot = pivotOf(a, m, n, k);
    if (pivot !== k) {
      swapRows(a.re, n, k, pivot);
      swapRows(a.im, n, k, pivot);
      [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
      sign = -sign;
    }
    const at = k * n + k;
    const zero = a.re[at] === 0 && a.im[at] === 0;
    const scale = inverse([a.re[at], a.im[at]]);
    for (let i = k + 1; i < m; i++) {
      const from = i * n + k;
      // A column of zeros leaves nothing to eliminate.
      if (!zero) scaleRow(a, from, 1, scale);
      addRow(a, from + 1, a, at + 1, n - k - 1, [-a.re[from], -a.im[from]]);
    }
  }
  return { rows, sign };
}

/** Routine: x [..., m, n] to the packed factors, the row numbers (i32) and the sign of the permutation. */
export function complexLuRoutine([x]: readonly JsOperand[], [packed, rowsOut, signOut]: readonly JsOperand[]): void {
  const shape = complexShape(x);
  const [m, n] = shape.slice(-2);
  eachMatrix(shape, (index) => {
    const a = loadPlanes(x, index, m * n);
    const { rows, sign } = luInPlace(a, m, n);
    storePlanes(packed, index, m * n, a);
    storePart(rowsOut, index, rows);
    storePart(signOut, index, [sign]);
  });
}

/** Solves a triangular system of n unknowns for the k columns of an n x k matrix, which the solutions replace. */
function substitute(a: Planes, right: Planes, n: number, k: number, { lower, unitDiagonal }: TriangularAttr): void {
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    for (let p = lower ? 0 : i + 1; p < (lower ? i : n); p++) {
      addRow(right, i * k, right, p * k, k, [-a.re[i * n + p], -a.im[i * n + p]]);
    }
    if (unitDiagonal) continue;
    const diagonal = [a.re[i * n + i], a.im[i * n + i]] as const;
    // A zero on the diagonal: there is no solution.
    scaleRow(right, i * k, k, diagonal[0] === 0 && diagonal[1] === 0 ? [NaN, NaN] : inverse(diagonal));
  }
}

/** Routine: triangular a [..., n, n] and b [..., n, k] to the x of a x = b. */
export function complexTriangularRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[], attr: unknown): void {
  const shape = complexShape(x);
  const [n, k] = shape.slice(-2);
  eachMatrix(shape, (index) => {
    const right = loadPlanes(b, index, n * k);
    substitute(loadPlanes(a, index, n * n), right, n, k, attr as TriangularAttr);
    storePlanes(x, index, n * k, right);
  });
}

/** Routine: square a [..., n, n] and b [..., n, k] to the x of a x = b, NaN where a is singular. */
export function complexSolveRoutine([a, b]: readonly JsOperand[], [x]: readonly JsOperand[]): void {
  const shape = complexShape(x);
  const [n, k] = shape.slice(-2);
  eachMatrix(shape, (index) => {
    const factors = loadPlanes(a, index, n * n);
    const { rows } = luInPlace(factors, n, n);
    const [given, right] = [loadPlanes(b, index, n * k), zeroPlanes(n * k)];
    let singular = false;
    for (let i = 0; i < n; i++) {
      singular ||= factors.re[i * n + i] === 0 && factors.im[i * n + i] === 0;
      addRow(right, i * k, given, rows[i] * k, k, [1, 0]);
    }
    substitute(factors, right, n, k, { lower: true, unitDiagonal: true });
    substitute(factors, right, n, k, { lower: false, unitDiagonal: false });
    storePlanes(x, index, n * k, singular ? null : right);
  });
}
