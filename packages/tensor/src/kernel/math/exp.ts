/**
 * Exponentials. The argument is written k ln 2 + r with |r| <= ln(2)/2 (two-part subtraction, W. J. Cody and W. Waite,
 * Software Manual for the Elementary Functions, 1980), exp(r) comes from a minimax polynomial, and 2^k is applied by
 * exponent arithmetic. The coefficients were computed for this file by the Remez algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import {
  atLeast,
  atMost,
  byType,
  formatOf,
  fromBits,
  lowBits,
  num,
  poly,
  pow2,
  pow2Bits,
  scaleByPow2,
  toBits,
} from "./bits.ts";

interface ExpTable {
  /** ln 2 with so few bits that k times it is exact, and the rest. */
  readonly ln2Hi: number;
  readonly ln2Lo: number;
  /** Beyond these exp is 0 or infinite. */
  readonly low: number;
  readonly high: number;
  /** Its exponential is half the least normal number, or nearly so. */
  readonly zero: number;
  /** exp(r) = 1 + r + r^2 q(r). */
  readonly exp: readonly number[];
  /** expm1(r) = r + r^2 q(r), to a relative error. */
  readonly expm1: readonly number[];
  /** Below this expm1 is -1. */
  readonly minusOne: number;
  /** 2^r = 1 + r q(r) for |r| <= 1/2. */
  readonly exp2: readonly number[];
  readonly low2: number;
  readonly high2: number;
}

const TABLE: { readonly f32: ExpTable; readonly f64: ExpTable } = {
  f32: {
    ln2Hi: 0.693359375,
    ln2Lo: -2.1219444e-4,
    low: -104,
    high: 89,
    zero: -88,
    exp: [0.49999994, 0.1666652, 0.04166824, 0.008368824, 0.0013823215],
    expm1: [0.49999997, 0.16666543, 0.041667502, 0.008366551, 0.0013864612],
    minusOne: -30,
    exp2: [0.69314724, 0.24022657, 0.055502754, 0.009617196, 0.0013416786, 0.00015736415],
    low2: -151,
    high2: 129,
  },
  f64: {
    ln2Hi: 6.9314718036912382e-1,
    ln2Lo: 1.9082149292705877e-10,
    low: -746,
    high: 710,
    zero: -709,
    exp: [
      0.5000000000000011, 0.1666666666666642, 0.0416666666665266, 0.00833333333349, 0.00138888889445, 0.00019841269517,
      2.480149224e-5, 2.75575763e-6, 2.763055e-7, 2.50035e-8,
    ],
    expm1: [
      0.5, 0.16666666666666677, 0.0416666666666666, 0.0083333333333214, 0.0013888888888924, 0.000198412698866,
      2.480158724e-5, 2.75572438e-6, 2.7557353e-7, 2.51092e-8, 2.089e-9,
    ],
    minusOne: -50,
    exp2: [
      0.6931471805599453, 0.2402265069591007, 0.05550410866482296, 0.00961812910762966, 0.0013333558146155,
      0.0001540353039103, 1.52527340475e-5, 1.321548879e-6, 1.01779807e-7, 7.054147e-9, 4.4663e-10, 2.678e-11,
    ],
    low2: -1076,
    high2: 1025,
  },
};

/** x = k ln 2 + r with integral k. */
function reduce(b: ExprBuilder, x: Expr): { readonly k: Expr; readonly r: Expr } {
  const magic = num(b, x, formatOf(x).magic);
  const k = b.sub(b.add(b.mul(x, num(b, x, Math.LOG2E)), magic), magic);
  return { k, r: rest(b, x, k) };
}

/** x - k ln 2. */
function rest(b: ExprBuilder, x: Expr, k: Expr): Expr {
  const t = byType(x, TABLE);
  return b.sub(b.sub(x, b.mul(k, num(b, x, t.ln2Hi))), b.mul(k, num(b, x, t.ln2Lo)));
}

/** exp(r) - 1 for small r. */
function expOfRest(b: ExprBuilder, r: Expr): Expr {
  return b.add(r, b.mul(b.mul(r, r), poly(b, r, byType(r, TABLE).exp)));
}

/** An exponential as 2^k (1 + t), with integral k and t in about [-0.3, 0.42]. */
export interface ExpParts {
  readonly k: Expr;
  readonly t: Expr;
}

