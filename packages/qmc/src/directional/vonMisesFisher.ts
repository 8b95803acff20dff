/** The von Mises-Fisher distribution on the unit sphere of R^p. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";
import { checkInteger, checkLength, checkNumber } from "../check.ts";
import { logGamma } from "../special/gamma.ts";
import { besselRatioI, logBesselI } from "../special/logBessel.ts";
import { keyStream } from "../stream.ts";

/** Options of {@link vonMisesFisher}. */
export interface VonMisesFisherOptions {
  /** A unit vector of p >= 2 numbers. */
  readonly direction: ArrayLike<number>;
  /** kappa >= 0; 0 is the uniform distribution. */
  readonly concentration: number;
}

/** A von Mises-Fisher distribution. */
export interface VonMisesFisher {
  readonly direction: Float64Array;
  readonly concentration: number;
  /** log C_p(kappa) of the density C exp(kappa mu . x). */
  readonly logNormalizer: number;
  /** Length A_p(kappa) of the mean. */
  readonly meanLength: number;
  /** Log density at n unit vectors (n p numbers). @throws ArgumentError for vectors that are not of unit length */
  logDensity(x: ArrayLike<number>): Float64Array;
  /** Differential entropy. */
  entropy(): number;
  /** Kullback-Leibler divergence from this distribution to another one. */
  divergence(other: VonMisesFisher): number;
  /** n vectors, n p numbers. Cost O(n p). */
  sample(key: Key, n: number): Float64Array;
}

/**
 * A_p(kappa) = I_(p/2)(kappa) / I_(p/2-1)(kappa): the length of the mean.
 * @throws ArgumentError for dimension or concentration out of range
 */
export function meanLength(dimension: number, concentration: number): number {
  checkInteger("meanLength", "dimension", dimension, 2);
  checkNumber("meanLength", "concentration", concentration, 0);
  return besselRatioI(dimension / 2 - 1, concentration);
}

/**
 * log C_p(kappa) = v log kappa - (p / 2) log 2 pi - log I_v(kappa), v = p / 2 - 1.
 * @throws ArgumentError for dimension or concentration out of range
 */
export function vonMisesFisherNormalizer(dimension: number, concentration: number): number {
  checkInteger("vonMisesFisherNormalizer", "dimension", dimension, 2);
  checkNumber("vonMisesFisherNormalizer", "concentration", concentration, 0);
  const half = dimension / 2;
  // The area of the sphere is 2 pi^(p/2) / Gamma(p/2).
  if (concentration === 0) return logGamma(half) - Math.LN2 - half * Math.log(Math.PI);
  const v = half - 1;
  return v * Math.log(concentration) - half * Math.log(2 * Math.PI) - logBesselI(v, concentration);
}

/**
 * The distribution with density C_p(kappa) exp(kappa mu . x) on the unit sphere.
 * @throws ArgumentError for a direction that is no unit vector and kappa outside [0, infinity)
 * Sources: K. V. Mardia, P. E. Jupp, Directional Statistics, 2000; A. T. A. Wood, Commun. Stat. Simul. 23 (1994) (sampling).
 */
export function vonMisesFisher(options: VonMisesFisherOptions): VonMisesFisher {
  const name = "vonMisesFisher";
  checkOptions(name, options, ["direction", "concentration"]);
  const direction = Float64Array.from(options.direction);
  const p = direction.length;
  checkInteger(name, "the dimension", p, 2);
  checkUnit(name, direction, 0, p);
  const kappa = options.concentration;
  checkNumber(name, "concentration", kappa, 0);
  const logNormalizer = vonMisesFisherNormalizer(p, kappa);
  const length = meanLength(p, kappa);
  return {
    direction,
    concentration: kappa,
    logNormalizer,
    meanLength: length,
    logDensity(x) {
      const n = x.length / p;
      checkInteger(name, "the number of vectors", n, 0);
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        checkUnit(`${name}.logDensity`, x, i * p, p);
        let dot = 0;
        for (let j = 0; j < p; j++) dot += direction[j] * x[i * p + j];
        out[i] = logNormalizer + kappa * dot;
      }
      return out;
    },
    entropy: () => -logNormalizer - kappa * length,
    divergence(other) {
      checkLength(`${name}.divergence`, "the other direction", other.direction, p);
      let dot = 0;
      for (let j = 0; j < p; j++) dot += direction[j] * other.direction[j];
      return logNormalizer - other.logNormalizer + length * (kappa - other.concentration * dot);
    },
    sample(key, n) {
      checkInteger(`${name}.sample`, "the number of vectors", n, 0);
      return sampleVectors(direction, kappa, key, n);
    },
  };
}

