/**
 * Building blocks of the elementary functions: polynomials, sign and exponent manipulation, and error-free
 * transformations. Everything works for f32 (with i32 bit patterns) and f64 (with i64 bit patterns) and is made of
 * strictly rounded operations, so that every back end computes the same bits.
 */
import { InternalError } from "../../errors.ts";
import type { Expr, ExprBuilder } from "../expr.ts";

/** What a lowering needs to know about a floating-point type. */
export interface Format {
  readonly ty: "f32" | "f64";
  /** Integer type of the same width. */
  readonly bits: "i32" | "i64";
  /** Explicit bits of the significand. */
  readonly mantissa: number;
  /** Bit pattern of 1. */
  readonly one: bigint;
  /** Bit pattern of -0. */
  readonly sign: bigint;
  /** Significand bits that {@link split} keeps out of the high part. */
  readonly lowHalf: bigint;
  /**
   * 1.5 * 2^mantissa: adding it to an integer k with |k| < 2^(mantissa - 1) leaves k in the low bits of the pattern.
   */
  readonly magic: number;
  readonly minNormal: number;
}

const F32: Format = {
  ty: "f32",
  bits: "i32",
  mantissa: 23,
  one: 0x3f800000n,
  sign: 0x80000000n,
  lowHalf: 0xfffn,
  magic: 12582912,
  minNormal: 2 ** -126,
};

const F64: Format = {
  ty: "f64",
  bits: "i64",
  mantissa: 52,
  one: 0x3ff0000000000000n,
  sign: 0x8000000000000000n,
  lowHalf: 0x7ffffffn,
  magic: 6755399441055744,
  minNormal: 2 ** -1022,
};

/** The format of a floating-point expression. */
export function formatOf(x: Expr): Format {
  if (x.ty === "f32") return F32;
  if (x.ty === "f64") return F64;
  throw new InternalError(`kernel mathematics: needs an f32 or f64 operand (got ${x.ty}).`);
}

/** Picks the entry of `table` for the type of `x`. */
export function byType<A, B>(x: Expr, table: { readonly f32: A; readonly f64: B }): A | B {
  return table[formatOf(x).ty];
}

/** The constant `value` in the type of `like`. */
export function num(b: ExprBuilder, like: Expr, value: number): Expr {
  return b.const(like.ty, value);
}

function horner(b: ExprBuilder, x: Expr, c: readonly number[]): Expr {
  let sum = num(b, x, c[c.length - 1]);
  for (let i = c.length - 2; i >= 0; i--) sum = b.add(b.mul(sum, x), num(b, x, c[i]));
  return sum;
}

/**
 * `c[0] + c[1] x + c[2] x^2 + ...` by Horner's rule; the long polynomials of f64 as p(x^2) + x q(x^2), because their
 * chain of dependent operations would take longer than the operations themselves.
 */
export function poly(b: ExprBuilder, x: Expr, c: readonly number[]): Expr {
  if (x.ty === "f32" || c.length < LONG) return horner(b, x, c);
  const square = b.mul(x, x);
  const even = horner(
    b,
    square,
    c.filter((_, i) => i % 2 === 0),
  );
  const odd = horner(
    b,
    square,
    c.filter((_, i) => i % 2 === 1),
  );
  return b.add(even, b.mul(odd, x));
}

/** Number of coefficients from which {@link poly} splits. */
const LONG = 9;

/** The bit pattern of a float as a signed integer. */
export function toBits(b: ExprBuilder, x: Expr): Expr {
  return b.bitcast(formatOf(x).bits, x);
}

/** The float with the given bit pattern. */
export function fromBits(b: ExprBuilder, bits: Expr): Expr {
  return b.bitcast(bits.ty === "i64" ? "f64" : "f32", bits);
}

/** The bit pattern of a zero with the sign of `x`. */
export function signBits(b: ExprBuilder, x: Expr): Expr {
  const format = formatOf(x);
  return b.and(toBits(b, x), b.const(format.bits, format.sign));
}

/** `x` with its sign flipped where `sign` (from {@link signBits}) has the sign bit. */
export function flipSign(b: ExprBuilder, x: Expr, sign: Expr): Expr {
  return fromBits(b, b.xor(toBits(b, x), sign));
}

