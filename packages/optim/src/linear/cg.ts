/** Conjugate gradients. */
import { div, neg, scope } from "@ansatz/tensor";
import { HESTENES_STIEFEL_PAPER } from "../citation.ts";
import type { FullProblem, LinearSolver, LinearState } from "./base.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";
import { read } from "../vector.ts";

/**
 * Conjugate gradients for symmetric (Hermitian) positive definite operators, with a positive definite preconditioner M
 * (Hestenes and Stiefel 1952): `p = M r + beta p`, `alpha = <r, M r> / <p, A p>`, `x += alpha p`, `r -= alpha A p`.
 *
 * One application of each per iteration. The error in the energy norm falls at least by `(s - 1) / (s + 1)` per iteration,
 * `s^2` the condition of `M A`.
 */
export function cg(): LinearSolver {
  const name = "cg";
  return {
    name,
    citations: [HESTENES_STIEFEL_PAPER],
    requires: "positive-definite",
    preconditions: true,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        return { vectors: { r }, scalars: [length(r)] };
      });
      const state: LinearState = {
        iteration: 0,
        x: problem.start,
        vectors,
        numbers: {},
        residualNorm: numbers[0],
        cost: plus(NO_COST, { apply: 1 }),
      };
      return Number.isFinite(numbers[0]) ? directed(problem, state) : { ...state, failure: "non-finite" };
    },
    async step(problem, state) {
      const { p, r } = state.vectors;
      const { rz } = state.numbers;
      if (!(rz > 0)) return { ...state, failure: Number.isNaN(rz) ? "non-finite" : "not-definite" };
      // The step length stays a tensor, so that one reading per application is enough.
      const { vectors, numbers } = await evaluate(() => {
        const ap = problem.operator.apply(p);
        const curvature = inner(p, ap);
        const alpha = div(rz, curvature);
        const next = combination([1, r], [neg(alpha), ap]);
        return { vectors: { x: combination([1, state.x], [alpha, p]), r: next }, scalars: [length(next), curvature] };
      });
      const [residualNorm, curvature] = numbers;
      const cost = plus(state.cost, { apply: 1 });
      if (!(Number.isFinite(residualNorm) && curvature > 0)) {
        vectors.x.dispose();
        vectors.r.dispose();
        return {
          ...state,
          cost,
          failure: Number.isFinite(curvature) && curvature <= 0 ? "not-definite" : "non-finite",
        };
      }
      const { x } = vectors;
      return directed(problem, {
        ...state,
        iteration: state.iteration + 1,
        x,
        vectors: { r: vectors.r, p },
        residualNorm,
        cost,
      });
    },
  };
}

/** The state with its next direction. */
async function directed(problem: FullProblem, state: LinearState): Promise<LinearState> {
  const { r, p } = state.vectors;
  const z = await problem.precondition(r);
  const before = state.numbers["rz"];
  const rz = z === r ? state.residualNorm ** 2 : await read(() => inner(r, z));
  const next = p === undefined ? z : scope(() => combination([1, z], [rz / before, p]));
  if (z !== r && z !== next) z.dispose();
  return {
    ...state,
    vectors: { r, p: next },
    numbers: { rz },
    cost: plus(state.cost, { precondition: problem.preconditioned ? 1 : 0 }),
  };
}
