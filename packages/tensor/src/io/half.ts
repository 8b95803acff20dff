/**
 * 8- and 16-bit floating point formats as bit patterns: IEEE 754 binary16 ("half": 5 exponent and 10 fraction bits) and
 * bfloat16 (the upper half of an f32). JavaScript engines before 2025 have no array of either.
 */

/** Largest finite half. */
export const HALF_MAX = 65504;

const word = new DataView(new ArrayBuffer(8));

/** The number that 16 bits mean as a half. Exact. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return (sign * fraction) / 16777216;
  // 2^(exponent - 25) in two exact parts: 2^exponent is an integer, 2^25 a constant.
  return (sign * (1024 + fraction) * (1 << exponent)) / 33554432;
}

/**
 * The half nearest to a number, ties to even, as 16 bits. Numbers of size 65520 and more give infinity; NaN gives 0x7e00
 * with the sign dropped.
 */
export function numberToHalf(x: number): number {
  if (x !== x) return 0x7e00;
  word.setFloat64(0, x);
  const high = word.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 halves are multiples of 2^-24; above, of 2^(e - 10) for 2^e <= size < 2^(e + 1).
  const e = Math.max(((high >>> 20) & 0x7ff) - 1023, -14);
  const units = e <= 10 ? size * (1 << (10 - e)) : size / (1 << (e - 10));
  const low = Math.floor(units);
  const rest = units - low;
  const rounded = rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
  // `rounded` includes the leading one of normal numbers, which carries into the exponent field where it belongs.
  return sign | (((e + 14) << 10) + rounded);
}

/** The number that 16 bits mean as a bfloat16. Exact. */
export function bfloatToNumber(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/**
 * The number that 8 bits mean with `fraction` fraction bits, in the formats of "FP8 Formats for Deep Learning" (Micikevicius et
 * al. 2022, https://arxiv.org/abs/2209.05433, table 1): E5M2 has infinities as IEEE 754 has, E4M3 has none and one NaN per
 * sign. Exact.
 */
export function byteToNumber(bits: number, fraction: 2 | 3): number {
  const [sign, size] = [bits & 0x80 ? -1 : 1, bits & 0x7f];
  if (fraction === 3 && size === 0x7f) return NaN;
  // E5M2 is the upper half of a half.
  if (fraction === 2) return halfToNumber(bits << 8);
  const [exponent, part] = [size >>> 3, size & 7];
  return sign * (exponent === 0 ? part / 512 : ((8 + part) * 2 ** exponent) / 1024);
}
