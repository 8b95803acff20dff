/** The scans on which methods are compared: those of the golden files, and larger ones made by the same rules. */
import { readFile } from "node:fs/promises";
import {
  ellipsePhantom,
  evenAngles,
  flatFan,
  gaussianNoise,
  parallelBeam,
  projector,
  sheppLogan,
  transmissionNoise,
  unitSquare,
  type Geometry,
} from "@ansatz/inverse";
import { exp, max, mean, mul, tensor, type Tensor } from "@ansatz/tensor";
import { scaledOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { randomPhantom } from "../../data/randomPhantoms.ts";

/** A scan in the unit of a pixel: operator and data are divided by its side. */
export interface BenchScan {
  readonly geometry: Geometry;
  readonly pixel: number;
  readonly operator: LinearOperator;
  readonly data: Tensor;
  /** Data in the unit of length. */
  readonly sinogram: Tensor;
  readonly truth: Tensor;
  /** Standard deviation of the noise of the data, in the mean square over rays; known from how the scan was made, or from counts. */
  readonly noise: number;
}

/**
 * A weight of total variation, in the unit of pixels: `strength sqrt(views) noise`. Where nothing but noise is fitted, the gradient of
 * `|A x - b|^2 / 2` at a pixel is a sum over all views of that size.
 */
export function weightOf({ geometry, noise }: BenchScan, strength: number): number {
  return strength * Math.sqrt(geometry.angles.length) * noise;
}

/** Parallel rays with normal noise, or a fan with few photons. */
export type ScanKind = "par" | "fan";

const PHOTONS = 500;

function geometryOf(kind: ScanKind, size: number, views: number, detectors: number): Geometry {
  const image = unitSquare(size);
  const { pixel } = image;
  if (kind === "par") return parallelBeam({ image, angles: evenAngles(views), detectors, spacing: pixel });
  return flatFan({
    image,
    angles: evenAngles(views, 2 * Math.PI),
    detectors,
    spacing: (5 / 3) * pixel,
    sourceDistance: 3,
    detectorDistance: 2,
  });
}

/** How a scan came to its noise, in the unit of length. */
type Source = { readonly sigma: number } | { readonly attenuation: number };

/** Counts n of photons have the variance n; through the logarithm, `1 / n`. */
async function noiseOf(source: Source, sinogram: Tensor): Promise<number> {
  if ("sigma" in source) return source.sigma;
  const { attenuation } = source;
  const variance = mean(exp(mul(sinogram, attenuation)));
  return Math.sqrt(Number(await variance.item()) / PHOTONS) / attenuation;
}

async function scan(geometry: Geometry, source: Source, sinogram: Tensor, truth: Tensor): Promise<BenchScan> {
  const { pixel } = geometry.image;
  const operator = scaledOperator(projector(geometry), 1 / pixel);
  const noise = (await noiseOf(source, sinogram)) / pixel;
  return { geometry, pixel, operator, data: mul(sinogram, 1 / pixel).eval(), sinogram, truth, noise };
}

/** Noise by the largest integral. */
const sourceOf = (kind: ScanKind, noise: number, largest: number): Source =>
  kind === "par" ? { sigma: noise * largest } : { attenuation: 4 / largest };

/** Of the largest integral. */
const GOLDEN_NOISE = 0.06;

/** The scan of 32 x 32 pixels and 30 views whose noise is in the golden files. */
export async function goldenScan(kind: ScanKind): Promise<BenchScan> {
  const path = `../../../../../packages/inverse/test/golden/ct_bench_${kind}32.json`;
  const file = JSON.parse(await readFile(new URL(path, import.meta.url), "utf8")) as {
    readonly image: number[][];
    readonly sinogram: number[];
    readonly clean: number[];
  };
  const geometry = geometryOf(kind, 32, 30, 49);
  const truth = tensor(Float32Array.from(file.image.flat()), { shape: [32, 32] });
  const source = sourceOf(kind, GOLDEN_NOISE, Math.max(...file.clean));
  return scan(geometry, source, tensor(Float32Array.from(file.sinogram), { shape: [30, 49] }), truth);
}

/** A scan by {@link madeScan}. */
export interface MadeScan {
  readonly size: number;
  readonly views: number;
  /** Standard deviation of the noise of parallel rays, as a share of the largest integral. */
  readonly noise: number;
  readonly seed: number;
  /** Number of a random phantom in the place of the head phantom. */
  readonly phantom?: number;
}

/** Keys of the random phantoms of scans: no training makes those. */
const PHANTOMS = 0x7363616e;

/** Which scan to make: that of the golden files, or one by {@link madeScan}. Plain data, so that threads can be told. */
export interface ScanRecipe {
  readonly kind: ScanKind;
  readonly made?: MadeScan;
}

/** The scan of a recipe. */
export function openScan({ kind, made }: ScanRecipe): Promise<BenchScan> {
  return made === undefined ? goldenScan(kind) : madeScan(kind, made);
}

/** A scan of a phantom: the parallel one with noise of `noise` times the largest integral, the fan with 500 photons per ray. */
export async function madeScan(kind: ScanKind, { size, views, noise, seed, phantom }: MadeScan): Promise<BenchScan> {
  const detectors = 2 * Math.ceil(size * Math.SQRT1_2) + 1;
  const geometry = geometryOf(kind, size, views, detectors);
  const truth =
    phantom === undefined
      ? ellipsePhantom(sheppLogan(), geometry.image, { supersample: 8 })
      : await randomPhantom(key(PHANTOMS).fold(phantom), phantom, size);
  const clean = projector(geometry).apply(truth).eval();
  const largest = Number(await max(clean).item());
  const source = sourceOf(kind, noise, largest);
  const sinogram =
    "sigma" in source
      ? gaussianNoise(key(seed), clean, source.sigma).eval()
      : await transmissionNoise(key(seed), clean, { photons: PHOTONS, ...source });
  return scan(geometry, source, sinogram, truth);
}
