/** The optimised gradient method. */
import { checkCount, checkPositive } from "../check.ts";
import { OGM_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { recurrence } from "./base.ts";

/** Options of {@link optimizedGradient}. */
export interface OptimizedGradientOptions {
  /** Smoothness: a Lipschitz constant of the gradient, > 0. */
  readonly L: number;
  /** Number of iterations N after which the result is wanted: the last one has another weight. */
  readonly steps: number;
}

/**
 * The optimised gradient method OGM1 (Kim and Fessler 2016), the best for smooth convex functions when the number of
 * iterations N is known: `y+ = x - grad f(x) / L`,
 * `x+ = y+ + (t - 1) / t+ (y+ - y) + t / t+ (y+ - x)`, `t+ = (1 + sqrt(1 + 4 t^2)) / 2`, with 8 in place of 4 in iteration N.
 *
 * Guarantee: `f(x_N) - f* <= L |x_0 - x*|^2 / (2 t_N^2)`. After other numbers of iterations it guarantees nothing.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function optimizedGradient({ L, steps }: OptimizedGradientOptions): Minimizer {
  const name = "optimizedGradient";
  checkPositive(name, "L", L);
  checkCount(name, "steps", steps);
  const grow = (t: number, k: number): number => (1 + Math.sqrt(1 + (k === steps - 1 ? 8 : 4) * t * t)) / 2;
  let last = 1;
  for (let k = 0; k < steps; k++) last = grow(last, k);
  return recurrence({
    name,
    mu: 0,
    citations: [OGM_PAPER],
    guarantee: {
      measure: "gap",
      bound: (n, distance) => (n === steps ? (L * distance ** 2) / (2 * last * last) : Infinity),
      source: "Kim and Fessler 2016, theorem 2",
    },
    vectors: ["y"],
    numbers: { t: 1, before: 1 },
    advance: ({ t }, k) => ({ t: grow(t, k), before: t }),
    step: (_, g, x, { y }, { t, before }) => {
      const next = combination([1, x], [-1 / L, g]);
      const [a, b] = [(before - 1) / t, before / t];
      return { x: combination([1 + a + b, next], [-a, y], [-b, x]), y: next };
    },
  });
}
