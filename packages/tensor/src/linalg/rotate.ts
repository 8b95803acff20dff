/** Plane rotations of columns. */

/**
 * Applies rotations one after the other to neighbouring columns of a matrix with n columns: number p, of cosine `c[p]` and sine
 * `s[p]`, turns columns lo + p and lo + p + 1 (x, y) into (c x + s y, c y - s x). Four rows at a time, whose chains of operations do not
 * wait for each other.
 */
export function rotateColumns(
  a: Float64Array,
  n: number,
  lo: number,
  count: number,
  c: Float64Array,
  s: Float64Array,
): void {
  const rows = a.length / n;
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const r0 = i * n + lo;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    let x0 = a[r0];
    let x1 = a[r1];
    let x2 = a[r2];
    let x3 = a[r3];
    for (let p = 0; p < count; p++) {
      const cp = c[p];
      const sp = s[p];
      const y0 = a[r0 + p + 1];
      const y1 = a[r1 + p + 1];
      const y2 = a[r2 + p + 1];
      const y3 = a[r3 + p + 1];
      a[r0 + p] = cp * x0 + sp * y0;
      a[r1 + p] = cp * x1 + sp * y1;
      a[r2 + p] = cp * x2 + sp * y2;
      a[r3 + p] = cp * x3 + sp * y3;
      x0 = cp * y0 - sp * x0;
      x1 = cp * y1 - sp * x1;
      x2 = cp * y2 - sp * x2;
      x3 = cp * y3 - sp * x3;
    }
    a[r0 + count] = x0;
    a[r1 + count] = x1;
    a[r2 + count] = x2;
    a[r3 + count] = x3;
  }
  for (; i < rows; i++) {
    const row = i * n + lo;
    let x = a[row];
    for (let p = 0; p < count; p++) {
      const y = a[row + p + 1];
      a[row + p] = c[p] * x + s[p] * y;
      x = c[p] * y - s[p] * x;
    }
    a[row + count] = x;
  }
}

/** Rotates two columns: (x, y) into (c x + s y, c y - s x). */
export function rotatePair(a: Float64Array, n: number, i: number, j: number, c: number, s: number): void {
  for (let row = 0; row < a.length; row += n) {
    const x = a[row + i];
    const y = a[row + j];
    a[row + i] = c * x + s * y;
    a[row + j] = c * y - s * x;
  }
}
