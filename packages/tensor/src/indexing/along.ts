/** Selecting and adding one element per position along an axis. */
import { isComplex, requireDType, type DType } from "../dtype.ts";
import { DTypeError, ShapeError, show } from "../errors.ts";
import { add, mul } from "../ops/arith.ts";
import { greaterEqual, less, logicalAnd, where } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { scatterAdd, take } from "../ops/take.ts";
import { expandTo, permuteBy, reshapeTo } from "../ops/views.ts";
import { checkShape, internShape, normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** A position that is outside of every axis. */
const OUTSIDE = 2147483647;

/** Checks indices: integers, as i32. */
export function requirePositions(name: string, indices: Tensor, what = "indices"): Tensor<"i32"> {
  requireTensor(name, indices, what);
  if (indices.dtype === "i32") return indices as Tensor<"i32">;
  if (indices.dtype === "u32") {
    const fits = less(indices, OUTSIDE);
    return cast(where(fits, indices, OUTSIDE), "i32");
  }
  throw new DTypeError(
    `${name}: ${what} must be integers (got ${indices.dtype}, expected i32 or u32). Convert with astype().`,
  );
}

/** The permutation that exchanges an axis with the last. */
function exchange(rank: number, axis: number): number[] {
  return Array.from({ length: rank }, (_, d) => (d === axis ? rank - 1 : d === rank - 1 ? axis : d));
}

/** Positions along an axis of `n` elements as positions among all rows one after the other. `at` has the axis last. */
function flatPositions(at: Tensor, n: number): Tensor {
  const rows = at.size / Math.max(1, at.shape[at.ndim - 1]);
  const row = mul(iota([rows], { device: at.device }), n);
  const first = expandTo(reshapeTo(row, internShape([...at.shape.slice(0, -1), 1])), at.s);
  const wrapped = where(less(at, 0), add(at, n), at);
  const inside = logicalAnd(greaterEqual(wrapped, 0), less(wrapped, n));
  return where(inside, add(wrapped, first), OUTSIDE);
}

function requireSameRows(name: string, x: Tensor, indices: Tensor, axis: number): void {
  if (indices.ndim !== x.ndim || indices.shape.some((n, d) => d !== axis && n !== x.shape[d])) {
    throw new ShapeError(
      `${name}: shapes do not fit (got ${showShape(x.shape)} and indices ${showShape(indices.shape)}, expected equal sizes except on axis ${axis}).`,
    );
  }
}

/**
 * One element of x per position: `y[i, j, k] = x[i, indices[i, j, k], k]` for axis 1 (`take_along_axis` in NumPy, `gather` in
 * PyTorch). Negative positions count from the end; positions outside give NaN (0 for integers and bools). The gradient is
 * {@link scatterAddAlong}.
 * @param indices i32 or u32, of the shape of x except along the axis
 * @param axis the last when left out
 * @throws ShapeError when shapes do not fit or the axis is empty, DTypeError for indices that are not integers
 */
export function takeAlong<D extends DType>(x: Tensor<D>, indices: Tensor, axis = -1): Tensor<D> {
  requireTensor("takeAlong", x);
  const at = requirePositions("takeAlong", indices);
  const d = normalizeAxis("takeAlong", axis, x.ndim);
  requireSameRows("takeAlong", x, at, d);
  const n = x.shape[d];
  if (n === 0 && at.size > 0) {
    throw new ShapeError(`takeAlong: axis ${d} is empty (got ${showShape(x.shape)}, expected something to take from).`);
  }
  if (at.size === 0) return reshapeTo(take(reshapeTo(x, internShape([x.size])), reshapeTo(at, internShape([0]))), at.s);
  const perm = exchange(x.ndim, d);
  const flat = reshapeTo(permuteBy(x, perm), internShape([x.size]));
  return permuteBy(take(flat, flatPositions(permuteBy(at, perm), n)), perm);
}

/**
 * The adjoint of {@link takeAlong}: zeros with `size` positions along the axis, to which the elements of x are added at their
 * indices, in order. Elements at positions outside are dropped. Integers wrap modulo 2^32.
 * @param x numbers
 * @param indices i32 or u32, of the shape of x
 * @param axis the last when left out
 * @throws ShapeError when shapes do not fit, DTypeError for bools or indices that are not integers
 */
export function scatterAddAlong<D extends DType>(x: Tensor<D>, indices: Tensor, size: number, axis = -1): Tensor<D> {
  requireTensor("scatterAddAlong", x);
  const at = requirePositions("scatterAddAlong", indices);
  if (!isComplex(x.dtype)) requireDType("scatterAddAlong", x.dtype, "number");
  const d = normalizeAxis("scatterAddAlong", axis, x.ndim);
  requireSameRows("scatterAddAlong", x, at, d);
  if (at.shape[d] !== x.shape[d]) {
    throw new ShapeError(
      `scatterAddAlong: shapes do not fit (got ${showShape(x.shape)} and indices ${showShape(at.shape)}, expected equal ones).`,
    );
  }
  if (!Number.isInteger(size) || size < 0) {
    throw new ShapeError(`scatterAddAlong: size must be a non-negative integer (got ${show(size)}).`);
  }
  const perm = exchange(x.ndim, d);
  const rows = permuteBy(x, perm);
  const shape = checkShape("scatterAddAlong", [...rows.shape.slice(0, -1), size]);
  const positions = reshapeTo(flatPositions(permuteBy(at, perm), size), internShape([x.size]));
  const flat = scatterAdd(reshapeTo(rows, internShape([x.size])), positions, shape.size);
  return permuteBy(reshapeTo(flat, shape), perm);
}
