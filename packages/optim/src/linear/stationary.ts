/** Stationary iterations. */
import { checkPositive, settings, type Fields } from "../check.ts";
import { SAAD_BOOK } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, length, NO_COST, plus, residual } from "./tools.ts";

/** Options of {@link stationary}. */
export interface StationaryOptions {
  /** Factor of the correction, > 0; 1 when left out. */
  readonly damping?: number;
}

const FIELDS: Fields<Required<StationaryOptions>> = { damping: [1, checkPositive] };

/**
 * `x += damping * M (b - A x)` (Saad 2003, section 4.2): Richardson's iteration without a preconditioner M, Jacobi's with
 * the diagonal's inverse, and whole multigrid cycles with a cycle. Converges when the spectral radius of `I - damping M A`
 * is below 1, and is good for little else than comparison and smoothing.
 * @throws ArgumentError unless `damping` is positive
 */
export function stationary(options: StationaryOptions = {}): LinearSolver {
  const name = "stationary";
  const { damping } = settings(name, options, FIELDS);
  return {
    name,
    citations: [SAAD_BOOK],
    requires: "square",
    preconditions: true,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        return { vectors: { r }, scalars: [length(r)] };
      });
      return {
        iteration: 0,
        x: problem.start,
        vectors,
        numbers: {},
        residualNorm: numbers[0],
        cost: plus(NO_COST, { apply: 1 }),
        ...(Number.isFinite(numbers[0]) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step(problem, state) {
      const { r } = state.vectors;
      const z = await problem.precondition(r);
      const { vectors, numbers } = await evaluate(() => {
        const x = combination([1, state.x], [damping, z]);
        const next = residual(problem, x);
        return { vectors: { x, r: next }, scalars: [length(next)] };
      });
      if (z !== r) z.dispose();
      const [residualNorm] = numbers;
      const cost = plus(state.cost, { apply: 1, precondition: problem.preconditioned ? 1 : 0 });
      if (!Number.isFinite(residualNorm)) {
        for (const t of Object.values(vectors)) t.dispose();
        return { ...state, cost, failure: "non-finite" };
      }
      return {
        iteration: state.iteration + 1,
        x: vectors.x,
        vectors: { r: vectors.r },
        numbers: {},
        residualNorm,
        cost,
      };
    },
  };
}
