/**
 * The logarithm of the gamma function and its derivative. Small and negative arguments are reflected; from there, minimax
 * polynomials on a short interval and, beyond, Stirling's series refitted so that it can start at 2.5 and 2.
 * All coefficients were computed for this file by the Remez algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, num, poly } from "./bits.ts";
import { logOfPositive, logParts } from "./log.ts";

/** sin(pi r) / pi = r + r^3 s(r^2) and pi cot(pi r) = 1/r - r c(r^2) for |r| <= 1/2. */
const REFLECTION = {
  f32: {
    sin: [-1.644934, 0.81174207, -0.19074652, 0.026111426, -0.0022279618],
    cot: [3.2898698, 2.164499, 2.0392177, 1.9416716, 2.5204098, -0.15795428, 6.244834],
  },
  f64: {
    sin: [
      -1.6449340668482264, 0.8117424252833464, -0.1907518241216863, 0.026147847808149202, -0.0023460809152295987,
      0.00014842792627744108, -6.972292089257523e-6, 2.4520870635662186e-7,
    ],
    cot: [
      3.2898681336963946, 2.1646464674419064, 2.0346861216368572, 2.008154853062775, 2.001984103624204,
      2.0006095625381395, 1.9982595119881084, 2.0208098184225483, 1.8347815889863475, 2.9371028246913546,
      -1.7348394273897918, 12.075304958476103, -14.965761440953425, 16.551201791328968,
    ],
  },
} as const;

/**
 * lgamma(2 + t) = t (1 + t) p(t) for -0.8 <= t <= 0.5;
 * lgamma(z) = (z - 1/2) (log(z) - 1) + log(2 pi)/2 - 1/2 + u q(u^2) with u = 1/z, for z >= 2.5.
 */
const LGAMMA = {
  f32: {
    p: [
      0.42278433, -0.1003173, 0.032965325, -0.012384237, 0.0049941717, -0.002108643, 0.000940452, -0.00039727692,
      0.00012264095, -0.00011103778, 8.806701e-5,
    ],
    q: [0.0833333, -0.0027760596, 0.0007641655, -0.0003681741],
  },
  f64: {
    p: [
      0.42278433509846713, -0.10031730167435393, 0.03296500062115674, -0.012384192193368638, 0.004998641164650268,
      -0.0021081308341418157, 0.0009153769232212433, -0.0004057073918332164, 0.00018255263234129472,
      -8.309521562659899e-5, 3.816883385590954e-5, -1.7660907146885808e-5, 8.223556330828045e-6, -3.850760593541452e-6,
      1.7974608096180708e-6, -8.481090741649019e-7, 4.4487136662481054e-7, -1.713248653404502e-7, 1.6482307507610858e-8,
      -1.346858100367236e-7, 5.050200170470287e-8, 9.497926896388743e-8, 5.8624475922816964e-8,
    ],
    q: [
      0.08333333333333175, -0.0027777777771208745, 0.0007936506921475274, -0.0005952298120466748, 0.0008413349092255942,
      -0.0019034878982128083, 0.0060717674660730175, -0.023416489936201233, 0.09137325832906375, -0.30681284033047546,
      0.7713084571693856, -1.2405094180664358, 0.9392542091140382,
    ],
  },
} as const;

/** log(2 pi)/2 - 1/2 */
const STIRLING = 0.4189385332046727;

/**
 * digamma(y) = (y - root) p(y - 3/2) for 1 <= y <= 2, with the root in two parts;
 * digamma(z) = log(z) - u/2 + u^2 q(u^2) with u = 1/z, for z >= 2.
 */
const DIGAMMA = {
  f32: {
    root: [1.4616317749023438, 3.70066e-7],
    p: [
      0.9510559, -0.4236275, 0.24054192, -0.1483989, 0.09499767, -0.062055655, 0.04073673, -0.02578758, 0.017551428,
      -0.016373688, 0.010287239,
    ],
    q: [-0.08333321, 0.008326872, -0.0038489003, 0.0030852216, -0.0019306901],
  },
  f64: {
    root: [1.4616321449683622, 9.549995429965697e-17],
    p: [
      0.9510558760318328, -0.4236274212814606, 0.24054248424080238, -0.14840492305388447, 0.09498872445127603,
      -0.06192213327525023, 0.040760834018881024, -0.026975796667748384, 0.017907246223622292, -0.011908219951979644,
      0.00792705608925787, -0.005279939106176917, 0.003517746088105207, -0.002345480473077968, 0.00156585212724344,
      -0.0010365291001556828, 0.0006797840839453332, -0.0004857333788521071, 0.00035534477281988735,
      -0.00014518326387596848, 4.615690822178558e-5, -0.00017793632581606332, 0.0001539636628224671,
    ],
    q: [
      -0.08333333333328403, 0.00833333331440401, -0.003968251291670151, 0.0041664674627483545, -0.007566597262901061,
      0.020806493592091187, -0.07682228857525789, 0.3289635247392487, -1.4045179195211206, 5.301149208180906,
      -16.221800823171655, 37.49963417306102, -60.554888890042506, 60.394724476271556, -27.87415560070665,
    ],
  },
} as const;

