/** Matrices of routine operands as arrays of doubles: all factorizations work in double precision and round once, at the end. */
import type { JsOperand } from "../backend/backend.ts";

/** Calls `visit` with the number of every matrix of a stack of the given shape. */
export function eachMatrix(shape: readonly number[], visit: (index: number) => void): void {
  const count = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  for (let i = 0; i < count; i++) visit(i);
}

/** Stores the values of one matrix of a stack, or of what there is for each. */
export function storePart({ data, offset }: JsOperand, index: number, values: ArrayLike<number>): void {
  memoryOf(data).set(values, offset + index * values.length);
}

/** Memory of every type is a typed array, whose ranges are copied and converted at once. */
function memoryOf(data: JsOperand["data"]): Float64Array {
  return data as Float64Array;
}

/** Rows and columns of the squares in which two matrices are read in different orders. */
const TILE = 16;

/** Copies `m` rows of `n` elements of a contiguous operand to rows that are `step` elements apart. */
export function loadRows(
  x: JsOperand,
  index: number,
  m: number,
  n: number,
  to: Float64Array,
  at: number,
  step: number,
): void {
  const data = memoryOf(x.data);
  const from = x.offset + index * m * n;
  for (let i = 0; i < m; i++) {
    const first = from + i * n;
    if (data === to) to.copyWithin(at + i * step, first, first + n);
    else to.set(data.subarray(first, first + n), at + i * step);
  }
}

/** The inverse of {@link loadRows}. */
export function storeRows(
  y: JsOperand,
  index: number,
  m: number,
  n: number,
  from: Float64Array,
  at: number,
  step: number,
): void {
  const data = memoryOf(y.data);
  const to = y.offset + index * m * n;
  for (let i = 0; i < m; i++) {
    const first = at + i * step;
    if (data === from) data.copyWithin(to + i * n, first, first + n);
    else data.set(from.subarray(first, first + n), to + i * n);
  }
}

/** Transposes m rows of n elements. */
export function transposeRows(
  a: Float64Array,
  from: number,
  fromStep: number,
  m: number,
  n: number,
  to: number,
  toStep: number,
): void {
  for (let top = 0; top < m; top += TILE) {
    const bottom = Math.min(m, top + TILE);
    for (let left = 0; left < n; left += TILE) {
      const right = Math.min(n, left + TILE);
      for (let j = left; j < right; j++) {
        for (let i = top; i < bottom; i++) a[to + j * toStep + i] = a[from + i * fromStep + j];
      }
    }
  }
}

/** Magnitudes in between have squares and products that neither overflow nor vanish. */
const [SMALL, LARGE] = [2 ** -300, 2 ** 300];

/**
 * Divides m rows of n elements by a power of two, where their magnitudes are such that squares overflow or vanish.
 * @returns the divisor: 1 where nothing is divided; NaN when an element is not finite
 */
export function powerOfTwo(a: Float64Array, at: number, step: number, m: number, n: number): number {
  const most = largestOf(a, at, step, m, n);
  if (Number.isNaN(most) || most === 0 || (most > SMALL && most < LARGE)) return Number.isNaN(most) ? NaN : 1;
  const divisor = 2 ** Math.max(-1022, Math.floor(Math.log2(most)));
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) a[at + i * step + j] /= divisor;
  return divisor;
}

/** Largest magnitude of m rows of n elements; NaN when one is not finite. */
export function largestOf(a: Float64Array, at: number, step: number, m: number, n: number): number {
  let most = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const x = Math.abs(a[at + i * step + j]);
      if (!(x < Infinity)) return NaN;
      if (x > most) most = x;
    }
  }
  return most;
}
