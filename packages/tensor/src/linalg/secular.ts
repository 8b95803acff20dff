/** The secular equation, which glues the halves of a divided eigenvalue or singular value problem together. */

/** Most steps for one root; five are usual, and every other step after {@link PATIENCE} halves the interval. */
const STEPS = 200;
const PATIENCE = 12;

/** Poles p_0 < p_1 < ... and weights of 1 + sum over j of weight_j / (p_j - x). */
export interface Secular {
  readonly count: number;
  /** The poles, or their square roots. */
  readonly d: Float64Array;
  /** Whether d has the roots of the poles. */
  readonly squares: boolean;
  /** Positive. */
  readonly weights: Float64Array;
}

/** p_i - p_j, without the cancellation of squares. */
export function gapOf({ d, squares }: Secular, i: number, j: number): number {
  return squares ? (d[i] - d[j]) * (d[i] + d[j]) : d[i] - d[j];
}

/** The root of c x^2 - a x + b between lo and hi, apart from both; their middle when there is none. */
function quadraticRoot(a: number, b: number, c: number, lo: number, hi: number): number {
  const square = a * a - 4 * b * c;
  const q = (a + (a < 0 ? -1 : 1) * Math.sqrt(Math.max(0, square))) / 2;
  for (const x of [b / q, q / c]) if (x > lo && x < hi) return x;
  return lo + (hi - lo) / 2;
}

/** A root: pole number `origin` plus `shift`. */
export interface Root {
  readonly origin: number;
  readonly shift: number;
}

/**
 * The root to the right of pole i, of which there is one before the next pole. The distance is found from the nearer pole, by
 * rational interpolation within an interval that always holds the root (Li, "Solving secular equations stably and efficiently",
 * LAPACK Working Note 89, 1993).
 * @param delta becomes p_j - x for all j
 */
export function secularRoot(equation: Secular, i: number, delta: Float64Array): Root {
  const { count, weights } = equation;
  const last = i === count - 1;
  let width = 0;
  if (last) for (let j = 0; j < count; j++) width += weights[j];
  else width = gapOf(equation, i + 1, i);
  if (count === 1) {
    delta[0] = -width;
    return { origin: 0, shift: width };
  }
  let middle = 1;
  let others = 1;
  for (let j = 0; j < count; j++) {
    const term = weights[j] / (gapOf(equation, j, i) - width / 2);
    middle += term;
    if (j !== i && (last || j !== i + 1)) others += term;
  }
  const right = middle < 0;
  const origin = right && !last ? i + 1 : i;
  let [lo, hi] = last ? (right ? [width / 2, width] : [0, width / 2]) : right ? [-width / 2, 0] : [0, width / 2];
  for (let j = 0; j < count; j++) delta[j] = gapOf(equation, j, origin);
  // The two poles around the root; behind the last one there is none.
  const [near, far] = last ? [i - 1, i] : [i, i + 1];
  let x = lo + (hi - lo) / 2;
  if (!last) {
    const [p, q] = [delta[near], delta[far]];
    const [s, t] = [weights[near], weights[far]];
    x = quadraticRoot(others * (p + q) + s + t, others * p * q + s * q + t * p, others, lo, hi);
  }
  for (let steps = 0; steps < STEPS; steps++) {
    let [psi, psiSlope, phi, phiSlope] = [0, 0, 0, 0];
    for (let j = 0; j <= near; j++) {
      const r = 1 / (delta[j] - x);
      const term = weights[j] * r;
      psi += term;
      psiSlope += term * r;
    }
    for (let j = near + 1; j < count; j++) {
      const r = 1 / (delta[j] - x);
      const term = weights[j] * r;
      phi += term;
      phiSlope += term * r;
    }
    const value = 1 + psi + phi;
    if (Math.abs(value) <= 4 * Number.EPSILON * (1 + Math.abs(psi) + Math.abs(phi))) break;
    if (value < 0) lo = x;
    else hi = x;
    if (hi - lo <= 2 * Number.EPSILON * Math.min(Math.abs(lo), Math.abs(hi))) break;
    let next = lo + (hi - lo) / 2;
    if (steps < PATIENCE || steps % 2 === 0) {
      const [p, q] = [delta[near] - x, delta[far] - x];
      const a = (p + q) * value - p * q * (psiSlope + phiSlope);
      next = x + quadraticRoot(a, p * q * value, value - p * psiSlope - q * phiSlope, lo - x, hi - x);
      if (!(next > lo && next < hi)) next = lo + (hi - lo) / 2;
    }
    if (next === x) break;
    x = next;
  }
  for (let j = 0; j < count; j++) delta[j] -= x;
  return { origin, shift: x };
}

/**
 * The weights' square roots for which the computed roots are exact, so that the vectors made of them are orthogonal (Gu and
 * Eisenstat, "A stable and efficient algorithm for the rank-one modification of the symmetric eigenproblem", SIAM J. Matrix Anal.
 * Appl. 15, 1994, equation 3.3).
 * @param delta p_j - x_i at element `at + i * step + j`
 */
export function refineWeights(equation: Secular, delta: Float64Array, at: number, step: number): Float64Array {
  const { count } = equation;
  const product = new Float64Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    const row = at + i * step;
    for (let j = 0; j < count; j++) product[j] *= i === j ? delta[row + j] : delta[row + j] / gapOf(equation, j, i);
  }
  return product.map((x) => Math.sqrt(Math.max(0, x)));
}
