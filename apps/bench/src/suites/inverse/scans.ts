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
import { max, mul, tensor, type Tensor } from "@ansatz/tensor";
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

function scan(geometry: Geometry, sinogram: Tensor, truth: Tensor): BenchScan {
  const { pixel } = geometry.image;
  const operator = scaledOperator(projector(geometry), 1 / pixel);
  return { geometry, pixel, operator, data: mul(sinogram, 1 / pixel).eval(), sinogram, truth };
}

/** The scan of 32 x 32 pixels and 30 views whose noise is in the golden files. */
export async function goldenScan(kind: ScanKind): Promise<BenchScan> {
  const path = `../../../../../packages/inverse/test/golden/ct_bench_${kind}32.json`;
  const file = JSON.parse(await readFile(new URL(path, import.meta.url), "utf8")) as {
    readonly image: number[][];
    readonly sinogram: number[];
  };
  const geometry = geometryOf(kind, 32, 30, 49);
  const truth = tensor(Float32Array.from(file.image.flat()), { shape: [32, 32] });
  return scan(geometry, tensor(Float32Array.from(file.sinogram), { shape: [30, 49] }), truth);
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
  const sinogram =
    kind === "par"
      ? gaussianNoise(key(seed), clean, noise * largest).eval()
      : await transmissionNoise(key(seed), clean, { photons: PHOTONS, attenuation: 4 / largest });
  return scan(geometry, sinogram, truth);
}
