/** Powers and roots. */
import type { Expr, ExprBuilder } from "../expr.ts";
import {
  atLeast,
  atMost,
  byType,
  flipSign,
  formatOf,
  num,
  poly,
  signBits,
  split,
  withSignOf,
  type Pair,
} from "./bits.ts";
import { exp2OfReduced } from "./exp.ts";
import { normalise, splitExponent } from "./log.ts";

interface PowTable {
  /** Bit pattern of about sqrt(3) / 2: the smallest significand. */
  readonly from: bigint;
  /** 2 / (3 ln 2) and log2(3/2) in two parts. */
  readonly scale: readonly [number, number];
  readonly log3half: readonly [number, number];
  /** log((c + s c) / (c - s c)) = 2/3 (3 s + s^3 + s^5 l(s^2)) for |s| < 0.102. */
  readonly l: readonly number[];
  /** Beyond these y, |y log2(x)| leaves the exponent range or x is 1; and that range with room for rounding. */
  readonly largeY: number;
  readonly largeExponent: number;
}

const POW: { readonly f32: PowTable; readonly f64: PowTable } = {
  f32: {
    from: 0x3f5db3d7n,
    scale: [0.9616699, 1.2677205e-4],
    log3half: [0.58496094, 1.5632212e-6],
    l: [0.59997964, 0.43393266],
    largeY: 2 ** 40,
    largeExponent: 200,
  },
  f64: {
    from: 0x3febb67ae8584caan,
    scale: [0.9617966860532761, 7.872699542894897e-9],
    log3half: [0.5849624872207642, 1.350039202129749e-8],
    l: [
      0.5999999999999946, 0.42857142857851804, 0.3333333298303271, 0.2727281217322666, 0.23066091662130384,
      0.20696964188027708,
    ],
    largeY: 2 ** 70,
    largeExponent: 1200,
  },
};

const high = (b: ExprBuilder, x: Expr): Expr => split(b, x).hi;

/**
 * log2(x) for positive, finite x in two parts, the first with half the bits: the scheme of FreeBSD's `e_pow.c`. The
 * significand is compared with c = 1 or 3/2, and s = (m - c) / (m + c) and its series are kept in two parts.
 */
function log2Parts(b: ExprBuilder, x: Expr): Pair {
  const t = byType(x, POW);
  const c = (value: number): Expr => num(b, x, value);
  const normal = normalise(b, x);
  const { k: k0, m } = splitExponent(b, normal.x, t.from);
  const k = b.add(k0, normal.k);
  const upper = b.gt(m, c(Math.sqrt(1.5)));
  const center = b.select(upper, c(1.5), c(1));

  const difference = b.sub(m, center);
  const sum = b.add(m, center);
  const inverse = b.div(c(1), sum);
  const s = b.mul(difference, inverse);
  const sHi = high(b, s);
  const sumHi = high(b, sum);
  const sumLo = b.sub(m, b.sub(sumHi, center));
  const sLo = b.mul(inverse, b.sub(b.sub(difference, b.mul(sHi, sumHi)), b.mul(sHi, sumLo)));

  // 3 + s^2 + r, then times s.
  const z = b.mul(s, s);
  const r = b.add(b.mul(b.mul(z, z), poly(b, z, t.l)), b.mul(sLo, b.add(sHi, s)));
  const zHi = b.mul(sHi, sHi);
  const seriesHi = high(b, b.add(b.add(zHi, c(3)), r));
  const seriesLo = b.sub(r, b.sub(b.sub(seriesHi, c(3)), zHi));
  const u = b.mul(sHi, seriesHi);
  const v = b.add(b.mul(sLo, seriesHi), b.mul(seriesLo, s));
  const pHi = high(b, b.add(u, v));
  const pLo = b.sub(v, b.sub(pHi, u));

  const mainHi = b.mul(pHi, c(t.scale[0]));
  const offsetHi = b.select(upper, c(t.log3half[0]), c(0));
  const offsetLo = b.select(upper, c(t.log3half[1]), c(0));
  const mainLo = b.add(b.add(b.mul(pHi, c(t.scale[1])), b.mul(pLo, c(t.scale[0] + t.scale[1]))), offsetLo);
  const hi = high(b, b.add(b.add(b.add(mainHi, mainLo), offsetHi), k));
  return { hi, lo: b.sub(mainLo, b.sub(b.sub(b.sub(hi, k), offsetHi), mainHi)) };
}

/**
 * pow(x, y) with the special values of C: 1 for y = 0 and for x = 1 even with NaN, NaN for negative finite x and
 * non-integral y, the sign of x for odd integers y.
 */
