/** Conjugate gradients for least squares. */
import { scope } from "@ansatz/tensor";
import { HESTENES_STIEFEL_PAPER } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";

/**
 * Minimises `|A x - b|` for any operator: conjugate gradients on `A* A x = A* b`, without forming the product (Hestenes and
 * Stiefel 1952, section 10; Bjorck's CGLS). From a zero start it converges to the solution of least norm.
 *
 * One application of A and one of its adjoint per iteration. Status `converged` when the residual is small,
 * `least-squares` when `A* r` is.
 */
export function cgls(): LinearSolver {
  return {
    name: "cgls",
    citations: [HESTENES_STIEFEL_PAPER],
    requires: "any",
    preconditions: false,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        const p = problem.operator.adjoint(r);
        return { vectors: { r, p }, scalars: [length(r), length(p)] };
      });
      const [residualNorm, normalResidualNorm] = numbers;
      return {
        iteration: 0,
        x: problem.start,
        vectors,
        numbers: {},
        residualNorm,
        normalResidualNorm,
        cost: plus(NO_COST, { apply: 1, adjoint: 1 }),
        ...(Number.isFinite(residualNorm + normalResidualNorm) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step({ operator }, state) {
      const { r, p } = state.vectors;
      const gamma = (state.normalResidualNorm as number) ** 2;
      const cost = plus(state.cost, { apply: 1, adjoint: 1 });
      const first = await evaluate(() => {
        const q = operator.apply(p);
        return { vectors: { q }, scalars: [inner(q, q)] };
      });
      const [delta] = first.numbers;
      const { q } = first.vectors;
      if (!(Number.isFinite(delta) && delta > 0)) {
        q.dispose();
        return { ...state, cost, failure: delta === 0 ? "breakdown" : "non-finite" };
      }
      const alpha = gamma / delta;
      const { vectors, numbers } = await evaluate(() => {
        const next = combination([1, r], [-alpha, q]);
        const s = operator.adjoint(next);
        return {
          vectors: { x: combination([1, state.x], [alpha, p]), r: next, s },
          scalars: [length(next), length(s)],
        };
      });
      q.dispose();
      const [residualNorm, normalResidualNorm] = numbers;
      const { x, s } = vectors;
      if (!Number.isFinite(residualNorm + normalResidualNorm)) {
        for (const t of Object.values(vectors)) t.dispose();
        return { ...state, cost, failure: "non-finite" };
      }
      const turned = scope(() => combination([1, s], [normalResidualNorm ** 2 / gamma, p]));
      s.dispose();
      return {
        iteration: state.iteration + 1,
        x,
        vectors: { r: vectors.r, p: turned },
        numbers: {},
        residualNorm,
        normalResidualNorm,
        cost,
      };
    },
  };
}
