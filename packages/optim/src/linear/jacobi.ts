/** The diagonal as a preconditioner. */
import { reciprocal, type Tensor } from "@ansatz/tensor";
import { diagonalOperator, type LinearOperator } from "@ansatz/tensor/linear";

/** Division by an operator's diagonal, which must not contain zeros. */
export function jacobiPreconditioner(diagonal: Tensor): LinearOperator {
  return diagonalOperator(reciprocal(diagonal).eval());
}
