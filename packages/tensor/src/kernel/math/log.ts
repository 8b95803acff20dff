/**
 * Logarithms. The argument is written 2^k (1 + f) with 1 + f near 1 (f is exact), log(1 + f) comes from a minimax
 * polynomial, and k ln 2 is added in two parts. In f64 the series runs in s = f / (2 + f) as in FreeBSD's `e_log.c`;
 * f32 uses a polynomial in f, which needs no division. The coefficients were computed for this file by the Remez
 * algorithm.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, formatOf, fromBits, num, poly, split, toBits, twoSum, type Pair } from "./bits.ts";

interface LogTable {
  /** ln 2 with so few bits that k times it is exact, and the rest. */
  readonly ln2Hi: number;
  readonly ln2Lo: number;
  /** Bit pattern of the smallest 1 + f. */
  readonly from: bigint;
  /** f32: log1p(f) = f - f^2/2 + f^3 q(f). f64: log1p(f) = 2 s + s^3 q(s^2). */
  readonly q: readonly number[];
}

const TABLE: { readonly f32: LogTable; readonly f64: LogTable } = {
  f32: {
    ln2Hi: 0.693359375,
    ln2Lo: -2.1219444e-4,
    from: 0x3f2aaaabn, // 2/3
    q: [0.33333197, -0.24999921, 0.20011471, -0.16674276, 0.13988315, -0.12278316, 0.14071958, -0.124510854],
  },
  f64: {
    ln2Hi: 6.9314718036912382e-1,
    ln2Lo: 1.9082149292705877e-10,
    from: 0x3fe6a09e00000000n, // about the square root of 1/2
    q: [0.6666666666666734, 0.39999999999417, 0.2857142874187, 0.22222198624, 0.1818356177, 0.15314114, 0.1479533],
  },
};

/**
 * x = 2^k m for positive, finite, normal x, with an integral float k and m between the number with bit pattern `from`
 * and twice that number.
 */
export function splitExponent(b: ExprBuilder, x: Expr, from: bigint): { readonly k: Expr; readonly m: Expr } {
  const { bits, mantissa } = formatOf(x);
  const pattern = toBits(b, x);
  const k = b.shr(b.sub(pattern, b.const(bits, from)), mantissa);
  const m = fromBits(b, b.sub(pattern, b.shl(k, mantissa)));
  return { k: b.convert(x.ty, bits === "i64" ? b.convert("i32", k) : k), m };
}

/** x = 2^k (1 + f); f is exact. */
function decompose(b: ExprBuilder, x: Expr): { readonly k: Expr; readonly f: Expr } {
  const { k, m } = splitExponent(b, x, byType(x, TABLE).from);
  return { k, f: b.sub(m, num(b, x, 1)) };
}

/** log(1 + f) = f - (half - tail), with half = f^2/2. */
function series(b: ExprBuilder, f: Expr): { readonly half: Expr; readonly tail: Expr } {
  const { q } = byType(f, TABLE);
  const half = b.mul(b.mul(f, f), num(b, f, 0.5));
  if (f.ty === "f32") return { half, tail: b.mul(b.mul(f, b.mul(f, f)), poly(b, f, q)) };
  const s = b.div(f, b.add(f, num(b, f, 2)));
  const z = b.mul(s, s);
  return { half, tail: b.mul(s, b.add(half, b.mul(z, poly(b, z, q)))) };
}

/**
 * log(x + correction) as a sum of two parts, for positive, finite, normal x and a correction of at most an ulp or so
 * of it: `hi` is exact (a multiple of the high part of ln 2), `lo` carries the rounding errors.
 */
export function logParts(b: ExprBuilder, x: Expr, correction?: Expr): Pair {
  const t = byType(x, TABLE);
  const { k, f } = decompose(b, x);
  const { half, tail } = series(b, f);
  let small = b.add(b.mul(k, num(b, x, t.ln2Lo)), tail);
  if (correction !== undefined) small = b.add(small, b.div(correction, x));
  return { hi: b.mul(k, num(b, x, t.ln2Hi)), lo: b.sub(f, b.sub(half, small)) };
}

/** log(x + correction) for positive, finite, normal x; see {@link logParts}. */
export function logOfNormal(b: ExprBuilder, x: Expr, correction?: Expr): Expr {
  const { hi, lo } = logParts(b, x, correction);
  return b.add(hi, lo);
}

/** log(1 + x) for finite x > -1, not exact in the sign of zero; `x` may be a sum with a small tail. */
export function log1pOfFinite(b: ExprBuilder, x: Expr): Expr {
  const u = twoSum(b, num(b, x, 1), x);
  return logOfNormal(b, u.hi, u.lo);
}

