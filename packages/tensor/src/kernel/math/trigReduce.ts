/**
 * Reduction of any finite angle to [-pi/4, pi/4] with the result in two parts.
 *
 * Moderate angles: k pi/2 is subtracted in four parts, three of them short enough that their products with k are exact
 * (W. J. Cody and W. Waite, 1980). Large angles: the bits of 2/pi that matter are multiplied with the significand in
 * integer arithmetic (M. Payne and R. Hanek, SIGNUM Newsletter 18, 1983). Both are evaluated and one is selected; the
 * three selects share their condition.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { byType, fastTwoSum, formatOf, lowBits, num, toBits, twoProduct, twoSum, type Pair } from "./bits.ts";

/** An angle a = quadrant * pi/2 + hi + lo. */
export interface Angle extends Pair {
  /** An integer with the type of the operand's bits; only the two lowest bits matter. */
  readonly quadrant: Expr;
}

/** pi/2 in four parts; k times each of the first three is exact for |k| < 2^12 (f32), 2^20 (f64). */
const PI_2_PARTS = {
  f32: [1.5703125, 4.837513e-4, 7.5495336e-8, 2.563344e-12],
  f64: [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32],
} as const;

/** pi/2 rounded, and the rest. */
const PI_2 = {
  f32: [1.5707964, -4.371139e-8],
  f64: [1.5707963267948966, 6.123233995736766e-17],
} as const;

/** floor(2/pi * 2^1216) */
const TWO_OVER_PI: bigint = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73e" +
    "e88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f" +
    "463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6bab",
);

/** Angles of at least 2^exponent go through the integer reduction. */
const LARGE = { f32: 12, f64: 20 } as const;

/**
 * Consecutive 32-bit words of 2/pi, starting where its bits stop contributing multiples of four (times x 2/pi) for an
 * x with exponent {@link LARGE}; a window of `count` words `bit / 32` further on, and the shift within a word.
 */
function windowOfTwoOverPi(b: ExprBuilder, x: Expr, ahead: Expr, count: number): Expr[] {
  const { mantissa } = formatOf(x);
  const first = byType(x, LARGE) - mantissa + 30;
  const steps = x.ty === "f32" ? [2, 1] : [16, 8, 4, 2, 1];
  const total = count + 2 * steps[0];
  let words: Expr[] = Array.from({ length: total }, (_, i) => {
    const shift = BigInt(1216 - first - 32 * i);
    return b.const("u32", (TWO_OVER_PI >> shift) & 0xffffffffn);
  });
  for (const step of steps) {
    const on = b.ne(b.and(ahead, b.const("u32", 32 * step)), b.const("u32", 0));
    words = words.slice(0, count + step).map((word, i) => b.select(on, words[i + step], word));
  }
  // Left by s bits: the low part of word * 2^s and the high part of the next word's.
  const s = b.and(ahead, b.const("u32", 31));
  const two = b.bitcast("f32", b.shl(b.add(s, b.const("u32", 127)), 23));
  const power = b.convert("u32", two);
  return words.slice(0, count).map((word, i) => b.or(b.mul(word, power), b.binary("mulhi", words[i + 1], power)));
}

/** (h + l) pi/2 as a two-part number. */
function timesHalfPi(b: ExprBuilder, h: Expr, l: Expr): Pair {
  const [high, low] = byType(h, PI_2);
  const product = twoProduct(b, h, num(b, h, high));
  const rest = b.add(b.mul(h, num(b, h, low)), b.mul(l, num(b, h, high)));
  return { hi: product.hi, lo: b.add(product.lo, rest) };
}

