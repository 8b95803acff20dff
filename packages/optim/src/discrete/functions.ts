/** Small functions of discrete problems: the value of an assignment, rounding, the relaxation. */
import type { DiscreteProblem, Score, Vector } from "./base.ts";
import { pointAt } from "./point.ts";
import { instanceOf, nearestLevels, valuesOf, vectorOf } from "./problem.ts";
import { relax } from "./relaxation.ts";

/**
 * The largest weighted violation of any numbers, levels or not, and the sum of the squares. O(entries of the matrix).
 * @throws ArgumentError, ShapeError naming what does not fit
 */
export async function violation(problem: DiscreteProblem, value: Vector): Promise<Score> {
  const name = "violation";
  const instance = await instanceOf(name, problem);
  const { n } = instance;
  const x = await vectorOf(name, "value", value, n);
  const only = { ...instance, levels: x, starts: Int32Array.from({ length: n + 1 }, (_, j) => j) };
  const { objective, squares } = pointAt(only, new Int32Array(n));
  return { objective, squares };
}

/** The nearest level of every variable, the lower one of two at the same distance. */
export async function roundToLevels(problem: DiscreteProblem, value: Vector): Promise<Float64Array> {
  const name = "roundToLevels";
  const instance = await instanceOf(name, problem);
  return valuesOf(instance, nearestLevels(instance, await vectorOf(name, "value", value, instance.n)));
}

/** What {@link relaxation} finds. */
export interface RelaxationResult {
  /** No assignment has a smaller objective. */
  readonly bound: number;
  /** A point whose objective is the bound, when `exact`. */
  readonly value: Float64Array;
  /** Whether the linear program was small enough to be solved; otherwise the bound is what single rows show. */
  readonly exact: boolean;
}

/**
 * The problem with variables anywhere between their lowest and their highest level: a linear program, solved by the simplex
 * method when its tableau has at most 4 million numbers. Rounding its point to the nearest levels costs at most
 * `max_k w_k sum_j |a_kj| step_j / 2`.
 */
export async function relaxation(problem: DiscreteProblem): Promise<RelaxationResult> {
  const { bound, value, exact } = relax(await instanceOf("relaxation", problem));
  return { bound, value, exact };
}
