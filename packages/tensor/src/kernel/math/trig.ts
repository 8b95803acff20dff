/**
 * Sine, cosine and tangent of any finite angle in radians. The reduced angle (see `trigReduce.ts`) goes through minimax
 * polynomials on [-pi/4, pi/4], arranged as in FreeBSD's `k_sin.c` and `k_cos.c`; the coefficients were computed for
 * this file by the Remez algorithm. Infinities and NaN give NaN.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, flipSign, formatOf, num, poly, signBits, type Pair } from "./bits.ts";
import { reduceAngle } from "./trigReduce.ts";

/** sin(r) = r + r^3 s(r^2), cos(r) = 1 - r^2/2 + r^4 c(r^2). */
const TABLE = {
  f32: {
    sin: [-0.16666655, 0.008332189, -0.00019518266],
    cos: [0.041666646, -0.0013887311, 2.4432553e-5],
  },
  f64: {
    sin: [
      -0.1666666666666663, 0.0083333333333219, -0.00019841269829437, 2.75573135733e-6, -2.505074073e-8, 1.589584e-10,
    ],
    cos: [0.041666666666666595, -0.00138888888888733, 2.4801587289e-5, -2.7557314215e-7, 2.0875705e-9, -1.13587e-11],
  },
} as const;

/**
 * Sine and cosine of an angle in [-pi/4, pi/4] given in two parts. `careful` (always on for f64) keeps what 1 - r^2/2
 * loses: 0.75 instead of 1.05 ulp for the cosine.
 */
export function sinCosOfReduced(
  b: ExprBuilder,
  { hi: r, lo }: Pair,
  careful: boolean,
): { readonly sin: Expr; readonly cos: Expr } {
  const t = byType(r, TABLE);
  const z = b.mul(r, r);
  const cubic = b.mul(b.mul(r, z), poly(b, z, t.sin));
  const half = b.mul(z, num(b, r, 0.5));
  let sinTail = b.add(cubic, lo);
  if (r.ty === "f64") sinTail = b.sub(sinTail, b.mul(half, lo));
  const quartic = b.sub(b.mul(b.mul(z, z), poly(b, z, t.cos)), b.mul(r, lo));
  const one = num(b, r, 1);
  const sin = b.add(r, sinTail);
  if (r.ty === "f32" && !careful) return { sin, cos: b.sub(one, b.sub(half, quartic)) };
  const main = b.sub(one, half);
  return { sin, cos: b.add(main, b.add(b.sub(b.sub(one, main), half), quartic)) };
}

interface Parts {
  readonly sin: Expr;
  readonly cos: Expr;
  readonly quadrant: Expr;
}

function sinCosOfMagnitude(b: ExprBuilder, x: Expr, careful = false): Parts {
  const angle = reduceAngle(b, b.abs(x));
  return { ...sinCosOfReduced(b, angle, careful), quadrant: angle.quadrant };
}

/** Whether sine and cosine change places. */
function isOdd(b: ExprBuilder, quadrant: Expr): Expr {
  return b.ne(b.and(quadrant, b.const(quadrant.ty, 1)), b.const(quadrant.ty, 0));
}

/** Bit number `bit` of the quadrant moved to the sign. */
function quadrantSign(b: ExprBuilder, x: Expr, quadrant: Expr, bit: number): Expr {
  const { mantissa, sign } = formatOf(x);
  const width = mantissa === 23 ? 31 : 63;
  return b.and(b.shl(quadrant, width - bit), b.const(quadrant.ty, sign));
}

/** sin(x); keeps the sign of zero. */
export function sin(b: ExprBuilder, x: Expr): Expr {
  const { sin, cos, quadrant } = sinCosOfMagnitude(b, x);
  const value = b.select(isOdd(b, quadrant), cos, sin);
  return flipSign(b, value, b.xor(quadrantSign(b, x, quadrant, 1), signBits(b, x)));
}

/** cos(x). */
export function cos(b: ExprBuilder, x: Expr): Expr {
  const { sin, cos, quadrant } = sinCosOfMagnitude(b, x);
  const value = b.select(isOdd(b, quadrant), sin, cos);
  const next = b.add(quadrant, b.const(quadrant.ty, 1));
  return flipSign(b, value, quadrantSign(b, x, next, 1));
}

/** tan(x) as a quotient of sine and cosine; keeps the sign of zero. */
export function tan(b: ExprBuilder, x: Expr): Expr {
  const { sin, cos, quadrant } = sinCosOfMagnitude(b, x, true);
  const odd = isOdd(b, quadrant);
  const value = b.div(b.select(odd, cos, sin), b.select(odd, sin, cos));
  return flipSign(b, value, b.xor(quadrantSign(b, x, quadrant, 0), signBits(b, x)));
}
