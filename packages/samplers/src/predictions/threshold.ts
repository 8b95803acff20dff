/** Keeping estimates of pixel data inside their range. */
import { checkOptions, div, maximum, minimum, neg, tensor, type Tensor } from "@ansatz/tensor";
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

function settings(name: string, options: DynamicThresholdOptions): { ratio: number; max: number } {
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
 * For data in [-1, 1] only. Reads x0 to find the quantiles: O(n log n) per sample.
 */
export async function dynamicThreshold(x0: Tensor, options: DynamicThresholdOptions = {}): Promise<Tensor> {
  const { ratio, max } = settings("dynamicThreshold", options);
  const samples = x0.ndim === 0 ? 1 : x0.shape[0];
  const values = await x0.data();
  const size = values.length / samples;
  const ranges = Float64Array.from({ length: samples }, (_, i) => {
    const sorted = Float64Array.from(values.subarray(i * size, (i + 1) * size), Math.abs).sort();
    return Math.min(Math.max(quantile(sorted, ratio), 1), max);
  });
  const shape = x0.shape.map((n, axis) => (axis === 0 ? n : 1));
  const q = tensor(x0.dtype === "f32" ? Float32Array.from(ranges) : ranges, { shape, device: x0.device });
  const clipped = div(maximum(minimum(x0, q), neg(q)), q);
  q.dispose();
  return clipped;
}

/** Quantile of sorted values by linear interpolation between order statistics. */
function quantile(sorted: Float64Array, ratio: number): number {
  const position = ratio * (sorted.length - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (position - low);
}

/** A denoiser of pixel data whose x0 estimates pass through {@link dynamicThreshold}. */
export function withDynamicThreshold<C = unknown>(
  denoiser: Denoiser<C>,
  options: DynamicThresholdOptions = {},
): PredictingDenoiser<C> {
  settings("withDynamicThreshold", options);
  const estimate = asX0(denoiser);
  const inner = describeDenoiser("withDynamicThreshold", denoiser);
  const call = async (x: Tensor, level: Level, context?: C): Promise<Tensor> => {
    const x0 = await estimate(x, level, context);
    const clipped = await dynamicThreshold(x0, options);
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
