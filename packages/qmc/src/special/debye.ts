/** Debye's uniform expansions of the modified Bessel functions, where the order or the argument is large. */
import { DEBYE } from "../tables/debye.ts";

/** From which order or argument on an expansion is used. */
export interface Region {
  readonly order: number;
  readonly argument: number;
}

/**
 * Where 16 terms are enough: D_k(t) / v^k is a polynomial of t^2 over r^k, r = sqrt(v^2 + x^2) and t = v / r, so that what matters
 * is a large radius; for small x, where t is near 1 and the polynomials are small, a smaller one suffices. Term 17 is below 1e-16 of
 * the radius, which is added to the sum, in the first region, and in the second that of the ratios is below 1e-17.
 */
export const LOG_REGION: Region = { order: 13, argument: 21 };
export const RATIO_REGION: Region = { order: 16, argument: 32 };

export function isInside(region: Region, v: number, x: number): boolean {
  return v >= region.order || x >= region.argument;
}

/**
 * sum_k D_k(t) (sign / v)^k, or with `slope` that of t D_k'(t), over all k >= 1; `inverse` is 1 / r. As D_k are the cumulants of
 * the U_k, the first is the logarithm of sum_k U_k(t) (sign / v)^k.
 */
function debyeSum(v: number, inverse: number, sign: 1 | -1, slope: boolean): number {
  const t = v * inverse;
  const square = t * t;
  let sum = 0;
  let power = 1;
  for (let k = 1; k <= DEBYE.length; k++) {
    power *= sign * inverse;
    const c = DEBYE[k - 1];
    let d = 0;
    for (let i = k; i >= 0; i--) d = d * square + (slope ? (k + 2 * i) * c[i] : c[i]);
    sum += power * d;
    // The largest value of the polynomial is the one at 0; terms fall until rounding, what follows is smaller still.
    if (Math.abs(power * c[0]) < 1e-17) break;
  }
  return sum;
}

/**
 * log I_v(x) (sign 1) or log K_v(x) (sign -1): with r = sqrt(v^2 + x^2), t = v / r and e = r + v log(x / (v + r)),
 * I_v ~ e^e (2 pi r)^(-1/2) exp(sum D_k(t) / v^k), K_v ~ e^-e (pi / (2 r))^(1/2) exp(sum D_k(t) / (-v)^k).
 */
export function debyeLog(v: number, x: number, sign: 1 | -1): number {
  const r = Math.hypot(v, x);
  const quotient = x / (v + r);
  // Below the smallest normal number a quotient loses digits.
  const log = quotient > 1e-300 ? Math.log(quotient) : Math.log(x) - Math.log(v + r);
  const front = 0.5 * Math.log(sign === 1 ? 2 * Math.PI : 2 / Math.PI) + 0.5 * Math.log(r);
  return sign * (r + v * log) - front + debyeSum(v, 1 / r, sign, false);
}

/** I_(v+1) / I_v. */
export function debyeRatioI(v: number, x: number): number {
  const r = Math.hypot(v, x);
  return x / (v + r) - (x / r / r) * (0.5 + debyeSum(v, 1 / r, 1, true));
}

/** K_(v+1) / K_v. */
export function debyeRatioK(v: number, x: number): number {
  const r = Math.hypot(v, x);
  return (v + r) / x + (x / r / r) * (0.5 + debyeSum(v, 1 / r, -1, true));
}
