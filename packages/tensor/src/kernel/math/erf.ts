/**
 * The error function and its relatives. Minimax coefficients were computed for this file by the Remez algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { atMost, byType, num, poly, twoProduct, withSignOf } from "./bits.ts";
import { expOfModerate, expScaled } from "./exp.ts";

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

/** erfc(a) exp(a^2) (a + 3) = p(q) with q = (a - 3) / (a + 3), for 0 <= a <= `large`, where erfc(a) rounds to 0. */
const ERFC = {
  f32: {
    large: 10.2,
    p: [
      1.0740069, -0.8833945, 0.5902281, -0.31046608, 0.119530745, -0.026839236, -0.0012312711, 0.0030778095,
      -0.00047839992, -0.00032193447,
    ],
  },
  f64: {
    large: 27.5,
    p: [
      1.0740069070883398, -0.8833944531698836, 0.590228357104091, -0.3104672619005683, 0.11952776128768774,
      -0.02682723462442826, -0.0012124166340947826, 0.0030340620000547567, -0.0005483096247391703,
      -0.00027677783253517694, 0.00010756108688452375, 3.0398062417049603e-5, -1.7469040568677278e-5,
      -4.748754465317745e-6, 2.7616103973993306e-6, 9.974654816890924e-7, -4.0195448259446607e-7,
      -2.3071502437667536e-7, 4.0225959413431914e-8, 4.713127431592113e-8, 2.0127002974796977e-9, -5.893629950312022e-9,
      -1.3934821657803763e-9,
    ],
  },
} as const;

/** erfc(x) = 1 - erf(x), with a small relative error also where it is tiny: exp(-x^2) takes x^2 in two parts. */
export function erfc(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, ERFC);
  const a = atMost(b, b.abs(x), t.large);
  const three = num(b, x, 3);
  const inverse = b.div(num(b, x, 1), b.add(a, three));
  const scaled = b.mul(poly(b, b.mul(b.sub(a, three), inverse), t.p), inverse);
  const square = twoProduct(b, a, a);
  const right = b.mul(expScaled(b, b.neg(square.hi), b.neg(square.lo)), scaled);
  return b.select(b.lt(x, num(b, x, 0)), b.sub(num(b, x, 2), right), right);
}
