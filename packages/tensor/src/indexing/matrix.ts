/** Triangles, diagonals and rotations of tensors. */
import type { DType } from "../dtype.ts";
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { add } from "../ops/arith.ts";
import { greaterEqual, lessEqual, where } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { concat, slice } from "../ops/movement.ts";
import { assemble } from "../ops/structural.ts";
import { aliasOf, expandTo, reshapeTo, sliceBy } from "../ops/views.ts";
import { checkShape, internShape, normalizeAxes, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

function requireOffset(name: string, offset: number): void {
  if (!Number.isInteger(offset)) throw new ArgumentError(`${name}: offset must be an integer (got ${show(offset)}).`);
}

function requireMatrix(name: string, x: Tensor): void {
  requireTensor(name, x);
  if (x.ndim < 2) {
    throw new ShapeError(`${name}: x needs at least two axes (got ${showShape(x.shape)}, expected a matrix).`);
  }
}

function triangle<D extends DType>(
  name: string,
  x: Tensor<D>,
  offset: number,
  kept: (column: Tensor, edge: Tensor) => Tensor,
): Tensor<D> {
  requireMatrix(name, x);
  requireOffset(name, offset);
  const [rows, columns] = x.shape.slice(-2);
  const row = reshapeTo(iota([rows], { device: x.device }), internShape([rows, 1]));
  const mask = kept(iota([columns], { device: x.device }), add(row, Math.max(-rows, Math.min(columns, offset))));
  const zero = x.dtype === "bool" ? false : 0;
  return where(expandTo(mask, x.s), x, zero) as Tensor as Tensor<D>;
}

/**
 * The lower triangle of matrices: elements with `column <= row + offset` stay, the others become 0.
 * @param x matrices along the last two axes
 * @throws ShapeError for less than two axes, ArgumentError for an offset that is no integer
 */
export function tril<D extends DType>(x: Tensor<D>, offset = 0): Tensor<D> {
  return triangle("tril", x, offset, lessEqual);
}

/** The upper triangle of matrices: elements with `column >= row + offset` stay, the others become 0. See {@link tril}. */
export function triu<D extends DType>(x: Tensor<D>, offset = 0): Tensor<D> {
  return triangle("triu", x, offset, greaterEqual);
}

/**
 * The diagonal `x[..., i, i + offset]` of matrices, as vectors along the last axis. A view.
 * @param offset 0 for the main diagonal, positive above, negative below it
 * @throws ShapeError for less than two axes, ArgumentError for an offset outside of the matrix
 */
export function diagonal<D extends DType>(x: Tensor<D>, offset = 0): Tensor<D> {
  requireMatrix("diagonal", x);
  requireOffset("diagonal", offset);
  const [rows, columns] = x.shape.slice(-2);
  if (offset < -rows || offset > columns) {
    throw new ArgumentError(
      `diagonal: offset is outside of the matrix (got ${offset} for ${showShape(x.shape)}, expected an integer in [${-rows}, ${columns}]).`,
    );
  }
  const count = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const first = Math.max(0, -offset) * columns + Math.max(0, offset);
  const lead = x.shape.slice(0, -2);
  const flat = reshapeTo(x, internShape([...lead, rows * columns]));
  return sliceBy(
    flat,
    [...lead.map(() => 0), count === 0 ? 0 : first],
    [...lead.map(() => 1), count <= 1 ? 1 : columns + 1],
    [...lead, count],
  );
}

/**
 * Square matrices with vectors on a diagonal and 0 elsewhere: `y[..., i, i + offset] = x[..., i]`.
 * @param x vectors along the last axis
 * @throws ShapeError for a scalar, ArgumentError for an offset that is no integer
 */
export function diag<D extends DType>(x: Tensor<D>, offset = 0): Tensor<D> {
  requireTensor("diag", x);
  requireOffset("diag", offset);
  if (x.ndim === 0) throw new ShapeError("diag: x needs at least one axis (got [], expected vectors).");
  const n = x.shape[x.ndim - 1] + Math.abs(offset);
  const lead = x.shape.slice(0, -1);
  const shape = checkShape("diag", [...lead, n, n]);
  const first = Math.max(0, -offset) * n + Math.max(0, offset);
  const region = { starts: [...lead.map(() => 0), first], steps: [...lead.map(() => 1), n + 1] };
  return reshapeTo(assemble([x], [region], internShape([...lead, n * n]), 0), shape);
}

/**
 * Elements moved `shift` places along axes; those that leave at an end come back at the other.
 * @param shift one integer for all named axes, or one for each
 * @param axis one axis or several; without it, all elements in C order count as one axis
 * @throws ShapeError for an axis out of range, ArgumentError for shifts that are no integers or do not fit the axes
 */
export function roll<D extends DType>(
  x: Tensor<D>,
  shift: number | readonly number[],
  axis?: number | readonly number[],
): Tensor<D> {
  requireTensor("roll", x);
  const shifts = typeof shift === "number" ? [shift] : shift;
  if (!Array.isArray(shifts) || !shifts.every((s: unknown) => Number.isInteger(s))) {
    throw new ArgumentError(`roll: shift must be an integer or an array of integers (got ${show(shift)}).`);
  }
  if (axis === undefined) {
    if (shifts.length !== 1) {
      throw new ArgumentError(`roll: without axes one shift is needed (got ${show(shift)}, expected an integer).`);
    }
    return reshapeTo(rollAxis(reshapeTo(x, internShape([x.size])), shifts[0] as number, 0), x.s);
  }
  const axes = typeof axis === "number" ? [axis] : axis;
  normalizeAxes("roll", axes, x.ndim);
  if (shifts.length !== 1 && shifts.length !== axes.length) {
    throw new ArgumentError(
      `roll: shifts do not fit the axes (got ${show(shift)} for axes ${show(axis)}, expected one shift or one per axis).`,
    );
  }
  const y = axes.reduce(
    (part: Tensor<D>, d, i) => rollAxis(part, shifts[i % shifts.length] as number, d < 0 ? d + x.ndim : d),
    x,
  );
  return y === x ? aliasOf(x) : y;
}

function rollAxis<D extends DType>(x: Tensor<D>, shift: number, axis: number): Tensor<D> {
  const n = x.shape[axis];
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return x;
  const before = new Array<null>(axis).fill(null);
  return concat([slice(x, [...before, [n - by, n]]), slice(x, [...before, [0, n - by]])], axis);
}
