/** Pooling over windows. Each axis is pooled by itself: a window's columns first, then its rows. */
import { isFloat, requireDType, type DType } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag } from "../errors.ts";
import { add, div, maximum } from "../ops/arith.ts";
import { tensor } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { pad, slice } from "../ops/movement.ts";
import { aliasOf, reshapeTo } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { perAxis, requireImages, sidesOf, windowCount, type PerAxis, type Sides } from "./options.ts";

/** Options of {@link maxPool2d} and its kind. */
export interface PoolOptions {
  /** Step of the window; its size when left out: windows that touch and do not overlap. */
  readonly stride?: PerAxis;
  /** Width around the input, at most half the window; 0 when left out. */
  readonly padding?: Sides;
}

/** Options of {@link maxPool2d} and its kind. */
export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the elements of a window; 1 when left out. */
  readonly dilation?: PerAxis;
}

/** Options of {@link avgPool2d} and its kind. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the zeros of the padding count as elements; true when left out. */
  readonly countPadding?: boolean;
}

/** Windows along one axis. */
interface Windows {
  readonly axis: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly sides: readonly [number, number];
  readonly count: number;
}

function windowsOf(name: string, x: Tensor, size: PerAxis, options: MaxPoolOptions, rank: number): Windows[] {
  const sizes = perAxis(name, "size", size, rank, 1);
  const strides = perAxis(name, "stride", options.stride ?? sizes, rank, 1);
  const dilations = perAxis(name, "dilation", options.dilation, rank, 1, 1);
  const sides = sidesOf(name, options.padding, rank);
  return sizes.map((n, a) => {
    if (Math.max(...sides[a]) * 2 > n) {
      throw new ArgumentError(
        `${name}: padding must be at most half the window (got ${Math.max(...sides[a])} for a window of ${n}).`,
      );
    }
    const reach = dilations[a] * (n - 1) + 1;
    const count = windowCount(name, x.shape[a + 2], sides[a], reach, strides[a]);
    return { axis: a + 2, size: n, stride: strides[a], dilation: dilations[a], sides: sides[a], count };
  });
}

/** Combines the elements of every window along one axis, neighbours first. */
function combine(
  x: Tensor,
  { axis, size, stride, dilation, sides, count }: Windows,
  fill: number,
  f: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const padded = pad(
    x,
    x.shape.map((_, d): number | readonly [number, number] => (d === axis ? sides : 0)),
    { value: fill },
  );
  let parts = Array.from({ length: size }, (_, k) => {
    const first = k * dilation;
    return slice(padded, [
      ...new Array<null>(axis).fill(null),
      [first, first + (count - 1) * stride + 1, stride] as const,
    ]);
  });
  while (parts.length > 1) {
    parts = parts.flatMap((part, i) => (i % 2 === 1 ? [] : i + 1 < parts.length ? [f(part, parts[i + 1])] : [part]));
  }
  return parts[0];
}

const lowest = (dtype: DType): number => (dtype === "i32" ? -2147483648 : dtype === "u32" ? 0 : -Infinity);

function maxPool(name: string, x: Tensor, size: PerAxis, options: MaxPoolOptions, rank: number): Tensor {
  requireImages(name, x, rank);
  requireDType(name, x.dtype, "number");
  checkOptions(name, options, ["stride", "padding", "dilation"]);
  const windows = windowsOf(name, x, size, options, rank);
  const y = windows.reduceRight((part, w) => combine(part, w, lowest(x.dtype), maximum), x);
  return y === x ? aliasOf(x) : y;
}

function avgPool(name: string, x: Tensor, size: PerAxis, options: AvgPoolOptions, rank: number): Tensor {
  requireImages(name, x, rank);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  requireDType(name, y.dtype, "float");
  checkOptions(name, options, ["stride", "padding", "countPadding"]);
  requireFlag(name, "countPadding", options.countPadding);
  const windows = windowsOf(name, x, size, options, rank);
  const total = windows.reduceRight((part, w) => combine(part, w, 0, add), y);
  const padded = windows.some(({ sides }) => sides[0] + sides[1] > 0);
  if (padded && options.countPadding === false) {
    return windows.reduce((part, w) => div(part, insideOf(w, x, part.dtype)), total);
  }
  return div(
    total,
    windows.reduce((n, w) => n * w.size, 1),
  );
}

/** How many elements of every window along an axis lie in the input, as a tensor that broadcasts along the other axes. */
function insideOf({ axis, size, stride, sides, count }: Windows, x: Tensor, dtype: DType): Tensor {
  const n = x.shape[axis];
  const inside = Float64Array.from({ length: count }, (_, i) => {
    const first = i * stride - sides[0];
    return Math.min(n, first + size) - Math.max(0, first);
  });
  const shape = x.shape.map((_, d) => (d === axis ? count : 1));
  return reshapeTo(tensor(inside, { dtype, device: x.device }), internShape(shape));
}

/**
 * The largest element of every window, `max_k x[n, c, i*stride + k*dilation - padding]`; NaN if any is NaN. Padding is
 * never the largest. Where several elements of a window are the largest, the gradient is divided among them.
 * @param x [batch, channels, length]: f32, f64, i32 or u32
 * @param size number of elements of a window
 * @returns [batch, channels, floor((length + padding - dilation*(size-1) - 1) / stride) + 1]
 * @throws ShapeError when a window is larger than the padded input, ArgumentError for bad options, DTypeError for bools and
 * complex numbers.
 * Cost: `size` operations per axis and element.
 */
export function maxPool1d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool1d", x, size, options, 1);
}

/** {@link maxPool1d} over the windows of [batch, channels, height, width]. */
export function maxPool2d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool2d", x, size, options, 2);
}

/** {@link maxPool1d} over the windows of [batch, channels, depth, height, width]. */
export function maxPool3d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool("maxPool3d", x, size, options, 3);
}

/**
 * The mean of every window. The zeros of the padding count as elements, unless `countPadding` is false: then the divisor is
 * the number of elements of the input in the window. Integers and bools give f32.
 * @param x [batch, channels, length]
 * @param size number of elements of a window
 * @returns [batch, channels, floor((length + padding - size) / stride) + 1]
 * @throws ShapeError when a window is larger than the padded input, ArgumentError for bad options, DTypeError for complex
 * numbers.
 * Cost: `size` operations per axis and element.
 */
export function avgPool1d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool1d", x, size, options, 1);
}

/** {@link avgPool1d} over the windows of [batch, channels, height, width]. */
export function avgPool2d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool2d", x, size, options, 2);
}

/** {@link avgPool1d} over the windows of [batch, channels, depth, height, width]. */
export function avgPool3d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool3d", x, size, options, 3);
}
