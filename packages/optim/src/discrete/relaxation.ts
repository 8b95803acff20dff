/** Lower bounds from the relaxation, in which variables may have any value between their lowest and highest level. */
import type { Instance } from "./base.ts";

/** What the relaxation shows. */
export interface Relaxation {
  /** A lower bound of the objective, valid whatever rounding did to the multipliers. */
  readonly bound: number;
  /** A point of the relaxation, optimal when `exact`. */
  readonly value: Float64Array;
  /** Whether the linear program was solved; otherwise the bound is the best of single rows. */
  readonly exact: boolean;
  /** Non-negative multipliers of the rows' upper and lower bounds, with sum at most 1. */
  readonly multipliers: { readonly upper: Float64Array; readonly lower: Float64Array };
}

/** Largest tableau, in numbers. */
const TABLEAU = 1 << 22;

/** Entries smaller than this are zero. */
const ZERO = 1e-11;

/**
 * Minimises the largest violation over the box of levels as a linear program, by the simplex method on its dual
 *
 *     max  sum_p y_p h_p - ...  with  y >= 0, sum y <= 1,
 *
 * whose origin is feasible. The dual is highly degenerate at the start, so its right-hand side is perturbed; the multipliers
 * are read for the true one. The bound is evaluated from the multipliers in closed form, so that it holds for inexact ones.
 * Programs with tableaus above four million numbers are not solved; then the bound is the largest violation that a single
 * row cannot avoid.
 *
 * Cost: O(n (m + n)) per pivot, usually a small multiple of n pivots.
 */
export function relax(instance: Instance): Relaxation {
  const { m, n, rows, lower, upper, weights, levels, starts } = instance;
  const low = Float64Array.from({ length: n }, (_, j) => levels[starts[j]]);
  const span = Float64Array.from({ length: n }, (_, j) => levels[starts[j + 1] - 1] - low[j]);
  const middle = low.map((v, j) => v + span[j] / 2);
  // One-sided rows: side * w (a x - bound) <= t.
  const sided: { readonly row: number; readonly side: 1 | -1; readonly offset: number }[] = [];
  for (let k = 0; k < m; k++) {
    let atLow = 0;
    for (let e = rows.starts[k]; e < rows.starts[k + 1]; e++) atLow += rows.values[e] * low[rows.indices[e]];
    if (upper[k] < Infinity) sided.push({ row: k, side: 1, offset: weights[k] * (atLow - upper[k]) });
    if (lower[k] > -Infinity) sided.push({ row: k, side: -1, offset: weights[k] * (lower[k] - atLow) });
  }
  const sides = sided.length;
  // Rows of the tableau: one per variable, then sum y <= 1. Columns: y, z (upper bounds), slacks, right-hand sides (two).
  const height = n + 1;
  const width = sides + n + height + 1;
  const none = { upper: new Float64Array(m), lower: new Float64Array(m) };
  if (height * width > TABLEAU || sides === 0) {
    return { bound: rowBound(instance), value: middle, exact: sides === 0, multipliers: none };
  }
  const tableau = Array.from({ length: height + 1 }, () => new Float64Array(width));
  const cost = tableau[height];
  sided.forEach(({ row, side, offset }, p) => {
    for (let e = rows.starts[row]; e < rows.starts[row + 1]; e++) {
      tableau[rows.indices[e]][p] = -side * weights[row] * rows.values[e];
    }
    tableau[n][p] = 1;
    cost[p] = -offset;
  });
  const scale = Math.max(largest(cost.subarray(0, sides)), largest(span));
  for (let j = 0; j < n; j++) {
    tableau[j][sides + j] = -1;
    cost[sides + j] = span[j];
    // Any small generic numbers will do; these are the fractional parts of multiples of the golden ratio.
    tableau[j][width - 1] = 1e-7 * (0.5 + ((j * 0.6180339887498949) % 1));
  }
  for (let i = 0; i < height; i++) tableau[i][sides + n + i] = 1;
  tableau[n][width - 1] = 1;
  const basis = Int32Array.from({ length: height }, (_, i) => sides + n + i);
  const solved = maximize(tableau, basis, width, scale);
  // The true right-hand side is 1 in the last row only, so the true solution is the column of that row's slack.
  const y = new Float64Array(sides);
  for (let i = 0; i < height; i++) if (basis[i] < sides) y[basis[i]] = Math.max(0, tableau[i][sides + n + n]);
  const value = Float64Array.from({ length: n }, (_, j) =>
    Math.min(low[j] + span[j], Math.max(low[j], low[j] + cost[sides + n + j])),
  );
  const total = Math.max(
    1,
    y.reduce((s, v) => s + v, 0),
  );
  const multipliers = { upper: new Float64Array(m), lower: new Float64Array(m) };
  sided.forEach(({ row, side }, p) => {
    (side === 1 ? multipliers.upper : multipliers.lower)[row] = y[p] / total;
  });
  const bound = Math.max(rowBound(instance), multiplierBound(instance, multipliers));
  return { bound, value, exact: solved, multipliers };
}

