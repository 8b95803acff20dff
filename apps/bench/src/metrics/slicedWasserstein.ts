/** Sliced Wasserstein distance between two sets of points. */
import { matmul, tensor, transpose } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";

/** Options of {@link slicedWasserstein}. */
export interface SlicedWassersteinOptions {
  readonly dimension: number;
  /** Number of random directions; 256 when left out. */
  readonly directions?: number;
  readonly key: Key;
}

/**
 * `sqrt(mean over directions of W2^2)`, where W2 compares the points projected on a random unit direction: sorted against
 * sorted (Rabin, Peyré, Delon and Bernot 2011).
 *
 * @param a points in rows, as many as `b` has
 * @throws RangeError when the sets differ in size
 */
export async function slicedWasserstein(
  a: Float32Array<ArrayBuffer>,
  b: Float32Array<ArrayBuffer>,
  { dimension, directions = 256, key }: SlicedWassersteinOptions,
): Promise<number> {
  if (a.length !== b.length || a.length === 0 || a.length % dimension !== 0) {
    throw new RangeError(
      `slicedWasserstein: sets of equal size are needed (got ${a.length} and ${b.length} numbers, expected equal multiples of ${dimension}).`,
    );
  }
  const count = a.length / dimension;
  using raw = normal(key, [directions, dimension], { device: "cpu" });
  using lengths = raw.square().sum({ axis: 1, keepDims: true }).sqrt().eval();
  using unit = raw.div(lengths).eval();
  const project = async (points: Float32Array<ArrayBuffer>): Promise<Float32Array> => {
    using x = tensor(points, { shape: [count, dimension], device: "cpu" });
    using projected = matmul(unit, transpose(x));
    return (await projected.data()) as Float32Array;
  };
  const [p, q] = [await project(a), await project(b)];
  let total = 0;
  for (let d = 0; d < directions; d++) {
    const [s, t] = [p, q].map((values) => values.subarray(d * count, (d + 1) * count).sort());
    for (let i = 0; i < count; i++) total += (s[i] - t[i]) ** 2;
  }
  return Math.sqrt(total / (directions * count));
}
