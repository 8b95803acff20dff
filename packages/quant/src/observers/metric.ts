/** How wrong quantised values are, in one number: what a threshold search makes small. */
import { ArgumentError } from "@ansatz/tensor";

/** A metric: the mean of |x − x̂|ᵖ, or 1 − cos(x, x̂). */
export type Metric = { readonly power: number } | "cosine";

/** Mean of squares. */
export const MSE: Metric = { power: 2 };

/** Mean of |·|^2.4, the metric of PTQ4DM and of GPTQ's grid search. */
export const L24: Metric = { power: 2.4 };

/** Mean of absolute values. */
export const L1: Metric = { power: 1 };

/** Sums over pairs (x, x̂), weighted. */
export interface MetricSum {
  add(x: number, quantized: number, weight: number): void;
  value(): number;
}

/** An empty sum. Throws for powers that are not positive. */
export function metricSum(metric: Metric): MetricSum {
  if (metric === "cosine") return cosineSum();
  const { power } = metric;
  if (!(Number.isFinite(power) && power > 0)) {
    throw new ArgumentError(`metric: power is out of range (got ${power}, expected a finite number > 0).`);
  }
  let sum = 0;
  let weights = 0;
  return {
    add(x, quantized, weight) {
      const size = Math.abs(x - quantized);
      sum += weight * (power === 2 ? size * size : power === 1 ? size : size ** power);
      weights += weight;
    },
    value: () => sum / weights,
  };
}

function cosineSum(): MetricSum {
  let product = 0;
  let left = 0;
  let right = 0;
  return {
    add(x, quantized, weight) {
      product += weight * x * quantized;
      left += weight * x * x;
      right += weight * quantized * quantized;
    },
    value: () => (left === 0 && right === 0 ? 0 : 1 - product / (Math.sqrt(left) * Math.sqrt(right))),
  };
}
