/** Means over weighted particles. */
import { add, mul, reshape, scope, ShapeError, square, sub, sum, tensor, type Tensor } from "@ansatz/tensor";

/** Mean and variance of every element over weighted particles [particles, ...shape]. @throws ShapeError unless there is a weight per particle */
export function posteriorMoments({ value, weights }: { readonly value: Tensor; readonly weights: Float64Array }): {
  readonly mean: Tensor;
  readonly variance: Tensor;
} {
  if (value.ndim < 1 || weights.length !== value.shape[0]) {
    throw new ShapeError(
      `posteriorMoments: weights do not fit (got ${weights.length}, expected ${String(value.shape[0])}).`,
    );
  }
  return scope(() => {
    const shape = [weights.length, ...value.shape.slice(1).map(() => 1)];
    const w = reshape(tensor(weights, { dtype: value.dtype as "f64", device: value.device }), shape);
    const mean = sum(mul(value, w), { axis: 0 });
    const variance = sum(mul(square(sub(value, mean)), w), { axis: 0 });
    return { mean, variance: add(variance, 0) };
  });
}
