/** Modified Bessel functions of small orders and arguments: a series and a trapezoidal rule. */
import { RECIPROCAL_GAMMA } from "../tables/reciprocalGamma.ts";

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

/** 1 / Gamma(v + 1) for v >= 0: v = n + f with |f| <= 1/2 and Gamma(v + 1) = Gamma(1 + f) (1 + f) ... (n + f). */
function reciprocalGamma(v: number): number {
  const whole = Math.round(v);
  const f = v - whole;
  let product = 1;
  for (let i = 1; i <= whole; i++) product *= f + i;
  return RECIPROCAL_GAMMA.reduceRight((sum, c) => sum * f + c, 0) / product;
}

/** log I_v(x): log of (x / 2)^v (1 + S) / Gamma(v + 1). */
export function smallLogI(v: number, x: number): number {
  const tail = seriesTail(v, x);
  const one = 1 + tail;
  // What adding 1 rounds away matters where the result is near 0.
  const lost = (tail - (one - 1)) / one;
  return v * (Math.log(x) - Math.LN2) + (Math.log(reciprocalGamma(v) * one) + lost);
}

/** I_(v+1)(x) / I_v(x). */
export function smallRatioI(v: number, x: number): number {
  return (x / 2 / (v + 1)) * ((1 + seriesTail(v + 1, x)) / (1 + seriesTail(v, x)));
}

/** log K_v(x). */
export function smallLogK(v: number, x: number): number {
  if (x < TINY) return tinyLogK(v, x);
  integralK(v, x);
  return integral.peak + Math.log(integral.first);
}

/** K_(v+1)(x) / K_v(x). */
export function smallRatioK(v: number, x: number): number {
  if (x < TINY) return v < 0.5 ? 1 / limitK(v, x).factor / x : (2 * v) / x;
  integralK(v, x);
  return integral.second / integral.first;
}

/**
 * Below this the two leading terms of K are all that counts: 2 v K_v(x) = Gamma(1 + v) (2 / x)^v - Gamma(1 - v) (x / 2)^v, and
 * from v = 1/2 on the first of them. (The trapezoidal rule would need nodes where e^t overflows.)
 */
export const TINY = 1e-17;

function tinyLogK(v: number, x: number): number {
  if (v >= 0.5) return v * (Math.LN2 - Math.log(x)) - (Math.log(reciprocalGamma(v) * v) + Math.LN2);
  const { d, factor, product } = limitK(v, x);
  return d + Math.log(factor) - 0.5 * Math.log(product);
}

/**
 * For v < 1/2 and a tiny x: K_v(x) = product^(-1/2) factor e^d, with product = 1 / (Gamma(1 + v) Gamma(1 - v)),
 * d = v log(2 / x) + log(Gamma(1 + v) / Gamma(1 - v)) / 2 and factor = (1 - e^(-2 d)) / (2 v), whose limit for v = 0 is d / v.
 */
function limitK(v: number, x: number): { d: number; factor: number; product: number } {
  // 1 / Gamma(1 +- v) = even +- v odd.
  let [even, odd] = [0, 0];
  for (let i = RECIPROCAL_GAMMA.length - 1; i >= 0; i--) {
    if (i % 2 === 0) even = even * v * v + RECIPROCAL_GAMMA[i];
    else odd = odd * v * v + RECIPROCAL_GAMMA[i];
  }
  const y = odd / even;
  // atanh(v y) / v; |v y| < 1/3.
  let series = 0;
  for (let i = ARTANH_TERMS - 1; i >= 0; i--) series = series * (v * y) ** 2 + 1 / (2 * i + 1);
  const perOrder = Math.LN2 - Math.log(x) - y * series;
  const d = v * perOrder;
  const factor = d === 0 ? perOrder : (-Math.expm1(-2 * d) / (2 * d)) * perOrder;
  return { d, factor, product: (even - v * odd) * (even + v * odd) };
}

/** Terms of the series of artanh(y) / y for |y| < 1/3, so that what is left out is below 1e-17 of log(2 / x). */
export const ARTANH_TERMS = 16;

/** Sums over nodes of the integrands of K_v and K_(v+1), to be multiplied by exp(peak). */
const integral = { first: 0, second: 0, peak: 0 };

/**
 * The trapezoidal rule for 2 K_v(x) = integral over all t of exp(v t - x cosh t). Around the peak at t_0 = asinh(v / x), with
 * s = x cosh t_0, the exponent falls by g(tau) = p / E + q E - s - v tau, E = e^tau, p = (s - v) / 2, q = (s + v) / 2. On the
 * lines |Im t| = y the integrand is that of K_v(x cos y), times larger at most e^(v log(1 / cos y) + (s - v) (1 - cos y)) / cos y, so
 * that the error is e^(-2 pi y / h) times as much: below e^-37 for y = 1.25 and h = 2.5 pi / (38.5 + 0.685 s + 0.47 v). Nodes
 * cover where g < 37.
 */
function integralK(v: number, x: number): void {
  const s = Math.hypot(v, x);
  const q = 0.5 * (s + v);
  const p = 0.5 * (x / (s + v)) * x;
  const h = (2.5 * Math.PI) / (38.5 + 0.685 * s + 0.47 * v);
  // On the left g >= v tau - s and g >= p e^tau - s.
  const reach = Math.max(
    s < 1e-12 ? Math.log(2 * DROP + 1) - Math.log(s) : Math.acosh(1 + DROP / s),
    Math.min((s + DROP) / v, Math.log(s + DROP) - Math.log(p)),
  );
  const count = Math.ceil(reach / h);
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
  integral.second = 0.5 * h * two * ((v + s) / x);
  integral.peak = v * (Math.log(v + s) - Math.log(x)) - s;
}

/** How far the exponent falls from its peak to the last nodes. */
const DROP = 37;
