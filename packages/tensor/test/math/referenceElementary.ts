/** Elementary functions to about 100 bits, slow and simple: Taylor series and one Newton step from the double result. */
import {
  abs,
  add,
  dd,
  div,
  fromFixed,
  HALF_PI,
  LN10,
  LN2,
  mul,
  neg,
  ONE,
  PI,
  PI_FIXED,
  scale,
  sqrt,
  sub,
  times,
  ZERO,
  type DD,
} from "./doubleDouble.ts";

/** value * 2^exponent, so that results beyond the range of doubles keep their precision. */
export interface Reference {
  readonly value: DD;
  readonly exponent: number;
}

export function plain(value: DD): Reference {
  return { value, exponent: 0 };
}

/** The largest e with 2^e <= |x|, for a non-zero finite x. */
export function exponentOf(x: number): number {
  let a = Math.abs(x);
  let e = 0;
  if (a < 2 ** -1000) {
    a *= 2 ** 200;
    e = -200;
  }
  const f = Math.floor(Math.log2(a));
  const power = 2 ** f;
  return e + (power > a ? f - 1 : power * 2 <= a ? f + 1 : f);
}

/** x times 2^n, where the result is a normal number. */
function shift(x: number, n: number): number {
  const first = Math.max(-900, Math.min(900, n));
  const second = Math.max(-900, Math.min(900, n - first));
  return x * 2 ** first * 2 ** second * 2 ** (n - first - second);
}

/** A function that is factor * x for tiny x, without loss in the subnormal range. */
function linear(factor: DD, x: number): Reference {
  return { value: times(factor, x * 2 ** 600), exponent: -600 };
}

/** Sum of x^n / n! for n = first, first + step, ..., alternating when `sign` is -1. */
function factorialSeries(x: DD, first: number, step: 1 | 2, sign: 1 | -1): DD {
  let term = first === 0 ? ONE : x;
  let sum = term;
  const power = step === 1 ? x : mul(x, x);
  for (let n = first + step; n < 60; n += step) {
    term = div(mul(term, power), dd(step === 1 ? n : n * (n - 1)));
    if (sign < 0) term = neg(term);
    sum = add(sum, term);
    if (Math.abs(term[0]) < 1e-34 * Math.abs(sum[0])) break;
  }
  return sum;
}

/** exp(a) - 1 for |a| < 0.5. */
function expm1Small(a: DD): DD {
  return a[0] === 0 ? a : factorialSeries(a, 1, 1, 1);
}

export function expOf(a: DD): Reference {
  const k = Math.round(a[0] / Math.LN2);
  let t = expm1Small(scale(sub(a, times(LN2, k)), 1 / 256));
  for (let i = 0; i < 8; i++) t = add(scale(t, 2), mul(t, t));
  return { value: add(ONE, t), exponent: k };
}

/** A reference of moderate size as a plain DD. */
function flat({ value, exponent }: Reference): DD {
  return scale(value, 2 ** exponent);
}

export function expm1Of(a: DD): Reference {
  if (Math.abs(a[0]) < 0.4) return plain(expm1Small(a));
  const e = expOf(a);
  return Math.abs(e.exponent) > 120 ? (a[0] > 0 ? e : plain(dd(-1))) : plain(sub(flat(e), ONE));
}

/** 2 atanh(s) for small s. */
function logSeries(s: DD): DD {
  const z = mul(s, s);
  let power = s;
  let sum = s;
  for (let k = 3; k < 80; k += 2) {
    power = mul(power, z);
    const term = div(power, dd(k));
    sum = add(sum, term);
    if (Math.abs(term[0]) < 1e-34 * Math.abs(sum[0])) break;
  }
  return scale(sum, 2);
}

export function logOf(a: DD): DD {
  const e = a[0] > 1e30 ? exponentOf(a[0]) : 0;
  if (e !== 0) return add(times(LN2, e), logOf(scale(a, 2 ** -e)));
  const near = sub(a, ONE);
  if (Math.abs(near[0]) < 0.05) return near[0] === 0 ? near : logSeries(div(near, add(a, ONE)));
  const y = Math.log(a[0]);
  const t = sub(mul(a, flat(expOf(dd(-y)))), ONE);
  return add(dd(y), sub(t, scale(mul(t, t), 0.5)));
}

/** log(x) for any positive double. */
export function logOfNumber(x: number): DD {
  const e = exponentOf(x);
  const m = shift(x, -e);
  return m > 1.4 ? add(times(LN2, e + 1), logOf(dd(m / 2))) : add(times(LN2, e), logOf(dd(m)));
}

