/** Noise of measurements. */
import {
  add,
  ArgumentError,
  asComplex,
  checkOptions,
  isComplex,
  mul,
  scope,
  tensor,
  type Tensor,
} from "@ansatz/tensor";
import { normal, uniform, type Key } from "@ansatz/tensor/random";
import { checkNonNegative, checkPositive } from "../check.ts";
import { length, read } from "../vector.ts";

/** Data plus normal noise of standard deviation sigma; of complex data each part gets `sigma / sqrt(2)`. @throws ArgumentError for a sigma below 0 */
export function gaussianNoise(key: Key, data: Tensor, sigma: number): Tensor {
  checkNonNegative("gaussianNoise", "sigma", sigma);
  const { dtype, shape, device } = data;
  if (!isComplex(dtype)) return add(data, mul(normal(key, shape, { dtype: dtype as "f32", device }), sigma));
  const parts = normal(key, [...shape, 2], { dtype: dtype === "c64" ? "f32" : "f64", device });
  return add(data, asComplex(mul(parts, sigma * Math.SQRT1_2)));
}

/** The standard deviation of noise that is `decibels` below the data in power: `sqrt(mean |data|^2) 10^(-decibels / 20)`. */
export async function sigmaForSnr(data: Tensor, decibels: number): Promise<number> {
  return ((await read(() => length(data))) / Math.sqrt(data.size)) * 10 ** (-decibels / 20);
}

/** Below this mean, inversion; above, rejection. */
const SMALL = 30;

/**
 * Independent Poisson counts with the means given, exactly distributed: by inversion below a mean of 30, above by transformed rejection (Hormann
 * 1993, algorithm PTRS). The same key gives the same counts. Computed on the host.
 * @throws ArgumentError for a mean that is negative or not finite
 */
export async function poisson(key: Key, means: Tensor): Promise<Tensor> {
  const name = "poisson";
  const lambda = Float64Array.from((await means.data()) as ArrayLike<number>);
  const wrong = lambda.findIndex((m) => !(m >= 0 && m < Infinity));
  if (wrong >= 0)
    throw new ArgumentError(
      `${name}: means[${wrong}] is out of range (got ${lambda[wrong]}, expected a finite number >= 0).`,
    );
  const counts = new Float64Array(lambda.length);
  let open = Array.from(lambda.keys());
  for (let round = 0; open.length > 0; round++) {
    const draws = uniform(key.fold(round), [open.length, 2], { dtype: "f64" });
    const u = await draws.data();
    draws.dispose();
    open = open.filter((i, p) => {
      const count =
        lambda[i] < SMALL ? inverted(lambda[i], u[2 * p]) : rejected(lambda[i], u[2 * p] - 0.5, u[2 * p + 1]);
      if (count !== undefined) counts[i] = count;
      return count === undefined;
    });
  }
  return tensor(counts, { shape: means.shape, dtype: means.dtype as "f32", device: means.device });
}

function inverted(mean: number, u: number): number {
  let term = Math.exp(-mean);
  let below = term;
  let count = 0;
  while (u > below && term > 0) {
    count++;
    term *= mean / count;
    below += term;
  }
  return count;
}

/** One try of the rejection. */
function rejected(mean: number, u: number, v: number): number | undefined {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const us = 0.5 - Math.abs(u);
  const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
  if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return count;
  if (count < 0 || (us < 0.013 && v > us)) return undefined;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const bound = -mean + count * Math.log(mean) - logFactorial(count);
  return Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= bound ? count : undefined;
}

/** `log n!`: added up for small n, by Stirling's series beyond. */
function logFactorial(n: number): number {
  if (n < 16) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * Counts behind a gain, as photon detectors give them, with the noise of their electronics: `Poisson(g p) / g + sigma n` with standard normal n.
 * A sigma of 0 leaves Poisson noise alone.
 * @param options.gain counts per unit of the data, > 0; 1 when left out
 * @param options.sigma standard deviation of the normal part, >= 0; 0 when left out
 * @throws ArgumentError for negative data, or an option outside its range
 */
export async function mixedNoise(
  key: Key,
  data: Tensor,
  options: { readonly gain?: number; readonly sigma?: number } = {},
): Promise<Tensor> {
  const name = "mixedNoise";
  checkOptions(name, options, ["gain", "sigma"]);
  const { gain = 1, sigma = 0 } = options;
  checkPositive(name, "gain", gain);
  checkNonNegative(name, "sigma", sigma);
  const [counts, electronics] = key.split(2);
  const scaled = mul(data, gain);
  const drawn = await poisson(counts, scaled);
  scaled.dispose();
  return scope(() => gaussianNoise(electronics, mul(drawn, 1 / gain), sigma));
}

/**
 * A transmission scan: counts `n ~ Poisson(I0 e^(-mu p))` of line integrals p give back `-ln(max(n, 1) / I0) / mu`.
 * @throws ArgumentError unless photons and attenuation are above 0
 */
export async function transmissionNoise(
  key: Key,
  sinogram: Tensor,
  options: { readonly photons: number; readonly attenuation?: number },
): Promise<Tensor> {
  const name = "transmissionNoise";
  const { photons, attenuation = 1 } = options;
  checkPositive(name, "photons", photons);
  checkPositive(name, "attenuation", attenuation);
  const p = Float64Array.from((await sinogram.data()) as ArrayLike<number>);
  const shape = { shape: sinogram.shape, dtype: "f64" as const };
  const counts = await poisson(
    key,
    tensor(
      p.map((v) => photons * Math.exp(-attenuation * v)),
      shape,
    ),
  );
  const n = Float64Array.from(await counts.data(), (c) => -Math.log(Math.max(Number(c), 1) / photons) / attenuation);
  return tensor(n, { shape: sinogram.shape, dtype: sinogram.dtype as "f32", device: sinogram.device });
}
