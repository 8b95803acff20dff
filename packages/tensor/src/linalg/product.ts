/** The product of two matrices by inner products of rows, which the blocked factorizations spend their time in. */
import { dotRows } from "./rows.ts";

/** Rows of a matrix in memory: row i starts at element `at + i * step`. */
export interface Rows {
  readonly data: Float64Array;
  readonly at: number;
  readonly step: number;
}

/**
 * Subtracts x y^T from an m x n matrix, x and y having `depth` columns: 4 x 4 inner products at a time, whose sixteen sums need half a
 * load per multiplication.
 */
export function subtractProduct(to: Rows, x: Rows, y: Rows, m: number, n: number, depth: number): void {
  if (depth === 0) return;
  const [tallest, widest] = [m - (m % 4), n - (n % 4)];
  for (let i = 0; i < tallest; i += 4) {
    const row = x.at + i * x.step;
    for (let j = 0; j < widest; j += 4) {
      const corner = to.at + i * to.step + j;
      subtractTile(to.data, corner, to.step, x.data, row, x.step, y.data, y.at + j * y.step, y.step, depth);
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = i < tallest ? widest : 0; j < n; j++) {
      to.data[to.at + i * to.step + j] -= dotRows(x.data, x.at + i * x.step, y.data, y.at + j * y.step, depth);
    }
  }
}

/** A tile of {@link subtractProduct}. */
function subtractTile(
  to: Float64Array,
  at: number,
  step: number,
  x: Float64Array,
  x0: number,
  xStep: number,
  y: Float64Array,
  y0: number,
  yStep: number,
  depth: number,
): void {
  const x1 = x0 + xStep;
  const x2 = x1 + xStep;
  const x3 = x2 + xStep;
  const y1 = y0 + yStep;
  const y2 = y1 + yStep;
  const y3 = y2 + yStep;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let p = 0; p < depth; p++) {
    const b0 = y[y0 + p];
    const b1 = y[y1 + p];
    const b2 = y[y2 + p];
    const b3 = y[y3 + p];
    const a0 = x[x0 + p];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = x[x1 + p];
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = x[x2 + p];
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    const a3 = x[x3 + p];
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  to[at] -= s00;
  to[at + 1] -= s01;
  to[at + 2] -= s02;
  to[at + 3] -= s03;
  const to1 = at + step;
  to[to1] -= s10;
  to[to1 + 1] -= s11;
  to[to1 + 2] -= s12;
  to[to1 + 3] -= s13;
  const to2 = to1 + step;
  to[to2] -= s20;
  to[to2 + 1] -= s21;
  to[to2 + 2] -= s22;
  to[to2 + 3] -= s23;
  const to3 = to2 + step;
  to[to3] -= s30;
  to[to3 + 1] -= s31;
  to[to3 + 2] -= s32;
  to[to3 + 3] -= s33;
}