export function log1pOf(u: DD): DD {
  if (u[0] === 0) return u;
  return Math.abs(u[0]) < 0.05 ? logSeries(div(u, add(dd(2), u))) : logOf(add(ONE, u));
}

interface Angle {
  readonly quadrant: number;
  readonly r: DD;
}

const FRACTION = 200n;

/** x = quadrant pi/2 + r, by the bits of pi. */
function reduceAngle(x: number): Angle {
  if (Math.abs(x) < 0.78) return { quadrant: 0, r: dd(x) };
  const e = exponentOf(x) - 52;
  const m = BigInt(shift(x, -e));
  // x / (pi/2) with FRACTION binary places: m 2^e 2^(1401 + FRACTION) / (pi 2^1400).
  const up = BigInt(e + 1401) + FRACTION;
  const turns = (m << up) / PI_FIXED;
  const quadrant = (turns + (1n << (FRACTION - 1n))) >> FRACTION;
  const fraction = turns - (quadrant << FRACTION);
  return { quadrant: Number(quadrant & 3n), r: mul(fromFixed(fraction, 200), HALF_PI) };
}

/** Sine and cosine of an angle of at most about pi/2. */
export function sinCosSmall(r: DD): { readonly sin: DD; readonly cos: DD } {
  return { sin: r[0] === 0 ? r : factorialSeries(r, 1, 2, -1), cos: factorialSeries(r, 0, 2, -1) };
}

export function sinCosOf(x: number): { readonly sin: DD; readonly cos: DD } {
  const { quadrant, r } = reduceAngle(x);
  const { sin, cos } = sinCosSmall(r);
  if (quadrant === 0) return { sin, cos };
  if (quadrant === 1) return { sin: cos, cos: neg(sin) };
  if (quadrant === 2) return { sin: neg(sin), cos: neg(cos) };
  return { sin: neg(cos), cos: sin };
}

/** The angle of (x, y), both of moderate size. */
export function angleOf(y: DD, x: DD): DD {
  const a = Math.atan2(y[0], x[0]);
  const { sin, cos } = sinCosOf(a);
  return add(dd(a), div(sub(mul(y, cos), mul(x, sin)), add(mul(x, cos), mul(y, sin))));
}

export function atan2Of(y: number, x: number): Reference {
  const ey = exponentOf(y);
  const ex = exponentOf(x);
  const ratio = ey - ex;
  if (ratio < -400) {
    if (x < 0) return plain(y < 0 ? neg(PI) : PI);
    return { value: div(dd(shift(y, -ey)), dd(shift(x, -ex))), exponent: ratio };
  }
  if (ratio > 400) return plain(y < 0 ? neg(HALF_PI) : HALF_PI);
  const e = Math.max(ex, ey);
  return plain(angleOf(dd(shift(y, -e)), dd(shift(x, -e))));
}

/** sqrt((1 - x) (1 + x)) */
function otherLeg(x: number): DD {
  return sqrt(mul(sub(ONE, dd(x)), add(ONE, dd(x))));
}

function sinhCosh(a: number): { readonly sinh: Reference; readonly cosh: Reference } {
  const e = expOf(dd(a));
  if (a > 60) {
    const half = { value: e.value, exponent: e.exponent - 1 };
    return { sinh: half, cosh: half };
  }
  const up = flat(e);
  const down = div(ONE, up);
  const sinh = a < 0.4 ? (a === 0 ? ZERO : factorialSeries(dd(a), 1, 2, 1)) : scale(sub(up, down), 0.5);
  return { sinh: plain(sinh), cosh: plain(scale(add(up, down), 0.5)) };
}

function withSign(x: number, r: Reference): Reference {
  return x < 0 ? { value: neg(r.value), exponent: r.exponent } : r;
}

function asinhOf(a: number): Reference {
  if (a < 1e-100) return linear(ONE, a);
  if (a < 0.5) {
    const y = Math.asinh(a);
    const { sinh, cosh } = sinhCosh(y);
    return plain(add(dd(y), div(sub(dd(a), sinh.value), cosh.value)));
  }
  if (a > 1e10) return plain(add(add(logOfNumber(a), LN2), dd(0.25 / a / a)));
  return plain(logOf(add(dd(a), sqrt(add(mul(dd(a), dd(a)), ONE)))));
}

function acoshOf(x: number): DD {
  if (x > 1e10) return sub(add(logOfNumber(x), LN2), dd(0.25 / x / x));
  const t = sub(dd(x), ONE);
  return log1pOf(add(t, sqrt(mul(t, add(t, dd(2))))));
}

