/** An assignment together with `A x`, kept up to date move by move. */
import type { Instance, Score } from "./base.ts";
import { valuesOf } from "./problem.ts";

/** Differences below this, relative to the value, are rounding. */
export const ROUNDING = 1e-9;

/** Weighted violation of a row at value `r`. */
export function violationAt({ lower, upper, weights }: Instance, k: number, r: number): number {
  const below = lower[k] - r;
  const above = r - upper[k];
  const worst = below > above ? below : above;
  return worst > 0 ? weights[k] * worst : 0;
}

/** Whether one score is better than another by more than rounding: the objective first, then the squares. */
export function better(a: Score, b: Score): boolean {
  const slack = ROUNDING * b.objective;
  if (a.objective < b.objective - slack) return true;
  return a.objective <= b.objective + slack && a.squares < b.squares * (1 - ROUNDING);
}

/** A point that moves. */
export interface Point {
  readonly indices: Int32Array;
  /** A x. */
  readonly products: Float64Array;
  objective: number;
  squares: number;
}

/** A point from levels. */
export function pointAt(instance: Instance, indices: Int32Array): Point {
  const { m, rows } = instance;
  const x = valuesOf(instance, indices);
  const products = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    let sum = 0;
    for (let e = rows.starts[k]; e < rows.starts[k + 1]; e++) sum += rows.values[e] * x[rows.indices[e]];
    products[k] = sum;
  }
  const point: Point = { indices: Int32Array.from(indices), products, objective: 0, squares: 0 };
  rescore(instance, point);
  return point;
}

/** Computes the score of a point anew from its products. */
export function rescore(instance: Instance, point: Point): void {
  let objective = 0;
  let squares = 0;
  for (let k = 0; k < instance.m; k++) {
    const v = violationAt(instance, k, point.products[k]);
    if (v > objective) objective = v;
    squares += v * v;
  }
  point.objective = objective;
  point.squares = squares;
}

/** Puts variable j on another level; the score is not touched. */
export function place({ columns, levels, starts }: Instance, point: Point, j: number, index: number): void {
  const change = levels[starts[j] + index] - levels[starts[j] + point.indices[j]];
  point.indices[j] = index;
  for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) {
    point.products[columns.indices[e]] += change * columns.values[e];
  }
}

/** The rows with the largest violations, largest first. */
export function worstRows(instance: Instance, { products }: Point, count: number): Int32Array {
  const size = Math.min(count, instance.m);
  const rows = new Int32Array(size);
  const values = new Float64Array(size);
  let filled = 0;
  for (let k = 0; k < instance.m; k++) {
    const v = violationAt(instance, k, products[k]);
    if (filled === size && !(v > values[size - 1])) continue;
    let at = filled < size ? filled++ : size - 1;
    for (; at > 0 && values[at - 1] < v; at--) {
      values[at] = values[at - 1];
      rows[at] = rows[at - 1];
    }
    values[at] = v;
    rows[at] = k;
  }
  return rows;
}
