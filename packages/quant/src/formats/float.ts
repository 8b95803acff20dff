/** Floating-point formats of 4 to 16 bits. */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import type { Numbers } from "../check.ts";
import { exponentOf, powerOfTwo, roundHalfEven } from "../numbers.ts";

/** Name of a floating-point format. */
export type FloatFormat = "e4m3fn" | "e5m2" | "e3m2" | "e2m3" | "e2m1" | "f16" | "bf16";

/** What a format is made of. */
export interface FloatInfo {
  readonly bits: number;
  /** Bits of the fraction. */
  readonly fraction: number;
  readonly bias: number;
  /** Code of the largest finite number. */
  readonly largest: number;
  /** Code of +∞, if the format has it. */
  readonly infinity?: number;
  /** Code of NaN, if the format has it. */
  readonly nan?: number;
}

/** Every format: sign, exponent and fraction from high to low. */
export const FLOAT_FORMATS: Readonly<Record<FloatFormat, FloatInfo>> = {
  e4m3fn: { bits: 8, fraction: 3, bias: 7, largest: 0x7e, nan: 0x7f },
  e5m2: { bits: 8, fraction: 2, bias: 15, largest: 0x7b, infinity: 0x7c, nan: 0x7e },
  e3m2: { bits: 6, fraction: 2, bias: 3, largest: 0x1f },
  e2m3: { bits: 6, fraction: 3, bias: 1, largest: 0x1f },
  e2m1: { bits: 4, fraction: 1, bias: 1, largest: 0x7 },
  f16: { bits: 16, fraction: 10, bias: 15, largest: 0x7bff, infinity: 0x7c00, nan: 0x7e00 },
  bf16: { bits: 16, fraction: 7, bias: 127, largest: 0x7f7f, infinity: 0x7f80, nan: 0x7fc0 },
};

const NAMES = Object.keys(FLOAT_FORMATS) as readonly FloatFormat[];

/** The definition of a format. Throws for an unknown name. */
export function floatInfo(name: string, format: FloatFormat): FloatInfo {
  return FLOAT_FORMATS[checkChoice(name, "format", format, NAMES)];
}

/** The value of one code. */
function decodeOne(info: FloatInfo, code: number): number {
  const { bits, fraction, bias, largest, infinity } = info;
  const sign = (code >>> (bits - 1)) & 1 ? -1 : 1;
  const size = code & ((1 << (bits - 1)) - 1);
  if (size > largest) return size === infinity ? sign * Infinity : NaN;
  const exponent = size >>> fraction;
  const mantissa = size & ((1 << fraction) - 1);
  const unit = powerOfTwo(Math.max(exponent, 1) - bias - fraction);
  return sign * (exponent === 0 ? mantissa : mantissa + (1 << fraction)) * unit;
}

/** The code of one number, to nearest with ties to even; `overflow` is the code of what lies beyond the largest. */
function encodeOne(info: FloatInfo, x: number, overflow: number): number {
  const { bits, fraction, bias, largest, nan } = info;
  const sign = x < 0 || Object.is(x, -0) ? 1 << (bits - 1) : 0;
  const size = Math.abs(x);
  if (size === 0) return sign;
  if (Number.isNaN(x)) return nan as number;
  if (size === Infinity) return sign | overflow;
  // The quotient by a power of two is exact, so the only rounding is the one to an integer. A carry into the next
  // exponent comes out right because codes of positive numbers are consecutive.
  const least = 1 - bias;
  const exponent = Math.max(exponentOf(size), least);
  const steps = roundHalfEven(size / powerOfTwo(exponent - fraction));
  const code = (exponent - least) * 2 ** fraction + steps;
  return sign | (code > largest ? overflow : code);
}

/** Options of {@link encodeFloat}. */
export interface EncodeFloatOptions {
  /**
   * Numbers beyond the largest one become the largest (true, the default), or infinity, or NaN where there is no
   * infinity (false). Formats with neither always saturate.
   */
  readonly saturate?: boolean;
}

/**
 * Codes of numbers in a small floating-point format: to nearest, ties to even, subnormals kept, −0 kept.
 *
 * NaN keeps its meaning where the format has NaN. Values round as they are given; pass float32 data to match tools
 * that start from float32.
 * @returns Uint8Array for formats of up to 8 bits, otherwise Uint16Array
 * @throws ArgumentError for NaN in a format without NaN
 * @see OCP 8-bit Floating Point Specification; OCP Microscaling Formats v1.0
 */
export function encodeFloat(
  x: Numbers,
  format: FloatFormat,
  options: EncodeFloatOptions = {},
): Uint8Array | Uint16Array {
  const info = floatInfo("encodeFloat", format);
  const { largest, infinity, nan } = info;
  const overflow = (options.saturate ?? true) ? largest : (infinity ?? nan ?? largest);
  const codes = info.bits > 8 ? new Uint16Array(x.length) : new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (nan === undefined && Number.isNaN(x[i])) {
      throw new ArgumentError(`encodeFloat: ${format} has no NaN (got NaN at index ${i}, expected numbers).`);
    }
    codes[i] = encodeOne(info, x[i], overflow);
  }
  return codes;
}

/** The values of codes; exact in float32. Codes of formats below 8 bits lie in the low bits. Throws for larger codes. */
export function decodeFloat(codes: Numbers, format: FloatFormat): Float32Array<ArrayBuffer> {
  const info = floatInfo("decodeFloat", format);
  const table = info.bits > 8 ? undefined : tableOf(info);
  const x = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (!(code >= 0 && code < 1 << info.bits)) {
      throw new ArgumentError(
        `decodeFloat: not a code of ${format} (got ${code} at index ${i}, expected 0...${(1 << info.bits) - 1}).`,
      );
    }
    x[i] = table === undefined ? decodeOne(info, code) : table[code];
  }
  return x;
}

function tableOf(info: FloatInfo): Float64Array {
  return Float64Array.from({ length: 1 << info.bits }, (_, code) => decodeOne(info, code));
}

/** The float nearest to `x` in a format, as a value: decode(encode(x)), saturating. */
export function roundToFloat(x: number, format: FloatFormat): number {
  const info = floatInfo("roundToFloat", format);
  return decodeOne(info, encodeOne(info, x, info.largest));
}
