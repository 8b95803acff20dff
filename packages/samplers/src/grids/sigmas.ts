/** Grids of relative noise u = sigma / alpha, from noisy to clean. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger, checkNumber, checkPositive } from "../check.ts";
import { evenly } from "../math.ts";
import { betaQuantile } from "./betaQuantile.ts";

function checkRange(name: string, count: number, low: number, high: number): void {
  checkInteger(name, "count", count, 1);
  checkPositive(name, "smallest sigma", low);
  checkPositive(name, "largest sigma", high);
  if (!(low <= high)) {
    throw new ArgumentError(`${name}: the range is upside down (got ${low} to ${high}, expected smallest <= largest).`);
  }
}

/**
 * Karras grid `(high^{1/rho} + i/(n-1) (low^{1/rho} - high^{1/rho}))^rho`, i = 0 .. n-1 (EDM, equation 5).
 * @param count n >= 1
 * @param low smallest u, > 0
 * @param high largest u
 * @param rho exponent > 0; 7 when left out
 * @throws ArgumentError for rho out of range or a count, low or high out of range
 */
export function karrasSigmas(count: number, low: number, high: number, rho = 7): number[] {
  checkRange("karrasSigmas", count, low, high);
  checkPositive("karrasSigmas", "rho", rho);
  return evenly(high ** (1 / rho), low ** (1 / rho), count).map((root) => root ** rho);
}

/**
 * Geometric grid, uniform in log-SNR (called exponential, or "lu" in DPM-Solver's code).
 * @param count n >= 1
 * @param low smallest u, > 0
 * @param high largest u
 * @throws ArgumentError for a count, low or high out of range
 */
export function exponentialSigmas(count: number, low: number, high: number): number[] {
  checkRange("exponentialSigmas", count, low, high);
  return evenly(Math.log(high), Math.log(low), count).map(Math.exp);
}

/**
 * Grid `low + q(1 - i/(n-1)) (high - low)` with q the quantile function of the Beta(a, b) distribution.
 * @param count n >= 1
 * @param low smallest u, > 0
 * @param high largest u
 * @param a first shape, > 0; 0.6 when left out
 * @param b second shape, > 0; 0.6 when left out
 * @throws ArgumentError for a count, low or high out of range
 */
export function betaSigmas(count: number, low: number, high: number, a = 0.6, b = 0.6): number[] {
  checkRange("betaSigmas", count, low, high);
  return evenly(1, 0, count).map((p) => low + betaQuantile(p, a, b) * (high - low));
}

/**
 * Noise levels of a flow-matching model (alpha = 1 - sigma), without the final 0: `s_i = (1 - 1/N)(1 - i/n)`,
 * i = 0 .. n-1, each moved to `shift s / (1 + (shift - 1) s)`.
 * @param steps n >= 1
 * @param count N, entries of the training table; 1000 when left out
 * @param shift time shift > 0; 1 (none) when left out
 * @throws ArgumentError for count, steps or shift out of range
 */
export function flowSigmas(steps: number, count = 1000, shift = 1): number[] {
  checkInteger("flowSigmas", "count", count, 1);
  checkInteger("flowSigmas", "steps", steps, 1, count);
  checkNumber("flowSigmas", "shift", shift, Number.MIN_VALUE);
  // In this order of operations diffusers' integer timesteps, floor(N s), come out the same.
  const stride = (1 / count - 1) / steps;
  return Array.from({ length: steps }, (_, i) => {
    const s = 1 - ((steps - i) * stride + 1);
    return (shift * s) / (1 + (shift - 1) * s);
  });
}