/** x 2/pi mod 4 from the upper 64 of 96 fraction bits of significand * window. */
function largeF32(b: ExprBuilder, x: Expr): Angle {
  const u = (value: number): Expr => b.const("u32", value);
  const bits = b.bitcast("u32", x);
  const ahead = b.sub(b.shr(bits, 23), u(127 + LARGE.f32));
  const w = windowOfTwoOverPi(b, x, ahead, 3);
  const m = b.or(b.and(bits, u(0x7fffff)), u(0x800000));
  const mid = b.mul(m, w[1]);
  const r1 = b.add(mid, b.binary("mulhi", m, w[2]));
  const carry = b.convert("u32", b.lt(r1, mid));
  const r0 = b.add(b.add(b.mul(m, w[0]), b.binary("mulhi", m, w[1])), carry);
  const quadrant = b.shr(b.add(r0, u(0x20000000)), 30);

  // The fraction as a signed 64-bit number, cut into 16 + 24 + 24 bits that convert exactly.
  const f0 = b.or(b.shl(r0, 2), b.shr(r1, 30));
  const f1 = b.shl(r1, 2);
  const float = (bits32: Expr, scale: number): Expr =>
    b.mul(b.convert("f32", b.bitcast("i32", bits32)), num(b, x, scale));
  const top = float(b.and(f0, u(0xffff0000)), 2 ** -32);
  const middle = float(b.or(b.shl(b.and(f0, u(0xffff)), 8), b.shr(f1, 24)), 2 ** -40);
  const sum = fastTwoSum(b, top, middle);
  const low = float(b.and(f1, u(0xffffff)), 2 ** -64);
  return { ...timesHalfPi(b, sum.hi, b.add(sum.lo, low)), quadrant: b.bitcast("i32", quadrant) };
}

/** As {@link largeF32}, with two 32-bit words of significand and 128 fraction bits summed exactly in f64. */
function largeF64(b: ExprBuilder, x: Expr): Angle {
  const bits = toBits(b, x);
  const upper = b.convert("u32", b.shr(bits, 32));
  const u = (value: number): Expr => b.const("u32", value);
  const ahead = b.sub(b.shr(upper, 20), u(1023 + LARGE.f64));
  const w = windowOfTwoOverPi(b, x, ahead, 6);
  const m0 = b.convert("u32", bits);
  const m1 = b.or(b.and(upper, u(0xfffff)), u(0x100000));
  const columns = [0, 1, 2, 3].map((i) => {
    const terms = [
      b.mul(m0, w[i]),
      b.binary("mulhi", m0, w[i + 1]),
      b.mul(m1, w[i + 1]),
      b.binary("mulhi", m1, w[i + 2]),
    ];
    const sum = terms.map((t) => b.convert("f64", t)).reduce((s, t) => b.add(s, t));
    return b.mul(sum, num(b, x, 2 ** (-30 - 32 * i)));
  });
  const k = b.unary("nearest", columns[0]);
  const first = twoSum(b, b.sub(columns[0], k), columns[1]);
  const second = twoSum(b, first.hi, columns[2]);
  const low = b.add(second.lo, b.add(first.lo, columns[3]));
  return { ...timesHalfPi(b, second.hi, low), quadrant: k };
}

/** Reduces a finite x >= 0; the parts are NaN for x = inf and NaN. */
export function reduceAngle(b: ExprBuilder, x: Expr): Angle {
  const parts = byType(x, PI_2_PARTS).map((part) => num(b, x, part));
  const k = b.unary("nearest", b.mul(x, num(b, x, 2 / Math.PI)));
  const t1 = b.sub(x, b.mul(k, parts[0]));
  const s2 = b.mul(k, parts[1]);
  const t2 = b.sub(t1, s2);
  const s3 = b.mul(k, parts[2]);
  const t3 = b.sub(t2, s3);
  // What the subtractions lost (for f32 the second one is exact), then the fourth part.
  let w = b.sub(b.mul(k, parts[3]), b.sub(b.sub(t2, t3), s3));
  if (x.ty === "f64") w = b.sub(w, b.sub(b.sub(t1, t2), s2));
  const hi = b.sub(t3, w);
  const lo = b.sub(b.sub(t3, hi), w);

  const infinity = num(b, x, Infinity);
  const isLarge = b.and(b.ge(x, num(b, x, 2 ** byType(x, LARGE))), b.lt(x, infinity));
  const large = x.ty === "f32" ? largeF32(b, x) : largeF64(b, x);
  return {
    hi: b.select(isLarge, large.hi, hi),
    lo: b.select(isLarge, large.lo, lo),
    quadrant:
      x.ty === "f32"
        ? b.select(isLarge, large.quadrant, lowBits(b, k))
        : lowBits(b, b.select(isLarge, large.quadrant, k)),
  };
}
