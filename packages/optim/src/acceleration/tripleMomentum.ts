/** The triple momentum method. */
import { TRIPLE_MOMENTUM_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { checkCurvatures, recurrence, type Curvatures } from "./base.ts";

/**
 * Triple momentum (Van Scoy, Freeman and Lynch 2018): with `rho = 1 - sqrt(mu / L)`, `alpha = (1 + rho) / L`,
 * `beta = rho^2 / (2 - rho)`, `gamma = rho^2 / ((1 + rho)(2 - rho))`, `delta = rho^2 / (1 - rho^2)`,
 * `xi+ = (1 + beta) xi - beta xi_before - alpha grad f(y)`, `y = (1 + gamma) xi+ - gamma xi`,
 * `x = (1 + delta) xi+ - delta xi`. The result is x, not xi.
 *
 * Guarantee: `f(x_n) - f* <= rho^(2n) L^2 / (2 mu) |x_0 - x*|^2`, the fastest known rate of a method with a fixed step.
 * @throws ArgumentError unless 0 < mu <= L
 */
export function tripleMomentum({ mu, L }: Curvatures): Minimizer {
  const name = "tripleMomentum";
  checkCurvatures(name, mu, L);
  const rho = 1 - Math.sqrt(mu / L);
  const alpha = (1 + rho) / L;
  const beta = rho ** 2 / (2 - rho);
  const gamma = rho ** 2 / ((1 + rho) * (2 - rho));
  const delta = rho ** 2 / (1 - rho ** 2);
  return recurrence({
    name,
    mu,
    citations: [TRIPLE_MOMENTUM_PAPER],
    guarantee: {
      measure: "gap",
      bound: (n, distance) => (rho ** (2 * n) * L * L * distance ** 2) / (2 * mu),
      source: "Van Scoy, Freeman and Lynch 2018, theorem 1",
    },
    vectors: ["xi", "before", "y"],
    point: (_, { y }) => y,
    step: (_, g, __, { xi, before }) => {
      const next = combination([1 + beta, xi], [-beta, before], [-alpha, g]);
      return {
        x: combination([1 + delta, next], [-delta, xi]),
        xi: next,
        before: xi,
        y: combination([1 + gamma, next], [-gamma, xi]),
      };
    },
  });
}
