/** A slice of the head phantom from few noisy views, by three methods. */
import {
  chambollePock,
  ellipsePhantom,
  ellipseSinogram,
  evenAngles,
  filteredBackprojection,
  gaussianNoise,
  gradientNorm,
  gradientOperator,
  nonNegative,
  parallelBeam,
  projector,
  psnr,
  reconstruct,
  sheppLogan,
  sigmaForSnr,
  sirt,
  ssim,
  toPixels,
  toPng,
  unitSquare,
  type Algorithm,
} from "@ansatz/inverse";
import { sub, type Citation, type Tensor } from "@ansatz/tensor";
import { breathe } from "../../cli/io.ts";
import type { PartContext } from "../part.ts";

/** How much is done. */
export interface TomographySettings {
  /** Pixels per side. */
  readonly size: number;
  readonly views: number;
  /** Signal to noise of the sinogram, in dB. */
  readonly snr: number;
  /** Weight of the total variation. */
  readonly weight: number;
  readonly sirtIterations: number;
  readonly variationIterations: number;
}

/** A reconstructed slice. */
export interface Slice {
  readonly method: string;
  readonly png: Uint8Array;
  /** Difference from the phantom. */
  readonly error: Uint8Array;
  /** In dB. */
  readonly psnr: number;
  readonly ssim: number;
  readonly iterations: number;
  readonly seconds: number;
}

/** What was found. */
export interface TomographyFindings {
  readonly truth: Uint8Array;
  readonly sinogram: Uint8Array;
  readonly slices: readonly Slice[];
  readonly citations: readonly Citation[];
}

/** Values from black to white: soft tissue is at 0.2 to 0.4, the skull at 1. */
const SHADES = { low: 0, high: 0.6 };
/** Differences from blue, too low, to red, too high; white is right. */
const ERRORS = { map: "signed", low: -0.2, high: 0.2 } as const;

/** Scans the phantom, with integrals that are exact and noise upon them, and reconstructs it. */
export async function runTomography(context: PartContext, s: TomographySettings): Promise<TomographyFindings> {
  const { key, signal, report, device } = context;
  const image = unitSquare(s.size);
  const detectors = 2 * Math.ceil(s.size * Math.SQRT1_2) + 1;
  const geometry = parallelBeam({ image, angles: evenAngles(s.views), detectors, spacing: image.pixel });
  const truth = ellipsePhantom(sheppLogan(), image, { supersample: 4 });
  const exact = await ellipseSinogram(sheppLogan(), geometry).to(device.name);
  const truthOn = await truth.to(device.name);
  const data = gaussianNoise(key, exact, await sigmaForSnr(exact, s.snr));
  const operator = projector(geometry);
  const png = async (x: Tensor, options = {}): Promise<Uint8Array> => toPng(await toPixels(x, options));
  const slices: Slice[] = [];
  const citations: Citation[] = [];
  const measure = async (
    method: string,
    run: () => Promise<{ readonly value: Tensor; readonly iterations: number }>,
  ): Promise<void> => {
    report(method);
    const start = performance.now();
    const { value, iterations } = await run();
    await value.data();
    const seconds = (performance.now() - start) / 1000;
    const difference = sub(value, truthOn);
    slices.push({
      method,
      png: await png(value, SHADES),
      error: await png(difference, ERRORS),
      psnr: await psnr(value, truth),
      ssim: await ssim(value, truth),
      iterations,
      seconds,
    });
    difference.dispose();
    value.dispose();
    await breathe(signal);
  };
  const iterate = (algorithm: Algorithm, maxIterations: number) => async () => {
    const result = await reconstruct(algorithm, { operator, data }, { maxIterations, signal });
    citations.push(...result.citations);
    return result;
  };
  await measure("FBP", async () => ({
    value: filteredBackprojection(geometry, data, { window: "hann" }),
    iterations: 1,
  }));
  await measure("SIRT", iterate(sirt({ lower: 0 }), s.sirtIterations));
  const variation = {
    operator: gradientOperator([s.size, s.size]),
    regularizer: gradientNorm(s.weight),
    norm: Math.sqrt(8),
  };
  await measure(
    "TV",
    iterate(chambollePock({ terms: [variation], constraint: nonNegative(), ratio: 20 }), s.variationIterations),
  );
  return { truth: await png(truth, SHADES), sinogram: await png(data), slices, citations };
}
