/** SmoothQuant: outliers of the inputs are moved into the weights, where they do less harm. */
import { checkNumber } from "../check.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer } from "./layer.ts";

/** Smallest factor. */
const FLOOR = 1e-5;

/** Largest absolute value of each column. */
function largestOfColumns(x: ArrayLike<number>, columns: number): Float64Array<ArrayBuffer> {
  const largest = new Float64Array(columns);
  for (let i = 0; i < x.length; i++) largest[i % columns] = Math.max(largest[i % columns], Math.abs(x[i]));
  return largest;
}

/** What {@link smoothQuant} returns. */
export interface Smoothed {
  /** s, by which inputs are divided. */
  readonly factors: Float64Array<ArrayBuffer>;
  /** The layer W·diag(s) with inputs X/s: the same outputs. */
  readonly layer: LinearLayer;
}

/**
 * Factors s_j = max(max|X_j|^α / max|W_j|^(1−α), 1e-5); inputs are divided by them and columns of the weight multiplied,
 * which leaves the outputs as they are. Columns that are zero in X or W have factor 1.
 * @param alpha in [0, 1], how much of the difficulty moves into the weights; 0.5 by default
 * @throws ShapeError and ArgumentError for sizes that do not fit and numbers that are not finite
 * @see Xiao et al. 2023, equation 4
 */
export function smoothQuant(layer: LinearLayer, alpha: number = 0.5): Smoothed {
  checkLayer("smoothQuant", layer);
  checkNumber("smoothQuant", "alpha", alpha, 0, 1);
  const { columns, weight, inputs } = layer;
  const largestInput = largestOfColumns(inputs, columns);
  const largestWeight = largestOfColumns(weight, columns);
  const factors = largestInput.map((x, j) => {
    const w = largestWeight[j];
    return x === 0 || w === 0 ? 1 : Math.max(x ** alpha / w ** (1 - alpha), FLOOR);
  });
  return {
    factors,
    layer: {
      ...layer,
      weight: Float64Array.from(weight, (w, i) => w * factors[i % columns]),
      inputs: Float64Array.from(inputs, (x, i) => x / factors[i % columns]),
    },
  };
}
