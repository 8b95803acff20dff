/** Blur by one kernel per axis. */
import { add, ArgumentError, checkOptions, mul, pad, ShapeError, slice, type Tensor } from "@ansatz/tensor";
import { roll } from "@ansatz/tensor/indexing";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount, checkNumbers } from "../check.ts";

/** Options of {@link separableBlurOperator}. */
export interface SeparableBlurOptions {
  /** What lies beyond the edges: zeros (`"zero"`, when left out), or the other side (`"periodic"`). */
  readonly boundary?: "zero" | "periodic";
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
}

/**
 * `y = (K_1 x ... x K_d) x`: along every axis the convolution with a kernel of odd length, whose middle stays in place. An axis without a
 * kernel (`[1]`) is left alone. For images, volumes and stacks.
 *
 * Cost: pixels times the sum of the lengths, where a full kernel costs their product.
 * @throws ShapeError unless there is a kernel of odd length for every axis, not longer than a periodic axis; ArgumentError for numbers that
 * are not finite
 */
export function separableBlurOperator(
  shape: readonly number[],
  kernels: readonly (readonly number[])[],
  options: SeparableBlurOptions = {},
): LinearOperator {
  const name = "separableBlurOperator";
  checkOptions(name, options, ["boundary", "dtype"]);
  const { boundary = "zero", dtype = "f32" } = options;
  checkChoice(name, "boundary", boundary, ["zero", "periodic"]);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  if (!Array.isArray(kernels) || kernels.length !== shape.length) {
    throw new ShapeError(
      `${name}: kernels do not fit (got ${kernels?.length}, expected one for each of ${shape.length} axes).`,
    );
  }
  shape.forEach((n, axis) => {
    checkCount(name, `shape[${axis}]`, n);
    checkNumbers(name, `kernels[${axis}]`, kernels[axis]);
    const { length } = kernels[axis];
    if (length % 2 !== 1 || (boundary === "periodic" && length > n)) {
      throw new ArgumentError(
        `${name}: kernels[${axis}] has a length that does not fit (got ${length}, expected an odd number` +
          `${boundary === "periodic" ? `, at most ${n}` : ""}).`,
      );
    }
  });
  const shifted = boundary === "periodic" ? roll : shiftedWithZeros;
  const along = (x: Tensor, axis: number, kernel: readonly number[]): Tensor => {
    const middle = (kernel.length - 1) / 2;
    return kernel
      .map((weight, i) => mul(i === middle ? x : shifted(x, i - middle, axis), weight))
      .reduce((a, b) => add(a, b));
  };
  const blurred =
    (reverse: boolean) =>
    (x: Tensor): Tensor =>
      kernels.reduce((y, kernel, axis) => {
        if (kernel.length === 1 && kernel[0] === 1) return y;
        return along(y, axis, reverse ? kernel.toReversed() : kernel).eval();
      }, x);
  return linearOperator({ name, domain: shape, range: shape, dtype, apply: blurred(false), adjoint: blurred(true) });
}

/** `y[i] = x[i - by]`, 0 from beyond the edges. */
function shiftedWithZeros(x: Tensor, by: number, axis: number): Tensor {
  const n = x.shape[axis];
  const size = Math.min(Math.abs(by), n);
  const keep = by > 0 ? ([0, n - size] as const) : ([size, n] as const);
  const zeros = by > 0 ? ([size, 0] as const) : ([0, size] as const);
  return pad(
    slice(
      x,
      x.shape.map((_, a) => (a === axis ? keep : null)),
    ),
    x.shape.map((_, a) => (a === axis ? zeros : ([0, 0] as const))),
  );
}
