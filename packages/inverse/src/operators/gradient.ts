/** Differences of neighbouring pixels. */
import { add, pad, slice, stack, sub, type DType, type Tensor } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";

/** Ranges that select everything but along one axis. */
const along = (ndim: number, axis: number, range: readonly [number, number]): (readonly [number, number] | null)[] =>
  Array.from({ length: ndim }, (_, a) => (a === axis ? range : null));

/** `x[i + 1] - x[i]` along an axis, 0 at its end. */
export function difference(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis];
  const steps = sub(slice(x, along(x.ndim, axis, [1, n])), slice(x, along(x.ndim, axis, [0, n - 1])));
  return pad(
    steps,
    Array.from({ length: x.ndim }, (_, a) => [0, a === axis ? 1 : 0] as const),
  );
}

/** The adjoint of {@link difference}: `y[i - 1] - y[i]`, without the last element of y. */
export function differenceAdjoint(y: Tensor, axis: number): Tensor {
  const n = y.shape[axis];
  const steps = slice(y, along(y.ndim, axis, [0, n - 1]));
  const at = (before: number, after: number) =>
    Array.from({ length: y.ndim }, (_, a) => (a === axis ? ([before, after] as const) : ([0, 0] as const)));
  return sub(pad(steps, at(1, 0)), pad(steps, at(0, 1)));
}

/**
 * The gradient of an image of any number of axes, [axes, ...shape]: forward differences, 0 at the end of an axis. Its norm is below
 * `2 sqrt(axes)`.
 */
export function gradientOperator(shape: readonly number[], dtype: DType = "f32"): LinearOperator {
  return linearOperator({
    name: "gradientOperator",
    domain: shape,
    range: [shape.length, ...shape],
    dtype,
    apply: (x) => stack(shape.map((_, axis) => difference(x, axis))),
    adjoint: (y) => shape.map((_, axis) => differenceAdjoint(slice(y, [axis]), axis)).reduce((a, b) => add(a, b)),
  });
}