interface Reflection {
  /** Whether the function is taken at 1 - x. */
  readonly reflected: Expr;
  /** x or 1 - x. */
  readonly z: Expr;
  /** What rounding z lost. */
  readonly lost: Expr;
}

function reflect(b: ExprBuilder, x: Expr, below: number): Reflection {
  const one = num(b, x, 1);
  const reflected = b.lt(x, num(b, x, below));
  const z = b.select(reflected, b.sub(one, x), x);
  return { reflected, z, lost: b.select(reflected, b.sub(b.sub(one, z), x), num(b, x, 0)) };
}

/** The difference between x and the nearest integer. */
function toNearest(b: ExprBuilder, x: Expr): Expr {
  return b.sub(x, b.unary("nearest", x));
}

/**
 * log|gamma(x)|: +inf at zero, the negative integers and both infinities.
 *
 * lgamma(x) = -log(|sin(pi x)| / pi) - lgamma(1 - x) below 0.2. The relative error is small for positive x, also around
 * the zeros at 1 and 2; for negative x, which has a zero on both sides of every integer below -2, the error is small
 * against max(1, |lgamma(x)|, |lgamma(1 - x)|).
 */
export function lgamma(b: ExprBuilder, x: Expr): Expr {
  const c = (value: number): Expr => num(b, x, value);
  const { p, q } = byType(x, LGAMMA);
  const { reflected, z, lost } = reflect(b, x, 0.2);
  const low = b.lt(z, c(1.2));
  const parts = logParts(b, z);
  const log = b.add(parts.hi, parts.lo);

  // z - 1 or z - 2, from x itself where z is rounded.
  const fromOne = b.select(reflected, b.neg(x), b.sub(x, c(1)));
  const t = b.select(low, fromOne, b.sub(fromOne, c(1)));
  const near = b.mul(b.mul(t, b.add(t, c(1))), poly(b, t, p));
  const small = b.sub(near, b.select(low, log, c(0)));
  const u = b.div(c(1), z);
  const series = b.add(b.mul(u, poly(b, b.mul(u, u), q)), b.mul(lost, log));
  const main = b.mul(b.sub(z, c(0.5)), b.add(b.sub(parts.hi, c(1)), parts.lo));
  const right = b.select(b.lt(z, c(2.5)), small, b.add(b.add(main, series), c(STIRLING)));

  const r = toNearest(b, x);
  const square = b.mul(r, r);
  const cubic = b.mul(b.mul(r, square), poly(b, square, byType(x, REFLECTION).sin));
  const sine = b.abs(b.add(r, cubic));
  const left = b.sub(b.neg(logOfPositive(b, sine)), right);
  // At a pole the sine is 0, at -inf it is NaN.
  const leftOrPole = b.select(b.gt(sine, c(0)), left, c(Infinity));
  return b.select(reflected, leftOrPole, right);
}

/**
 * The derivative of log(gamma(x)): -inf at +0, +inf at -0, NaN at the negative integers and at -inf.
 *
 * digamma(x) = digamma(1 + x) - 1/x below 1 and digamma(1 - x) - pi cot(pi x) below 0. The relative error is small for
 * positive x, also around the zero at 1.46; for negative x, which has a zero between any two integers, the error is
 * small against max(1, |digamma(x)|, |digamma(1 - x)|).
 */
export function digamma(b: ExprBuilder, x: Expr): Expr {
  const c = (value: number): Expr => num(b, x, value);
  const { root, p, q } = byType(x, DIGAMMA);
  const one = c(1);
  const { reflected, z, lost } = reflect(b, x, 0);
  const low = b.lt(z, one);
  const u = b.div(one, z);

  const y = b.select(low, b.add(z, one), z);
  const fromRoot = b.add(b.sub(y, c(root[0])), b.sub(lost, c(root[1])));
  const near = b.mul(fromRoot, poly(b, b.sub(y, c(1.5)), p));
  const small = b.sub(near, b.select(low, u, c(0)));
  const log = logParts(b, z);
  const series = b.mul(u, b.sub(b.sub(c(0.5), lost), b.mul(u, poly(b, b.mul(u, u), q))));
  const right = b.select(b.lt(z, c(2)), small, b.add(log.hi, b.sub(log.lo, series)));

  const r = toNearest(b, x);
  const cotangent = b.sub(b.div(one, r), b.mul(r, poly(b, b.mul(r, r), byType(x, REFLECTION).cot)));
  const left = b.select(b.eq(r, c(0)), c(NaN), b.sub(right, cotangent));
  return b.select(b.lt(x, c(Infinity)), b.select(reflected, left, right), x);
}