/** Positive subnormal numbers are scaled up; returns the scaled argument and what to add to its exponent. */
export function normalise(b: ExprBuilder, x: Expr): { readonly x: Expr; readonly k: Expr } {
  const { minNormal, mantissa } = formatOf(x);
  const tiny = b.lt(x, num(b, x, minNormal));
  return {
    x: b.select(tiny, b.mul(x, num(b, x, 2 ** mantissa)), x),
    k: b.select(tiny, num(b, x, -mantissa), num(b, x, 0)),
  };
}

/** The values outside (pole, inf): -inf at the pole, NaN below it, inf at inf. */
function outside(b: ExprBuilder, x: Expr, pole: number, inside: Expr): Expr {
  const p = num(b, x, pole);
  const edge = b.select(b.eq(x, p), num(b, x, -Infinity), num(b, x, NaN));
  const finite = b.select(b.gt(x, p), inside, edge);
  return b.select(b.lt(x, num(b, x, Infinity)), finite, x);
}

/** log(x) for positive finite x, subnormal or not. */
export function logOfPositive(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TABLE);
  const normal = normalise(b, x);
  const { k: k0, f } = decompose(b, normal.x);
  const k = b.add(k0, normal.k);
  const { half, tail } = series(b, f);
  const small = b.add(b.mul(k, num(b, x, t.ln2Lo)), tail);
  return b.add(b.mul(k, num(b, x, t.ln2Hi)), b.sub(f, b.sub(half, small)));
}

/** ln(x): -inf at both zeros, NaN below zero. */
export function log(b: ExprBuilder, x: Expr): Expr {
  return outside(b, x, 0, logOfPositive(b, x));
}

/** A logarithm's base: 1 / ln(base) and ln(2) / ln(base), each split so that products with the high part are exact. */
interface Base {
  readonly inverseHi: number;
  readonly inverseLo: number;
  readonly twoHi: number;
  readonly twoLo: number;
}

const BASE_2: { readonly f32: Base; readonly f64: Base } = {
  f32: { inverseHi: 1.4428711, inverseLo: -1.7605285e-4, twoHi: 1, twoLo: 0 },
  f64: { inverseHi: 1.4426950514316559, inverseLo: -1.0542692476429138e-8, twoHi: 1, twoLo: 0 },
};

const BASE_10: { readonly f32: Base; readonly f64: Base } = {
  f32: { inverseHi: 0.43432617, inverseLo: -3.168997e-5, twoHi: 0.3010254, twoLo: 4.605039e-6 },
  f64: {
    inverseHi: 0.4342944845557213,
    inverseLo: -2.6524694553078553e-9,
    twoHi: 0.3010299956640665,
    twoLo: -8.532344317057107e-14,
  },
};

/** log(x) / log(base), with log(1 + f) and the factor multiplied in two halves each. */
function logWithBase(b: ExprBuilder, x: Expr, base: Base): Expr {
  const normal = normalise(b, x);
  const { k: k0, f } = decompose(b, normal.x);
  const k = b.add(k0, normal.k);
  const { half, tail } = series(b, f);
  const inverseHi = num(b, x, base.inverseHi);
  const inverseLo = num(b, x, base.inverseLo);

  const hi = split(b, b.sub(f, half)).hi;
  const lo = b.add(b.sub(b.sub(f, hi), half), tail);
  const exponent = b.mul(k, num(b, x, base.twoHi));
  const main = b.mul(hi, inverseHi);
  let rest = b.add(b.mul(b.add(lo, hi), inverseLo), b.mul(lo, inverseHi));
  if (base.twoLo !== 0) rest = b.add(b.mul(k, num(b, x, base.twoLo)), rest);
  const sum = b.add(exponent, main);
  const lost = b.add(b.sub(exponent, sum), main);
  return outside(b, x, 0, b.add(sum, b.add(lost, rest)));
}

/** The logarithm to base 2; exact for powers of two. */
export function log2(b: ExprBuilder, x: Expr): Expr {
  return logWithBase(b, x, byType(x, BASE_2));
}

/** The logarithm to base 10. */
export function log10(b: ExprBuilder, x: Expr): Expr {
  return logWithBase(b, x, byType(x, BASE_10));
}

/** ln(1 + x) with a small relative error for small x; -inf at -1, x itself for zeros and subnormal x. */
export function log1p(b: ExprBuilder, x: Expr): Expr {
  const value = outside(b, x, -1, log1pOfFinite(b, x));
  return b.select(b.eq(x, num(b, x, 0)), x, value);
}
