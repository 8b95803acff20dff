/**
 * Inverse trigonometric functions, in radians. Each is a minimax polynomial on a small interval (computed for this file
 * by the Remez algorithm) plus the identities that lead there; the rounding error of a square root is carried along as
 * in FreeBSD's `e_asin.c` and `e_acos.c`.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, flipSign, formatOf, num, poly, split, toBits, withSignOf, type Pair } from "./bits.ts";

/** atan(t) = t + t^3 q(t^2) for |t| <= tan(pi/8); asin(t) = t + t^3 q(t^2) for |t| <= 1/2. */
const ATAN = {
  f32: [-0.33333316, 0.19998531, -0.14244467, 0.105997816, -0.06091637],
  f64: [
    -0.333333333333332, 0.199999999999537, -0.142857142802024, 0.111111107836276, -0.09090897760819, 0.0769206025647,
    -0.06663104474, 0.058478924586, -0.05039320285, 0.0380650094, -0.017907771,
  ],
} as const;

const ASIN = {
  f32: [0.16666752, 0.074953094, 0.045469195, 0.02418428, 0.042159647],
  f64: [
    0.1666666666666676, 0.0749999999997085, 0.0446428571745867, 0.0303819427081875, 0.02237221499371, 0.01735161164943,
    0.01398082750496, 0.011398836811, 0.010780767863, 0.003704146898, 0.02171365671, -0.0210087772, 0.0326352415,
  ],
} as const;

/** pi/4 with so few bits that its multiples up to 4 are exact, and the rest. */
const QUARTER_PI = {
  f32: [0.785398, 1.5695824e-7],
  f64: [0.7853981633974483, 3.061616997868383e-17],
} as const;

/** pi/2 rounded, and the rest. */
const HALF_PI = {
  f32: [1.5707964, -4.371139e-8],
  f64: [1.5707963267948966, 6.123233995736766e-17],
} as const;

/** `quarters` pi/4 + atan(t) for integral `quarters` and |t| <= tan(pi/8). */
function quartersPlusAtan(b: ExprBuilder, quarters: Expr, t: Expr): Expr {
  const [high, low] = byType(t, QUARTER_PI);
  const z = b.mul(t, t);
  const cubic = b.mul(b.mul(t, z), poly(b, z, byType(t, ATAN)));
  const rest = b.add(cubic, b.mul(quarters, num(b, t, low)));
  return b.add(b.mul(quarters, num(b, t, high)), b.add(t, rest));
}

/** atan(x): +-pi/2 at +-inf. */
export function atan(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const one = num(b, x, 1);
  const steep = b.gt(a, num(b, x, Math.SQRT2 + 1));
  const middle = b.gt(a, num(b, x, Math.SQRT2 - 1));
  const numerator = b.select(steep, num(b, x, -1), b.select(middle, b.sub(a, one), a));
  const denominator = b.select(steep, a, b.select(middle, b.add(a, one), one));
  const quarters = b.select(steep, num(b, x, 2), b.select(middle, one, num(b, x, 0)));
  return withSignOf(b, quartersPlusAtan(b, quarters, b.div(numerator, denominator)), x);
}

/**
 * The angle of the point (x, y) in (-pi, pi], with all sixteen combinations of signed zeros and infinities as C
 * demands: atan2(+-0, x) is +-0 for x = +0 and x > 0, +-pi for x = -0 and x < 0.
 */
export function atan2(b: ExprBuilder, y: Expr, x: Expr): Expr {
  const zero = num(b, x, 0);
  const one = num(b, x, 1);
  const p = b.abs(y);
  const q = b.abs(x);
  const steep = b.gt(p, q);
  const smaller = b.select(steep, q, p);
  const larger = b.select(steep, p, q);
  // Equal magnitudes first: the quotient would be NaN for two zeros or two infinities.
  const same = b.select(b.eq(p, zero), zero, one);
  const ratio = b.select(b.eq(p, q), same, b.div(smaller, larger));

  const middle = b.gt(ratio, num(b, x, Math.SQRT2 - 1));
  const t = b.select(middle, b.div(b.sub(ratio, one), b.add(ratio, one)), ratio);
  const bits = formatOf(x).bits;
  const left = b.lt(toBits(b, x), b.const(bits, 0));
  const start = b.select(steep, num(b, x, 2), b.select(left, num(b, x, 4), zero));
  // From pi/2 downwards and from pi downwards the angle of the ratio is subtracted.
  const sign = b.select(b.xor(steep, left), b.const(bits, formatOf(x).sign), b.const(bits, 0));
  const quarters = b.add(start, flipSign(b, b.select(middle, one, zero), sign));
  return withSignOf(b, quartersPlusAtan(b, quarters, flipSign(b, t, sign)), y);
}

interface Arc {
  /** Whether |x| <= 1/2. */
  readonly small: Expr;
  /** z = x^2 or (1 - |x|) / 2; asin(base) = base + base * r with base = |x| or sqrt(z). */
  readonly r: Expr;
  /** sqrt(z) in two parts, used where |x| > 1/2. */
  readonly root: Pair;
}

function arc(b: ExprBuilder, a: Expr): Arc {
  const half = num(b, a, 0.5);
  const small = b.le(a, half);
  const z = b.select(small, b.mul(a, a), b.mul(b.sub(num(b, a, 1), a), half));
  const s = b.sqrt(z);
  const hi = split(b, s).hi;
  // The tiny summand only keeps 0 / 0 away at |x| = 1.
  const sum = b.add(b.add(s, hi), num(b, a, formatOf(a).minNormal));
  const lo = b.div(b.sub(z, b.mul(hi, hi)), sum);
  return { small, r: b.mul(z, poly(b, z, byType(a, ASIN))), root: { hi, lo } };
}

/** asin(x); NaN outside [-1, 1]. */
export function asin(b: ExprBuilder, x: Expr): Expr {
  const a = b.abs(x);
  const { small, r, root } = arc(b, a);
  const [high, low] = byType(x, HALF_PI);
  const two = num(b, x, 2);
  // pi/2 - 2 (s + s r), with s = hi + lo.
  const s = b.add(root.hi, root.lo);
  const rest = b.sub(b.mul(b.add(b.mul(s, r), root.lo), two), num(b, x, low));
  const large = b.sub(b.sub(num(b, x, high), b.mul(root.hi, two)), rest);
  return withSignOf(b, b.select(small, b.add(a, b.mul(a, r)), large), x);
}

/** acos(x); NaN outside [-1, 1]. */
export function acos(b: ExprBuilder, x: Expr): Expr {
  const { small, r, root } = arc(b, b.abs(x));
  const [high, low] = byType(x, HALF_PI);
  const two = num(b, x, 2);
  const middle = b.sub(num(b, x, high), b.sub(x, b.sub(num(b, x, low), b.mul(x, r))));
  const s = b.add(root.hi, root.lo);
  const rest = b.add(b.mul(s, r), root.lo);
  const right = b.mul(b.add(root.hi, rest), two);
  const left = b.sub(num(b, x, 2 * high), b.mul(b.add(root.hi, b.sub(rest, num(b, x, low))), two));
  return b.select(small, middle, b.select(b.lt(x, num(b, x, 0)), left, right));
}
