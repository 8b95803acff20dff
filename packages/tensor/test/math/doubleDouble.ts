/**
 * Numbers with about 106 bits as unevaluated sums of two doubles, the truth for tests of the f64 functions.
 * The algorithms are those of T. J. Dekker (Numer. Math. 18, 1971) and D. E. Knuth.
 */

/** hi + lo with |lo| at most half an ulp of hi. */
export type DD = readonly [hi: number, lo: number];

export const ZERO: DD = [0, 0];
export const ONE: DD = [1, 0];

/** Exact sum of two doubles. */
export function twoSum(a: number, b: number): DD {
  const s = a + b;
  const t = s - a;
  return [s, a - (s - t) + (b - t)];
}

function renormalise(hi: number, lo: number): DD {
  const s = hi + lo;
  return [s, lo - (s - hi)];
}

/** Exact product of two doubles below 2^996. */
export function twoProduct(a: number, b: number): DD {
  const p = a * b;
  const ta = 134217729 * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = 134217729 * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return [p, ah * bh - p + ah * bl + al * bh + al * bl];
}

export function add(a: DD, b: DD): DD {
  const [s, e] = twoSum(a[0], b[0]);
  const [t, f] = twoSum(a[1], b[1]);
  const [u, v] = renormalise(s, e + t);
  return renormalise(u, v + f);
}

export function neg(a: DD): DD {
  return [-a[0], -a[1]];
}

export function sub(a: DD, b: DD): DD {
  return add(a, neg(b));
}

export function mul(a: DD, b: DD): DD {
  const [p, e] = twoProduct(a[0], b[0]);
  return renormalise(p, e + (a[0] * b[1] + a[1] * b[0]));
}

export function times(a: DD, b: number): DD {
  const [p, e] = twoProduct(a[0], b);
  return renormalise(p, e + a[1] * b);
}

export function div(a: DD, b: DD): DD {
  const q1 = a[0] / b[0];
  const r1 = sub(a, times(b, q1));
  const q2 = r1[0] / b[0];
  const r2 = sub(r1, times(b, q2));
  return add(renormalise(q1, q2), [r2[0] / b[0], 0]);
}

export function sqrt(a: DD): DD {
  if (a[0] === 0) return ZERO;
  const s = Math.sqrt(a[0]);
  const rest = sub(a, twoProduct(s, s));
  return renormalise(s, rest[0] / (2 * s));
}

/** A double as a DD. */
export function dd(a: number): DD {
  return [a, 0];
}

export function abs(a: DD): DD {
  return a[0] < 0 ? neg(a) : a;
}

/** a times a power of two. */
export function scale(a: DD, factor: number): DD {
  return [a[0] * factor, a[1] * factor];
}

/** The integer `v` times 2^-bits. */
export function fromFixed(v: bigint, bits: number): DD {
  const hi = Number(v);
  const lo = Number(v - BigInt(hi));
  const half = 2 ** -(bits >> 1);
  const rest = 2 ** -(bits - (bits >> 1));
  return [hi * half * rest, lo * half * rest];
}

/** Precision of the fixed-point constants below. */
const BITS = 1400n;

/** 2^BITS atan(1/n) or atanh(1/n) by the power series. */
function inverseTangent(n: bigint, sign: -1n | 1n): bigint {
  let power = (1n << (BITS + 20n)) / n;
  let sum = power;
  for (let k = 3n, s = sign; power !== 0n; k += 2n, s *= sign) {
    power /= n * n;
    sum += (s * power) / k;
  }
  return sum >> 20n;
}

/** pi * 2^1400 by J. Machin's formula. */
export const PI_FIXED: bigint = 16n * inverseTangent(5n, -1n) - 4n * inverseTangent(239n, -1n);
const LN2_FIXED: bigint = 2n * inverseTangent(3n, 1n);
const LN5_FIXED: bigint = 2n * LN2_FIXED + 2n * inverseTangent(9n, 1n);

const constant = (fixed: bigint): DD => fromFixed(fixed >> (BITS - 200n), 200);

export const PI: DD = constant(PI_FIXED);
export const LN2: DD = constant(LN2_FIXED);
export const LN10: DD = constant(LN2_FIXED + LN5_FIXED);
export const HALF_PI: DD = scale(PI, 0.5);
