/** Between matrices and operators. */
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { eye } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { flatten, reshape, slice, stack, transpose } from "../ops/movement.ts";
import { showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { linearOperator, requireOperator, type LinearOperator } from "./operator.ts";

/**
 * A matrix [m, n] as an operator from vectors [n] to vectors [m].
 * @throws ShapeError unless it is a matrix, DTypeError unless its elements are floats
 */
export function matrixOperator(matrix: Tensor): LinearOperator {
  requireTensor("matrixOperator", matrix);
  if (matrix.ndim !== 2) {
    throw new ShapeError(`matrixOperator: not a matrix (got shape ${showShape(matrix.shape)}, expected two axes).`);
  }
  if (!isFloat(matrix.dtype)) {
    throw new DTypeError(`matrixOperator: elements must be floats (got ${matrix.dtype}, expected f32 or f64).`);
  }
  const [m, n] = matrix.shape;
  return linearOperator({
    name: "matrixOperator",
    domain: [n],
    range: [m],
    dtype: matrix.dtype,
    apply: (x) => matmul(matrix, x),
    adjoint: (y) => matmul(transpose(matrix), y),
  });
}

/**
 * The matrix of an operator, [size of range, size of domain], with flattened sides. One application per column: for small
 * operators, tests and pictures.
 */
export function toMatrix(a: LinearOperator): Tensor {
  requireOperator("toMatrix", a);
  const n = a.domain.reduce((x, y) => x * y, 1);
  const units = eye(n, n, { dtype: a.dtype });
  const columns = Array.from({ length: n }, (_, j) => flatten(a.apply(reshape(slice(units, [j]), a.domain))));
  return transpose(stack(columns));
}
