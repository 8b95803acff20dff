/**
 * Random draws as kernel expressions: everything here is integer arithmetic or exact in floating point, except the f64
 * normal, so that all devices give the same bits.
 *
 * Shifts are by constants only: WebAssembly SIMD has no shift by a different distance per lane.
 */
import type { Expr, ExprBuilder } from "../kernel/expr.ts";
import { PARITY, ROTATIONS, ROUNDS } from "./threefry.ts";

/** A pair of u32 expressions. */
export type Pair = readonly [Expr, Expr];

/**
 * Threefry-2x32-20 of the counter `(counterHi, counterLo)` under the key `(k0, k1)`; all u32.
 * The words of {@link import("./threefry.ts").threefry}.
 */
export function threefryBits(b: ExprBuilder, k0: Expr, k1: Expr, counterHi: Expr, counterLo: Expr): Pair {
  const schedule = [k0, k1, b.xor(b.xor(k0, k1), b.const("u32", PARITY))];
  let x0 = b.add(counterHi, k0);
  let x1 = b.add(counterLo, k1);
  for (let group = 1; group <= ROUNDS / 4; group++) {
    const first = group & 1 ? 0 : 4;
    for (let r = first; r < first + 4; r++) {
      x0 = b.add(x0, x1);
      x1 = b.xor(b.or(b.shl(x1, ROTATIONS[r]), b.shr(x1, 32 - ROTATIONS[r])), x0);
    }
    x0 = b.add(x0, schedule[group % 3]);
    x1 = b.add(x1, b.add(schedule[(group + 1) % 3], b.const("u32", group)));
  }
  return [x0, x1];
}

/**
 * The counter `offset + index` as two words.
 * @param index position in the draw, i32 or u32
 * @param offsetHi high word of the offset, u32
 * @param offsetLo low word of the offset, u32
 */
export function counterAt(b: ExprBuilder, index: Expr, offsetHi: Expr, offsetLo: Expr): Pair {
  const lo = b.add(b.bitcast("u32", index), offsetLo);
  return [b.add(offsetHi, b.convert("u32", b.lt(lo, offsetLo))), lo];
}

/** The 32-bit word of an element: both halves of its block, combined by exclusive or. */
export function wordOf(b: ExprBuilder, pair: Pair): Expr {
  return b.xor(pair[0], pair[1]);
}

/** Uniform f32 in [0, 1) from a word: a multiple of 2^-23, exact. */
export function uniformFromBits(b: ExprBuilder, word: Expr): Expr {
  const mantissa = b.or(b.shr(word, 9), b.const("u32", 0x3f800000));
  return b.sub(b.bitcast("f32", mantissa), b.const("f32", 1));
}

/** The upper 52 bits of the 64-bit number `pair[0] 2^32 + pair[1]` as an f64, exact. */
function upper52(b: ExprBuilder, pair: Pair): Expr {
  const high = b.mul(b.convert("f64", pair[0]), b.const("f64", 1048576));
  return b.add(high, b.convert("f64", b.shr(pair[1], 12)));
}

/** Uniform f64 in [0, 1) from both words of a block: a multiple of 2^-52, exact. */
export function uniform64FromBits(b: ExprBuilder, pair: Pair): Expr {
  return b.mul(upper52(b, pair), b.const("f64", 1 / 4503599627370496));
}

/** The f64 `(n + 1/2) 2^-52` in (0, 1), n the upper 52 bits of a block: exact, and so is its distance to 1. */
export function midpoint64FromBits(b: ExprBuilder, pair: Pair): Expr {
  return b.mul(b.add(upper52(b, pair), b.const("f64", 0.5)), b.const("f64", 1 / 4503599627370496));
}

/** Where the magnitude of a word lies in the table of `normalTable.ts`. */
interface TablePlace {
  /** Number of the segment, octave * 16 + segment of the octave; i32. */
  readonly row: Expr;
  /** Position inside the segment, in units of 2^-31; i32. */
  readonly t: Expr;
}

function placeOf(b: ExprBuilder, word: Expr): TablePlace {
  const int = (value: number): Expr => b.const("i32", value);
  const m = b.max(b.and(b.bitcast("i32", word), int(0x7fffffff)), int(1));
  // The octave o sits in the exponent of m as a float. Without the bit below its leading one, m cannot round up to the
  // next power of two.
  const lead = b.convert("f32", b.and(m, b.not(b.shr(m, 1))));
  const exponent = b.and(b.bitcast("i32", lead), int(0x7f800000));
  // 2^(30 - o), from the exponent field 127 + 30 - o; multiplying by it stands for a shift.
  const power = b.convert("i32", b.bitcast("f32", b.sub(int((127 + 30 + 127) << 23), exponent)));
  const normalised = b.mul(b.add(m, m), power);
  const segment = b.and(b.shr(normalised, 27), int(15));
  return {
    row: b.sub(b.add(b.shr(exponent, 19), segment), int(127 << 4)),
    t: b.and(b.shl(normalised, 4), int(0x7fffffff)),
  };
}

/** The row of {@link import("./normalTable.ts").normalTable} that a word's normal number is made from, i32. */
export function normalRow(b: ExprBuilder, word: Expr): Expr {
  return placeOf(b, word).row;
}

/**
 * Standard normal f32 from a word and the four i32 coefficients in its {@link normalRow}: integer arithmetic up to one
 * conversion, which rounds to nearest even, and an exact scaling.
 */
export function normalFromBits(b: ExprBuilder, word: Expr, c: readonly Expr[]): Expr {
  const { t } = placeOf(b, word);
  const sign = b.shr(b.bitcast("i32", word), 31);
  let z = b.add(c[2], b.binary("mulhi", c[3], t));
  z = b.add(c[1], b.binary("mulhi", z, t));
  z = b.add(c[0], b.shr(b.binary("mulhi", z, t), 6));
  const signed = b.sub(b.xor(z, sign), sign);
  return b.mul(b.convert("f32", signed), b.const("f32", 1 / 268435456));
}

/**
 * `floor((spanLess1 + 1) n / 2^64)` for the 64-bit number n of a block: a uniform integer in [0, span) for any span up to
 * 2^32. Each value has a probability within 2^-64 of 1 / span.
 */
export function boundedFromBits(b: ExprBuilder, pair: Pair, spanLess1: Expr): Expr {
  const carry = (sum: Expr, part: Expr): Expr => b.convert("u32", b.lt(sum, part));
  const [x0, x1] = pair;
  const low = b.add(b.mul(spanLess1, x1), x1);
  const middle = b.add(b.binary("mulhi", spanLess1, x1), carry(low, x1));
  const first = b.add(b.mul(spanLess1, x0), x0);
  const second = b.add(first, middle);
  return b.add(b.binary("mulhi", spanLess1, x0), b.add(carry(first, x0), carry(second, middle)));
}
