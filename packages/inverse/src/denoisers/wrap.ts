/** Denoisers made of denoisers, and denoisers in the place of proximal maps. */
import {
  abs,
  ArgumentError,
  checkOptions,
  div,
  isComplex,
  isTensor,
  max,
  mul,
  scope,
  type Tensor,
} from "@ansatz/tensor";
import { checkNonNegative } from "../check.ts";
import { PNP_PAPER } from "../pnp/papers.ts";
import type { Regularizer } from "../proximal/base.ts";
import { magnitudeOf, onMagnitude } from "../proximal/magnitude.ts";
import { read } from "../vector.ts";
import type { Denoiser } from "./base.ts";

/** Throws unless `denoiser` is one. */
export function checkDenoiser(name: string, denoiser: unknown): asserts denoiser is Denoiser {
  if (typeof (denoiser as Denoiser | null | undefined)?.denoise !== "function") {
    throw new ArgumentError(`${name}: denoiser is none (got ${typeof denoiser}, expected one such as tvDenoiser()).`);
  }
}

/**
 * A denoiser in the place of a proximal map (Venkatakrishnan, Bouman and Wohlberg 2013), for `admm`, `fista`, `constrainedAdmm`. The level of noise is
 * `sigma`, or when left out `sqrt(step)`: the proximal map of `step f` is the most probable image behind noise of that variance, when images have
 * the density `e^-f`.
 * @throws ArgumentError for what is no denoiser, or a sigma below 0
 */
export function denoising(denoiser: Denoiser, options: { readonly sigma?: number } = {}): Regularizer {
  const name = "denoising";
  checkDenoiser(name, denoiser);
  checkOptions(name, options, ["sigma"]);
  const { sigma } = options;
  if (sigma !== undefined) checkNonNegative(name, "sigma", sigma);
  return {
    name: denoiser.name,
    citations: [PNP_PAPER, ...denoiser.citations],
    prox: (z, step) => denoiser.denoise(z, sigma ?? Math.sqrt(step)),
  };
}

/**
 * A denoiser of real images for complex ones: it changes the magnitudes, negative results count as 0, and phases stay; the proximal map of a function of
 * the magnitude has this form. See {@link onMagnitude}.
 */
export function magnitudeDenoiser(denoiser: Denoiser): Denoiser {
  checkDenoiser("magnitudeDenoiser", denoiser);
  return {
    name: `${denoiser.name} of the magnitude`,
    citations: denoiser.citations,
    denoise: (noisy, sigma) => onMagnitude(denoising(denoiser, { sigma })).prox(noisy, 1),
  };
}

/**
 * The same denoiser for images of any scale: the image is divided by its largest magnitude m before and multiplied afterwards, and sigma counts relative to m.
 * @throws ArgumentError for something that is no denoiser
 */
export function relativeDenoiser(denoiser: Denoiser): Denoiser {
  checkDenoiser("relativeDenoiser", denoiser);
  return {
    name: denoiser.name,
    citations: denoiser.citations,
    async denoise(noisy, sigma) {
      const largest = await read(() => max(isComplex(noisy.dtype) ? magnitudeOf(noisy) : abs(noisy)));
      if (!(largest > 0 && largest < Infinity)) return scope(() => mul(noisy, 1));
      const scaled = scope(() => div(noisy, largest));
      const made = denoiser.denoise(scaled, sigma);
      const clean = isTensor(made) ? made : await made;
      const result = scope((): Tensor => mul(clean, largest));
      if (clean !== scaled) clean.dispose();
      scaled.dispose();
      return result;
    },
  };
}
