/** What untrained and trained priors are compared with. */
import {
  chambollePock,
  filteredBackprojection,
  gradientNorm,
  gradientOperator,
  iterateReconstruction,
  nonNegative,
  psnr,
  reconstruct,
  sirt,
  type RampWindow,
} from "@ansatz/inverse";
import type { Tensor } from "@ansatz/tensor";
import type { BenchScan } from "./scans.ts";

const WINDOWS: readonly RampWindow[] = ["ram-lak", "shepp-logan", "cosine", "hamming", "hann"];

/** An image and its PSNR in dB. */
export interface Scored {
  readonly quality: number;
  /** In C order. */
  readonly image: Float32Array;
}

async function score(image: Tensor, truth: Tensor): Promise<Scored> {
  const quality = await psnr(image, truth);
  return { quality, image: Float32Array.from((await image.data()) as Float32Array) };
}

const bestOf = (all: readonly Scored[]): Scored => all.reduce((a, b) => (b.quality > a.quality ? b : a));

/** Filtered back-projection with its best window. */
export async function bestFbp({ geometry, sinogram, truth }: BenchScan): Promise<Scored> {
  const all = WINDOWS.map((window) => score(filteredBackprojection(geometry, sinogram, { window }), truth));
  return bestOf(await Promise.all(all));
}

/** The best of SIRT after 20, 50, 100 and 200 iterations. */
export async function bestSirt({ operator, data, truth }: BenchScan, signal: AbortSignal): Promise<Scored> {
  const all: Scored[] = [];
  const options = { maxIterations: 200, signal };
  for await (const { iteration, x } of iterateReconstruction(sirt({ lower: 0 }), { operator, data }, options))
    if ([20, 50, 100, 200].includes(iteration)) all.push(await score(x, truth));
  return bestOf(all);
}

/** Total variation with a weight, in the unit of pixels. */
export async function variationQuality(
  { operator, data, truth }: BenchScan,
  weight: number,
  signal: AbortSignal,
): Promise<Scored> {
  const term = { operator: gradientOperator(operator.domain), regularizer: gradientNorm(weight), norm: Math.sqrt(8) };
  const method = chambollePock({ terms: [term], constraint: nonNegative(), ratio: 0.05 });
  const { value } = await reconstruct(method, { operator, data }, { maxIterations: 700, signal });
  const scored = await score(value, truth);
  value.dispose();
  return scored;
}

/** The best of total variation over weights. */
export async function bestVariation(scan: BenchScan, weights: readonly number[], signal: AbortSignal): Promise<Scored> {
  const all: Scored[] = [];
  for (const weight of weights) all.push(await variationQuality(scan, weight, signal));
  return bestOf(all);
}
