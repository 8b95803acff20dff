/** Denoisers by total variation and by wavelets. */
import { add, checkOptions, compile, maximum, mul, abs, sign, sub, type Tensor } from "@ansatz/tensor";
import { roll } from "@ansatz/tensor/indexing";
import { checkCount, checkPositive } from "../check.ts";
import { TV_PAPER } from "../citation.ts";
import { CYCLE_SPINNING_PAPER, SHRINKAGE_PAPER } from "../pnp/papers.ts";
import { totalVariation } from "../proximal/totalVariation.ts";
import {
  corner,
  inverseWaveletTransform,
  waveletPlan,
  waveletTransform,
  withCorner,
  type WaveletOptions,
} from "../transforms/wavelet.ts";
import type { Denoiser } from "./base.ts";
import { checkNoisy, copyOf } from "./check.ts";

/** Options of {@link tvDenoiser}. */
export interface TvDenoiserOptions {
  /** The weight is this times sigma; 0.7 when left out. */
  readonly strength?: number;
  /** Most iterations of the proximal map; 100 when left out. */
  readonly iterations?: number;
  /** Where it ends; see {@link totalVariation}. 1e-5 when left out. */
  readonly tolerance?: number;
}

/**
 * `argmin_x |x - z|^2 / 2 + strength sigma TV(x)` for images of any number of axes (Rudin, Osher and Fatemi 1992). The weight grows with sigma, so
 * that an image times c with noise times c gives the result times c.
 * @throws ArgumentError for an option outside its range
 */
export function tvDenoiser(options: TvDenoiserOptions = {}): Denoiser {
  const name = "tvDenoiser";
  checkOptions(name, options, ["strength", "iterations", "tolerance"]);
  const { strength = 0.7, iterations = 100, tolerance = 1e-5 } = options;
  checkPositive(name, "strength", strength);
  const prior = totalVariation({ iterations, tolerance });
  return {
    name,
    citations: [TV_PAPER],
    denoise(noisy, sigma) {
      checkNoisy(name, noisy, sigma);
      return prior.prox(noisy, strength * sigma);
    },
  };
}

/** Options of {@link waveletDenoiser}. */
export interface WaveletDenoiserOptions extends WaveletOptions {
  /** The threshold is this times sigma; 1.1 when left out. */
  readonly strength?: number;
  /** Number of shifts along every axis over which the result is averaged; 4 when left out, 1 for none. */
  readonly shifts?: number;
}

/**
 * Soft thresholds of the wavelet coefficients, means excepted (Donoho 1995), averaged over shifts of the image (cycle spinning, Coifman and Donoho
 * 1995), along all axes. Sizes must be divisible by `2^levels`. Cost: `shifts^axes` transforms there and back.
 * @throws ArgumentError for an option outside its range; ShapeError from `denoise` for sizes that do not fit
 */
export function waveletDenoiser(options: WaveletDenoiserOptions = {}): Denoiser {
  const name = "waveletDenoiser";
  checkOptions(name, options, ["wavelet", "levels", "strength", "shifts"]);
  const { strength = 1.1, shifts = 4, ...wavelet } = options;
  checkPositive(name, "strength", strength);
  checkCount(name, "shifts", shifts);
  const shrink = (x: Tensor, threshold: Tensor): Tensor => {
    const { levels } = waveletPlan(name, x.shape, wavelet);
    const c = waveletTransform(x, wavelet);
    const small = mul(sign(c), maximum(sub(abs(c), threshold), 0));
    return inverseWaveletTransform(withCorner(small, corner(c, levels)), wavelet);
  };
  const run = compile<[Tensor, number], Tensor>((x, threshold) => {
    const axes = Array.from({ length: x.ndim }, (_, a) => a);
    const offsets = axes.reduce<number[][]>(
      (list) => list.flatMap((offset) => Array.from({ length: shifts }, (_, s) => [...offset, s])),
      [[]],
    );
    const total = offsets
      .map((offset) =>
        roll(
          shrink(roll(x, offset, axes), threshold),
          offset.map((s) => -s),
          axes,
        ),
      )
      .reduce((a, b) => add(a, b));
    return mul(total, 1 / offsets.length);
  });
  return {
    name,
    citations: [SHRINKAGE_PAPER, CYCLE_SPINNING_PAPER],
    denoise(noisy, sigma) {
      checkNoisy(name, noisy, sigma);
      waveletPlan(name, noisy.shape, wavelet);
      return sigma === 0 ? copyOf(noisy) : run(noisy, strength * sigma);
    },
  };
}
