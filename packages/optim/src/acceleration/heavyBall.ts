/** Polyak's heavy ball. */
import { POLYAK_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { checkCurvatures, recurrence, type Curvatures } from "./base.ts";

/**
 * `x+ = x - a grad f(x) + b (x - x_before)`, with `a = 4 / (sqrt L + sqrt mu)^2` and `b = ((s - 1) / (s + 1))^2`,
 * `s = sqrt(L / mu)` (Polyak 1964).
 *
 * On quadratics the error shrinks by `(s - 1) / (s + 1)` per iteration in the limit, which no other method here matches. On
 * other smooth, strongly convex functions it may run in a cycle forever (Lessard, Recht and Packard 2016), so there is no
 * guarantee; `minimize` finds cycles with the option `maxPeriod`.
 * @throws ArgumentError unless 0 < mu <= L
 */
export function heavyBall({ mu, L }: Curvatures): Minimizer {
  const name = "heavyBall";
  checkCurvatures(name, mu, L);
  const s = Math.sqrt(L / mu);
  const a = 4 / (Math.sqrt(L) + Math.sqrt(mu)) ** 2;
  const b = ((s - 1) / (s + 1)) ** 2;
  return recurrence({
    name,
    mu,
    citations: [POLYAK_PAPER],
    vectors: ["before"],
    step: (_, g, x, { before }) => ({ x: combination([1 + b, x], [-b, before], [-a, g]), before: x }),
  });
}
