/**
 * The inverse error function. In the centre it is x times a polynomial in w = -log(1 - x^2), the variable of M. Giles
 * ("Approximating the erfinv function", GPU Computing Gems 2, 2011); in the tails it is r plus a small quotient of
 * polynomials in r = sqrt(-log((1 - |x|) / 2)), the variable of M. J. Wichura (Algorithm AS 241, Applied Statistics 37,
 * 1988). The coefficients were computed for this file.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, num, poly, withSignOf } from "./bits.ts";
import { logOfNormal } from "./log.ts";

/** erfinv(x) = x p(w) for |x| <= 0.85. */
const CENTER = {
  f32: [0.88622695, 0.23201306, 0.011553026, -0.0023440693, -0.00011883349, 4.426098e-5],
  f64: [
    0.886226925452758, 0.23201366653465075, 0.011549342038379958, -0.0023351016430970236, -0.00012804328280512607,
    4.661138510797853e-5, 2.0201664024453306e-6, -1.0129473382462357e-6, -3.668486079229547e-8, 2.2125821440255034e-8,
    1.2624286544991854e-9, -7.835763292457483e-10, 6.535595310432883e-11,
  ],
} as const;

/** erfinv(x) = r + p(t) / q(t) with t = r - 1.625 beyond. */
const TAIL = {
  f32: {
    p: [-0.5883427, -0.37669083, -0.04744775, -0.00028030324],
    q: [1, 0.9857745, 0.27825758, 0.01965895],
  },
  f64: {
    p: [
      -0.5883427279248501, -1.0340977018437585, -0.7224205803271168, -0.26096130151854513, -0.052466603823047124,
      -0.005628932237878092, -0.00027226023549495635, -4.0684575248858344e-6, -2.9263991395674003e-9,
    ],
    q: [
      1, 2.1031622268924735, 1.811576381247744, 0.8327550780924698, 0.2223606587341017, 0.03464754388641498,
      0.002917297483092232, 0.00011005228635463889, 1.2185214333104238e-6,
    ],
  },
} as const;

/** The y with erf(y) = x: +-inf at +-1, NaN outside [-1, 1]. */
export function erfinv(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const one = num(b, x, 1);
  const half = num(b, x, 0.5);
  const central = b.le(a, num(b, x, 0.85));
  // One logarithm for both: of (1 - a) (1 + a) or of (1 - a) / 2.
  const w = b.neg(logOfNormal(b, b.mul(b.sub(one, a), b.select(central, b.add(one, a), half))));
  const center = b.mul(a, poly(b, w, byType(x, CENTER)));

  const { p, q } = byType(x, TAIL);
  const r = b.sqrt(w);
  const t = b.sub(r, num(b, x, 1.625));
  const tail = b.add(r, b.div(poly(b, t, p), poly(b, t, q)));
  const edge = b.select(b.eq(a, one), num(b, x, Infinity), num(b, x, NaN));
  return withSignOf(b, b.select(central, center, b.select(b.lt(a, one), tail, edge)), x);
}
