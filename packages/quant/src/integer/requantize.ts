/** From 32-bit sums back to codes of 8 bits. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger, checkPositive } from "../check.ts";
import type { Numbers } from "../check.ts";
import type { IntegerType } from "../formats/integer.ts";
import { integerRange } from "../formats/integer.ts";
import { clamp, exponentOf, powerOfTwo, roundHalfAway, roundHalfEven } from "../numbers.ts";

/** What the results of requantisation are. */
export interface RequantizeOutput {
  readonly type: IntegerType;
  readonly zeroPoint: number;
}

function codesFor(name: string, { type, zeroPoint }: RequantizeOutput, size: number): Int8Array | Uint8Array {
  const { lo, hi, signed } = integerRange(name, type);
  checkInteger(name, "zeroPoint", zeroPoint, lo, hi);
  return signed ? new Int8Array(size) : new Uint8Array(size);
}

/** M = fl32(fl32(sₐ·s_b)/s_y), the factor from products of codes to output codes. Throws for scales that are not positive. */
export function requantizeFactor(aScale: number, bScale: number, yScale: number): number {
  for (const [field, value] of Object.entries({ aScale, bScale, yScale })) {
    checkPositive("requantizeFactor", field, value);
  }
  return Math.fround(Math.fround(Math.fround(aScale) * Math.fround(bScale)) / Math.fround(yScale));
}

/**
 * Codes clamp(rhe(fl32(fl32(c)·M)) + z): the float rule, equal to ONNX Runtime's QLinearMatMul.
 * @throws ArgumentError for a factor that is not positive and zero points outside the type
 */
export function requantizeFloat(sums: Numbers, factor: number, output: RequantizeOutput): Int8Array | Uint8Array {
  checkPositive("requantizeFloat", "factor", factor);
  const codes = codesFor("requantizeFloat", output, sums.length);
  const { lo, hi } = integerRange("requantizeFloat", output.type);
  const M = Math.fround(factor);
  for (let i = 0; i < sums.length; i++) {
    codes[i] = clamp(roundHalfEven(Math.fround(Math.fround(sums[i]) * M)) + output.zeroPoint, lo, hi);
  }
  return codes;
}

/** A factor as multiplier·2^(−31 − rightShift) with 2³⁰ ≤ multiplier < 2³¹. */
export interface FixedFactor {
  readonly multiplier: number;
  readonly rightShift: number;
}

/**
 * The fixed-point form of a positive factor, rounded to 31 bits.
 * @throws ArgumentError for factor out of range
 */
export function fixedFactor(factor: number): FixedFactor {
  checkPositive("fixedFactor", "factor", factor);
  const exponent = exponentOf(factor) + 1;
  const multiplier = roundHalfAway((factor / powerOfTwo(exponent)) * 2 ** 31);
  return multiplier === 2 ** 31
    ? { multiplier: 2 ** 30, rightShift: -exponent - 1 }
    : { multiplier, rightShift: -exponent };
}

/** High half of twice the product, rounded to nearest, ties away from zero: round(a·b/2³¹). */
function doublingHighMultiply(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

/** a/2ⁿ rounded to nearest, ties away from zero. */
function roundingShift(a: number, n: number): number {
  return roundHalfAway(a / 2 ** n);
}

/**
 * Codes by integer arithmetic alone, as hardware without floats computes them (gemmlowp's rule): a saturating rounding
 * doubling high multiply, then a rounding right shift; a negative shift multiplies before. Differs from the float rule
 * next to ties, about once in 500 codes.
 * @see Jacob et al. 2018, section 2.2
 * @throws ArgumentError for multiplier or rightShift out of range, or for a value that is no integer
 */
export function requantizeFixed(sums: Numbers, factor: FixedFactor, output: RequantizeOutput): Int8Array | Uint8Array {
  const { multiplier, rightShift } = factor;
  checkInteger("requantizeFixed", "multiplier", multiplier, 2 ** 30, 2 ** 31 - 1);
  checkInteger("requantizeFixed", "rightShift", rightShift, -31, 62);
  const codes = codesFor("requantizeFixed", output, sums.length);
  const { lo, hi } = integerRange("requantizeFixed", output.type);
  for (let i = 0; i < sums.length; i++) {
    if (!Number.isInteger(sums[i]))
      throw new ArgumentError(`requantizeFixed: not an integer (got ${sums[i]} at ${i}).`);
    const before = clamp(sums[i] * 2 ** Math.max(0, -rightShift), -(2 ** 31), 2 ** 31 - 1);
    const product = doublingHighMultiply(before, multiplier);
    codes[i] = clamp(roundingShift(product, Math.max(0, rightShift)) + output.zeroPoint, lo, hi);
  }
  return codes;
}
