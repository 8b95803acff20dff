/** Helpers of batching: the batch is the first axis. */
import { expandTo } from "../ops/views.ts";
import { internShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The shape of a batch of `x`. */
export function batchShape(x: Tensor, size: number): Shape {
  return internShape([size, ...x.shape]);
}

/** A batch of `x`: `batch`, or repetitions of x where all elements share it. */
export function lead(x: Tensor, batch: Tensor | null, size: number): Tensor {
  return batch ?? expandTo(x, batchShape(x, size));
}

/** Integers from `first` to before `end`. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}
