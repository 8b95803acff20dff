/** Changing rows at computed positions. */
import { isComplex, requireDType, type DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { add, maximum, sub } from "../ops/arith.ts";
import { greater, greaterEqual, less, logicalAnd, notEqual, where } from "../ops/compare.ts";
import { full } from "../ops/create.ts";
import { concat, slice } from "../ops/movement.ts";
import { scatterAdd, take } from "../ops/take.ts";
import { aliasOf, expandTo, reshapeTo } from "../ops/views.ts";
import { internShape, normalizeAxis, showShape } from "../shape.ts";
import { argsort } from "../sorting/sort.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { requirePositions } from "./along.ts";

interface Arguments {
  readonly at: Tensor<"i32">;
  readonly axis: number;
}

function argumentsOf(name: string, x: Tensor, indices: Tensor, values: Tensor, axis: number): Arguments {
  requireTensor(name, x);
  const at = requirePositions(name, indices);
  requireTensor(name, values, "values");
  if (values.dtype !== x.dtype) {
    throw new DTypeError(
      `${name}: data types differ (got ${x.dtype} and values of ${values.dtype}, expected equal ones). Convert with astype().`,
    );
  }
  const d = normalizeAxis(name, axis, x.ndim);
  const shape = [...x.shape.slice(0, d), ...at.shape, ...x.shape.slice(d + 1)];
  if (at.ndim !== 1 || values.shape.length !== shape.length || values.shape.some((n, i) => n !== shape[i])) {
    throw new ShapeError(
      `${name}: shapes do not fit (got ${showShape(x.shape)}, indices ${showShape(at.shape)} and values ${showShape(values.shape)}, ` +
        `expected one axis of indices, and values of the shape of x with as many on axis ${d}).`,
    );
  }
  return { at, axis: d };
}

/**
 * x with rows added to it: row `indices[k]` along the axis gets row k of the values, in order; several for one position add
 * up. Negative positions count from the end, positions outside are dropped. Gradients flow to x and to the values.
 * @param indices i32 or u32, one axis
 * @param values of the shape of x with as many rows as there are indices
 * @throws ShapeError when shapes do not fit, DTypeError for bools, for indices that are not integers, and for values of
 * another data type
 */
export function indexAdd<D extends DType>(x: Tensor<D>, indices: Tensor, values: Tensor<D>, axis = 0): Tensor<D> {
  const { at, axis: d } = argumentsOf("indexAdd", x, indices, values, axis);
  if (!isComplex(x.dtype)) requireDType("indexAdd", x.dtype, "number");
  return add(x, scatterAdd(values, at, x.shape[d], d)) as Tensor as Tensor<D>;
}

/**
 * For every position along an axis of `n`, 1 + the index of the last of the indices that names it, or 0: sorted, the last of
 * equal ones is followed by another.
 */
function lastNamed(at: Tensor<"i32">, n: number): Tensor {
  const wrapped = where(less(at, 0), add(at, n), at);
  const order = argsort(wrapped);
  const sorted = take(wrapped, order);
  const end = full([1], n, { dtype: "i32", device: at.device });
  const next = concat<DType>([slice(sorted, [[1, at.size]]), end]);
  // A position below -n is still negative here, and must not count from the end once more.
  const valid = logicalAnd(notEqual(sorted, next), greaterEqual(sorted, 0));
  return scatterAdd(where(valid, add(order, 1), 0), maximum(sorted, 0), n);
}

/**
 * x with rows replaced: row `indices[k]` along the axis becomes row k of the values; of several for one position the last
 * one counts. Negative positions count from the end, positions outside are dropped. Gradients flow to the rows of x that
 * stay and to the values that count.
 * @param indices i32 or u32, one axis
 * @param values of the shape of x with as many rows as there are indices
 * @throws ShapeError when shapes do not fit, DTypeError for indices that are not integers and for values of another data
 * type. Cost: two copies, and sorting the indices.
 */
export function put<D extends DType>(x: Tensor<D>, indices: Tensor, values: Tensor<D>, axis = 0): Tensor<D> {
  const { at, axis: d } = argumentsOf("put", x, indices, values, axis);
  if (at.size === 0 || x.size === 0) return aliasOf(x);
  const last = lastNamed(at, x.shape[d]);
  const chosen = take(values, maximum(sub(last, 1), 0), d);
  const along = internShape(x.shape.map((n, e) => (e === d ? n : 1)));
  return where(expandTo(reshapeTo(greater(last, 0), along), x.s), chosen, x) as Tensor as Tensor<D>;
}
