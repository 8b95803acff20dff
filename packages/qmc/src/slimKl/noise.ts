/** The noise variance of equally spaced data. */
import { ArgumentError } from "@ansatz/tensor";
import { checkFinite } from "../check.ts";
import { minimiseOnInterval } from "../math/minimise.ts";

/**
 * The noise variance of equally spaced numbers with a smooth trend: the smoother with factors 1 / (1 + s (2 - 2 cos(pi k / n))^2) in the
 * cosine basis, s by generalised cross-validation, leaves residuals whose sum of squares over its degrees of freedom is returned.
 * Cost O(n^2).
 * @throws ArgumentError for fewer than 4 numbers or numbers that are not finite
 * Source: D. Garcia, Comput. Stat. Data Anal. 54 (2010).
 */
export function noiseVariance(y: ArrayLike<number>): number {
  const n = y.length;
  if (n < 4) throw new ArgumentError(`noiseVariance: too few numbers (got ${n}, expected at least 4).`);
  checkFinite("noiseVariance", "the data", y);
  const squares = new Float64Array(n);
  const rates = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += y[i] * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * n));
    squares[k] = (k === 0 ? 1 : 2) * (sum / n) ** 2 * n;
    rates[k] = (2 - 2 * Math.cos((Math.PI * k) / n)) ** 2;
  }
  const residual = (log: number): { square: number; free: number } => {
    const s = 10 ** log;
    let [square, kept] = [0, 0];
    for (let k = 0; k < n; k++) {
      const factor = 1 / (1 + s * rates[k]);
      square += squares[k] * (1 - factor) ** 2;
      kept += factor;
    }
    return { square, free: n - kept };
  };
  // The score may have several valleys: the best of a grid is refined.
  const score = (log: number): number => {
    const { square, free } = residual(log);
    return square / (free * free);
  };
  let best = -8;
  for (let log = -8; log <= 12; log += 0.5) if (score(log) < score(best)) best = log;
  const { square, free } = residual(minimiseOnInterval(score, best - 0.5, best + 0.5, 1e-3));
  return square / free;
}
