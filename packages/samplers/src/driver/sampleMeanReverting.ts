/** Sampling of mean-reverting diffusion with any sampler. */
import { add, ArgumentError, checkOptions, isTensor, sub, type Tensor } from "@ansatz/tensor";
import { centred } from "../predictions/meanReverting.ts";
import { checkOutput } from "../predictions/denoiser.ts";
import type { SampleResult } from "./result.ts";
import { sample, type SampleOptions } from "./sample.ts";

/** Options of {@link sampleMeanReverting}. */
export interface SampleMeanRevertingOptions<C = unknown> extends Omit<
  SampleOptions<C>,
  "onStep" | "resume" | "inputs" | "trajectory"
> {
  /** mu, the picture towards which the noise drifts: of the shape and data type of `x`. It stays yours. */
  readonly mean: Tensor;
  /** The initial signal `mu + L n`. */
  readonly x: Tensor;
}

/**
 * Draws from a mean-reverting diffusion model with any sampler: runs it on x - mu with the {@link centred} denoiser and
 * adds mu to the result. Levels come from `meanRevertingLevels`; samplers that use a mean of their own (`mrs` on separate
 * levels) are given it.
 * @throws ArgumentError, ShapeError, DTypeError for wrong use
 * @example
 * const schedule = meanReverting();
 * await sampleMeanReverting({
 *   sampler: mrs({ order: 2 }),
 *   denoiser: { predict: "epsilon", call: network },
 *   mean: blurred,
 *   x: add(blurred, mul(normal(key(1), blurred.shape), schedule.limit)),
 *   levels: meanRevertingLevels(schedule, { steps: 15 }),
 * });
 */
export async function sampleMeanReverting<C = unknown>(options: SampleMeanRevertingOptions<C>): Promise<SampleResult> {
  const name = "sampleMeanReverting";
  checkOptions(name, options, [
    "sampler",
    "denoiser",
    "levels",
    "x",
    "mean",
    "context",
    "signal",
    "checkFinite",
    "schedule",
    "key",
    "noise",
  ]);
  const { mean, x, denoiser, ...rest } = options;
  if (!isTensor(x) || !isTensor(mean)) {
    throw new ArgumentError(`${name}: x and mean must be tensors (got ${typeof x} and ${typeof mean}).`);
  }
  checkOutput(`${name}: mean`, mean, x);
  const start = sub(x, mean).eval();
  const separate = rest.levels.some(({ lambda }) => lambda !== undefined);
  const result = await sample<C>({
    ...rest,
    x: start,
    denoiser: centred(denoiser, mean),
    ...(separate ? { inputs: { mean } } : {}),
  });
  const value = add(result.value, mean).eval();
  if (result.value !== start) result.value.dispose();
  start.dispose();
  return { ...result, value };
}
