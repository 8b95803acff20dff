/** Minimal residuals for symmetric operators. */
import { zerosLike, type Tensor } from "@ansatz/tensor";
import { MINRES_PAPER } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";

/**
 * MINRES for symmetric (Hermitian) operators, definite or not: the point of least residual in the Krylov space (Paige and
 * Saunders 1975). One application per iteration; residuals never grow. For a singular system the iterates approach a point
 * of least residual, and the recursion ends with `breakdown` once nothing is left to gain.
 */
export function minres(): LinearSolver {
  return {
    name: "minres",
    citations: [MINRES_PAPER],
    requires: "symmetric",
    preconditions: false,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const v = residual(problem, problem.start);
        const zero = (): Tensor => zerosLike(v);
        return { vectors: { v, before: zero(), w: zero(), old: zero() }, scalars: [length(v)] };
      });
      const [gamma] = numbers;
      return {
        iteration: 0,
        x: problem.start,
        vectors,
        numbers: { gamma, gammaBefore: 1, eta: gamma, s: 0, sBefore: 0, c: 1, cBefore: 1 },
        residualNorm: gamma,
        cost: plus(NO_COST, { apply: 1 }),
        ...(Number.isFinite(gamma) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step({ operator }, state) {
      const { v, before, w, old } = state.vectors;
      const { gamma, gammaBefore, eta, s, sBefore, c, cBefore } = state.numbers;
      const cost = plus(state.cost, { apply: 1 });
      // Lanczos: v is the unnormalised vector of length gamma.
      const next = await evaluate(() => {
        const z = combination([1 / gamma, v]);
        const az = operator.apply(z);
        const delta = inner(az, z);
        const rest = combination([1, az], [-gamma / gammaBefore, before]);
        const fresh = combination([1, rest], [-1, combination([delta, z])]);
        return { vectors: { z, v: fresh }, scalars: [delta, length(fresh)] };
      });
      const [delta, size] = next.numbers;
      const { z } = next.vectors;
      const a0 = c * delta - cBefore * s * gamma;
      const a1 = Math.hypot(a0, size);
      const a2 = s * delta + cBefore * c * gamma;
      const a3 = sBefore * gamma;
      if (!(Number.isFinite(a1) && a1 > 1e-30 * Math.abs(eta))) {
        for (const t of Object.values(next.vectors)) t.dispose();
        return { ...state, cost, failure: Number.isFinite(a1) ? "breakdown" : "non-finite" };
      }
      const [cNext, sNext] = [a0 / a1, size / a1];
      const moved = await evaluate(() => {
        const fresh = combination([1 / a1, z], [-a3 / a1, old], [-a2 / a1, w]);
        return {
          vectors: { x: combination([1, state.x], [cNext * eta, fresh]), w: fresh },
          scalars: [length(fresh)],
        };
      });
      z.dispose();
      return {
        iteration: state.iteration + 1,
        x: moved.vectors.x,
        vectors: { v: next.vectors.v, before: v, w: moved.vectors.w, old: w },
        numbers: {
          gamma: size,
          gammaBefore: gamma,
          eta: -sNext * eta,
          s: sNext,
          sBefore: s,
          c: cNext,
          cBefore: c,
        },
        residualNorm: Math.abs(sNext * eta),
        cost,
      };
    },
  };
}
