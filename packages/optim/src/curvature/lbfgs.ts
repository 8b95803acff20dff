/** L-BFGS. */
import { ArgumentError, div, mul, neg, scope, treeLeaves, treeMap, type Tensor, type Tree } from "@ansatz/tensor";
import { checkCount, settings, type Check, type Fields } from "../check.ts";
import { LBFGS_PAPER, NOCEDAL_WRIGHT_BOOK } from "../citation.ts";
import type { Minimizer, MinimizeState, Oracle } from "../minimize/base.ts";
import { combination, inner } from "../vector.ts";
import { wolfeSearch, type LinePoint } from "./lineSearch.ts";
import { evaluated, precisionOf, started, valueOf } from "./evaluate.ts";

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** Pairs of steps and gradient changes that are kept; 10 when left out. */
  readonly memory?: number;
  /** Share of the predicted decrease that a step must reach, in (0, 1/2); 1e-4 when left out. */
  readonly decrease?: number;
  /** Share of the slope that may be left after a step, in (decrease, 1); 0.9 when left out. */
  readonly curvature?: number;
}

const checkShare: Check = (name, field, value) => {
  if (!(typeof value === "number" && value > 0 && value < 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in (0, 1)).`);
  }
};

const FIELDS: Fields<Required<LbfgsOptions>> = {
  memory: [10, checkCount],
  decrease: [1e-4, checkShare],
  curvature: [0.9, checkShare],
};

/** Most evaluations per line search. */
const TRIALS = 40;

/**
 * L-BFGS (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithm 7.5): quasi-Newton directions from the last pairs of
 * steps and gradient changes, and a strong Wolfe line search. For smooth functions evaluated as a whole, of any size.
 *
 * About one evaluation of value and gradient per iteration. Needs the problem's value. When no step is found along the
 * quasi-Newton direction, the pairs are forgotten and the gradient is tried; when that fails too, the status is
 * `search-failed`, usually because the point is as good as rounding allows.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const { value } = await minimize(lbfgs(), { start, value: loss });
 */
export function lbfgs(options: LbfgsOptions = {}): Minimizer {
  const name = "lbfgs";
  const { memory, decrease, curvature } = settings(name, options, FIELDS);
  if (!(decrease < 0.5 && decrease < curvature)) {
    throw new ArgumentError(
      `${name}: decrease is out of range (got ${decrease} with curvature ${curvature}, expected decrease < 0.5 and decrease < curvature).`,
    );
  }
  return {
    name,
    citations: [LBFGS_PAPER, NOCEDAL_WRIGHT_BOOK],
    init: (problem) => started(name, problem, { pairs: 0 }),
    async step<P extends Tree>(problem: Oracle<P>, state: MinimizeState<P>): Promise<MinimizeState<P>> {
      const along = await search(problem, state);
      if (along.state !== null || state.numbers["pairs"] === 0)
        return along.state ?? { ...state, cost: along.cost, failure: "search-failed" };
      const { gradient } = state.vectors;
      const plain = { ...state, cost: along.cost, vectors: { gradient }, numbers: { pairs: 0 } };
      const again = await search(problem, plain);
      return again.state ?? { ...state, cost: again.cost, failure: "search-failed" };
    },
  };

  async function search<P extends Tree>(
    problem: Oracle<P>,
    state: MinimizeState<P>,
  ): Promise<{ state: MinimizeState<P> | null; cost: MinimizeState<P>["cost"] }> {
    const { x, vectors, numbers } = state;
    const { pairs } = numbers;
    const direction = scope(() => descent(vectors, pairs));
    const cost = { ...state.cost };
    const made: { point: P; gradient: P }[] = [];
    const free = (keep?: { point: P; gradient: P }): void => {
      for (const m of made)
        if (m !== keep) for (const t of [...treeLeaves(m.point), ...treeLeaves(m.gradient)]) t.dispose();
      for (const t of treeLeaves(direction)) t.dispose();
    };
    const slope = await valueOf(() => inner(vectors["gradient"], direction));
    if (!(slope < 0)) {
      free();
      return { state: null, cost };
    }
    const start: LinePoint = { step: 0, value: state.value as number, slope };
    const at = async (step: number): Promise<LinePoint & { index: number; gradientNorm: number }> => {
      cost["values"]++;
      cost["gradients"]++;
      const found = await evaluated(
        problem,
        scope(() => combination([1, x], [step, direction])),
        direction,
      );
      made.push(found);
      return { step, value: found.value, slope: found.slope, index: made.length - 1, gradientNorm: found.gradientNorm };
    };
    // Without pairs the direction has the length of the gradient, which says nothing about the step.
    const first = pairs === 0 ? Math.min(1, 1 / state.gradientNorm) : 1;
    const slack = 2 * precisionOf(x) * Math.abs(start.value);
    const found = await wolfeSearch(start, first, at, { decrease, curvature, trials: TRIALS, slack });
    if (found === null) {
      free();
      return { state: null, cost };
    }
    const { point, gradient } = made[found.index];
    const s = scope(() => treeMap((d) => mul(d, found.step), direction));
    const y = scope(() => combination([1, gradient], [-1, vectors["gradient"]]));
    const sy = await valueOf(() => inner(s, y));
    free(made[found.index]);
    const usable = sy > 1e-14 * Math.abs(slope) * found.step;
    const next: Record<string, P> = { gradient };
    // Newest pair first.
    if (usable) Object.assign(next, { s0: s, y0: y });
    else for (const t of [...treeLeaves(s), ...treeLeaves(y)]) t.dispose();
    const shift = usable ? 1 : 0;
    for (let i = 0; i < pairs && i + shift < memory; i++) {
      next[`s${i + shift}`] = vectors[`s${i}`];
      next[`y${i + shift}`] = vectors[`y${i}`];
    }
    return {
      cost,
      state: {
        iteration: state.iteration + 1,
        x: point,
        vectors: next,
        numbers: { pairs: Math.min(memory, pairs + shift) },
        gradientNorm: found.gradientNorm,
        value: found.value,
        cost,
      },
    };
  }
}

/** The two-loop recursion: minus the inverse Hessian's approximation times the gradient. */
function descent<P extends Tree>(vectors: Readonly<Record<string, P>>, pairs: number): P {
  let q = treeMap((g) => neg(g), vectors["gradient"]);
  const alphas: Tensor[] = [];
  const rho = (i: number): Tensor => div(1, inner(vectors[`s${i}`], vectors[`y${i}`]));
  for (let i = 0; i < pairs; i++) {
    const alpha = mul(rho(i), inner(vectors[`s${i}`], q));
    alphas.push(alpha);
    q = combination([1, q], [neg(alpha), vectors[`y${i}`]]);
  }
  if (pairs > 0) {
    const scale = div(inner(vectors["s0"], vectors["y0"]), inner(vectors["y0"], vectors["y0"]));
    q = combination([scale, q]);
  }
  for (let i = pairs - 1; i >= 0; i--) {
    const beta = mul(rho(i), inner(vectors[`y${i}`], q));
    q = combination([1, q], [alphas[i], vectors[`s${i}`]], [neg(beta), vectors[`s${i}`]]);
  }
  return q;
}
