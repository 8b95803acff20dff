/** Singular values and vectors of a bidiagonal matrix by dividing it. */
import { BOTH, combineRows, groupRows, LEFT, RIGHT, rotateRows, type Vectors } from "./glue.ts";
import { stepBidiagonal } from "./bidiagonalSteps.ts";
import { refineWeights, secularRoot, type Secular } from "./secular.ts";
import { largestOf } from "./storage.ts";
import type { Workspace } from "./workspace.ts";

/** Blocks up to this size are not divided. */
const SMALL = 24;

/** A problem: the matrix of n rows has d on its diagonal and e above it, and U S V^T is found for it, U and V as rows. */
export interface SingularProblem {
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** Becomes the singular values, in no order. */
  readonly s: Float64Array;
  readonly u: Vectors;
  readonly v: Vectors;
  /** Room for three more matrices of n rows. */
  readonly spare: readonly [Vectors, Vectors, Vectors];
}

/**
 * Fills s, u and v, which must be zeros.
 *
 * Gu and Eisenstat, "A divide-and-conquer algorithm for the bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16 (1995).
 * @returns false when the iterations at the bottom do not converge
 */
export function divideSingular(w: Workspace, problem: SingularProblem): boolean {
  const { d, e, u, v } = problem;
  const [n, scale] = [d.length, Math.max(largestOf(d, 0, 0, 1, d.length), largestOf(e, 0, 0, 1, e.length))];
  if (scale === 0) {
    for (const q of [u, v]) for (let i = 0; i < n; i++) w.data[q.at + i * (q.step + 1)] = 1;
    return true;
  }
  return solveRange(w, { ...problem, tolerance: 8 * Number.EPSILON * scale }, 0, n, false);
}

interface Divided extends SingularProblem {
  /** Changes up to this size do not count. */
  readonly tolerance: number;
}

/** Rows lo ... hi - 1; they have a column more than there are of them when `wide`, and row hi of v becomes what they map to zero. */
function solveRange(w: Workspace, problem: Divided, lo: number, hi: number, wide: boolean): boolean {
  if (hi - lo <= SMALL) return solveSmall(w, problem, lo, hi, wide);
  const middle = lo + ((hi - lo) >> 1);
  if (!solveRange(w, problem, lo, middle, true) || !solveRange(w, problem, middle + 1, hi, wide)) return false;
  glue(w, problem, lo, middle, hi, wide);
  return true;
}

function solveSmall(w: Workspace, { d, e, s, u, v }: SingularProblem, lo: number, hi: number, wide: boolean): boolean {
  // A further row of zeros makes a wide block square.
  const n = hi - lo + Number(wide);
  const identity = (): Float64Array => Float64Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
  const form = { d: new Float64Array(n), e: e.slice(lo, lo + n - 1), u: identity(), v: identity() };
  form.d.set(d.subarray(lo, hi));
  if (!stepBidiagonal(form, n)) return false;
  for (let i = 0; i < n; i++) {
    const sign = form.d[i] < 0 ? -1 : 1;
    if (i < hi - lo) s[lo + i] = sign * form.d[i];
    for (let j = 0; j < n; j++) {
      if (i < hi - lo && j < hi - lo) w.data[u.at + (lo + i) * u.step + lo + j] = form.u[j * n + i];
      w.data[v.at + (lo + i) * v.step + lo + j] = sign * form.v[j * n + i];
    }
  }
  return true;
}