function checkUnit(name: string, x: ArrayLike<number>, at: number, p: number): void {
  let square = 0;
  for (let j = 0; j < p; j++) square += x[at + j] ** 2;
  if (!(Math.abs(square - 1) < 1e-6)) {
    throw new ArgumentError(
      `${name}: not a unit vector (got length ${Math.sqrt(square)}, expected 1). Divide by the length.`,
    );
  }
}

/** Wood's algorithm: the part along the direction by rejection, the rest uniform. */
function sampleVectors(direction: Float64Array, kappa: number, key: Key, n: number): Float64Array {
  const p = direction.length;
  const [forLengths, forRest] = key.split(2);
  const stream = keyStream(forLengths);
  const drawn = normal(forRest, [n, p], { dtype: "f64", device: "cpu" });
  const out = drawn.dataSync() as Float64Array;
  drawn.dispose();
  const m = p - 1;
  // (-2 kappa + sqrt(4 kappa^2 + m^2)) / m without cancellation.
  const b = m / (2 * kappa + Math.hypot(2 * kappa, m));
  const x0 = (1 - b) / (1 + b);
  const c = kappa * x0 + m * Math.log1p(-x0 * x0);
  for (let i = 0; i < n; i++) {
    let w = 0;
    for (;;) {
      const z = stream.beta(m / 2);
      w = (1 - (1 + b) * z) / (1 - (1 - b) * z);
      if (kappa * w + m * Math.log1p(-x0 * w) - c >= Math.log(stream.uniform())) break;
    }
    let dot = 0;
    for (let j = 0; j < p; j++) dot += out[i * p + j] * direction[j];
    let square = 0;
    for (let j = 0; j < p; j++) {
      out[i * p + j] -= dot * direction[j];
      square += out[i * p + j] ** 2;
    }
    const scale = Math.sqrt(Math.max(0, 1 - w * w) / square);
    for (let j = 0; j < p; j++) out[i * p + j] = w * direction[j] + scale * out[i * p + j];
  }
  return out;
}

/**
 * The concentration whose mean length is R: Newton's method from kappa_0 = R (p - R^2) / (1 - R^2), with
 * A' = 1 - A^2 - (p - 1) A / kappa; at most five steps to 1e-12.
 * @param dimension p >= 2
 * @param length R in [0, 1)
 * @throws ArgumentError for arguments outside their ranges: R = 1 has no finite concentration
 * Source: S. Sra, Comput. Stat. 27 (2012).
 */
export function concentrationOf(dimension: number, length: number): number {
  checkInteger("concentrationOf", "dimension", dimension, 2);
  if (!(length >= 0 && length < 1)) {
    throw new ArgumentError(
      `concentrationOf: no concentration has this mean length (got ${length}, expected 0 <= R < 1). At R = 1 all vectors are the same.`,
    );
  }
  if (length === 0) return 0;
  const p = dimension;
  let kappa = (length * (p - length * length)) / (1 - length * length);
  for (let step = 0; step < 30; step++) {
    const a = besselRatioI(p / 2 - 1, kappa);
    const change = (a - length) / (1 - a * a - ((p - 1) * a) / kappa);
    const next = kappa - change;
    // Newton's method overshoots at most to the other side of 0.
    kappa = next > 0 ? next : kappa / 2;
    if (Math.abs(change) <= 1e-12 * kappa) break;
  }
  return kappa;
}

/**
 * The maximum-likelihood fit to n unit vectors (n p numbers): the direction of their mean, and the concentration of its length.
 * @throws ArgumentError for vectors that are not of unit length, a mean of 0, and vectors that are all the same
 */
export function fitVonMisesFisher(x: ArrayLike<number>, dimension: number): VonMisesFisher {
  const name = "fitVonMisesFisher";
  checkInteger(name, "dimension", dimension, 2);
  const n = x.length / dimension;
  checkInteger(name, "the number of vectors", n, 1);
  const mean = new Float64Array(dimension);
  for (let i = 0; i < n; i++) {
    checkUnit(name, x, i * dimension, dimension);
    for (let j = 0; j < dimension; j++) mean[j] += x[i * dimension + j] / n;
  }
  const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 1e-15)) {
    throw new ArgumentError(`${name}: the vectors have no mean direction (got mean length ${length}, expected > 0).`);
  }
  return vonMisesFisher({
    direction: mean.map((value) => value / length),
    concentration: concentrationOf(dimension, Math.min(length, 1)),
  });
}
