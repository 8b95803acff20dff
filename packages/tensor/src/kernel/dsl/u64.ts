/**
 * Unsigned 64-bit integers as pairs of 32-bit ones, for kernels that run on every device: modular arithmetic, logic, and
 * shifts.
 */
import { ArgumentError, show } from "../../errors.ts";
import type { Value } from "./value.ts";

/** `hi * 2^32 + lo`. */
export interface U64 {
  readonly hi: Value<"u32">;
  readonly lo: Value<"u32">;
}

/** `x + y` modulo 2^64. */
export function addU64(x: U64, y: U64): U64 {
  const lo = x.lo.add(y.lo);
  const carry = lo.lt(x.lo).to("u32");
  return { hi: x.hi.add(y.hi).add(carry), lo };
}

/** `x - y` modulo 2^64. */
export function subU64(x: U64, y: U64): U64 {
  const borrow = x.lo.lt(y.lo).to("u32");
  return { hi: x.hi.sub(y.hi).sub(borrow), lo: x.lo.sub(y.lo) };
}

/** The whole product of two 32-bit integers. */
export function wideMul(x: Value<"u32">, y: Value<"u32">): U64 {
  return { hi: x.mulhi(y), lo: x.mul(y) };
}

/** `x * y` modulo 2^64. */
export function mulU64(x: U64, y: U64): U64 {
  const low = wideMul(x.lo, y.lo);
  return { hi: low.hi.add(x.lo.mul(y.hi)).add(x.hi.mul(y.lo)), lo: low.lo };
}

/** Bitwise and. */
export function andU64(x: U64, y: U64): U64 {
  return { hi: x.hi.and(y.hi), lo: x.lo.and(y.lo) };
}

/** Bitwise or. */
export function orU64(x: U64, y: U64): U64 {
  return { hi: x.hi.or(y.hi), lo: x.lo.or(y.lo) };
}

/** Bitwise exclusive or. */
export function xorU64(x: U64, y: U64): U64 {
  return { hi: x.hi.xor(y.hi), lo: x.lo.xor(y.lo) };
}

/** Bitwise complement. */
export function notU64(x: U64): U64 {
  return { hi: x.hi.not(), lo: x.lo.not() };
}

function checkBits(name: string, bits: number): void {
  if (!Number.isInteger(bits) || bits < 0 || bits > 63) {
    throw new ArgumentError(`${name}: bits must be an integer in [0, 63] or a u32 value (got ${show(bits)}).`);
  }
}

/** `low` shifted up by 0 to 31 bits, and what of it gets into a word above that is `high` shifted as far. */
function shiftedUp(high: Value<"u32">, low: Value<"u32">, bits: Value<"u32">): U64 {
  // A shift by 32 bits in two steps, because one of 32 bits would do nothing.
  const over = low.shr(1).shr(bits.xor(31));
  return { hi: high.shl(bits).or(over), lo: low.shl(bits) };
}

/** All ones where bit 5 of a number of bits is set, else zero. */
function maskOfHalf(bits: Value<"u32">): Value<"u32"> {
  return bits.xor(bits).sub(bits.shr(5).and(1));
}

/** `whole` where the mask is zero, `half` where it is all ones. */
function choose(mask: Value<"u32">, half: Value<"u32">, whole: Value<"u32">): Value<"u32"> {
  return half.and(mask).or(whole.and(mask.not()));
}

/**
 * `x * 2^bits` modulo 2^64.
 * @param bits a constant in [0, 63], or a value, of which the lowest six bits count
 * @throws ArgumentError for another constant
 */
export function shlU64(x: U64, bits: number | Value<"u32">): U64 {
  if (typeof bits !== "number") {
    const few = shiftedUp(x.hi, x.lo, bits.and(31));
    const mask = maskOfHalf(bits);
    return { hi: choose(mask, few.lo, few.hi), lo: few.lo.and(mask.not()) };
  }
  checkBits("shlU64", bits);
  if (bits === 0) return x;
  const zero = x.lo.xor(x.lo);
  if (bits >= 32) return { hi: bits === 32 ? x.lo : x.lo.shl(bits - 32), lo: zero };
  return { hi: x.hi.shl(bits).or(x.lo.shr(32 - bits)), lo: x.lo.shl(bits) };
}

/**
 * `floor(x / 2^bits)`.
 * @param bits a constant in [0, 63], or a value, of which the lowest six bits count
 * @throws ArgumentError for another constant
 */
export function shrU64(x: U64, bits: number | Value<"u32">): U64 {
  if (typeof bits !== "number") {
    const n = bits.and(31);
    const hi = x.hi.shr(n);
    const lo = x.lo.shr(n).or(x.hi.shl(1).shl(n.xor(31)));
    const mask = maskOfHalf(bits);
    return { hi: hi.and(mask.not()), lo: choose(mask, hi, lo) };
  }
  checkBits("shrU64", bits);
  if (bits === 0) return x;
  const zero = x.hi.xor(x.hi);
  if (bits >= 32) return { hi: zero, lo: bits === 32 ? x.hi : x.hi.shr(bits - 32) };
  return { hi: x.hi.shr(bits), lo: x.lo.shr(bits).or(x.hi.shl(32 - bits)) };
}

/**
 * Rotation to the left.
 * @param bits a constant in [0, 63], or a value, of which the lowest six bits count
 * @throws ArgumentError for another constant
 */
export function rotlU64(x: U64, bits: number | Value<"u32">): U64 {
  if (typeof bits !== "number") return orU64(shlU64(x, bits), shrU64(x, bits.xor(bits).sub(bits)));
  checkBits("rotlU64", bits);
  return bits === 0 ? x : orU64(shlU64(x, bits), shrU64(x, 64 - bits));
}

/** Whether both are equal. */
export function eqU64(x: U64, y: U64): Value<"bool"> {
  return x.hi.eq(y.hi).and(x.lo.eq(y.lo));
}

/** Whether `x < y`. */
export function ltU64(x: U64, y: U64): Value<"bool"> {
  return x.hi.lt(y.hi).or(x.hi.eq(y.hi).and(x.lo.lt(y.lo)));
}
