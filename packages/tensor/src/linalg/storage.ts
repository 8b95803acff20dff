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
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = data[start + i];
  return values;
}

/** The inverse of {@link loadPart}. */
export function storePart({ data, offset }: JsOperand, index: number, values: ArrayLike<number>): void {
  const start = offset + index * values.length;
  for (let i = 0; i < values.length; i++) data[start + i] = values[i];
}

/** The mean of a square matrix and its transpose. */
export function loadSymmetric(x: JsOperand, index: number, n: number): Float64Array {
  const a = loadPart(x, index, n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) a[i * n + j] = a[j * n + i] = a[i * n + j] / 2 + a[j * n + i] / 2;
  }
  return a;
}

/** The transpose of an m x n matrix. */
export function transposeOf(a: Float64Array, m: number, n: number): Float64Array {
  const t = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) t[j * m + i] = a[i * n + j];
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
