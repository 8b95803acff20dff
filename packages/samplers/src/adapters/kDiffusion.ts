/** The function signature of k-diffusion around any sampler. */
import { checkOptions, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { levelsFromSigmas } from "../grids/customLevels.ts";
import type { NoiseSource, Sampler } from "../samplers/base.ts";
import { sample } from "../driver/sample.ts";

/** What the callback of {@link kDiffusion} is given after every step; its tensors are valid until it returns. */
export interface KDiffusionStep {
  /** Number of the step, from 0. */
  readonly i: number;
  /** The signal before the step. */
  readonly x: Tensor;
  /** The sigma of `x`. */
  readonly sigma: number;
  /** Estimate of the clean signal from the step's last model call. */
  readonly denoised: Tensor;
}

/** Options of a {@link KDiffusionFunction}. */
export interface KDiffusionOptions<C = unknown> {
  readonly callback?: (step: KDiffusionStep) => void | Promise<void>;
  /** Handed to the model with every call. */
  readonly extraArgs?: C;
  /** Randomness of stochastic samplers. */
  readonly key?: Key;
  /** Noise handed in instead of a key. */
  readonly noise?: NoiseSource;
  readonly signal?: AbortSignal;
}

/** A sampler as k-diffusion calls it. */
export type KDiffusionFunction = <C = unknown>(
  model: (x: Tensor, sigma: number, extraArgs?: C) => Tensor | Promise<Tensor>,
  x: Tensor,
  sigmas: readonly number[],
  options?: KDiffusionOptions<C>,
) => Promise<Tensor>;

/**
 * A sampler as a function `(model, x, sigmas, { callback })`, the signature that k-diffusion's samplers have and that
 * many programs around them speak: `model(x, sigma)` returns the denoised signal of `x = x0 + sigma n`, `sigmas` fall
 * from noisy to clean and usually end in 0, x is `sigmas[0] n`.
 * @returns the function; its promise gives the last finite signal, which is yours
 * @example
 * const sampleDpmpp2m = kDiffusion(dpmSolverMultistep());
 * const x0 = await sampleDpmpp2m(model, x, [...karrasSigmas(20, 0.03, 14.6), 0], { callback: ({ i }) => progress(i) });
 */
export function kDiffusion(sampler: Sampler): KDiffusionFunction {
  return async (model, x, sigmas, options = {}) => {
    checkOptions("kDiffusion", options, ["callback", "extraArgs", "key", "noise", "signal"]);
    const { callback, extraArgs, key, noise, signal } = options;
    const { value } = await sample({
      sampler,
      denoiser: (input, { sigma }, context) => model(input, sigma, context as typeof extraArgs),
      levels: levelsFromSigmas(sigmas),
      x,
      context: extraArgs,
      key,
      noise,
      signal,
      onStep: ({ step, previous, denoised }) =>
        callback?.({ i: step - 1, x: previous, sigma: sigmas[step - 1], denoised }),
    });
    return value;
  };
}
