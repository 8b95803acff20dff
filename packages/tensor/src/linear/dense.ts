/** Between matrices and operators. */
import { isComplex } from "../dtype.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { conj } from "../ops/complex.ts";
import { astype } from "../ops/elementwise.ts";
import { eye } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { flatten, reshape, slice, stack, transpose } from "../ops/movement.ts";
import { showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { linearOperator, requireField, requireOperator, type LinearOperator } from "./operator.ts";

/**
 * A matrix [m, n] as an operator from vectors [n] to vectors [m].
 * @throws ShapeError unless it is a matrix, DTypeError for integers and bools
 */
export function matrixOperator(matrix: Tensor): LinearOperator {
  requireTensor("matrixOperator", matrix);
  if (matrix.ndim !== 2) {
    throw new ShapeError(`matrixOperator: not a matrix (got shape ${showShape(matrix.shape)}, expected two axes).`);
  }
  requireField("matrixOperator", matrix.dtype);
  const [m, n] = matrix.shape;
  return linearOperator({
    name: "matrixOperator",
    domain: [n],
    range: [m],
    dtype: matrix.dtype,
    device: matrix.device,
    apply: (x) => matmul(matrix, x),
    adjoint: (y) => matmul(isComplex(matrix.dtype) ? conj(transpose(matrix)) : transpose(matrix), y),
  });
}

/**
 * The matrix of an operator, [size of range, size of domain], with flattened sides. One application per column: for small
 * operators, tests and pictures.
 * @param options the device to apply it on: the operator's own, or the default device, when left out
 * @throws ArgumentError unless it is an operator, DeviceError for an unknown device
 */
export function toMatrix(a: LinearOperator, options: { readonly device?: string } = {}): Tensor {
  requireOperator("toMatrix", a);
  checkOptions("toMatrix", options, ["device"]);
  const n = a.domain.reduce((x, y) => x * y, 1);
  const units = astype(eye(n, n, { device: options.device ?? a.device }), a.dtype);
  const columns = Array.from({ length: n }, (_, j) => flatten(a.apply(reshape(slice(units, [j]), a.domain))));
  return transpose(stack(columns));
}
