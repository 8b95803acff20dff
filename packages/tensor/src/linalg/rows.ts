/** Loops over rows in memory that the factorizations share. */

/**
 * `to[at + j] -= sum over p < k of f[fAt + p] * x[xAt + p * stride + j]` for j < n: a row minus a combination of rows. Four rows
 * per pass, so that the target is read and written k / 4 times.
 */
export function subtractRows(
  to: Float64Array,
  at: number,
  n: number,
  f: Float64Array,
  fAt: number,
  x: Float64Array,
  xAt: number,
  stride: number,
  k: number,
): void {
  let p = 0;
  for (; p + 3 < k; p += 4) {
    const f0 = f[fAt + p];
    const f1 = f[fAt + p + 1];
    const f2 = f[fAt + p + 2];
    const f3 = f[fAt + p + 3];
    const x0 = xAt + p * stride;
    const x1 = x0 + stride;
    const x2 = x1 + stride;
    const x3 = x2 + stride;
    for (let j = 0; j < n; j++) {
      to[at + j] -= f0 * x[x0 + j] + f1 * x[x1 + j] + (f2 * x[x2 + j] + f3 * x[x3 + j]);
    }
  }
  for (; p < k; p++) {
    const f0 = f[fAt + p];
    const x0 = xAt + p * stride;
    for (let j = 0; j < n; j++) to[at + j] -= f0 * x[x0 + j];
  }
}

/** Inner product of n elements, in four interleaved sums. */
export function dotRows(x: Float64Array, xAt: number, y: Float64Array, yAt: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let j = 0;
  for (; j + 3 < n; j += 4) {
    s0 += x[xAt + j] * y[yAt + j];
    s1 += x[xAt + j + 1] * y[yAt + j + 1];
    s2 += x[xAt + j + 2] * y[yAt + j + 2];
    s3 += x[xAt + j + 3] * y[yAt + j + 3];
  }
  for (; j < n; j++) s0 += x[xAt + j] * y[yAt + j];
  return s0 + s1 + (s2 + s3);
}
