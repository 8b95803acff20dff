/** Reduction of a matrix to bidiagonal form, the updates of a block of columns put off. */
import { reflectionOf, REFLECTIONS, type Reflections } from "./reflect.ts";
import { stepOf, type Workspace } from "./workspace.ts";

/** a = Q B P^T: B has the diagonal d and above it e; Q and P are the products of reflections. */
export interface Bidiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly left: Reflections;
  readonly right: Reflections;
}

/** Elements of workspace that {@link bidiagonalize} takes, and those of the reflections that it gives back. */
export function bidiagonalSize(m: number, n: number): { readonly kept: number; readonly passing: number } {
  const [tall, wide] = [stepOf(m), stepOf(n)];
  return { kept: n * (tall + wide) + 16, passing: REFLECTIONS * (tall + wide + m + 3) + 64 };
}

/**
 * Reduces m rows of n <= m elements, which are used up.
 *
 * Golub and Van Loan, Matrix Computations (4th ed.), algorithm 5.4.2; columns and rows are brought up to date when they are
 * reflected, and the rest once per block, by two products (Dongarra, Sorensen and Hammarling, "Block reduction of matrices to
 * condensed forms for eigenvalue computations", J. Comput. Appl. Math. 27, 1989).
 */
export function bidiagonalize(w: Workspace, a: number, step: number, m: number, n: number): Bidiagonal {
  const { data } = w;
  const [tall, wide] = [stepOf(m), stepOf(n)];
  const [v, u] = [w.take(n * tall), w.take(n * wide)];
  const mark = w.mark();
  // The matrix less V^T Y and X^T U, of one row per reflection of the block, is what it should be by now.
  const [x, y] = [w.take(REFLECTIONS * tall), w.take(REFLECTIONS * wide)];
  const [g, packed] = [w.take(REFLECTIONS), w.take(REFLECTIONS * m)];
  const form: Bidiagonal = {
    d: new Float64Array(n),
    e: new Float64Array(Math.max(0, n - 1)),
    left: { v, step: tall, length: m, taus: new Float64Array(n) },
    right: { v: u, step: wide, length: n, taus: new Float64Array(Math.max(0, n - 1)) },
  };
  const scale = (at: number, size: number, by: number): void => {
    for (let i = 0; i < size; i++) data[at + i] *= by;
  };

  for (let start = 0; start < n; start += REFLECTIONS) {
    const end = Math.min(n, start + REFLECTIONS);
    const [vs, us] = [v + start * tall, u + start * wide];
    for (let i = start; i < end; i++) {
      const j = i - start;
      const [below, right] = [m - i, n - i - 1];
      const [vi, ui, xi, yi] = [v + i * tall, u + i * wide, x + j * tall, y + j * wide];
      for (let r = start; r < i; r++) data[vi + r] = 0;
      for (let r = i; r < m; r++) data[vi + r] = data[a + r * step + i];
      w.subtract(j, below, y + i, wide, vs + i, tall, vi + i);
      w.subtract(j, below, us + i, wide, x + i, tall, vi + i);
      const column = reflectionOf(data, vi + i, below);
      form.d[i] = column.beta;
      form.left.taus[i] = column.tau;
      if (right === 0) continue;

      const next = i + 1;
      for (let c = next; c < n; c++) data[yi + c] = 0;
      w.combine(below, right, vi + i, 1, a + i * step + next, step, yi + next);
      w.dots(j, below, vs + i, tall, vi + i, g);
      w.subtract(j, right, g, 1, y + next, wide, yi + next);
      w.dots(j, below, x + i, tall, vi + i, g);
      w.subtract(j, right, g, 1, us + next, wide, yi + next);
      scale(yi + next, right, column.tau);

      for (let c = start; c <= i; c++) data[ui + c] = 0;
      for (let c = next; c < n; c++) data[ui + c] = data[a + i * step + c];
      w.subtract(j + 1, right, vs + i, tall, y + next, wide, ui + next);
      w.subtract(j, right, x + i, tall, us + next, wide, ui + next);
      const row = reflectionOf(data, ui + next, right);
      form.e[i] = row.beta;
      form.right.taus[i] = row.tau;

      w.dots(below - 1, right, a + next * step + next, step, ui + next, xi + next);
      w.dots(j + 1, right, y + next, wide, ui + next, g);
      w.subtract(j + 1, below - 1, g, 1, vs + next, tall, xi + next);
      w.dots(j, right, us + next, wide, ui + next, g);
      w.subtract(j, below - 1, g, 1, x + next, tall, xi + next);
      scale(xi + next, below - 1, row.tau);
    }
    const count = end - start;
    if (end === n) break;
    const to = a + end * step + end;
    for (const [rows, with_] of [
      [vs, y],
      [x, us],
    ]) {
      w.negate(m - end, count, rows + end, 1, tall, packed, count);
      w.product(m - end, n - end, count, packed, count, with_ + end, wide, to, step);
    }
  }
  w.release(mark);
  return form;
}