/** Solves rows lo ... hi - 1 when those above and those below row `middle` are solved. */
function glue(w: Workspace, problem: Divided, lo: number, middle: number, hi: number, wide: boolean): void {
  const { d, e, s, u, v, spare, tolerance } = problem;
  const { data } = w;
  const to = hi + Number(wide);
  const [alpha, beta] = [d[middle], e[middle]];
  const at = (i: number, j: number): number => data[v.at + i * v.step + j];
  // In the bases of the halves the matrix is diagonal, but for row `middle`, which is z.
  const z = new Float64Array(to);
  for (let i = lo; i <= middle; i++) z[i] = alpha * at(i, middle);
  for (let i = middle + 1; i < to; i++) z[i] = beta * at(i, middle + 1);
  if (wide) {
    const size = Math.hypot(z[middle], z[hi]);
    const [c, sn] = size === 0 ? [1, 0] : [z[middle] / size, -z[hi] / size];
    rotateRows(data, v.at + middle * v.step, v.at + hi * v.step, lo, to, c, sn);
    z[middle] = size;
  }
  s[middle] = 0;
  data[u.at + middle * u.step + middle] = 1;

  if (Math.abs(z[middle]) <= tolerance) z[middle] = z[middle] < 0 ? -tolerance : tolerance;
  const parts = new Uint8Array(hi);
  for (let i = lo; i < hi; i++) parts[i] = i < middle ? LEFT : i > middle ? RIGHT : BOTH;
  const rows = [middle];
  const kept: number[] = [];
  const order = Array.from({ length: hi - lo }, (_, i) => lo + i).filter((i) => i !== middle);
  order.sort((i, j) => s[i] - s[j]);
  let before = -1;
  for (const i of order) {
    if (Math.abs(z[i]) <= tolerance) {
      kept.push(i);
      continue;
    }
    if (before >= 0 && s[i] - s[before] <= tolerance) {
      // Of two equal values one can have all of z.
      const size = Math.hypot(z[before], z[i]);
      const [c, sn] = [z[i] / size, z[before] / size];
      for (const q of [u, v]) rotateRows(data, q.at + before * q.step, q.at + i * q.step, lo, to, c, sn);
      z[i] = size;
      if (parts[before] !== parts[i]) parts[before] = parts[i] = BOTH;
      kept.push(before);
    } else if (before >= 0) rows.push(before);
    before = i;
  }
  if (before >= 0) rows.push(before);
  // Zero is a pole already.
  if (rows.length > 1) s[rows[1]] = Math.max(s[rows[1]], tolerance / 2);

  const equation: Secular = {
    count: rows.length,
    d: Float64Array.from(rows, (row) => s[row]),
    squares: true,
    weights: Float64Array.from(rows, (row) => z[row] * z[row]),
  };
  const [leftWeights, rightWeights, room] = spare;
  const values = solveSecular(w, equation, rightWeights);
  const refined = refineWeights(equation, data, rightWeights.at, rightWeights.step);
  rows.forEach((row, j) => {
    if (z[row] < 0) refined[j] *= -1;
  });
  const group = groupRows(rows, parts);
  const { count } = equation;
  const [left, right] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const row = rightWeights.at + i * rightWeights.step;
    let [leftSquare, rightSquare] = [1, 0];
    for (let j = 0; j < count; j++) {
      const x = refined[j] / data[row + j];
      const y = j === 0 ? -1 : equation.d[j] * x;
      const place = group.places[j];
      right[place] = x;
      left[place] = y;
      rightSquare += x * x;
      if (j > 0) leftSquare += y * y;
    }
    const [f, g] = [1 / Math.sqrt(leftSquare), 1 / Math.sqrt(rightSquare)];
    const other = leftWeights.at + i * leftWeights.step;
    for (let j = 0; j < count; j++) {
      data[row + j] = g * right[j];
      data[other + j] = f * left[j];
    }
  }
  const combination = { ...group, kept, from: lo, middle: middle + 1 };
  combineRows(w, u, lo, { ...combination, to: hi }, leftWeights, room);
  combineRows(w, v, lo, { ...combination, to }, rightWeights, room);
  const stays = kept.map((row) => s[row]);
  s.set(values, lo);
  s.set(stays, lo + count);
}

/** Finds all roots; their distances from the poles go to rows of a matrix. */
function solveSecular(w: Workspace, equation: Secular, to: Vectors): Float64Array {
  const { count, d } = equation;
  const delta = new Float64Array(count);
  return Float64Array.from({ length: count }, (_, i) => {
    const { origin, shift } = secularRoot(equation, i, delta);
    w.data.set(delta, to.at + i * to.step);
    const near = d[origin];
    return near + shift / (near + Math.sqrt(Math.max(0, near * near + shift)));
  });
}
