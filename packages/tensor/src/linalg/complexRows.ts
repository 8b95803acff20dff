/**
 * Complex matrices in a workspace as pairs of rows, the real parts of a row above its imaginary parts. So a product with a matrix
 * that has [[re, -im], [im, re]] in place of every element is a complex one, and the compiled functions on real matrices serve.
 */
import type { JsOperand } from "../backend/backend.ts";
import { stepOf, type Workspace } from "./workspace.ts";

/** Where the real part of element (0, 0) lies, and elements from one row to the next: half of the way from pair to pair. */
export interface Pairs {
  readonly at: number;
  readonly step: number;
}

/** A complex number. */
export type Pair = readonly [re: number, im: number];

/** Elements of workspace that m pairs of rows of n elements take. */
export function pairsSize(m: number, n: number): number {
  return 2 * m * stepOf(n) + 8;
}

/** Room for m pairs of rows of n elements. */
export function takePairs(w: Workspace, m: number, n: number): Pairs {
  return { at: w.take(2 * m * stepOf(n)), step: stepOf(n) };
}

/** The shape of the complex matrices that an operand holds, without the axis of the parts. */
export function complexShape(x: JsOperand): readonly number[] {
  return x.shape.slice(0, -1);
}

/** Copies matrix number `index`, of m x n. */
export function loadPairs(
  x: JsOperand,
  index: number,
  m: number,
  n: number,
  to: Float64Array,
  { at, step }: Pairs,
): void {
  const { data } = x;
  for (let i = 0; i < m; i++) {
    const from = x.offset + 2 * (index * m + i) * n;
    const re = at + 2 * i * step;
    const im = re + step;
    for (let j = 0; j < n; j++) {
      to[re + j] = data[from + 2 * j];
      to[im + j] = data[from + 2 * j + 1];
    }
  }
}

/** The inverse of {@link loadPairs}; null stands for NaN in all elements. */
export function storePairs(
  y: JsOperand,
  index: number,
  m: number,
  n: number,
  from: Float64Array,
  pairs: Pairs | null,
): void {
  const { data } = y;
  for (let i = 0; i < m; i++) {
    const to = y.offset + 2 * (index * m + i) * n;
    const re = pairs === null ? 0 : pairs.at + 2 * i * pairs.step;
    const im = pairs === null ? 0 : re + pairs.step;
    for (let j = 0; j < n; j++) {
      data[to + 2 * j] = pairs === null ? NaN : from[re + j];
      data[to + 2 * j + 1] = pairs === null ? NaN : from[im + j];
    }
  }
}

/** Rows and columns of the squares in which two matrices are read in different orders. */
const TILE = 16;

/** The transpose of an m x n matrix, its elements conjugated when `sign` is -1. */
export function transposePairs(data: Float64Array, x: Pairs, m: number, n: number, y: Pairs, sign: 1 | -1): void {
  for (let top = 0; top < m; top += TILE) {
    const bottom = Math.min(m, top + TILE);
    for (let left = 0; left < n; left += TILE) {
      const right = Math.min(n, left + TILE);
      for (let i = top; i < bottom; i++) {
        const row = x.at + 2 * i * x.step;
        for (let j = left; j < right; j++) {
          const to = y.at + 2 * j * y.step + i;
          data[to] = data[row + j];
          data[to + y.step] = sign * data[row + x.step + j];
        }
      }
    }
  }
}

/** Which elements a matrix of blocks is made of, see {@link expand}. */
export interface Expansion {
  readonly transposed?: boolean;
  readonly conjugated?: boolean;
  readonly negative?: boolean;
}

/**
 * Puts [[re, -im], [im, re]] in place of every element of an m x k matrix, into rows of `toStep` elements.
 * @param from place of the real part of its first element, or of the first of its transpose
 */
export function expand(
  data: Float64Array,
  from: number,
  step: number,
  m: number,
  k: number,
  to: number,
  toStep: number,
  { transposed = false, conjugated = false, negative = false }: Expansion = {},
): void {
  const down = transposed ? 1 : 2 * step;
  const across = transposed ? 2 * step : 1;
  const real = negative ? -1 : 1;
  const imaginary = conjugated ? -real : real;
  for (let i = 0; i < m; i++) {
    const above = to + 2 * i * toStep;
    const below = above + toStep;
    let at = from + i * down;
    for (let p = 0; p < 2 * k; p += 2, at += across) {
      const re = real * data[at];
      const im = imaginary * data[at + step];
      data[above + p] = re;
      data[above + p + 1] = -im;
      data[below + p] = im;
      data[below + p + 1] = re;
    }
  }
}

/** Puts one number in that place. */
export function expandOne(data: Float64Array, to: number, toStep: number, re: number, im: number): void {
  data[to] = re;
  data[to + 1] = -im;
  data[to + toStep] = im;
  data[to + toStep + 1] = re;
}

/** Adds to a pair of rows, or subtracts from it, `count` pairs times the numbers whose blocks lie at `f`, of n elements. */
export function combinePairs(
  w: Workspace,
  sign: 1 | -1,
  count: number,
  n: number,
  f: number,
  fStep: number,
  rows: number,
  step: number,
  y: number,
  yStep: number,
): void {
  if (count === 0 || n === 0) return;
  const run = sign === 1 ? w.combine : w.subtract;
  run(2 * count, n, f, 1, rows, step, y);
  run(2 * count, n, f + fStep, 1, rows, step, y + yStep);
}

export function times([a, b]: Pair, [c, d]: Pair): Pair {
  return [a * c - b * d, a * d + b * c];
}

/** 1 / z, without overflow of |z|^2. */
export function inverse([re, im]: Pair): Pair {
  const size = Math.hypot(re, im);
  return [re / size / size, -im / size / size];
}

/** Multiplies `count` elements of a pair of rows by a number. */
export function scalePair(data: Float64Array, at: number, step: number, count: number, [fr, fi]: Pair): void {
  for (let k = at; k < at + count; k++) {
    const a = data[k];
    const b = data[k + step];
    data[k] = a * fr - b * fi;
    data[k + step] = a * fi + b * fr;
  }
}

/** The mean of a matrix and its conjugate transpose. */
export function hermitianPart(data: Float64Array, { at, step }: Pairs, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const p = at + 2 * i * step + j;
      const q = at + 2 * j * step + i;
      const re = data[p] / 2 + data[q] / 2;
      const im = data[p + step] / 2 - data[q + step] / 2;
      data[p] = data[q] = re;
      data[p + step] = im;
      data[q + step] = -im;
    }
  }
}
