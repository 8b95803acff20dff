/** The threshold that makes a metric of the quantisation error smallest, by trying a hundred. */
import { checkFinite, checkInteger, checkLength, checkNotEmpty } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { Metric } from "./metric.ts";
import { metricSum } from "./metric.ts";

/** Options of {@link searchThreshold}. */
export interface ThresholdOptions {
  readonly bits: number;
  readonly metric: Metric;
  /**
   * Codes 0…2ᵇ−1 with zero point 0 for values that are not negative, instead of a zero point in the middle.
   * When left out, exactly when no value is negative.
   */
  readonly unsigned?: boolean;
  /** Also try the zero point 2ᵇ⁻¹ − 1, one below the middle: never worse, often better for few bits. False by default. */
  readonly eitherZero?: boolean;
  /** How often each value counts; once when left out. */
  readonly weights?: Numbers;
  /** Number of thresholds, 100 by default. */
  readonly steps?: number;
}

/** The best threshold. */
export interface Threshold {
  /** Its number, 1…steps. */
  readonly index: number;
  readonly threshold: number;
  /** The metric there. */
  readonly value: number;
  readonly scale: number;
  /** Zero point among the unsigned codes. */
  readonly zeroPoint: number;
}

/** The metric of quantising `x` with a scale and a zero point to codes 0…`largest`. */
function errorOf(
  x: Numbers,
  { weights, metric }: ThresholdOptions,
  scale: number,
  zeroPoint: number,
  largest: number,
): number {
  const sum = metricSum(metric);
  for (let i = 0; i < x.length; i++) {
    const code = clamp(roundHalfEven(x[i] / scale) + zeroPoint, 0, largest);
    sum.add(x[i], (code - zeroPoint) * scale, weights === undefined ? 1 : weights[i]);
  }
  return sum.value();
}

/**
 * Tries thresholds tᵢ = max|x|·i/steps: scale 2tᵢ/(2ᵇ − 1) with zero point 2ᵇ⁻¹, or for unsigned data tᵢ/(2ᵇ − 1) with
 * zero point 0. The first smallest metric wins, in float64. Values that are all zero give scale 1.
 * Cost: steps·n quantisations.
 * @throws ArgumentError for values that are not finite, bits outside 2…8, and unsigned codes for negative values
 * @see Shang et al. 2023 (PTQ4DM); Frantar et al. 2023 (GPTQ), the metric |·|^2.4
 */
export function searchThreshold(x: Numbers, options: ThresholdOptions): Threshold {
  const name = "searchThreshold";
  const { bits, weights, steps = 100, eitherZero = false } = options;
  checkInteger(name, "bits", bits, 2, 8);
  checkInteger(name, "steps", steps, 1);
  checkNotEmpty(name, "x", x);
  checkFinite(name, "x", x);
  if (weights !== undefined) checkLength(name, "weights", weights, x.length);
  let largest = 0;
  let negative = false;
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(x[i]));
    negative ||= x[i] < 0;
  }
  const unsigned = options.unsigned ?? !negative;
  if (unsigned && negative) checkInteger(name, "the smallest value of unsigned data", -1, 0);
  const top = 2 ** bits - 1;
  const middle = 2 ** (bits - 1);
  const zeros = unsigned ? [0] : eitherZero ? [middle, middle - 1] : [middle];
  if (largest === 0) return { index: steps, threshold: 0, value: 0, scale: 1, zeroPoint: zeros[0] };
  let best: Threshold | undefined;
  for (let index = 1; index <= steps; index++) {
    const threshold = (largest * index) / steps;
    const scale = (unsigned ? threshold : 2 * threshold) / top;
    for (const zeroPoint of zeros) {
      const value = errorOf(x, options, scale, zeroPoint, top);
      if (best === undefined || value < best.value) best = { index, threshold, value, scale, zeroPoint };
    }
  }
  return best as Threshold;
}

/** The range that a threshold stands for: what codes 0 and 2ᵇ − 1 mean. */
export function thresholdRange({ scale, zeroPoint }: Threshold, bits: number): { min: number; max: number } {
  return { min: -zeroPoint * scale, max: (2 ** bits - 1 - zeroPoint) * scale };
}
