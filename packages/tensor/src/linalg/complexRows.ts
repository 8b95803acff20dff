/** Complex matrices as two arrays of doubles, by rows, and what factorizations do with rows of them. */
import type { JsOperand } from "../backend/backend.ts";

/** Real and imaginary parts. */
export interface Planes {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A complex number. */
export type Pair = readonly [re: number, im: number];

export function zeroPlanes(size: number): Planes {
  return { re: new Float64Array(size), im: new Float64Array(size) };
}

/** The shape of the complex matrices that an operand holds, without the axis of the parts. */
export function complexShape(x: JsOperand): readonly number[] {
  return x.shape.slice(0, -1);
}

/** Copies matrix number `index` of `size` elements. */
export function loadPlanes(x: JsOperand, index: number, size: number): Planes {
  const planes = zeroPlanes(size);
  const from = x.offset + 2 * index * size;
  const { data } = x;
  for (let i = 0; i < size; i++) {
    planes.re[i] = data[from + 2 * i];
    planes.im[i] = data[from + 2 * i + 1];
  }
  return planes;
}

/** The inverse of {@link loadPlanes}; null stands for NaN in all elements. */
export function storePlanes(y: JsOperand, index: number, size: number, planes: Planes | null): void {
  const to = y.offset + 2 * index * size;
  const { data } = y;
  for (let i = 0; i < size; i++) {
    data[to + 2 * i] = planes === null ? NaN : planes.re[i];
    data[to + 2 * i + 1] = planes === null ? NaN : planes.im[i];
  }
}

/** The transpose of an m x n matrix, its elements conjugated when `sign` is -1. */
export function transposePlanes({ re, im }: Planes, m: number, n: number, sign: 1 | -1): Planes {
  const t = zeroPlanes(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      t.re[j * m + i] = re[i * n + j];
      t.im[j * m + i] = sign * im[i * n + j];
    }
  }
  return t;
}

/** y[to + k] += f x[from + k] for k < count, or f times the conjugate of x when `sign` is -1. */
export function addRow(y: Planes, to: number, x: Planes, from: number, count: number, f: Pair, sign: 1 | -1 = 1): void {
  // Destructured arrays in the loop would cost more than the arithmetic.
  const yr = y.re;
  const yi = y.im;
  const xr = x.re;
  const xi = x.im;
  const fr = f[0];
  const fi = f[1];
  const gr = sign * fr;
  const gi = sign * fi;
  for (let k = 0; k < count; k++) {
    const p = xr[from + k];
    const q = xi[from + k];
    yr[to + k] += fr * p - gi * q;
    yi[to + k] += fi * p + gr * q;
  }
}

/** Sum over k < count of x[at + k] y[from + k], x conjugated when `sign` is -1. */
export function dotRow(x: Planes, at: number, y: Planes, from: number, count: number, sign: 1 | -1): Pair {
  const xr = x.re;
  const xi = x.im;
  const yr = y.re;
  const yi = y.im;
  let rr = 0;
  let ii = 0;
  let ri = 0;
  let ir = 0;
  for (let k = 0; k < count; k++) {
    const a = xr[at + k];
    const b = xi[at + k];
    const c = yr[from + k];
    const d = yi[from + k];
    rr += a * c;
    ii += b * d;
    ri += a * d;
    ir += b * c;
  }
  return [rr - sign * ii, ri + sign * ir];
}

export function times([a, b]: Pair, [c, d]: Pair): Pair {
  return [a * c - b * d, a * d + b * c];
}

/** 1 / z, without overflow of |z|^2. */
export function inverse([re, im]: Pair): Pair {
  const size = Math.hypot(re, im);
  return [re / size / size, -im / size / size];
}

/** Multiplies `count` elements by a number. */
export function scaleRow(x: Planes, at: number, count: number, [fr, fi]: Pair): void {
  for (let k = at; k < at + count; k++) {
    const a = x.re[k];
    const b = x.im[k];
    x.re[k] = a * fr - b * fi;
    x.im[k] = a * fi + b * fr;
  }
}
