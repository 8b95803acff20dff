/** Exact building blocks of number formats: rounding, exponents and bit patterns of floats. */

/** 1.5 · 2⁵²: adding and subtracting it rounds a double to an integer, ties to even, as long as |x| < 2⁵¹. */
const SHIFTER = 6755399441055744;

/** Below this size a double may have a fractional part. */
const INTEGERS_FROM = 2251799813685248;

/**
 * The integer nearest to `x`, ties to even, as IEEE 754 rounds. NaN and infinities are returned unchanged.
 * JavaScript's `Math.round` rounds ties up and is not used anywhere in this package.
 */
export function roundHalfEven(x: number): number {
  return Math.abs(x) < INTEGERS_FROM ? x + SHIFTER - SHIFTER : roundLarge(x);
}

/** Doubles from 2⁵¹ on are multiples of 1/2. */
function roundLarge(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (!(rest >= 0.5)) return Number.isFinite(x) ? floor : x;
  return rest > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
}

/** The integer nearest to `x`, ties away from zero, as C's `round`. */
export function roundHalfAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/** `x` limited to [lo, hi]; NaN stays. */
export function clamp(x: number, lo: number, hi: number): number {
  return x < lo ? lo : x > hi ? hi : x;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** 1 when the high word of a double comes second in memory. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * ⌊log₂|x|⌋ for a finite x ≠ 0, read from the exponent field and therefore exact (`Math.log2` is not). Doubles below
 * 2⁻¹⁰²² do not occur: every float32 is larger.
 */
export function exponentOf(x: number): number {
  double[0] = x;
  return ((words[HIGH] >>> 20) & 0x7ff) - 1023;
}

/** 2ᵉ for an integer −1022 ≤ e ≤ 1023, exactly. */
export function powerOfTwo(e: number): number {
  words[HIGH] = (e + 1023) << 20;
  words[1 - HIGH] = 0;
  return double[0];
}
