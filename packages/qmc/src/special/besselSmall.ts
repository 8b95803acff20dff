/** Modified Bessel functions of small orders and arguments: a series and a trapezoidal rule. */
import { logGamma } from "./gamma.ts";

/** sum_(k >= 1) q^k / (k! (v + 1)_k), q = x^2 / 4. */
function seriesTail(v: number, x: number): number {
  const q = (x * x) / 4;
  let term = 1;
  let sum = 0;
  for (let k = 1; k < 200; k++) {
    term *= q / (k * (v + k));
    sum += term;
    if (!(term > 1e-17 * sum)) break;
  }
  return sum;
}

/** log I_v(x). */
export function smallLogI(v: number, x: number): number {
  return v * (Math.log(x) - Math.LN2) - logGamma(v + 1) + Math.log1p(seriesTail(v, x));
}

/** I_(v+1)(x) / I_v(x). */
export function smallRatioI(v: number, x: number): number {
  return (x / 2 / (v + 1)) * ((1 + seriesTail(v + 1, x)) / (1 + seriesTail(v, x)));
}

/** log K_v(x). */
export function smallLogK(v: number, x: number): number {
  integralK(v, x);
  return integral.peak + Math.log(integral.first);
}

/** K_(v+1)(x) / K_v(x). */
export function smallRatioK(v: number, x: number): number {
  integralK(v, x);
  return integral.second / integral.first;
}

/** Sums over nodes of the integrands of K_v and K_(v+1), to be multiplied by exp(peak). */
const integral = { first: 0, second: 0, peak: 0 };

/**
 * The trapezoidal rule for 2 K_v(x) = integral over all t of exp(v t - x cosh t). Around the peak at t_0 = asinh(v / x), with
 * s = x cosh t_0, the exponent falls by g(tau) = p / E + q E - s - v tau, E = e^tau, p = (s - v) / 2, q = (s + v) / 2. On the
 * lines |Im t| = y the integrand is at most 1 / cos(y)^(v + 1) or e^(x (1 - cos y)) times larger, so that the error is
 * e^(-2 pi y / h) times as much: below e^-37 for y = 1.25 and h = 2.5 pi / (38.5 + 1.16 s). Nodes cover where g < 37.
 */
function integralK(v: number, x: number): void {
  const s = Math.hypot(v, x);
  const q = 0.5 * (s + v);
  const p = 0.5 * (x / (s + v)) * x;
  const h = (2.5 * Math.PI) / (38.5 + 1.16 * s);
  // On the left g >= v tau - s and g >= p e^tau - s.
  const reach = Math.max(
    s < 1e-12 ? Math.log(2 * DROP + 1) - Math.log(s) : Math.acosh(1 + DROP / s),
    Math.min((s + DROP) / v, Math.log(s + DROP) - Math.log(p)),
  );
  // Of an x so tiny that e^tau overflows, nothing is known.
  const count = reach < FARTHEST ? Math.ceil(reach / h) : 0;
  const up = Math.exp(h);
  let [big, small] = [1, 1];
  let [one, two] = [1, 1];
  for (let i = 1; i <= count; i++) {
    big *= up;
    small /= up;
    const linear = v * h * i;
    const after = Math.exp(linear + s - p * small - q * big);
    const before = Math.exp(s - linear - p * big - q * small);
    one += after + before;
    two += after * big + before * small;
  }
  integral.first = 0.5 * h * one;
  integral.second = count > 0 ? 0.5 * h * two * ((v + s) / x) : Number.NaN;
  integral.peak = count > 0 ? v * (Math.log(v + s) - Math.log(x)) - s : Number.NaN;
}

/** Below the logarithm of the largest number. */
const FARTHEST = 709;

/** How far the exponent falls from its peak to the last nodes. */
const DROP = 37;
