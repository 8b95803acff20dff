/** Small scalar functions in f64 that several files need. */

/** ln(1 + e^x) without overflow or cancellation. */
export function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** `count` evenly spaced numbers from `first` to `last`, both included exactly. */
export function evenly(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? first : i === count - 1 ? last : first + ((last - first) * i) / (count - 1),
  );
}

/** Nearest integer, ties to the even one (IEEE 754 and NumPy; `Math.round` sends ties up). */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Solution of a small dense system A x = b by elimination with row pivoting; NaN or infinite for a singular A. */
export function solveSmall(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Array<number>(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n];
    for (let j = i + 1; j < n; j++) sum -= rows[i][j] * x[j];
    x[i] = sum / rows[i][i];
  }
  return x;
}
