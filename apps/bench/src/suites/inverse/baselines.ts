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
import type { BenchScan } from "./scans.ts";

const WINDOWS: readonly RampWindow[] = ["ram-lak", "shepp-logan", "cosine", "hamming", "hann"];

/** PSNR of filtered back-projection with its best window. */
export async function bestFbp({ geometry, sinogram, truth }: BenchScan): Promise<number> {
  const all = WINDOWS.map((window) => psnr(filteredBackprojection(geometry, sinogram, { window }), truth));
  return Math.max(...(await Promise.all(all)));
}

/** The best PSNR of SIRT after 20, 50, 100 and 200 iterations. */
export async function bestSirt({ operator, data, truth }: BenchScan, signal: AbortSignal): Promise<number> {
  let best = -Infinity;
  const options = { maxIterations: 200, signal };
  for await (const { iteration, x } of iterateReconstruction(sirt({ lower: 0 }), { operator, data }, options))
    if ([20, 50, 100, 200].includes(iteration)) best = Math.max(best, await psnr(x, truth));
  return best;
}

/** The best PSNR of total variation over weights, in the unit of pixels. */
export async function bestVariation(
  { operator, data, truth }: BenchScan,
  weights: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  let best = -Infinity;
  for (const weight of weights) {
    const term = { operator: gradientOperator(operator.domain), regularizer: gradientNorm(weight), norm: Math.sqrt(8) };
    const method = chambollePock({ terms: [term], constraint: nonNegative(), ratio: 0.05 });
    const { value } = await reconstruct(method, { operator, data }, { maxIterations: 700, signal });
    best = Math.max(best, await psnr(value, truth));
    value.dispose();
  }
  return best;
}
