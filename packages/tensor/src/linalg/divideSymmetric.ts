/** Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by dividing it. */
import { combineRows, BOTH, groupRows, LEFT, RIGHT, rotateRows, type Vectors } from "./glue.ts";
import { refineWeights, secularRoot, type Secular } from "./secular.ts";
import { largestOf } from "./storage.ts";
import { stepTridiagonal } from "./tridiagonalSteps.ts";
import type { Workspace } from "./workspace.ts";

/** Blocks up to this size are not divided. */
const SMALL = 24;

/** A problem: the matrix has d on its diagonal and e beside it; the eigenvectors become the rows of q. */
export interface SymmetricProblem {
  /** Becomes the eigenvalues, in no order. */
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly q: Vectors;
  /** Room for two more matrices of n rows. */
  readonly spare: readonly [Vectors, Vectors];
}

/**
 * Turns d into the eigenvalues and fills q, which must be zeros.
 *
 * Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem", Numer. Math. 36 (1981); Gu and Eisenstat (1995)
 * for what makes the vectors orthogonal.
 * @returns false when the iterations at the bottom do not converge
 */
export function divideSymmetric(w: Workspace, problem: SymmetricProblem): boolean {
  const { d, e } = problem;
  const scale = Math.max(largestOf(d, 0, 0, 1, d.length), largestOf(e, 0, 0, 1, e.length));
  return solveRange(w, { ...problem, tolerance: 8 * Number.EPSILON * scale }, 0, d.length);
}

interface Divided extends SymmetricProblem {
  /** Changes up to this size do not count. */
  readonly tolerance: number;
}

function solveRange(w: Workspace, problem: Divided, lo: number, hi: number): boolean {
  const { d, e, q } = problem;
  const n = hi - lo;
  if (n <= SMALL) {
    const vectors = Float64Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
    const form = { d: d.slice(lo, hi), e: e.slice(lo, hi - 1), q: vectors };
    if (!stepTridiagonal(form)) return false;
    d.set(form.d, lo);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) w.data[q.at + (lo + i) * q.step + lo + j] = vectors[j * n + i];
    }
    return true;
  }
  const middle = lo + (n >> 1);
  // The matrix is that of the halves plus |beta| z z^T.
  const beta = e[middle - 1];
  d[middle - 1] -= Math.abs(beta);
  d[middle] -= Math.abs(beta);
  if (!solveRange(w, problem, lo, middle) || !solveRange(w, problem, middle, hi)) return false;
  glue(w, problem, lo, middle, hi, beta);
  return true;
}

function glue(
  w: Workspace,
  { d, q, spare, tolerance }: Divided,
  lo: number,
  middle: number,
  hi: number,
  beta: number,
): void {
  const { data } = w;
  const rho = Math.abs(beta);
  const z = new Float64Array(hi);
  for (let i = lo; i < middle; i++) z[i] = data[q.at + i * q.step + middle - 1];
  for (let i = middle; i < hi; i++) z[i] = Math.sign(beta) * data[q.at + i * q.step + middle];

  const parts = new Uint8Array(hi);
  for (let i = lo; i < hi; i++) parts[i] = i < middle ? LEFT : RIGHT;
  const rows: number[] = [];
  const kept: number[] = [];
  const order = Array.from({ length: hi - lo }, (_, i) => lo + i).sort((i, j) => d[i] - d[j]);
  let before = -1;
  for (const i of order) {
    if (rho * Math.abs(z[i]) <= tolerance) {
      kept.push(i);
      continue;
    }
    if (before >= 0) {
      const size = Math.hypot(z[before], z[i]);
      const [c, s] = [z[i] / size, z[before] / size];
      if (Math.abs((d[i] - d[before]) * c * s) <= tolerance) {
        // Of two values that are close, one can have all of z.
        rotateRows(data, q.at + before * q.step, q.at + i * q.step, lo, hi, c, s);
        const [x, y] = [d[before], d[i]];
        d[before] = c * c * x + s * s * y;
        d[i] = c * c * y + s * s * x;
        z[i] = size;
        if (parts[before] !== parts[i]) parts[before] = parts[i] = BOTH;
        kept.push(before);
      } else rows.push(before);
    }
    before = i;
  }
  if (before >= 0) rows.push(before);
  const count = rows.length;
  if (count === 0) return;

  const equation: Secular = {
    count,
    d: Float64Array.from(rows, (row) => d[row]),
    squares: false,
    weights: Float64Array.from(rows, (row) => rho * z[row] * z[row]),
  };
  const [weights, room] = spare;
  const delta = new Float64Array(count);
  const values = Float64Array.from(rows, (_, i) => {
    const { origin, shift } = secularRoot(equation, i, delta);
    data.set(delta, weights.at + i * weights.step);
    return equation.d[origin] + shift;
  });
  const refined = refineWeights(equation, data, weights.at, weights.step);
  rows.forEach((row, j) => {
    if (z[row] < 0) refined[j] *= -1;
  });
  const group = groupRows(rows, parts);
  const vector = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = weights.at + i * weights.step;
    let square = 0;
    for (let j = 0; j < count; j++) {
      const x = refined[j] / data[row + j];
      vector[group.places[j]] = x;
      square += x * x;
    }
    const f = 1 / Math.sqrt(square);
    for (let j = 0; j < count; j++) data[row + j] = f * vector[j];
  }
  combineRows(w, q, lo, { ...group, kept, from: lo, middle, to: hi }, weights, room);
  const stays = kept.map((row) => d[row]);
  d.set(values, lo);
  d.set(stays, lo + count);
}