/**
 * Primal simplex steps until no cost is negative. Columns are chosen by the steepest cost, and the smallest number once
 * progress stops (Bland's rule, which cannot cycle).
 */
function maximize(tableau: Float64Array[], basis: Int32Array, width: number, scale: number): boolean {
  const height = basis.length;
  const cost = tableau[height];
  const rhs = width - 1;
  const limit = 50 * (height + 20);
  for (let pivots = 0; pivots < limit; pivots++) {
    const bland = pivots > limit / 2;
    let enter = -1;
    let steepest = -ZERO * scale * 10;
    for (let c = 0; c < rhs; c++) {
      if (cost[c] >= steepest) continue;
      enter = c;
      if (bland) break;
      steepest = cost[c];
    }
    if (enter < 0) return true;
    let leave = -1;
    let ratio = Infinity;
    for (let i = 0; i < height; i++) {
      const entry = tableau[i][enter];
      if (entry <= ZERO) continue;
      const r = tableau[i][rhs] / entry;
      if (r < ratio || (r === ratio && basis[i] < basis[leave])) {
        ratio = r;
        leave = i;
      }
    }
    if (leave < 0) return false;
    pivot(tableau, leave, enter);
    basis[leave] = enter;
  }
  return false;
}

function pivot(tableau: Float64Array[], leave: number, enter: number): void {
  const row = tableau[leave];
  const by = 1 / row[enter];
  for (let c = 0; c < row.length; c++) row[c] *= by;
  row[enter] = 1;
  for (const [i, other] of tableau.entries()) {
    const factor = other[enter];
    if (i === leave || factor === 0) continue;
    for (let c = 0; c < row.length; c++) other[c] -= factor * row[c];
    other[enter] = 0;
  }
}

/** The largest absolute value. */
function largest(values: Float64Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

/** The largest violation that a single row has for every choice of levels. */
function rowBound({ m, rows, lower, upper, weights, levels, starts }: Instance): number {
  let bound = 0;
  for (let k = 0; k < m; k++) {
    let [least, most] = [0, 0];
    for (let e = rows.starts[k]; e < rows.starts[k + 1]; e++) {
      const j = rows.indices[e];
      const ends = [rows.values[e] * levels[starts[j]], rows.values[e] * levels[starts[j + 1] - 1]];
      least += Math.min(...ends);
      most += Math.max(...ends);
    }
    bound = Math.max(bound, weights[k] * Math.max(least - upper[k], lower[k] - most));
  }
  return bound;
}

/** Coefficients of the lower bound `constant + sum_j coefficients_j x_j` of the objective that multipliers give. */
export function affineBound(
  { m, n, rows, lower, upper, weights }: Instance,
  multipliers: Relaxation["multipliers"],
): { readonly constant: number; readonly coefficients: Float64Array } {
  const coefficients = new Float64Array(n);
  let constant = 0;
  for (let k = 0; k < m; k++) {
    const above = weights[k] * multipliers.upper[k];
    const below = weights[k] * multipliers.lower[k];
    if (above > 0) constant -= above * upper[k];
    if (below > 0) constant += below * lower[k];
    const net = above - below;
    if (net === 0) continue;
    for (let e = rows.starts[k]; e < rows.starts[k + 1]; e++) coefficients[rows.indices[e]] += net * rows.values[e];
  }
  return { constant, coefficients };
}

/** The least value of {@link affineBound} over the box. */
function multiplierBound(instance: Instance, multipliers: Relaxation["multipliers"]): number {
  const { levels, starts } = instance;
  const { constant, coefficients } = affineBound(instance, multipliers);
  return coefficients.reduce(
    (sum, c, j) => sum + Math.min(c * levels[starts[j]], c * levels[starts[j + 1] - 1]),
    constant,
  );
}
