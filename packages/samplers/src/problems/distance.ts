/** The distance of two samples in distribution. */
import { ShapeError } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";

/**
 * Sliced Wasserstein-2 distance of two samples of equally many points: the root mean square, over random directions, of
 * the distance between the sorted projections. Cost O(directions n log n).
 * @param a points [n, dimension], flat
 * @param b points [n, dimension], flat
 * @param dimension numbers per point
 * @param directions draws the directions
 * @param count number of directions; 128 when left out
 * @throws ShapeError when the samples do not fit
 */
export function slicedWasserstein(
  a: Float64Array,
  b: Float64Array,
  dimension: number,
  directions: Key,
  count = 128,
): number {
  return slicedWassersteinFrom(b, dimension, directions, count)(a);
}

/** {@link slicedWasserstein} of many samples to one, whose projections are sorted once: count times n numbers are kept. */
export function slicedWassersteinFrom(
  b: Float64Array,
  dimension: number,
  directions: Key,
  count = 128,
): (a: Float64Array) => number {
  const drawn = normal(directions, [count, dimension], { dtype: "f64", device: "cpu" });
  const axes = drawn.dataSync() as Float64Array;
  drawn.dispose();
  const sorted = (points: Float64Array, k: number): Float64Array => {
    const axis = axes.subarray(k * dimension, (k + 1) * dimension);
    return projected(points, axis, Math.hypot(...axis)).sort();
  };
  const fits = b.length % dimension === 0;
  const kept = fits ? Array.from({ length: count }, (_, k) => sorted(b, k)) : [];
  return (a) => {
    if (a.length !== b.length || !fits) {
      throw new ShapeError(
        `slicedWasserstein: the samples do not fit (got ${a.length} and ${b.length} numbers, expected equally many, a multiple of ${dimension}).`,
      );
    }
    let total = 0;
    kept.forEach((q, k) => {
      const p = sorted(a, k);
      let sum = 0;
      for (let i = 0; i < p.length; i++) {
        const gap = p[i] - q[i];
        sum += gap * gap;
      }
      total += sum / p.length;
    });
    return Math.sqrt(total / count);
  };
}

function projected(points: Float64Array, axis: Float64Array, length: number): Float64Array {
  const out = new Float64Array(points.length / axis.length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < axis.length; j++) sum += points[i * axis.length + j] * axis[j];
    out[i] = sum / length;
  }
  return out;
}
