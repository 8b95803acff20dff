/** Pooling to a given size: the windows follow from the sizes of input and output. */
import { isFloat, requireDType, type DType } from "../dtype.ts";
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { div } from "../ops/arith.ts";
import { where } from "../ops/compare.ts";
import { tensor } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { max } from "../ops/reduce.ts";
import { sumOver } from "../ops/structural.ts";
import { takeNode } from "../ops/take.ts";
import { aliasOf, reshapeTo } from "../ops/views.ts";
import { internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** Throws unless `size` has one to three positive integers and x as many spatial axes, none of them empty. */
export function requireSizes(name: string, x: Tensor, size: readonly number[]): void {
  requireTensor(name, x);
  if (
    !Array.isArray(size) ||
    size.length < 1 ||
    size.length > 3 ||
    !size.every((n: unknown) => Number.isInteger(n) && (n as number) > 0)
  ) {
    throw new ArgumentError(`${name}: size must be an array of one to three positive integers (got ${show(size)}).`);
  }
  if (x.ndim !== size.length + 2 || x.shape.slice(2).includes(0)) {
    throw new ShapeError(
      `${name}: x does not fit (got ${showShape(x.shape)}, expected [batch, channels] and ${size.length} axes that are not empty).`,
    );
  }
}

/** The windows of one axis of x as a new axis after it. */
interface Unfolded {
  readonly windows: Tensor;
  /** Number of elements of every window. */
  readonly lengths: readonly number[];
}

/** Windows of equal length are a view; otherwise elements are gathered, and a shorter window repeats its last one. */
function unfold(x: Tensor, axis: number, count: number): Unfolded {
  const n = x.shape[axis];
  const first = (i: number): number => Math.floor((i * n) / count);
  const lengths = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * n) / count) - first(i));
  const longest = Math.max(...lengths);
  if (n % count === 0) {
    const shape = internShape([...x.shape.slice(0, axis), count, longest, ...x.shape.slice(axis + 1)]);
    return { windows: reshapeTo(x, shape), lengths };
  }
  const at = lengths.flatMap((length, i) =>
    Array.from({ length: longest }, (_, k) => first(i) + Math.min(k, length - 1)),
  );
  const indices = tensor(Int32Array.from(at), { shape: [count, longest], device: x.device });
  return { windows: takeNode(x, indices, { axis, checked: false }), lengths };
}

/** Numbers along axes from `axis` on, as a tensor that broadcasts along the others of x. */
function along(x: Tensor, axis: number, values: Float64Array, shape: readonly number[], dtype: DType): Tensor {
  const wide = [...shape, ...new Array<number>(x.ndim - axis - shape.length).fill(1)];
  return tensor(values, { shape: wide, dtype, device: x.device });
}

/**
 * The largest elements of windows that divide every spatial axis into `size` parts: window i of an axis of n has the
 * positions from `floor(i n / size)` to `ceil((i + 1) n / size)`, so that windows overlap where n is no multiple. The
 * gradient is divided where several elements are the largest.
 * @param x [batch, channels] and as many spatial axes as `size` has entries (one to three): f32, f64, i32 or u32
 * @throws ShapeError when x does not fit, ArgumentError for a bad size, DTypeError for bools and complex numbers
 */
export function adaptiveMaxPool(x: Tensor, size: readonly number[]): Tensor {
  requireSizes("adaptiveMaxPool", x, size);
  requireDType("adaptiveMaxPool", x.dtype, "number");
  const pooled = size.reduce(
    (part: Tensor, count, a) =>
      part.shape[a + 2] === count ? part : max(unfold(part, a + 2, count).windows, { axis: a + 3 }),
    x,
  );
  return pooled === x ? aliasOf(x) : pooled;
}

/**
 * The means of the windows of {@link adaptiveMaxPool}; integers and bools give f32.
 * @throws ShapeError when x does not fit, ArgumentError for a bad size, DTypeError for complex numbers
 */
export function adaptiveAvgPool(x: Tensor, size: readonly number[]): Tensor {
  requireSizes("adaptiveAvgPool", x, size);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  requireDType("adaptiveAvgPool", y.dtype, "float");
  const pooled = size.reduce((part: Tensor, count, a) => {
    const axis = a + 2;
    if (part.shape[axis] === count) return part;
    const { windows, lengths } = unfold(part, axis, count);
    const longest = windows.shape[axis + 1];
    const even = lengths.every((length) => length === longest);
    const inside = lengths.flatMap((length) => Array.from({ length: longest }, (_, k) => Number(k < length)));
    const mask = along(windows, axis, Float64Array.from(inside), [count, longest], "bool");
    const total = sumOver(even ? windows : where(mask, windows, 0), [axis + 1]);
    return div(total, along(total, axis, Float64Array.from(lengths), [count], total.dtype));
  }, y);
  return pooled === x ? aliasOf(x) : pooled;
}
