/** Matrices of routine operands as arrays of doubles: all factorizations work in double precision and round once, at the end. */
import type { JsOperand } from "../backend/backend.ts";

/** Calls `visit` with the number of every matrix of a stack of the given shape. */
export function eachMatrix(shape: readonly number[], visit: (index: number) => void, axes = 2): void {
  const count = shape.slice(0, shape.length - axes).reduce((a, b) => a * b, 1);
  for (let i = 0; i < count; i++) visit(i);
}

/** Copies `size` elements of a contiguous operand, from element `index * size` on. */
export function loadPart({ data, offset }: JsOperand, index: number, size: number): Float64Array {
  const start = offset + index * size;
  return new Float64Array(memoryOf(data).subarray(start, start + size));
}

/** The inverse of {@link loadPart}. */
export function storePart({ data, offset }: JsOperand, index: number, values: ArrayLike<number>): void {
  memoryOf(data).set(values, offset + index * values.length);
}

/** Memory of every type is a typed array, whose ranges are copied and converted at once. */
function memoryOf(data: JsOperand["data"]): Float64Array {
  return data as Float64Array;
}

/** Rows and columns of the squares in which two matrices are read in different orders. */
const TILE = 16;

/** The mean of a square matrix and its transpose. */
export function loadSymmetric(x: JsOperand, index: number, n: number): Float64Array {
  const a = loadPart(x, index, n * n);
  for (let top = 0; top < n; top += TILE) {
    const bottom = Math.min(n, top + TILE);
    for (let left = 0; left <= top; left += TILE) {
      for (let i = top; i < bottom; i++) {
        const right = Math.min(i, left + TILE);
        for (let j = left; j < right; j++) a[i * n + j] = a[j * n + i] = a[i * n + j] / 2 + a[j * n + i] / 2;
      }
    }
  }
  return a;
}

/** The transpose of an m x n matrix. */
export function transposeOf(a: Float64Array, m: number, n: number): Float64Array {
  const t = new Float64Array(m * n);
  for (let top = 0; top < m; top += TILE) {
    const bottom = Math.min(m, top + TILE);
    for (let left = 0; left < n; left += TILE) {
      const right = Math.min(n, left + TILE);
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) t[j * m + i] = a[i * n + j];
    }
  }
  return t;
}

/** The n x n identity. */
export function identityOf(n: number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = 1;
  return a;
}

/** Largest magnitude; NaN when an element is not finite. */
export function largest(a: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const x = Math.abs(a[i]);
    if (!(x < Infinity)) return NaN;
    if (x > most) most = x;
  }
  return most;
}
