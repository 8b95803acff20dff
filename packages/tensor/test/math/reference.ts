/** Where the true values come from. */
import { ELEMENTARY, type Reference } from "./referenceElementary.ts";
import { SPECIAL } from "./referenceSpecial.ts";

/** About 100 bits, by name; for finite, non-zero arguments whose result is finite and not zero. */
export const REFERENCE: Record<string, (x: number, y: number) => Reference> = { ...ELEMENTARY, ...SPECIAL };

/** Doubles, good to about an ulp, by name: enough for f32 and quicker. The other functions use {@link REFERENCE}. */
export const DOUBLE: Record<string, (x: number, y: number) => number> = {
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  pow: (x, y) => x ** y,
  cbrt: Math.cbrt,
  hypot: Math.hypot,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};
