/** Householder reflections H = I - tau v v^T. */
import { dotRows, subtractRows } from "./rows.ts";

/**
 * The reflection that maps x onto (beta, 0, ..., 0): v overwrites x, with v[0] = 1.
 * Golub and Van Loan, Matrix Computations (4th ed.), algorithm 5.1.1.
 */
export function reflectionOf(x: Float64Array): { readonly tau: number; readonly beta: number } {
  const tail = dotRows(x, 1, x, 1, x.length - 1);
  const first = x[0];
  if (tail === 0) return { tau: 0, beta: first };
  const norm = Math.sqrt(first * first + tail);
  const beta = first > 0 ? -norm : norm;
  const scale = 1 / (first - beta);
  for (let i = 1; i < x.length; i++) x[i] *= scale;
  x[0] = 1;
  return { tau: (beta - first) / beta, beta };
}

/** a = H a for the rows `row ...` and the columns `from ... n - 1` of a matrix with n columns. */
export function reflectRows(a: Float64Array, n: number, row: number, from: number, v: Float64Array, tau: number): void {
  const width = n - from;
  if (tau === 0 || width <= 0) return;
  const w = new Float64Array(width);
  subtractRows(w, 0, width, v, 0, a, row * n + from, n, v.length);
  for (let i = 0; i < v.length; i++) {
    const f = tau * v[i];
    const at = (row + i) * n + from;
    for (let j = 0; j < width; j++) a[at + j] += f * w[j];
  }
}
