/** The normal distribution. */

type Coefficients = readonly number[];

/** Rational functions of algorithm AS 241 (PPND16): numerator and denominator, lowest power first. */
const CENTRE_P: Coefficients = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_Q: Coefficients = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const NEAR_P: Coefficients = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const NEAR_Q: Coefficients = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_P: Coefficients = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const FAR_Q: Coefficients = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
];

function ratio(p: Coefficients, q: Coefficients, x: number): number {
  const top = ((((((p[7] * x + p[6]) * x + p[5]) * x + p[4]) * x + p[3]) * x + p[2]) * x + p[1]) * x + p[0];
  const low = ((((((q[7] * x + q[6]) * x + q[5]) * x + q[4]) * x + q[3]) * x + q[2]) * x + q[1]) * x + q[0];
  return top / low;
}

/**
 * The z with P(Z <= z) = p for a standard normal Z; relative error about 1e-15 from 1e-300 to 1 - 2^-53.
 * Gives -Infinity at 0, Infinity at 1 and NaN outside [0, 1].
 * Source: M. J. Wichura, Applied Statistics 37 (1988).
 */
export function normalQuantile(p: number): number {
  const d = p - 0.5;
  if (Math.abs(d) <= 0.425) return d * ratio(CENTRE_P, CENTRE_Q, 0.180625 - d * d);
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  const r = Math.sqrt(-Math.log(d < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(NEAR_P, NEAR_Q, r - 1.6) : ratio(FAR_P, FAR_Q, r - 5);
  return d < 0 ? -z : z;
}

/** The density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * P(Z <= x) for a standard normal Z, with small relative error in both tails: the power series of the integral for
 * -1 < x < 3, the continued fraction of Mills' ratio beyond.
 */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  if (x > -1 && x < 3) {
    let term = x;
    let sum = x;
    for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + sum * normalDensity(x);
  }
  if (a > 40) return x > 0 ? 1 : x < 0 ? 0 : Number.NaN;
  // 1 / (a + 1 / (a + 2 / (a + 3 / …))), from far inside.
  let fraction = a;
  for (let k = Math.ceil(60 + 400 / a); k >= 1; k--) fraction = a + k / fraction;
  const tail = normalDensity(a) / fraction;
  return x > 0 ? 1 - tail : tail;
}
