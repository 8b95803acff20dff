/** Chebyshev's iteration. */
import { ArgumentError, scope } from "@ansatz/tensor";
import { checkPositive, settings, type Fields } from "../check.ts";
import { SAAD_BOOK } from "../citation.ts";
import type { LinearSolver } from "./base.ts";
import { combination, evaluate, length, NO_COST, plus, residual } from "./tools.ts";

/** Options of {@link chebyshev}. */
export interface ChebyshevOptions {
  /** Lower bound of the eigenvalues of the (preconditioned) operator, > 0. */
  readonly lower: number;
  /** Upper bound of the eigenvalues, >= lower. */
  readonly upper: number;
}

const FIELDS: Fields<ChebyshevOptions> = { lower: [Number.NaN, checkPositive], upper: [Number.NaN, checkPositive] };

/**
 * Chebyshev's iteration for symmetric positive definite operators with known bounds of the eigenvalues (Saad 2003, algorithm
 * 12.1). It needs no inner products. After n iterations the error is at most `2 / (q^n + q^-n)` of the first,
 * `q = (s + 1) / (s - 1)`, `s = sqrt(upper / lower)`; with eigenvalues outside the bounds it may diverge.
 * @throws ArgumentError unless 0 < lower <= upper
 */
export function chebyshev(options: ChebyshevOptions): LinearSolver {
  const name = "chebyshev";
  const { lower, upper } = settings(name, options, FIELDS);
  if (!(lower <= upper)) {
    throw new ArgumentError(
      `${name}: bounds are not ordered (got lower ${lower}, upper ${upper}, expected lower <= upper).`,
    );
  }
  const [middle, radius] = [(upper + lower) / 2, (upper - lower) / 2];
  return {
    name,
    citations: [SAAD_BOOK],
    requires: "positive-definite",
    preconditions: true,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        return { vectors: { r }, scalars: [length(r)] };
      });
      const z = await problem.precondition(vectors.r);
      const d = scope(() => combination([1 / middle, z]));
      if (z !== vectors.r) z.dispose();
      return {
        iteration: 0,
        x: problem.start,
        vectors: { r: vectors.r, d },
        numbers: { rho: radius / middle },
        residualNorm: numbers[0],
        cost: plus(NO_COST, { apply: 1, precondition: problem.preconditioned ? 1 : 0 }),
        ...(Number.isFinite(numbers[0]) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step(problem, state) {
      const { r, d } = state.vectors;
      const { rho } = state.numbers;
      const { vectors, numbers } = await evaluate(() => {
        const next = combination([1, r], [-1, problem.operator.apply(d)]);
        return { vectors: { x: combination([1, state.x], [1, d]), r: next }, scalars: [length(next)] };
      });
      const [residualNorm] = numbers;
      const cost = plus(state.cost, { apply: 1, precondition: problem.preconditioned ? 1 : 0 });
      if (!Number.isFinite(residualNorm)) {
        for (const t of Object.values(vectors)) t.dispose();
        return { ...state, cost, failure: "non-finite" };
      }
      const z = await problem.precondition(vectors.r);
      // For equal bounds the limit: d = r / middle.
      const next = radius === 0 ? 0 : 1 / ((2 * middle) / radius - rho);
      const weight = radius === 0 ? 1 / middle : (2 * next) / radius;
      const turned = scope(() => combination([weight, z], [next * rho, d]));
      if (z !== vectors.r) z.dispose();
      return {
        iteration: state.iteration + 1,
        x: vectors.x,
        vectors: { r: vectors.r, d: turned },
        numbers: { rho: next },
        residualNorm,
        cost,
      };
    },
  };
}
