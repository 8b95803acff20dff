/** Percentiles of values that are all at hand. */
import { checkFinite, checkNotEmpty, checkNumber } from "../check.ts";
import type { Numbers } from "../check.ts";
import type { ValueRange } from "./base.ts";

/**
 * The p-th percentile, 0 ≤ p ≤ 100, by linear interpolation between order statistics: position p/100·(n − 1).
 * Costs a sort. Throws for no values and for values that are not finite.
 */
export function percentile(x: Numbers, p: number): number {
  checkNotEmpty("percentile", "x", x);
  checkFinite("percentile", "x", x);
  checkNumber("percentile", "p", p, 0, 100);
  const sorted = Float64Array.from(x).sort();
  const at = (p / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/**
 * The range that holds p percent of the values: [−t, t] with the p-th percentile t of |x| (`"absolute"`), or the
 * (100 − p)-th and p-th percentiles of x (`"twoSided"`).
 */
export function percentileRange(x: Numbers, p: number, sides: "absolute" | "twoSided" = "absolute"): ValueRange {
  if (sides === "absolute") {
    const t = percentile(Float64Array.from(x, Math.abs), p);
    return { min: -t, max: t };
  }
  return { min: percentile(x, 100 - p), max: percentile(x, p) };
}
