/** Gradient descent with a constant step. */
import { checkPositive } from "../check.ts";
import { DRORI_TEBOULLE_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { checkSmoothness, recurrence } from "./base.ts";

/** Options of {@link gradientDescent}. */
export interface GradientDescentOptions {
  /** Smoothness: a Lipschitz constant of the gradient, > 0. */
  readonly L: number;
  /** Strong convexity, >= 0; 0 when left out. */
  readonly mu?: number;
  /** Step; `2 / (L + mu)` when left out, and `1 / L` without strong convexity. */
  readonly step?: number;
}

/**
 * `x -= a grad f(x)`.
 *
 * Guarantees: with the step `2 / (L + mu)` the distance to the minimiser shrinks by `(L - mu) / (L + mu)` per iteration,
 * with any other step a by `max(1 - a mu, a L - 1)`; without strong convexity and with `a <= 1 / L`,
 * `f(x_n) - f* <= |x_0 - x*|^2 / (4 n a + 2 / L)`, exact for a = 1 / L (Drori and Teboulle 2014, theorem 3.1).
 * @throws ArgumentError for a value outside its range, naming it
 */
export function gradientDescent({
  L,
  mu = 0,
  step = mu > 0 ? 2 / (L + mu) : 1 / L,
}: GradientDescentOptions): Minimizer {
  const name = "gradientDescent";
  checkSmoothness(name, mu, L);
  checkPositive(name, "step", step);
  const factor = Math.max(1 - step * mu, step * L - 1);
  return recurrence({
    name,
    mu,
    citations: [DRORI_TEBOULLE_PAPER],
    ...(mu > 0 && factor < 1
      ? {
          guarantee: {
            measure: "distance" as const,
            bound: (n, distance) => factor ** n * distance,
            source: "contraction of x - a grad f(x) on L-smooth, mu-strongly convex functions",
          },
        }
      : step <= 1 / L
        ? {
            guarantee: {
              measure: "gap" as const,
              bound: (n, distance) => distance ** 2 / (4 * n * step + 2 / L),
              source: "Drori and Teboulle 2014, theorem 3.1",
            },
          }
        : {}),
    vectors: [],
    step: (_, g, x) => ({ x: combination([1, x], [-step, g]) }) as never,
  });
}
