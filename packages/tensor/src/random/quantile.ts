/**
 * The inverse of the normal distribution function, algorithm AS 241 routine PPND16 (M. J. Wichura, "The percentage
 * points of the normal distribution", Applied Statistics 37 (1988), 477-484): relative accuracy about 1e-16.
 *
 * Only + - * / and square root are used, with a logarithm made from them, so every engine gives the same bits.
 */

/** Numerator and denominator of a rational function, lowest power first. */
interface Rational {
  readonly p: readonly number[];
  readonly q: readonly number[];
}

/** For |u - 1/2| <= {@link CENTRE}, in `CENTRE_SHIFT - (u - 1/2)^2`, to be multiplied with u - 1/2. */
export const MIDDLE: Rational = {
  p: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  q: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};

/** Outside, in r - {@link NEAR_SHIFT} with r = sqrt(-log(min(u, 1 - u))) <= {@link FAR_SHIFT}. */
export const NEAR: Rational = {
  p: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  q: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};

/** Farther out, in r - {@link FAR_SHIFT}. */
export const FAR: Rational = {
  p: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  q: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

/** Half-width of the middle range of u. */
export const CENTRE = 0.425;
/** Square of {@link CENTRE}. */
export const CENTRE_SHIFT = 0.180625;
/** Where the variable of {@link NEAR} starts. */
export const NEAR_SHIFT = 1.6;
/** Border between {@link NEAR} and {@link FAR}, where the variable of the latter starts. */
export const FAR_SHIFT = 5;

/** Natural logarithm of a normal number 0 < x < 1, to about one unit in the last place. */
function logOf(x: number): number {
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)); then log m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172.
  let m = x;
  let e = 0;
  for (; m < 1 / 4294967296; e -= 32) m *= 4294967296;
  for (; m < Math.SQRT1_2; e--) m *= 2;
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let series = 0;
  for (let k = 23; k >= 3; k -= 2) series = (series + 1 / k) * s2;
  return e * Math.LN2 + (2 * s + 2 * s * series);
}

function ratio(f: Rational, x: number): number {
  let p = 0;
  let q = 0;
  for (let k = 7; k >= 0; k--) {
    p = p * x + f.p[k];
    q = q * x + f.q[k];
  }
  return p / q;
}

/** The z with P(Z <= z) = u for a standard normal Z; `u` in (0, 1). */
export function normalQuantile(u: number): number {
  const d = u - 0.5;
  if (Math.abs(d) <= CENTRE) return d * ratio(MIDDLE, CENTRE_SHIFT - d * d);
  const r = Math.sqrt(-logOf(d < 0 ? u : 1 - u));
  const z = r <= FAR_SHIFT ? ratio(NEAR, r - NEAR_SHIFT) : ratio(FAR, r - FAR_SHIFT);
  return d < 0 ? -z : z;
}
