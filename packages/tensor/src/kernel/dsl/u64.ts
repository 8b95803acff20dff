/**
 * Unsigned 64-bit integers as pairs of 32-bit ones, for kernels that run on every device: modular arithmetic, logic, and
 * shifts by constant numbers of bits.
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
    throw new ArgumentError(`${name}: bits must be an integer in [0, 63] (got ${show(bits)}).`);
  }
}

/** `x * 2^bits` modulo 2^64. @param bits a constant in [0, 63] */
export function shlU64(x: U64, bits: number): U64 {
  checkBits("shlU64", bits);
  if (bits === 0) return x;
  const zero = x.lo.xor(x.lo);
  if (bits >= 32) return { hi: bits === 32 ? x.lo : x.lo.shl(bits - 32), lo: zero };
  return { hi: x.hi.shl(bits).or(x.lo.shr(32 - bits)), lo: x.lo.shl(bits) };
}

/** `floor(x / 2^bits)`. @param bits a constant in [0, 63] */
export function shrU64(x: U64, bits: number): U64 {
  checkBits("shrU64", bits);
  if (bits === 0) return x;
  const zero = x.hi.xor(x.hi);
  if (bits >= 32) return { hi: zero, lo: bits === 32 ? x.hi : x.hi.shr(bits - 32) };
  return { hi: x.hi.shr(bits), lo: x.lo.shr(bits).or(x.hi.shl(32 - bits)) };
}

/** Rotation to the left. @param bits a constant in [0, 63] */
export function rotlU64(x: U64, bits: number): U64 {
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
