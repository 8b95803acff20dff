/** Nesterov's accelerated gradient methods. */
import { ArgumentError } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { FISTA_PAPER, NESTEROV_BOOK, NESTEROV_PAPER, TAYLOR_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { checkCurvatures, recurrence, type Curvatures } from "./base.ts";

/**
 * The method for strongly convex functions: `x+ = y - grad f(y) / L`, `y = x+ + (s - 1) / (s + 1) (x+ - x)`,
 * `s = sqrt(L / mu)` (Nesterov 2018, section 2.2.1, constant step scheme).
 *
 * Guarantee: `f(x_n) - f* <= (1 - 1 / s)^n (f(x_0) - f* + mu / 2 |x_0 - x*|^2)`.
 * @throws ArgumentError unless 0 < mu <= L
 */
export function nesterov({ mu, L }: Curvatures): Minimizer {
  const name = "nesterov";
  checkCurvatures(name, mu, L);
  const s = Math.sqrt(L / mu);
  const b = (s - 1) / (s + 1);
  return recurrence({
    name,
    mu,
    citations: [NESTEROV_BOOK],
    guarantee: {
      measure: "gap",
      bound: (n, distance, gap) => (1 - 1 / s) ** n * (gap + (mu / 2) * distance ** 2),
      source: "Nesterov 2018, theorem 2.2.3",
    },
    vectors: ["y"],
    point: (_, { y }) => y,
    step: (y, g, x) => {
      const next = combination([1, y], [-1 / L, g]);
      return { x: next, y: combination([1 + b, next], [-b, x]) };
    },
  });
}

/** Options of {@link nesterovConvex}. */
export interface NesterovConvexOptions {
  /** Smoothness: a Lipschitz constant of the gradient, > 0. */
  readonly L: number;
  /** `"fista"` when left out: weights from `t+ = (1 + sqrt(1 + 4 t^2)) / 2`; or `"linear"`: `k / (k + 3)`. */
  readonly weights?: "fista" | "linear";
}

/**
 * The method for convex functions: `x+ = y - grad f(y) / L`, `y = x+ + w_k (x+ - x)` with `w_k = (t_k - 1) / t_{k+1}`
 * (Nesterov 1983; Beck and Teboulle 2009) or `k / (k + 3)`.
 *
 * Guarantees: `f(x_n) - f* <= 2 L |x_0 - x*|^2 / (n + 1)^2`, and `2 L |x_0 - x*|^2 / (n^2 + 5 n + 6)` for the second, which
 * is exact: a Huber function attains it for every n.
 * @throws ArgumentError unless L is positive
 */
export function nesterovConvex({ L, weights = "fista" }: NesterovConvexOptions): Minimizer {
  const name = "nesterovConvex";
  checkPositive(name, "L", L);
  if (weights !== "fista" && weights !== "linear") {
    throw new ArgumentError(`${name}: weights is unknown (got ${String(weights)}, expected "fista" or "linear").`);
  }
  const fista = weights === "fista";
  return recurrence({
    name,
    mu: 0,
    citations: fista ? [NESTEROV_PAPER, FISTA_PAPER] : [NESTEROV_PAPER, TAYLOR_PAPER],
    guarantee: {
      measure: "gap",
      bound: (n, distance) => (2 * L * distance ** 2) / (fista ? (n + 1) ** 2 : n * n + 5 * n + 6),
      source: fista ? "Beck and Teboulle 2009, theorem 4.4" : "Taylor, Hendrickx and Glineur 2017, conjecture 3",
    },
    vectors: ["y"],
    numbers: { t: 1, weight: 0 },
    advance: ({ t }, k) => {
      if (!fista) return { t, weight: k / (k + 3) };
      const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
      return { t: next, weight: (t - 1) / next };
    },
    point: (_, { y }) => y,
    step: (y, g, x, _, { weight }) => {
      const next = combination([1, y], [-1 / L, g]);
      return { x: next, y: combination([1 + weight, next], [-weight, x]) };
    },
  });
}