function cbrtOf(x: number): DD {
  const e = 3 * Math.floor(exponentOf(x) / 3);
  const m = shift(x, -e);
  const y = dd(Math.cbrt(m));
  const y2 = mul(y, y);
  const root = sub(y, div(sub(mul(y, y2), dd(m)), scale(mul(y2, dd(1.5)), 2)));
  return scale(root, 2 ** (e / 3));
}

function hypotOf(x: number, y: number): Reference {
  const e = Math.max(x === 0 ? -1100 : exponentOf(x), y === 0 ? -1100 : exponentOf(y));
  const u = dd(shift(x, -e));
  const v = dd(shift(y, -e));
  return { value: sqrt(add(mul(u, u), mul(v, v))), exponent: e };
}

function rsqrtOf(x: number): DD {
  const e = 2 * Math.floor(exponentOf(x) / 2);
  return scale(div(ONE, sqrt(dd(shift(x, -e)))), 2 ** (-e / 2));
}

/** x^y for positive x, and for negative x with integral y. */
function powOf(x: number, y: number): Reference {
  const r = expOf(times(logOfNumber(Math.abs(x)), y));
  return x < 0 && y % 2 !== 0 ? { value: neg(r.value), exponent: r.exponent } : r;
}

function sigmoidOf(x: number): Reference {
  const e = expOf(dd(-Math.abs(x)));
  if (e.exponent < -120) return x < 0 ? e : plain(ONE);
  const down = flat(e);
  return plain(div(x < 0 ? down : ONE, add(ONE, down)));
}

function softplusOf(x: number): Reference {
  const e = expOf(dd(-Math.abs(x)));
  if (e.exponent < -120) return x < 0 ? e : plain(dd(x));
  const small = log1pOf(flat(e));
  return plain(x > 0 ? add(dd(x), small) : small);
}

/** The references of functions that are nearly linear at zero get tiny arguments apart. */
function odd(f: (a: number) => Reference | DD): (x: number) => Reference {
  return (x) => {
    const a = Math.abs(x);
    if (a < 1e-100) return linear(ONE, x);
    const r = f(a);
    return withSign(x, "value" in r ? r : plain(r));
  };
}

/** References by name, for finite, non-zero arguments inside the domain whose result is finite and not zero. */
export const ELEMENTARY: Record<string, (x: number, y: number) => Reference> = {
  exp: (x) => expOf(dd(x)),
  exp2: (x) => {
    const k = Math.round(x);
    const r = expOf(times(LN2, x - k));
    return { value: r.value, exponent: r.exponent + k };
  },
  expm1: (x) => (Math.abs(x) < 1e-100 ? linear(ONE, x) : expm1Of(dd(x))),
  log: (x) => plain(logOfNumber(x)),
  log2: (x) => plain(div(logOfNumber(x), LN2)),
  log10: (x) => plain(div(logOfNumber(x), LN10)),
  log1p: (x) => (Math.abs(x) < 1e-100 ? linear(ONE, x) : plain(log1pOf(dd(x)))),
  sin: odd((a) => sinCosOf(a).sin),
  cos: (x) => plain(sinCosOf(x).cos),
  tan: odd((a) => {
    const { sin, cos } = sinCosOf(a);
    return div(sin, cos);
  }),
  asin: odd((a) => angleOf(dd(a), otherLeg(a))),
  acos: (x) => plain(angleOf(otherLeg(x), dd(x))),
  atan: odd((a) => (a > 1e30 ? sub(HALF_PI, dd(1 / a)) : a > 1 ? angleOf(ONE, div(ONE, dd(a))) : angleOf(dd(a), ONE))),
  atan2: atan2Of,
  sinh: odd((a) => sinhCosh(a).sinh),
  cosh: (x) => sinhCosh(Math.abs(x)).cosh,
  tanh: odd((a) => {
    if (a > 60) return ONE;
    const { sinh, cosh } = sinhCosh(a);
    return div(sinh.value, cosh.value);
  }),
  asinh: odd(asinhOf),
  acosh: (x) => plain(acoshOf(x)),
  atanh: odd((a) => (a === 1 ? dd(Infinity) : scale(log1pOf(div(scale(dd(a), 2), sub(ONE, dd(a)))), 0.5))),
  pow: powOf,
  cbrt: (x) => plain(cbrtOf(x)),
  hypot: hypotOf,
  rsqrt: (x) => plain(rsqrtOf(x)),
  sigmoid: sigmoidOf,
  softplus: softplusOf,
};

/** |a| as a double, for comparisons. */
export function magnitude(r: Reference): number {
  return abs(r.value)[0] * 2 ** r.exponent;
}
