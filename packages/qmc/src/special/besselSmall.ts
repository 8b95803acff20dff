/** Modified Bessel functions of orders 0 <= v < 17: series, asymptotic sums and a trapezoidal rule. */
import { logGamma } from "./gamma.ts";

/** From which x on Hankel's expansion is used. */
export const HANKEL_I = 60;
export const HANKEL_K = 30;

/** sum_k (sign)^k a_k with a_k = a_(k-1) (4 v^2 - (2 k - 1)^2) / (8 k x), 30 terms at most. */
function hankelSum(v: number, x: number, sign: 1 | -1): number {
  const mu = 4 * v * v;
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= 30; k++) {
    const odd = 2 * k - 1;
    const next = (sign * term * (mu - odd * odd)) / (8 * k * x);
    // The expansion is asymptotic: it ends where terms stop falling, long after they matter.
    if (Math.abs(next) > Math.abs(term) && k > v) break;
    term = next;
    sum += term;
    if (Math.abs(term) < 1e-17 * Math.abs(sum)) break;
  }
  return sum;
}

/** sum_(k >= 1) q^k / (k! (v + 1)_k), q = x^2 / 4. */
function seriesTail(v: number, x: number): number {
  const q = (x * x) / 4;
  let term = 1;
  let sum = 0;
  for (let k = 1; k < 200; k++) {
    term *= q / (k * (v + k));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return sum;
}

/** log I_v(x). */
export function smallLogI(v: number, x: number): number {
  if (x >= HANKEL_I) return x - 0.5 * Math.log(2 * Math.PI * x) + Math.log(hankelSum(v, x, -1));
  return v * Math.log(x / 2) - logGamma(v + 1) + Math.log1p(seriesTail(v, x));
}

/** I_(v+1)(x) / I_v(x). */
export function smallRatioI(v: number, x: number): number {
  if (x >= HANKEL_I) return hankelSum(v + 1, x, -1) / hankelSum(v, x, -1);
  return (x / 2 / (v + 1)) * ((1 + seriesTail(v + 1, x)) / (1 + seriesTail(v, x)));
}

/** log K_v(x). */
export function smallLogK(v: number, x: number): number {
  if (x >= HANKEL_K) return -x + 0.5 * Math.log(Math.PI / (2 * x)) + Math.log(hankelSum(v, x, 1));
  integralK(v, x);
  return integral.peak + Math.log(integral.first);
}

/** K_(v+1)(x) / K_v(x). */
export function smallRatioK(v: number, x: number): number {
  if (x >= HANKEL_K) return hankelSum(v + 1, x, 1) / hankelSum(v, x, 1);
  integralK(v, x);
  return integral.second / integral.first;
}

/** Integrals of exp(-x cosh t) cosh(v t) and cosh((v + 1) t) over t > 0, both divided by exp(peak). */
const integral = { first: 0, second: 0, peak: 0 };

/**
 * The trapezoidal rule for K_v = integral of exp(-x cosh t) cosh(v t): the integrand is even and analytic, so the error falls
 * exponentially with the number of nodes. Nodes cover where the integrand of order v + 1 is above e^-38 of its largest value.
 */
function integralK(v: number, x: number): void {
  const exponent = (t: number): number => v * t - x * Math.cosh(t);
  const top = Math.asinh(v / x);
  const peak = exponent(top);
  // Order v + 1 peaks further right.
  const far = Math.asinh((v + 1) / x);
  const last = edge((t) => exponent(t) + t, far, 1);
  const first = v === 0 || exponent(0) > peak - 38 ? 0 : edge(exponent, top, -1);
  const count = Math.max(72, Math.ceil((last - first) / 0.25));
  const h = (last - first) / count;
  let [one, two] = [0, 0];
  for (let k = 0; k <= count; k++) {
    const t = first + k * h;
    const weight = t === 0 ? 0.5 : 1;
    const size = weight * Math.exp(exponent(t) - peak);
    one += size * (1 + Math.exp(-2 * v * t));
    two += size * (Math.exp(t) + Math.exp(-(2 * v + 1) * t));
  }
  integral.first = 0.5 * h * one;
  integral.second = 0.5 * h * two;
  integral.peak = peak;
}

/** About where f has fallen by 38 from its value at `from`, to the right or the left (but not below 0). */
function edge(f: (t: number) => number, from: number, direction: 1 | -1): number {
  const goal = f(from) - 38;
  let [inside, outside] = [from, from + direction];
  for (let width = 1; f(outside) > goal; width *= 2) {
    inside = outside;
    outside += direction * width;
    if (outside <= 0) return 0;
  }
  for (let step = 0; step < 5; step++) {
    const middle = (inside + outside) / 2;
    if (f(middle) > goal) inside = middle;
    else outside = middle;
  }
  return Math.max(0, outside);
}