/** A non-negative `magnitude` with the sign of `x`. */
export function withSignOf(b: ExprBuilder, magnitude: Expr, x: Expr): Expr {
  return fromBits(b, b.or(toBits(b, magnitude), signBits(b, x)));
}

/** `x` limited from above; a NaN stays NaN. In this form back ends can use a one-instruction pseudo-minimum. */
export function atMost(b: ExprBuilder, x: Expr, limit: number): Expr {
  const c = num(b, x, limit);
  return b.select(b.lt(c, x), c, x);
}

/** `x` limited from below; a NaN stays NaN. */
export function atLeast(b: ExprBuilder, x: Expr, limit: number): Expr {
  const c = num(b, x, limit);
  return b.select(b.lt(x, c), c, x);
}

function isNum(e: Expr, value: number): boolean {
  return e.op === "const" && e.value === value;
}

/** The integer `k` (an integral float, |k| < 2^(mantissa - 1)) in the low bits of an integer; high bits are set too. */
export function lowBits(b: ExprBuilder, k: Expr): Expr {
  const { magic } = formatOf(k);
  const rounded =
    k.op === "sub" && k.args[0].op === "add" && isNum(k.args[1], magic) && isNum(k.args[0].args[1], magic);
  return toBits(b, rounded ? k.args[0] : b.add(k, num(b, k, magic)));
}

/**
 * 2^(n + lift) for an integer n, with the sum in the exponent range of normal numbers; n is given as bits whose upper part
 * is ignored.
 */
export function pow2Bits(b: ExprBuilder, n: Expr, lift = 0): Expr {
  const { mantissa, one } = n.ty === "i64" ? F64 : F32;
  return fromBits(b, b.add(b.shl(n, mantissa), b.const(n.ty, one + (BigInt(lift) << BigInt(mantissa)))));
}

/** 2^k for an integral float k in the exponent range of normal numbers. */
export function pow2(b: ExprBuilder, k: Expr): Expr {
  return pow2Bits(b, lowBits(b, k));
}

/**
 * `p * 2^k` rounded once, for p of moderate size and an integral float |k| < 2 * (largest exponent): the factor is
 * applied as 2^floor(k/2) * 2^ceil(k/2), so that overflow and subnormal results come out by themselves.
 */
export function scaleByPow2(b: ExprBuilder, p: Expr, k: Expr): Expr {
  const bits = lowBits(b, k);
  const half = b.shr(bits, 1);
  return b.mul(b.mul(p, pow2Bits(b, half)), pow2Bits(b, b.sub(bits, half)));
}

/** An unevaluated sum: `hi` is the rounded value, `lo` what the rounding lost. */
export interface Pair {
  readonly hi: Expr;
  readonly lo: Expr;
}

/** Exact sum of x and y, for any x and y (D. E. Knuth, The Art of Computer Programming 2, theorem 4.2.2 B). */
export function twoSum(b: ExprBuilder, x: Expr, y: Expr): Pair {
  const hi = b.add(x, y);
  const back = b.sub(hi, x);
  return { hi, lo: b.add(b.sub(x, b.sub(hi, back)), b.sub(y, back)) };
}

/** Exact sum of x and y when |x| >= |y| or x = 0 (T. J. Dekker, Numer. Math. 18, 1971). */
export function fastTwoSum(b: ExprBuilder, x: Expr, y: Expr): Pair {
  const hi = b.add(x, y);
  return { hi, lo: b.sub(y, b.sub(hi, x)) };
}

/** x as a sum of two halves of its significand, obtained by masking. */
export function split(b: ExprBuilder, x: Expr): Pair {
  const format = formatOf(x);
  const hi = fromBits(b, b.and(toBits(b, x), b.const(format.bits, ~format.lowHalf)));
  return { hi, lo: b.sub(x, hi) };
}

/** Exact product of x and y (exact to 2^-106 for f64) unless a partial product underflows. */
export function twoProduct(b: ExprBuilder, x: Expr, y: Expr): Pair {
  const hi = b.mul(x, y);
  const p = split(b, x);
  const q = split(b, y);
  const cross = b.add(b.sub(b.mul(p.hi, q.hi), hi), b.mul(p.hi, q.lo));
  return { hi, lo: b.add(b.add(cross, b.mul(p.lo, q.hi)), b.mul(p.lo, q.lo)) };
}
