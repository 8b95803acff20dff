/** LSQR. */
import { div, maximum, type Tensor } from "@ansatz/tensor";
import { LSQR_PAPER } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, length, NO_COST, plus, residual } from "./tools.ts";

/** Unit vector and its former length; zero stays zero. */
function normalised(x: Tensor): { readonly unit: Tensor; readonly size: Tensor } {
  const size = length(x);
  return { unit: combination([div(1, maximum(size, 1e-30)), x]), size };
}

/**
 * Minimises `|A x - b|` for any operator by bidiagonalisation (Paige and Saunders 1982). In exact arithmetic the iterates are
 * those of {@link import("./cgls.ts").cgls}; for ill-conditioned problems these are more accurate.
 *
 * One application of A and one of its adjoint per iteration.
 */
export function lsqr(): LinearSolver {
  return {
    name: "lsqr",
    citations: [LSQR_PAPER],
    requires: "any",
    preconditions: false,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const u = normalised(residual(problem, problem.start));
        const v = normalised(problem.operator.adjoint(u.unit));
        return { vectors: { u: u.unit, v: v.unit }, scalars: [u.size, v.size] };
      });
      const [beta, alpha] = numbers;
      return {
        iteration: 0,
        x: problem.start,
        vectors: { ...vectors, w: vectors.v },
        numbers: { alpha, rhobar: alpha, phibar: beta },
        residualNorm: beta,
        normalResidualNorm: beta * alpha,
        cost: plus(NO_COST, { apply: 1, adjoint: 1 }),
        ...(Number.isFinite(beta + alpha) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step({ operator }, state) {
      const { u, v, w } = state.vectors;
      const { alpha: before, rhobar, phibar } = state.numbers;
      const cost = plus(state.cost, { apply: 1, adjoint: 1 });
      const next = await evaluate(() => {
        const nu = normalised(combination([1, operator.apply(v)], [-before, u]));
        const nv = normalised(combination([1, operator.adjoint(nu.unit)], [-1, combination([nu.size, v])]));
        return { vectors: { u: nu.unit, v: nv.unit }, scalars: [nu.size, nv.size] };
      });
      const [beta, alpha] = next.numbers;
      if (!Number.isFinite(beta + alpha)) {
        for (const t of Object.values(next.vectors)) t.dispose();
        return { ...state, cost, failure: "non-finite" };
      }
      const rho = Math.hypot(rhobar, beta);
      const [c, s] = [rhobar / rho, beta / rho];
      const moved = await evaluate(() => ({
        vectors: {
          x: combination([1, state.x], [(c * phibar) / rho, w]),
          w: combination([1, next.vectors.v], [-(s * alpha) / rho, w]),
        },
        scalars: [length(w)],
      }));
      const left = s * phibar;
      return {
        iteration: state.iteration + 1,
        x: moved.vectors.x,
        vectors: { ...next.vectors, w: moved.vectors.w },
        numbers: { alpha, rhobar: -c * alpha, phibar: left },
        residualNorm: left,
        normalResidualNorm: left * alpha * Math.abs(c),
        cost,
      };
    },
  };
}
