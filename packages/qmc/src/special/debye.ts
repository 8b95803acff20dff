/** Debye's uniform expansions of the modified Bessel functions, for orders v >= 16 and any x > 0. */
import { DEBYE } from "../tables/debye.ts";

/** From which order on the expansions are used. */
export const DEBYE_FROM = 16;

/** What the expansions share: sums of U_k(t) (+-1/v)^k and of t U_k'(t) (+-1/v)^k. */
interface Sums {
  value: number;
  slope: number;
}

const sums: Sums = { value: 0, slope: 0 };

/** sum_k U_k(t) r^k with r = 1 / v or -1 / v, and the same of t U_k'(t), into {@link sums}. */
function debyeSums(t: number, r: number, withSlope: boolean): void {
  const square = t * t;
  let value = 1;
  let slope = 0;
  let power = 1;
  for (let k = 1; k < DEBYE.length; k++) {
    power *= t * r;
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
    // Terms fall until rounding; what follows is smaller still.
    if (Math.abs(term) < 1e-17) break;
  }
  sums.value = value;
  sums.slope = slope;
}

/**
 * log I_v(x) (sign 1) or log K_v(x) (sign -1) for v >= 16: with z = x / v, s = sqrt(1 + z^2), t = 1 / s and
 * eta = s + log z - log(1 + s), I_v ~ e^(v eta) (2 pi v s)^(-1/2) sum U_k(t) / v^k, K_v ~ e^(-v eta) (pi / (2 v s))^(1/2) sum U_k(t) / (-v)^k.
 */
export function debyeLog(v: number, x: number, sign: 1 | -1): number {
  const z = x / v;
  const s = Math.sqrt(1 + z * z);
  const eta = s + Math.log(z / (1 + s));
  debyeSums(1 / s, sign / v, false);
  const front = sign === 1 ? 1 / (2 * Math.PI * v * s) : Math.PI / (2 * v * s);
  return sign * v * eta + 0.5 * Math.log(front * sums.value * sums.value);
}

/** I_(v+1) / I_v for v >= 16. */
export function debyeRatioI(v: number, x: number): number {
  const z = x / v;
  const s = Math.sqrt(1 + z * z);
  const t = 1 / s;
  debyeSums(t, 1 / v, true);
  return z * (1 / (1 + s) - ((t * t) / v) * (0.5 + sums.slope / sums.value));
}

/** K_(v+1) / K_v for v >= 16. */
export function debyeRatioK(v: number, x: number): number {
  const z = x / v;
  const s = Math.sqrt(1 + z * z);
  const t = 1 / s;
  debyeSums(t, -1 / v, true);
  return (1 + s) / z + ((z * t * t) / v) * (0.5 + sums.slope / sums.value);
}
