/**
 * The error function and its relatives. Minimax coefficients were computed for this file by the Remez algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { atMost, byType, withSignOf, num, poly } from "./bits.ts";
import { expOfModerate } from "./exp.ts";

/** erf(x) = x + x p(x^2) below 0.9; 1 - exp(-a q(a)) for a = |x| from there to `large`, where erf rounds to 1. */
const ERF = {
  f32: {
    large: 3.95,
    p: [0.12837915, -0.37612516, 0.11282085, -0.02677728, 0.005009916, -0.0006081067],
    q: [1.1285166, 0.63571143, 0.10527023, -0.022894925, 0.0032163812, -0.00021414438],
  },
  f64: {
    large: 5.95,
    p: [
      0.1283791670955126, -0.37612638903183887, 0.11283791670959074, -0.026866170645625728, 0.005223977628470811,
      -0.0008548327104604579, 0.00012055332434776113, -1.4925542450036445e-5, 1.6458579655762404e-6,
      -1.630474845085963e-7, 1.4191043203588998e-8, -8.793928111212219e-10,
    ],
    q: [
      1.1283791602689477, 0.6366197918206569, 0.10277282137130832, -0.019130281208467312, -0.0002022591496596821,
      0.001679446912608509, -0.0005612332091918592, -1.1574643532229548e-5, 0.00010204350150339443,
      -5.9234380486057695e-5, 2.157861059309112e-5, -5.754434796077636e-6, 1.1640677890549288e-6,
      -1.7817889196872932e-7, 2.008600247581422e-8, -1.5763476099824499e-9, 7.697231095441142e-11,
      -1.7606607604105316e-12,
    ],
  },
} as const;

/** erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, ERF);
  const a = b.abs(x);
  const small = b.add(a, b.mul(a, poly(b, b.mul(x, x), t.p)));
  const limited = atMost(b, a, t.large);
  const exponent = b.mul(b.neg(limited), poly(b, limited, t.q));
  const large = b.sub(num(b, x, 1), expOfModerate(b, exponent));
  return withSignOf(b, b.select(b.lt(a, num(b, x, 0.9)), small, large), x);
}
