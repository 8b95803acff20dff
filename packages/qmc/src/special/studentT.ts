/** Student's t distribution. */
import { logGamma } from "./gamma.ts";
import { normalQuantile } from "./normal.ts";

/** The density of Student's t distribution with `degrees` > 0 degrees of freedom. */
export function studentDensity(x: number, degrees: number): number {
  const log =
    logGamma((degrees + 1) / 2) -
    logGamma(degrees / 2) -
    0.5 * Math.log(degrees * Math.PI) -
    ((degrees + 1) / 2) * Math.log1p((x * x) / degrees);
  return Math.exp(log);
}

/** P(T <= x), through the incomplete beta function. */
export function studentCdf(x: number, degrees: number): number {
  if (x === 0) return 0.5;
  const share = degrees / (degrees + x * x);
  const both = incompleteBeta(degrees / 2, 0.5, share, (x * x) / (degrees + x * x));
  return x > 0 ? 1 - both / 2 : both / 2;
}

/** The x with P(T <= x) = p, 0 < p < 1: safeguarded Newton steps in the tail below 1/2. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  if (p === 0.5) return 0;
  // In the upper half, 1 - p is exact.
  const tail = Math.min(p, 1 - p);
  let low = -1;
  while (studentCdf(low, degrees) > tail) low *= 4;
  let high = 0;
  let x = Math.max(low, normalQuantile(tail));
  for (let step = 0; step < 200; step++) {
    const excess = studentCdf(x, degrees) - tail;
    if (excess === 0) break;
    if (excess > 0) high = x;
    else low = x;
    let next = x - excess / studentDensity(x, degrees);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - x) <= 1e-15 * Math.abs(next)) {
      x = next;
      break;
    }
    x = next;
  }
  return p < 0.5 ? x : -x;
}

/** I_x(a, b) with y = 1 - x given apart; Lentz's method for the continued fraction. */
function incompleteBeta(a: number, b: number, x: number, y: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, y, x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y)) / a;
  const tiny = 1e-300;
  let f = 1;
  let c = 1;
  let d = 0;
  for (let k = 0; k < 10000; k++) {
    const m = Math.floor(k / 2);
    let term = 1;
    if (k > 0) {
      term =
        k % 2 === 0
          ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
          : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    }
    d = 1 + term * d;
    if (Math.abs(d) < tiny) d = tiny;
    d = 1 / d;
    c = 1 + term / c;
    if (Math.abs(c) < tiny) c = tiny;
    const change = c * d;
    f *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  // The first term of the fraction is counted once too often by the recurrence.
  return front * (f - 1);
}
