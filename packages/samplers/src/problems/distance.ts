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
  if (a.length !== b.length || a.length % dimension !== 0) {
    throw new ShapeError(
      `slicedWasserstein: the samples do not fit (got ${a.length} and ${b.length} numbers, expected equally many, a multiple of ${dimension}).`,
    );
  }
  const drawn = normal(directions, [count, dimension], { dtype: "f64", device: "cpu" });
  const axes = drawn.dataSync() as Float64Array;
  drawn.dispose();
  let total = 0;
  for (let k = 0; k < count; k++) {
    const axis = axes.subarray(k * dimension, (k + 1) * dimension);
    const length = Math.hypot(...axis);
    const [p, q] = [a, b].map((points) => projected(points, axis, length).sort());
    let sum = 0;
    for (let i = 0; i < p.length; i++) sum += (p[i] - q[i]) ** 2;
    total += sum / p.length;
  }
  return Math.sqrt(total / count);
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
