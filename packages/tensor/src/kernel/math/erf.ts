/**
 * The error function and its relatives. Minimax coefficients were computed for this file by the Remez algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { atMost, byType, fastTwoSum, num, poly, scaleByPow2, twoProduct, withSignOf } from "./bits.ts";
import { expOfModerate, expParts } from "./exp.ts";

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
      0.1283791670955126, -0.37612638903183887, 0.11283791670959074, -0.026866170645625728, 0.00522397762847081,
      -0.00085483271046046, 0.00012055332434776, -1.492554245004e-5, 1.64585796558e-6, -1.630474845e-7, 1.41910432e-8,
      -8.793928e-10,
    ],
    q: [
      1.1283791602689477, 0.6366197918206569, 0.10277282137130832, -0.019130281208467312, -0.00020225914965968,
      0.00167944691260851, -0.000561233209191859, -1.15746435322295e-5, 0.0001020435015033944, -5.92343804860577e-5,
      2.15786105930911e-5, -5.75443479607764e-6, 1.16406778905493e-6, -1.7817889196873e-7, 2.0086002475814e-8,
      -1.5763476099824e-9, 7.69723109544e-11, -1.7606607604e-12,
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

/**
 * erfc(a) exp(a^2) (1 + 2 a) = 1.25 + p(q) with q = (a - middle) / (a + middle), for 0.75 <= a <= `large`, where erfc(a)
 * rounds to 0. The left side varies little, so that the sum is accurate.
 */
const ERFC = {
  f32: {
    large: 10.2,
    middle: 2,
    p: [
      0.02697838, -0.09276379, -0.1660301, 0.16404922, -0.054226343, -0.008001743, 0.008759916, 0.0010717442,
      -0.0014786989,
    ],
  },
  f64: {
    large: 27.5,
    middle: 3.5,
    p: [
      -0.007650755128845613, -0.14000918013761934, -0.010555596332221528, 0.09751909515324864, -0.11508959815995327,
      0.08798315382523496, -0.048823325834727295, 0.019099330936718104, -0.004215019808309234, -0.0003022678389244749,
      0.0005643835808932543, -0.00012151247813553808, -4.2777922821530374e-5, 2.426017053637399e-5,
      2.3145031115983292e-6, -3.8092512493708655e-6, -1.736041222690162e-8, 5.858853463346375e-7, -3.703488651379983e-8,
      -7.372627688284613e-8, 1.4020506981385065e-8,
    ],
  },
} as const;

/** erfc(x) = 1 - erf(x), with a small relative error also where it is tiny: exp(-x^2) takes x^2 in two parts. */
export function erfc(b: ExprBuilder, x: Expr): Expr {
  const c = byType(x, ERFC);
  const half = num(b, x, 0.5);
  const one = num(b, x, 1);
  const small = b.sub(half, b.add(b.mul(x, poly(b, b.mul(x, x), byType(x, ERF).p)), b.sub(x, half)));

  const a = atMost(b, b.abs(x), c.large);
  const middle = num(b, x, c.middle);
  const q = b.div(b.sub(a, middle), b.add(a, middle));
  const flat = b.add(poly(b, q, c.p), num(b, x, 1.25));
  const square = twoProduct(b, a, a);
  const { k, t } = expParts(b, b.neg(square.hi), b.neg(square.lo));
  // Dividing by 1 + 2 a rounds it; to first order that is undone by its rounding error times 1 / (1 + 2 a) = 0.8 ratio.
  const divisor = fastTwoSum(b, b.add(a, a), one);
  const ratio = b.div(flat, divisor.hi);
  const relative = b.sub(t, b.mul(ratio, b.mul(divisor.lo, num(b, x, 0.8))));
  const right = scaleByPow2(b, b.add(ratio, b.mul(ratio, relative)), k);
  const left = b.sub(num(b, x, 2), right);
  return b.select(b.lt(a, num(b, x, 0.75)), small, b.select(b.lt(x, half), left, right));
}
