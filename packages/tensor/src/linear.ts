/** Linear operators between arrays: what they are, how they combine, and how they are tested. */
import "./backend/cpu/complete.ts";
export {
  linearOperator,
  type AdjointPair,
  type LinearOperator,
  type LinearOperatorOptions,
} from "./linear/operator.ts";
export {
  adjointOf,
  composition,
  diagonalOperator,
  gramOperator,
  identityOperator,
  operatorSum,
  scaledOperator,
} from "./linear/algebra.ts";
export { blockDiagonal, horizontalStack, verticalStack } from "./linear/stack.ts";
export { matrixOperator, toMatrix } from "./linear/dense.ts";
export { adjointError, operatorNorm, type OperatorNorm, type OperatorNormOptions } from "./linear/probe.ts";
