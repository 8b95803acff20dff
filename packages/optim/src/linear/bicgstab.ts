/** Stabilised biconjugate gradients. */
import { div, scope } from "@ansatz/tensor";
import { BICGSTAB_PAPER } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";

/**
 * BiCGStab for any square operator, preconditioned from the right (van der Vorst 1992): two applications of each per
 * iteration and memory for a fixed number of vectors. Residuals may jump, and the recursion may break down; GMRES does not.
 */
export function bicgstab(): LinearSolver {
  return {
    name: "bicgstab",
    citations: [BICGSTAB_PAPER],
    requires: "square",
    preconditions: true,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        return { vectors: { r }, scalars: [length(r)] };
      });
      const [size] = numbers;
      return {
        iteration: 0,
        x: problem.start,
        vectors: { r: vectors.r, shadow: vectors.r, p: vectors.r },
        numbers: { rho: size * size },
        residualNorm: size,
        cost: plus(NO_COST, { apply: 1 }),
        ...(Number.isFinite(size) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step(problem, state) {
      const { r, shadow, p } = state.vectors;
      const { rho } = state.numbers;
      const { operator, precondition } = problem;
      const cost = plus(state.cost, { apply: 2, precondition: problem.preconditioned ? 2 : 0 });
      if (rho === 0) return { ...state, failure: "breakdown" };
      const ph = await precondition(p);
      const first = await evaluate(() => {
        const v = operator.apply(ph);
        return { vectors: { v }, scalars: [inner(shadow, v)] };
      });
      const { v } = first.vectors;
      const [overlap] = first.numbers;
      const alpha = rho / overlap;
      if (!Number.isFinite(alpha))
        return { ...state, cost, failure: Number.isFinite(overlap) ? "breakdown" : "non-finite" };
      const s = scope(() => combination([1, r], [-alpha, v]));
      const sh = await precondition(s);
      const { vectors, numbers } = await evaluate(() => {
        const t = operator.apply(sh);
        const [ts, tt] = [inner(t, s), inner(t, t)];
        const omega = div(ts, tt);
        const next = combination([1, s], [-1, combination([omega, t])]);
        const x = combination([1, state.x], [alpha, ph], [omega, sh]);
        return { vectors: { r: next, x }, scalars: [length(next), inner(shadow, next), ts, tt, length(s)] };
      });
      const [residualNorm, fresh, ts, tt, half] = numbers;
      const free = (): void => {
        for (const t of [ph, sh, s, v]) if (t !== p && t !== r) t.dispose();
      };
      if (tt === 0 && half === 0) {
        // The first half of the step was exact.
        const x = scope(() => combination([1, state.x], [alpha, ph])).eval();
        for (const t of Object.values(vectors)) t.dispose();
        free();
        return { ...state, iteration: state.iteration + 1, x, residualNorm: 0, cost };
      }
      if (!Number.isFinite(residualNorm + fresh) || ts === 0) {
        for (const t of Object.values(vectors)) t.dispose();
        free();
        return { ...state, cost, failure: Number.isFinite(ts + tt) ? "breakdown" : "non-finite" };
      }
      const omega = ts / tt;
      const beta = (fresh / rho) * (alpha / omega);
      const next = scope(() => combination([1, vectors.r], [beta, p], [-beta * omega, v]));
      free();
      return {
        iteration: state.iteration + 1,
        x: vectors.x,
        vectors: { r: vectors.r, shadow, p: next },
        numbers: { rho: fresh },
        residualNorm,
        cost,
      };
    },
  };
}