export function pow(b: ExprBuilder, x: Expr, y: Expr): Expr {
  const t = byType(x, POW);
  const c = (value: number): Expr => num(b, x, value);
  const a = b.abs(x);
  const log = log2Parts(b, a);
  const limited = atLeast(b, atMost(b, y, t.largeY), -t.largeY);
  const yHi = high(b, limited);
  const lo = b.add(b.mul(b.sub(limited, yHi), log.hi), b.mul(limited, log.lo));
  const hi = b.mul(yHi, log.hi);
  const magnitude = exp2OfSum(b, hi, lo, t.largeExponent);

  const zero = c(0);
  const isZero = b.eq(a, zero);
  const isInfinite = b.eq(a, c(Infinity));
  const edge = b.select(b.xor(isZero, b.lt(y, zero)), zero, c(Infinity));
  const positive = b.select(b.or(isZero, isInfinite), edge, magnitude);

  const isInteger = b.eq(b.unary("trunc", y), y);
  const half = b.mul(y, c(0.5));
  const isOdd = b.and(isInteger, b.ne(b.unary("trunc", half), half));
  const noSign = b.const(formatOf(x).bits, 0);
  const signed = flipSign(b, positive, b.select(isOdd, signBits(b, x), noSign));
  const undefinedRoot = b.and(b.and(b.lt(x, zero), b.not(isInteger)), b.not(b.or(isZero, isInfinite)));
  const value = b.select(undefinedRoot, c(NaN), signed);
  const orNaN = b.select(b.or(b.ne(x, x), b.ne(y, y)), b.add(x, y), value);
  return b.select(b.or(b.eq(y, zero), b.eq(x, c(1))), c(1), orNaN);
}

/** 2^(hi + lo), with the sum limited to an exponent range that covers overflow and underflow. */
function exp2OfSum(b: ExprBuilder, hi: Expr, lo: Expr, range: number): Expr {
  const sum = b.add(hi, lo);
  const k = b.unary("nearest", atLeast(b, atMost(b, sum, range), -range));
  const r = b.add(b.sub(hi, k), lo);
  return exp2OfReduced(b, k, atLeast(b, atMost(b, r, 1), -1));
}

/**
 * The real cube root, with the sign of x. A third of the exponent by integer division, then steps
 * t (1 + (r - t) / (2 t + r)) with r = x / t^2, which triple the number of right bits; the last one starts from a t so
 * short that t^2 is exact (the idea of FreeBSD's `s_cbrt.c`).
 */
export function cbrt(b: ExprBuilder, x: Expr): Expr {
  const c = (value: number): Expr => num(b, x, value);
  const { minNormal } = formatOf(x);
  const a = b.abs(x);
  const [up, down] = byType(x, { f32: [2 ** 24, 2 ** -8], f64: [2 ** 54, 2 ** -18] });
  const tiny = b.lt(a, c(minNormal));
  const scaled = b.select(tiny, b.mul(a, c(up)), a);
  const step = (t: Expr): Expr => {
    const r = b.div(scaled, b.mul(t, t));
    return b.add(t, b.mul(t, b.div(b.sub(r, t), b.add(b.add(t, t), r))));
  };
  let t = step(cubeRootGuess(b, scaled));
  if (x.ty === "f64") t = step(t);
  t = step(high(b, t));
  const root = b.mul(t, b.select(tiny, c(down), c(1)));
  const regular = b.and(b.gt(a, c(0)), b.lt(a, c(Infinity)));
  return b.select(regular, withSignOf(b, root, x), x);
}

/** The cube root of a normal number to about 5 bits. */
function cubeRootGuess(b: ExprBuilder, x: Expr): Expr {
  const u = (value: number): Expr => b.const("u32", value);
  const third = (bits: Expr, offset: number): Expr => b.add(b.binary("mulhi", bits, u(0x55555556)), u(offset));
  if (x.ty === "f32") return b.bitcast("f32", third(b.bitcast("u32", x), 709958130));
  const upper = b.convert("u32", b.shr(b.bitcast("i64", x), 32));
  return b.bitcast("f64", b.shl(b.convert("i64", third(upper, 715094163)), 32));
}

/** sqrt(x^2 + y^2) without overflow or underflow on the way; inf if either is infinite, even with NaN. */
export function hypot(b: ExprBuilder, x: Expr, y: Expr): Expr {
  const c = (value: number): Expr => num(b, x, value);
  const [limit, shrink, grow] = byType(x, {
    f32: [2 ** 50, 2 ** -80, 2 ** 100],
    f64: [2 ** 400, 2 ** -600, 2 ** 700],
  });
  const p = b.abs(x);
  const q = b.abs(y);
  const larger = b.select(b.lt(p, q), q, p);
  const big = b.gt(larger, c(limit));
  const small = b.lt(larger, c(1 / limit));
  const factor = b.select(big, c(shrink), b.select(small, c(grow), c(1)));
  const back = b.select(big, c(1 / shrink), b.select(small, c(1 / grow), c(1)));
  const u = b.mul(p, factor);
  const v = b.mul(q, factor);
  const length = b.mul(b.sqrt(b.add(b.mul(u, u), b.mul(v, v))), back);
  const infinity = c(Infinity);
  return b.select(b.or(b.eq(p, infinity), b.eq(q, infinity)), infinity, length);
}

/** 1 / sqrt(x): +-inf at +-0, 0 at inf, NaN for negative x. */
export function rsqrt(b: ExprBuilder, x: Expr): Expr {
  return b.div(num(b, x, 1), b.sqrt(x));
}
