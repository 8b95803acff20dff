/** Errors in units in the last place. */
import type { Float } from "./evaluate.ts";
import { exponentOf, type Reference } from "./referenceElementary.ts";

const LIMITS: Record<Float, { readonly precision: number; readonly min: number; readonly max: number }> = {
  f32: { precision: 24, min: -126, max: 127 },
  f64: { precision: 53, min: -1022, max: 1023 },
};

/** x * 2^n, where the result is in range. */
function scaled(x: number, n: number): number {
  const half = Math.trunc(n / 2);
  return x * 2 ** half * 2 ** (n - half);
}

/**
 * |y - truth| in ulps of the truth (of `unit` when given); below the normal numbers an ulp is the smallest number. Zero,
 * infinity and NaN must be met exactly. Where the truth is finite, an infinite y counts as the power of two that follows
 * the largest number.
 */
export function ulpError(ty: Float, y: number, { value: [hi, lo], exponent }: Reference, unit?: number): number {
  if (hi === 0 || !Number.isFinite(hi)) return Object.is(y, hi) ? 0 : Infinity;
  if (Number.isNaN(y)) return Infinity;
  const { precision, min, max } = LIMITS[ty];
  const e = exponentOf(hi) + exponent;
  const infinite = Math.abs(y) === Infinity;
  if (e > max) return y === Math.sign(hi) * Infinity ? 0 : Infinity;
  if (infinite && (e < max || Math.sign(y) !== Math.sign(hi))) return Infinity;
  const place = Math.max(unit === undefined ? e : exponentOf(unit), min) - precision + 1;
  const finite = infinite ? scaled(Math.sign(y), max + 1 - exponent) : scaled(y, -exponent);
  return scaled(Math.abs(finite - hi - lo), exponent - place);
}
