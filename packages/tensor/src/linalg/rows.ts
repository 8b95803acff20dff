/** A loop over rows in memory that the factorizations share. */

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
