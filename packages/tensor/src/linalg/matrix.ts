/** Checks of matrix arguments, and small functions of matrices that rules of differentiation are written in. */
import type { GpuRoutine, Routine } from "../backend/backend.ts";
import { isComplex, isFloat, type DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { add, mul } from "../ops/arith.ts";
import { equal, greaterEqual, where } from "../ops/compare.ts";
import { conjugate } from "../ops/complex.ts";
import { iota } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { broadcastTo, transpose, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { broadcastShapes, internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** An operation on real matrices and that on complex ones, which differ in what they run only. */
export interface OpPair {
  readonly real: RoutineOp;
  readonly complex: RoutineOp;
}

/** How both operations of a pair are computed: on the CPU by a routine each, on a GPU by one that is told which. */
export interface Routines {
  readonly real: Routine["js"];
  readonly complex: Routine["js"];
  readonly gpu: (complex: boolean) => GpuRoutine;
}

/** Defines both operations of a pair. */
export function defineOps(
  name: string,
  { real, complex, gpu }: Routines,
  rest: Pick<RoutineOp, "strided" | "more" | "vjp" | "vjpAll">,
): OpPair {
  const define = (js: Routine["js"], pairs: boolean): RoutineOp =>
    defineOp<RoutineOp>({
      kind: "routine",
      schedule: lowerRoutine,
      name,
      routine: { name, js, gpu: (...operands) => gpu(pairs)(...operands) },
      ...rest,
    });
  return { real: define(real, false), complex: define(complex, true) };
}

/** The operation of a pair for a matrix. */
export function opFor({ real, complex }: OpPair, a: Tensor): RoutineOp {
  return isComplex(a.dtype) ? complex : real;
}

/** Checks that an argument is a matrix of floats or complex numbers, or a stack of them, with rows and columns. */
export function requireMatrix(name: string, x: unknown, what = "a"): asserts x is Tensor {
  requireTensor(name, x, what);
  if (!isFloat(x.dtype) && !isComplex(x.dtype)) {
    throw new DTypeError(
      `${name}: ${what} is no float matrix (got ${x.dtype}, expected f32, f64, c64 or c128). Convert with astype().`,
    );
  }
  if (x.ndim < 2 || x.shape.slice(-2).includes(0)) {
    throw new ShapeError(
      `${name}: ${what} is no matrix (got ${showShape(x.shape)}, expected [..., rows, columns] with at least one of each).`,
    );
  }
}

/** Checks that an argument is a square matrix or a stack of them. */
export function requireSquare(name: string, x: unknown, what = "a"): asserts x is Tensor {
  requireMatrix(name, x, what);
  const [m, n] = x.shape.slice(-2);
  if (m !== n)
    throw new ShapeError(`${name}: ${what} is not square (got ${showShape(x.shape)}, expected [..., n, n]).`);
}

/** A system's matrix and right side with equal leading axes. */
export interface System {
  readonly a: Tensor;
  /** A vector has become a column. */
  readonly b: Tensor;
  /** Whether b was one vector. */
  readonly vector: boolean;
}

/** Checks a matrix and a right side, a vector or [..., m, k], and broadcasts their leading axes. */
export function systemOf(name: string, a: Tensor, b: unknown): System {
  requireTensor(name, b, "b");
  const [m] = a.shape.slice(-2);
  if (b.dtype !== (a.dtype as DType)) {
    throw new DTypeError(
      `${name}: data types differ (got ${a.dtype} and ${b.dtype}, expected one). Convert with astype().`,
    );
  }
  const vector = b.ndim === 1;
  const columns = vector ? unsqueeze(b, 1) : b;
  if (columns.ndim < 2 || columns.shape[columns.ndim - 2] !== m) {
    throw new ShapeError(
      `${name}: b does not fit (got ${showShape(b.shape)}, expected [${m}] or [..., ${m}, k] for a of ${showShape(a.shape)}).`,
    );
  }
  const lead = broadcastShapes(name, internShape(a.shape.slice(0, -2)), internShape(columns.shape.slice(0, -2))).dims;
  const over = (x: Tensor): Tensor => broadcastTo(x, [...lead, ...x.shape.slice(-2)]);
  return { a: over(a), b: over(columns), vector };
}

/** The shape of a stack with other axes at its end. */
export function withLast(x: Tensor, ...last: readonly number[]): readonly number[] {
  return [...x.shape.slice(0, -2), ...last];
}

function rowMinusColumn(x: Tensor): { readonly row: Tensor; readonly column: Tensor } {
  const [m, n] = x.shape.slice(-2);
  const { device } = x;
  return { row: unsqueeze(iota([m], { device }), 1), column: unsqueeze(iota([n], { device }), 0) };
}

/** The part on and below the diagonal, or only below it. */
export function lowerPart(x: Tensor, strict = false): Tensor {
  const { row, column } = rowMinusColumn(x);
  return where(broadcastTo(greaterEqual(row, strict ? add(column, 1) : column), x.shape), x, 0);
}

/** The part on and above the diagonal, or only above it. */
export function upperPart(x: Tensor, strict = false): Tensor {
  return transpose(lowerPart(transpose(x), strict));
}

/** `value` on the diagonal, x elsewhere. */
export function withDiagonal(x: Tensor, value: number): Tensor {
  const { row, column } = rowMinusColumn(x);
  return where(broadcastTo(equal(row, column), x.shape), value, x);
}

/** The diagonal of a matrix. */
export function diagonalOf(x: Tensor): Tensor {
  const { row, column } = rowMinusColumn(x);
  const [m, n] = x.shape.slice(-2);
  return sum(where(broadcastTo(equal(row, column), x.shape), x, 0), { axis: m < n ? -1 : -2 });
}

/** x diag(s). */
export function scaleColumns(x: Tensor, s: Tensor): Tensor {
  return mul(x, unsqueeze(s, -2));
}

/** x^H, the conjugate transpose: of a real matrix, its transpose. */
export function adjoint(x: Tensor): Tensor {
  return conjugate(transpose(x));
}

/** x^H y. */
export function adjointTimes(x: Tensor, y: Tensor): Tensor {
  return matmul(adjoint(x), y);
}

/** x y^H. */
export function timesAdjoint(x: Tensor, y: Tensor): Tensor {
  return matmul(x, adjoint(y));
}
