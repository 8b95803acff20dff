/**
 * Roots of unity to about 0.6 ulp in f64, with the same bits in every engine: the angle is reduced to an octant in integers,
 * multiplied by pi in two doubles, and put into Taylor series.
 */

const QUARTER_PI = 0.7853981633974483;
/** pi/4 minus the double nearest to it. */
const QUARTER_PI_LOW = 3.061616997868383e-17;

/** 1/3!, 1/5!, ... with alternating signs, and 1/4!, 1/6!, ...: enough terms for angles up to pi/4. */
const SIN: readonly number[] = /*@__PURE__*/ series(3, 19, -1);
const COS: readonly number[] = /*@__PURE__*/ series(4, 20, 1);

function series(first: number, last: number, sign: number): number[] {
  const terms: number[] = [];
  let factorial = 1;
  for (let k = 2; k <= last; k++) {
    factorial *= k;
    if (k < first || (k - first) % 2 === 1) continue;
    terms.push(((k - first) % 4 === 0 ? sign : -sign) / factorial);
  }
  return terms;
}

function horner(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * z + coefficients[i];
  return sum;
}

const SPLIT = 134217729;

/** a b minus its rounded value, exactly (Dekker 1971). */
function productError(a: number, b: number, product: number): number {
  const ca = SPLIT * a;
  const ah = ca - (ca - a);
  const cb = SPLIT * b;
  const bh = cb - (cb - b);
  const al = a - ah;
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
}

/** A complex number. */
export type Root = readonly [re: number, im: number];

/** `[cos, sin]` of pi/4 p/q, for integers 0 <= p <= q. */
function octant(p: number, q: number): Root {
  const t = p / q;
  const tq = t * q;
  const rest = (p - tq - productError(t, q, tq)) / q;
  const hi = QUARTER_PI * t;
  const lo = productError(QUARTER_PI, t, hi) + QUARTER_PI_LOW * t + QUARTER_PI * rest;
  const z = hi * hi;
  const sin = hi + (lo * (1 - z / 2) + hi * z * horner(SIN, z));
  const half = z / 2;
  const main = 1 - half;
  // What rounding lost: in 1 - z/2, and in z itself.
  const lost = 1 - main - half - productError(hi, hi, z) / 2;
  return [main + (lost + (z * z * horner(COS, z) - hi * lo)), sin];
}

/**
 * `e^(-2 pi i k / n)`.
 * @param k integer, of any sign
 * @param n positive integer; `8 n` must be exact
 */
export function rootOfUnity(k: number, n: number): Root {
  const eighths = 8 * (((k % n) + n) % n);
  const part = Math.floor(eighths / n);
  const rest = eighths - part * n;
  // Odd octants are mirrored, so that symmetric roots have symmetric bits.
  const [c, s] = part % 2 === 0 ? octant(rest, n) : octant(n - rest, n);
  switch (part) {
    case 0:
      return [c, -s];
    case 1:
      return [s, -c];
    case 2:
      return [-s, -c];
    case 3:
      return [-c, -s];
    case 4:
      return [-c, s];
    case 5:
      return [-s, c];
    case 6:
      return [s, c];
    default:
      return [c, s];
  }
}
