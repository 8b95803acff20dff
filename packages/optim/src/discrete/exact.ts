/** Exact solutions of small problems. */
import { checkOptions } from "@ansatz/tensor";
import { checkCount } from "../check.ts";
import { MIN_MAX_VIOLATION_PAPER } from "../citation.ts";
import type { DiscreteProblem, DiscreteResult, Instance } from "./base.ts";
import { pointAt, ROUNDING, type Point } from "./point.ts";
import { instanceOf, nearestLevels, valuesOf } from "./problem.ts";
import { affineBound, relax } from "./relaxation.ts";
import { sentence } from "./sentence.ts";

/** Options of {@link branchAndBound}. */
export interface BranchAndBoundOptions {
  /** Most nodes of the tree; 1e6 when left out. At the limit the result is the best so far, with status `node-limit`. */
  readonly maxNodes?: number;
}

/**
 * The optimum, by depth-first branch and bound.
 *
 * A node fixes the levels of some variables, those of the largest influence first. Its subtree is left out when no choice of
 * the others can beat the best so far: by the range that every single row can still reach, O(m), and by the multipliers of the
 * relaxation, O(1). Of equal objectives any is returned. Exponential in the number of variables: for about 20 of them.
 * @throws ArgumentError, ShapeError naming what does not fit
 */
export async function branchAndBound(
  problem: DiscreteProblem,
  options: BranchAndBoundOptions = {},
): Promise<DiscreteResult> {
  const name = "branchAndBound";
  checkOptions(name, options, ["maxNodes"]);
  const { maxNodes = 1e6 } = options;
  checkCount(name, "maxNodes", maxNodes);
  const instance = await instanceOf(name, problem);
  const relaxation = relax(instance);
  const first = pointAt(instance, nearestLevels(instance, relaxation.value));
  const started = { objective: first.objective, squares: first.squares };
  const tree = treeOf(instance, affineBound(instance, relaxation.multipliers));
  const { best, nodes, stopped } = searched(instance, tree, first, relaxation.bound, maxNodes);
  const bound = stopped ? Math.min(best.objective, relaxation.bound) : best.objective;
  const gap = best.objective > 0 ? (best.objective - bound) / best.objective : 0;
  const status = stopped ? "node-limit" : "optimal";
  return {
    value: valuesOf(instance, best.indices),
    indices: best.indices,
    objective: best.objective,
    squares: best.squares,
    status,
    message: sentence(status, nodes, best.objective, bound),
    bound,
    gap,
    started,
    iterations: nodes,
    history: [started.objective, best.objective],
    cost: { evaluations: nodes },
    citations: [MIN_MAX_VIOLATION_PAPER],
  };
}

/** The order of the variables and what the ones after a depth can still contribute. */
interface SearchTree {
  readonly order: readonly number[];
  /** `least[d]` and `most[d]`: range of the rows' sums over the variables from depth d on. */
  readonly least: readonly Float64Array[];
  readonly most: readonly Float64Array[];
  readonly coefficients: Float64Array;
  readonly constant: number;
  /** The least value of the multipliers' bound over the variables from depth d on. */
  readonly rest: Float64Array;
}

function treeOf(
  instance: Instance,
  { constant, coefficients }: { readonly constant: number; readonly coefficients: Float64Array },
): SearchTree {
  const { m, n, columns, levels, starts, weights } = instance;
  const influence = Float64Array.from({ length: n }, (_, j) => {
    let sum = 0;
    for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) {
      sum += weights[columns.indices[e]] * Math.abs(columns.values[e]);
    }
    return sum * (levels[starts[j + 1] - 1] - levels[starts[j]]);
  });
  const order = Array.from(influence.keys()).sort((a, b) => influence[b] - influence[a]);
  const least: Float64Array[] = [];
  const most: Float64Array[] = [];
  least[n] = new Float64Array(m);
  most[n] = new Float64Array(m);
  const rest = new Float64Array(n + 1);
  for (let d = n - 1; d >= 0; d--) {
    const j = order[d];
    const [low, high] = [levels[starts[j]], levels[starts[j + 1] - 1]];
    least[d] = Float64Array.from(least[d + 1]);
    most[d] = Float64Array.from(most[d + 1]);
    for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) {
      const ends = [columns.values[e] * low, columns.values[e] * high];
      least[d][columns.indices[e]] += Math.min(...ends);
      most[d][columns.indices[e]] += Math.max(...ends);
    }
    rest[d] = rest[d + 1] + Math.min(coefficients[j] * low, coefficients[j] * high);
  }
  return { order, least, most, coefficients, constant, rest };
}

function searched(
  instance: Instance,
  tree: SearchTree,
  first: Point,
  bound: number,
  maxNodes: number,
): { readonly best: Point; readonly nodes: number; readonly stopped: boolean } {
  const { m, n, columns, lower, upper, weights, levels, starts } = instance;
  const { order, least, most, coefficients, constant, rest } = tree;
  let best = first;
  let nodes = 0;
  let stopped = false;
  const indices = new Int32Array(n);
  const fixed = Array.from({ length: n + 1 }, () => new Float64Array(m));
  const target = (): number => best.objective * (1 - ROUNDING);
  const visit = (depth: number, multiplied: number): void => {
    if (depth === n) {
      const point = pointAt(instance, indices);
      if (point.objective < best.objective) best = point;
      return;
    }
    const j = order[depth];
    const children: { readonly index: number; readonly bound: number; readonly multiplied: number }[] = [];
    for (let index = 0; index < starts[j + 1] - starts[j]; index++) {
      const x = levels[starts[j] + index];
      const next = multiplied + coefficients[j] * x;
      let reach = next + rest[depth + 1];
      const sums = fixed[depth + 1];
      sums.set(fixed[depth]);
      for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) sums[columns.indices[e]] += x * columns.values[e];
      const enough = target();
      for (let k = 0; k < m && reach < enough; k++) {
        const above = sums[k] + least[depth + 1][k] - upper[k];
        const below = lower[k] - sums[k] - most[depth + 1][k];
        reach = Math.max(reach, weights[k] * Math.max(above, below));
      }
      if (reach < enough) children.push({ index, bound: reach, multiplied: next });
    }
    children.sort((a, b) => a.bound - b.bound);
    for (const child of children) {
      if (child.bound >= target() || bound >= target()) return;
      stopped ||= nodes >= maxNodes;
      if (stopped) return;
      nodes++;
      const x = levels[starts[j] + child.index];
      indices[j] = child.index;
      const sums = fixed[depth + 1];
      sums.set(fixed[depth]);
      for (let e = columns.starts[j]; e < columns.starts[j + 1]; e++) sums[columns.indices[e]] += x * columns.values[e];
      visit(depth + 1, child.multiplied);
    }
  };
  visit(0, constant);
  return { best, nodes, stopped };
}
