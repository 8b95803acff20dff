/** Debye's uniform expansions of the modified Bessel functions, where the order or the argument is large. */
import { DEBYE } from "../tables/debye.ts";

/** From which order or argument on the expansions are used. */
export const DEBYE_ORDER = 16;
export const DEBYE_ARGUMENT = 32;

/**
 * Whether 13 terms are enough: U_k(t) / v^k is a polynomial of t^2 over r^k, r = sqrt(v^2 + x^2) and t = v / r, so that what
 * matters is a large radius. Term 14 is below 1e-16 for r >= 32; for small x, where t is near 1 and the polynomials are small,
 * v >= 16 suffices.
 */
export function inDebyeRegion(v: number, x: number): boolean {
  return v >= DEBYE_ORDER || x >= DEBYE_ARGUMENT;
}

/** What the expansions share: sums of U_k(t) (+-1/v)^k and of t U_k'(t) (+-1/v)^k. */
interface Sums {
  value: number;
  slope: number;
}

const sums: Sums = { value: 0, slope: 0 };

/** sum_k U_k(t) (sign / v)^k and the same of t U_k'(t), into {@link sums}; `inverse` is 1 / r. */
function debyeSums(v: number, inverse: number, sign: 1 | -1, withSlope: boolean): void {
  const t = v * inverse;
  const square = t * t;
  let value = 1;
  let slope = 0;
  let power = 1;
  for (let k = 1; k < DEBYE.length; k++) {
    power *= sign * inverse;
    const c = DEBYE[k];
    let u = 0;
    for (let i = k; i >= 0; i--) u = u * square + c[i];
    const term = power * u;
    value += term;
    if (withSlope) {
      let w = 0;
      for (let i = k; i >= 0; i--) w = w * square + (k + 2 * i) * c[i];
      slope += power * w;
    }
    // The largest value of the polynomial is the one at 0; terms fall until rounding, what follows is smaller still.
    if (Math.abs(power * c[0]) < 1e-17) break;
  }
  sums.value = value;
  sums.slope = slope;
}

/**
 * log I_v(x) (sign 1) or log K_v(x) (sign -1): with r = sqrt(v^2 + x^2), t = v / r and e = r + v log(x / (v + r)),
 * I_v ~ e^e (2 pi r)^(-1/2) sum U_k(t) / v^k, K_v ~ e^-e (pi / (2 r))^(1/2) sum U_k(t) / (-v)^k.
 */
export function debyeLog(v: number, x: number, sign: 1 | -1): number {
  const r = Math.hypot(v, x);
  debyeSums(v, 1 / r, sign, false);
  const front = sign === 1 ? 1 / (2 * Math.PI * r) : Math.PI / (2 * r);
  const quotient = x / (v + r);
  // Below the smallest normal number a quotient loses digits.
  const log = quotient > 1e-300 ? Math.log(quotient) : Math.log(x) - Math.log(v + r);
  return sign * (r + v * log) + 0.5 * Math.log(front * sums.value * sums.value);
}

/** I_(v+1) / I_v. */
export function debyeRatioI(v: number, x: number): number {
  const r = Math.hypot(v, x);
  debyeSums(v, 1 / r, 1, true);
  return x / (v + r) - (x / r / r) * (0.5 + sums.slope / sums.value);
}

/** K_(v+1) / K_v. */
export function debyeRatioK(v: number, x: number): number {
  const r = Math.hypot(v, x);
  debyeSums(v, 1 / r, -1, true);
  return (v + r) / x + (x / r / r) * (0.5 + sums.slope / sums.value);
}