/** exp(x + tail) in two parts. `tail` is small against x (what rounding x lost) or absent; x must be finite or NaN. */
export function expParts(b: ExprBuilder, x: Expr, tail?: Expr): ExpParts {
  const { k, r: main } = reduce(b, x);
  const r = tail === undefined ? main : b.add(main, tail);
  return { k, t: expOfRest(b, r) };
}

/** exp(x) 2^shift without the limits of {@link exp}: x stays within about twice the range where exp is normal. */
export function expScaled(b: ExprBuilder, x: Expr, shift = 0): Expr {
  const { k, t } = expParts(b, x);
  return scaleByPow2(b, b.add(t, num(b, x, 1)), shift === 0 ? k : b.add(k, num(b, x, shift)));
}

/** exp(x) for x <= 0 (or NaN), in fewer operations: 2^k is applied as 2^(k + 64), which is a normal number, and 2^-64. */
export function expOfNegative(b: ExprBuilder, x: Expr): Expr {
  const { k, t } = expParts(b, atLeast(b, x, byType(x, TABLE).low));
  const large = b.mul(b.add(t, num(b, x, 1)), pow2Bits(b, lowBits(b, k), LIFT));
  return b.mul(large, num(b, x, 2 ** -LIFT));
}

const LIFT = 64;

/**
 * exp(x) for x <= 0 (or NaN), with 0 in place of what is no normal number: what softmax sums up, where the largest term is
 * 1. The integer k comes with the bias of the exponent added to it, so that its bits need nothing but a shift.
 */
export function expOrZero(b: ExprBuilder, x: Expr): Expr {
  const { mantissa, magic, minNormal } = formatOf(x);
  const bias = 1 - Math.log2(minNormal);
  const t = byType(x, TABLE);
  const limited = atLeast(b, x, t.zero);
  const biased = b.add(b.mul(limited, num(b, x, Math.LOG2E)), num(b, x, magic + bias));
  const r = rest(b, limited, b.sub(biased, num(b, x, magic + bias)));
  return b.mul(b.add(expOfRest(b, r), num(b, x, 1)), fromBits(b, b.shl(toBits(b, biased), mantissa)));
}

/** exp(x) for arguments whose exponential is a normal number: the cheapest form, 2^k applied in one step. */
export function expOfModerate(b: ExprBuilder, x: Expr): Expr {
  const { k, t } = expParts(b, x);
  return b.mul(b.add(t, num(b, x, 1)), pow2(b, k));
}

/** exp(x): 0 at -inf, inf at inf. */
export function exp(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TABLE);
  return expScaled(b, atLeast(b, atMost(b, x, t.high), t.low));
}

/** 2^(k + r) for an integral float k and |r| <= 1/2 (a little more with a growing error). */
export function exp2OfReduced(b: ExprBuilder, k: Expr, r: Expr): Expr {
  const p = b.add(b.mul(r, poly(b, r, byType(r, TABLE).exp2)), num(b, r, 1));
  return scaleByPow2(b, p, k);
}

/** 2^x; exact where x is an integer. */
export function exp2(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TABLE);
  const limited = atLeast(b, atMost(b, x, t.high2), t.low2);
  const k = b.unary("nearest", limited);
  return exp2OfReduced(b, k, b.sub(limited, k));
}

/**
 * exp(x) - 1 with a small relative error everywhere; x itself (with its sign) for x = 0 and subnormal x.
 *
 * expm1(x) = 2 (2^(k-1) expm1(r) + (2^(k-1) - 1/2)), halved so that k may be one more than the largest exponent.
 */
export function expm1(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TABLE);
  const { k, r } = reduce(b, atLeast(b, atMost(b, x, t.high), t.minusOne));
  const small = b.add(r, b.mul(b.mul(r, r), poly(b, r, t.expm1)));
  const half = pow2(b, b.sub(k, num(b, x, 1)));
  const sum = b.add(b.mul(half, small), b.sub(half, num(b, x, 0.5)));
  const zero = num(b, x, 0);
  const large = b.mul(sum, num(b, x, 2));
  return b.select(b.eq(x, zero), x, b.select(b.eq(k, zero), small, large));
}
