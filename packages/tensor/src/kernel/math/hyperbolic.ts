/**
 * Hyperbolic functions from one exponential and their inverses from one logarithm, with minimax polynomials (computed
 * for this file by the Remez algorithm) where the exponential form would cancel. Odd functions work on |x| and put the
 * sign back, so zeros keep theirs.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { atMost, byType, num, poly, twoSum, withSignOf } from "./bits.ts";
import { expOfModerate, expScaled } from "./exp.ts";
import { log1pOfFinite, logOfNormal } from "./log.ts";

/** tanh(x) = x + x^3 q(x^2) below `small`; 1 to rounding above `large`. */
const TANH = {
  f32: { small: 0.56, large: 10, q: [-0.33333313, 0.13332449, -0.053837787, 0.021010956, -0.0061868634] },
  f64: {
    small: 0.56,
    large: 20,
    q: [
      -0.3333333333333328, 0.133333333333238, -0.0539682539621239, 0.021869488338889, -0.008863231828676,
      0.003592084185704, -0.00145549206582, 0.00058823445274, -0.000232844404, 8.2542782e-5, -1.9014908e-5,
    ],
  },
} as const;

/** sinh(x) = x + x^3 q(x^2) for |x| <= 1; infinite beyond `high`. */
const SINH = {
  f32: { high: 95, q: [0.16666667, 0.008333314, 0.0001984191, 2.788442e-6] },
  f64: {
    high: 715,
    q: [
      0.16666666666666669, 0.008333333333332965, 0.000198412698415362, 2.75573191286e-6, 2.5052127154e-8, 1.6056977e-10,
      7.7666e-13,
    ],
  },
} as const;

/** From here on sqrt(x^2 +- 1) rounds to |x|, and log(2 |x|) is the inverse function; x^2 does not overflow below. */
const INVERSE_LARGE = { f32: 2 ** 14, f64: 2 ** 28 } as const;

/** tanh(x) = 1 - 2 / (exp(2 |x|) + 1) with the sign of x. */
export function tanh(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TANH);
  const a = b.abs(x);
  const z = b.mul(x, x);
  const small = b.add(a, b.mul(b.mul(a, z), poly(b, z, t.q)));
  const one = num(b, x, 1);
  const two = num(b, x, 2);
  const e = expOfModerate(b, b.mul(atMost(b, a, t.large), two));
  const large = b.sub(one, b.div(two, b.add(e, one)));
  return withSignOf(b, b.select(b.lt(a, num(b, x, t.small)), small, large), x);
}

/** exp(a) / 2 for a >= 0, and exp(-a) / 2; the first is infinite only where sinh and cosh are. */
function halves(b: ExprBuilder, a: Expr): { readonly up: Expr; readonly down: Expr } {
  const up = expScaled(b, atMost(b, a, byType(a, SINH).high), -1);
  return { up, down: b.div(num(b, a, 0.25), up) };
}

/** sinh(x) = (exp(x) - exp(-x)) / 2. */
export function sinh(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const z = b.mul(x, x);
  const small = b.add(a, b.mul(b.mul(a, z), poly(b, z, byType(x, SINH).q)));
  const { up, down } = halves(b, a);
  return withSignOf(b, b.select(b.lt(a, num(b, x, 1)), small, b.sub(up, down)), x);
}

/** cosh(x) = (exp(x) + exp(-x)) / 2. */
export function cosh(b: ExprBuilder, x: Expr): Expr {
  const { up, down } = halves(b, b.abs(x));
  return b.add(up, down);
}

/** log(1 + t), or log(2 x) where x is `large`: one logarithm for both. */
function log1pOrLarge(b: ExprBuilder, t: Expr, large: Expr, x: Expr): Expr {
  const zero = num(b, x, 0);
  const u = twoSum(b, num(b, x, 1), t);
  const value = logOfNormal(b, b.select(large, x, u.hi), b.select(large, zero, u.lo));
  return b.add(value, b.select(large, num(b, x, Math.LN2), zero));
}

/** asinh(x) = log1p(|x| + x^2 / (1 + sqrt(1 + x^2))) with the sign of x. */
export function asinh(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const one = num(b, x, 1);
  const z = b.mul(a, a);
  const t = b.add(a, b.div(z, b.add(one, b.sqrt(b.add(one, z)))));
  const value = log1pOrLarge(b, t, b.ge(a, num(b, x, byType(x, INVERSE_LARGE))), a);
  return withSignOf(b, b.select(b.lt(a, num(b, x, Infinity)), value, a), x);
}

/** acosh(x) = log1p(t + sqrt(2 t + t^2)) with t = x - 1; NaN below 1. */
export function acosh(b: ExprBuilder, x: Expr): Expr {
  const one = num(b, x, 1);
  const t = b.sub(x, one);
  const root = b.sqrt(b.mul(t, b.add(t, num(b, x, 2))));
  const value = log1pOrLarge(b, b.add(t, root), b.ge(x, num(b, x, byType(x, INVERSE_LARGE))), x);
  const finite = b.select(b.lt(x, one), num(b, x, NaN), value);
  return b.select(b.lt(x, num(b, x, Infinity)), finite, x);
}

/** atanh(x) = log1p(2 |x| / (1 - |x|)) / 2 with the sign of x; +-inf at +-1, NaN beyond. */
export function atanh(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const one = num(b, x, 1);
  const twice = b.add(a, a);
  const value = b.mul(log1pOfFinite(b, b.div(twice, b.sub(one, a))), num(b, x, 0.5));
  const edge = b.select(b.eq(a, one), num(b, x, Infinity), num(b, x, NaN));
  return withSignOf(b, b.select(b.lt(a, one), value, edge), x);
}
