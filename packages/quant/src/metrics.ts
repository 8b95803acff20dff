/** How far quantised values are from the originals. */
import { checkLength, checkNotEmpty } from "./check.ts";
import type { Numbers } from "./check.ts";

/** Σ(x − y)². Throws for lengths that differ. */
export function squaredError(x: Numbers, y: Numbers): number {
  checkLength("squaredError", "y", y, x.length);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return sum;
}

/** Signal to quantisation noise in dB: 10·log₁₀(Σx²/Σ(x − y)²); Infinity for equal arrays. Throws for empty ones. */
export function sqnr(x: Numbers, y: Numbers): number {
  checkNotEmpty("sqnr", "x", x);
  const noise = squaredError(x, y);
  let signal = 0;
  for (let i = 0; i < x.length; i++) signal += x[i] ** 2;
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
}
