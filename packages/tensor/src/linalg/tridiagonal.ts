/** Reduction of a symmetric matrix to tridiagonal form, the updates of a block of columns put off. */
import { reflectionOf, REFLECTIONS, type Reflections } from "./reflect.ts";
import { dotRows } from "./rows.ts";
import { stepOf, type Workspace } from "./workspace.ts";

/** a = Q T Q^T: T has the diagonal d and beside it e; Q is the product of reflections. */
export interface Tridiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly reflections: Reflections;
}

/** Elements of workspace that {@link tridiagonalize} takes, and those of the reflections that it gives back. */
export function tridiagonalSize(n: number): { readonly kept: number; readonly passing: number } {
  const step = stepOf(n);
  return { kept: n * step + 8, passing: REFLECTIONS * (step + n + 3) + 64 };
}

/**
 * Reduces a symmetric matrix of n rows, all of its elements given, which are used up.
 *
 * Golub and Van Loan, Matrix Computations (4th ed.), algorithm 8.3.1; columns are brought up to date when they are reflected, and
 * the rest once per block (Dongarra, Sorensen and Hammarling, "Block reduction of matrices to condensed forms for eigenvalue
 * computations", J. Comput. Appl. Math. 27, 1989).
 */
export function tridiagonalize(w: Workspace, a: number, step: number, n: number): Tridiagonal {
  const { data } = w;
  const total = Math.max(0, n - 1);
  const by = stepOf(n);
  const v = w.take(n * by);
  const mark = w.mark();
  const y = w.take(REFLECTIONS * by);
  const [g, packed] = [w.take(REFLECTIONS), w.take(REFLECTIONS * n)];
  const [d, e, taus] = [new Float64Array(n), new Float64Array(total), new Float64Array(total)];
  for (let start = 0; start < total; start += REFLECTIONS) {
    const end = Math.min(total, start + REFLECTIONS);
    const vs = v + start * by;
    for (let i = start; i < end; i++) {
      const j = i - start;
      const [vi, yi, next] = [v + i * by, y + j * by, i + 1];
      // Column i from the diagonal on: the matrix less V^T Y and Y^T V.
      for (let r = start; r < i; r++) data[vi + r] = 0;
      for (let r = i; r < n; r++) data[vi + r] = data[a + i * step + r];
      w.subtract(j, n - i, y + i, by, vs + i, by, vi + i);
      w.subtract(j, n - i, vs + i, by, y + i, by, vi + i);
      d[i] = data[vi + i];
      data[vi + i] = 0;
      const size = n - next;
      const { tau, beta } = reflectionOf(data, vi + next, size);
      e[i] = beta;
      taus[i] = tau;
      // y = tau A v - (tau^2 v^T A v / 2) v.
      w.dots(size, size, a + next * step + next, step, vi + next, yi + next);
      w.dots(j, size, y + next, by, vi + next, g);
      w.subtract(j, size, g, 1, vs + next, by, yi + next);
      w.dots(j, size, vs + next, by, vi + next, g);
      w.subtract(j, size, g, 1, y + next, by, yi + next);
      for (let r = next; r < n; r++) data[yi + r] *= tau;
      const half = (tau * dotRows(data, yi + next, data, vi + next, size)) / 2;
      for (let r = next; r < n; r++) data[yi + r] -= half * data[vi + r];
    }
    const count = end - start;
    for (const [rows, others] of [
      [vs, y],
      [y, vs],
    ]) {
      w.negate(n - end, count, rows + end, 1, by, packed, count);
      w.product(n - end, n - end, count, packed, count, others + end, by, a + end * step + end, step);
    }
  }
  d[n - 1] = data[a + (n - 1) * (step + 1)];
  w.release(mark);
  return { d, e, reflections: { v, step: by, length: n, taus } };
}
