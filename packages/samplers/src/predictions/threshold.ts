/** Keeping estimates of pixel data inside their range. */
import {
  abs,
  add,
  checkOptions,
  div,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  scope,
  slice,
  type Tensor,
} from "@ansatz/tensor";
import { sort } from "@ansatz/tensor/sort";
import { checkNumber, checkPositive } from "../check.ts";
import { IMAGEN_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import { asX0, describeDenoiser, type Denoiser, type PredictingDenoiser } from "./denoiser.ts";

/** Options of {@link dynamicThreshold} and {@link withDynamicThreshold}. */
export interface DynamicThresholdOptions {
  /** Quantile of |x0| that is taken as the range, in (0, 1]; 0.995 when left out. */
  readonly ratio?: number;
  /** Largest range, >= 1; Infinity (no cap) when left out. */
  readonly max?: number;
}

/** Checked settings of dynamic thresholding. */
export interface DynamicThreshold {
  readonly ratio: number;
  readonly max: number;
}

/** Settings with what was left out. */
export function thresholdSettings(name: string, options: DynamicThresholdOptions): DynamicThreshold {
  checkOptions(name, options, ["ratio", "max"]);
  const ratio = options.ratio ?? 0.995;
  const max = options.max ?? Infinity;
  checkNumber(name, "ratio", ratio, Number.MIN_VALUE, 1);
  if (max !== Infinity) checkNumber(name, "max", max, 1);
  return { ratio, max };
}

/**
 * Dynamic thresholding (Saharia et al. 2022): per sample (axis 0), q is the `ratio`-quantile of |x0| (linear
 * interpolation between order statistics) clipped to [1, max], and the result is `clip(x0, -q, q)/q`.
 *
 * For data in [-1, 1] only. Sorts every sample where it is.
 * @throws ArgumentError for ratio or max out of range or an unknown option
 */
export async function dynamicThreshold(x0: Tensor, options: DynamicThresholdOptions = {}): Promise<Tensor> {
  return threshold(x0, thresholdSettings("dynamicThreshold", options));
}

/** {@link dynamicThreshold} without waiting. */
export function threshold(x0: Tensor, { ratio, max }: DynamicThreshold): Tensor {
  const samples = x0.ndim === 0 ? 1 : x0.shape[0];
  const { low, high, part } = quantilePlace(x0.size / samples, ratio);
  return scope(() => {
    const sorted = sort(abs(reshape(x0, [samples, x0.size / samples])));
    const at = (place: number): Tensor =>
      slice(sorted, [
        [0, samples],
        [place, place + 1],
      ]);
    const quantile = part === 0 ? at(low) : add(mul(at(low), 1 - part), mul(at(high), part));
    const floored = maximum(quantile, 1);
    const capped = max === Infinity ? floored : minimum(floored, max);
    const q = reshape(
      capped,
      x0.shape.map((n, axis) => (axis === 0 ? n : 1)),
    );
    return div(maximum(minimum(x0, q), neg(q)), q);
  }).eval();
}

/** {@link dynamicThreshold} of flat arrays. */
export function thresholdNumeric(samples: number, x0: Float64Array, { ratio, max }: DynamicThreshold): Float64Array {
  const size = x0.length / samples;
  const { low, high, part } = quantilePlace(size, ratio);
  const result = new Float64Array(x0.length);
  for (let start = 0; start < x0.length; start += size) {
    const values = x0.subarray(start, start + size);
    const sorted = Float64Array.from(values, Math.abs).sort();
    const q = Math.min(Math.max(sorted[low] * (1 - part) + sorted[high] * part, 1), max);
    values.forEach((v, i) => (result[start + i] = Math.max(Math.min(v, q), -q) / q));
  }
  return result;
}

/** Where a quantile lies among sorted values: between two of them, `part` of the way. */
function quantilePlace(size: number, ratio: number): { low: number; high: number; part: number } {
  const position = ratio * (size - 1);
  const low = Math.floor(position);
  return { low, high: Math.min(low + 1, size - 1), part: position - low };
}

/** A denoiser of pixel data whose x0 estimates pass through {@link dynamicThreshold}. */
export function withDynamicThreshold<C = unknown>(
  denoiser: Denoiser<C>,
  options: DynamicThresholdOptions = {},
): PredictingDenoiser<C> {
  const settings = thresholdSettings("withDynamicThreshold", options);
  const estimate = asX0(denoiser);
  const inner = describeDenoiser("withDynamicThreshold", denoiser);
  const call = async (x: Tensor, level: Level, context?: C): Promise<Tensor> => {
    const x0 = await estimate(x, level, context);
    const clipped = threshold(x0, settings);
    if (x0 !== x) x0.dispose();
    return clipped;
  };
  return { predict: "x0", clips: true, call, citations: [IMAGEN_PAPER, ...(inner.citations ?? [])] };
}

/** Options of {@link withStaticThreshold}. */
export interface StaticThresholdOptions {
  /** Estimates are clipped to [-range, range]; 1 when left out. */
  readonly range?: number;
}

/**
 * A denoiser of pixel data whose x0 estimates are clipped to [-range, range] (the clipping of DDPM).
 * @throws ArgumentError for range out of range or an unknown option
 */
export function withStaticThreshold<C = unknown>(
  denoiser: Denoiser<C>,
  options: StaticThresholdOptions = {},
): PredictingDenoiser<C> {
  const name = "withStaticThreshold";
  checkOptions(name, options, ["range"]);
  const range = options.range ?? 1;
  checkPositive(name, "range", range);
  const estimate = asX0(denoiser);
  const inner = describeDenoiser(name, denoiser);
  const finish = (x0: Tensor, x: Tensor): Tensor => {
    const clipped = maximum(minimum(x0, range), -range).eval();
    if (x0 !== x) x0.dispose();
    return clipped;
  };
  return {
    predict: "x0",
    clips: true,
    call: (x, level, context) => {
      const x0 = estimate(x, level, context);
      return x0 instanceof Promise ? x0.then((value) => finish(value, x)) : finish(x0, x);
    },
    citations: inner.citations,
  };
}
