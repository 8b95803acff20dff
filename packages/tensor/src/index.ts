/**
 * Lazy, differentiable arrays. Importing this module also installs the common operations as methods on `Tensor`.
 */
import "./backend/cpu/complete.ts";
import "./methods.ts";

export { configure, type Config } from "./config.ts";
export { type Backend, type MemoryUse } from "./backend/backend.ts";
export { cite, distinctCitations, type Citation } from "./citation.ts";
export { backendOf, defaultDevice, devices, registerBackend, withDevice } from "./device.ts";
export {
  DTYPES,
  isComplex,
  isFloat,
  type Complex,
  type ComplexDType,
  type DataArray,
  type DType,
  type DTypeClass,
  type RealDType,
  type ScalarOf,
  type TypedArrayOf,
} from "./dtype.ts";
export {
  AnsatzError,
  ArgumentError,
  checkOptions,
  DeviceError,
  DisposedError,
  DTypeError,
  FormatError,
  InternalError,
  OutOfMemoryError,
  ShapeError,
  TraceError,
} from "./errors.ts";
export { memory, type MemoryReport } from "./memory.ts";
export {
  abs,
  add,
  ceil,
  clip,
  div,
  floor,
  floorDiv,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  reciprocal,
  round,
  sign,
  sqrt,
  square,
  sub,
  trunc,
} from "./ops/arith.ts";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  countLeadingZeros,
  mulhi,
  shiftLeft,
  shiftRight,
} from "./ops/bits.ts";
export {
  equal,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  where,
} from "./ops/compare.ts";
export { angle, asComplex, asReal, complex, conj, imag, real } from "./ops/complex.ts";
export {
  arange,
  eye,
  full,
  fullLike,
  iota,
  linspace,
  ones,
  onesLike,
  scalar,
  tensor,
  to,
  zeros,
  zerosLike,
  type CreateOptions,
  type TensorOptions,
} from "./ops/create.ts";
export { astype, bitcast } from "./ops/elementwise.ts";
export { exp, exp2, expm1, log, log10, log1p, log2, sigmoid, softplus } from "./ops/math.ts";
export { dot, matmul } from "./ops/matmul.ts";
export {
  broadcastTo,
  concat,
  flatten,
  flip,
  pad,
  permute,
  repeat,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
  unsqueeze,
  type PadOptions,
  type Range,
} from "./ops/movement.ts";
export type { NestedArray } from "./ops/nested.ts";
export { gelu, layerNorm, logSoftmax, logsumexp, relu, silu, softmax, type LayerNormOptions } from "./ops/nn.ts";
export { cbrt, hypot, pow, rsqrt } from "./ops/power.ts";
export {
  all,
  any,
  argmax,
  argmin,
  max,
  mean,
  min,
  norm,
  prod,
  std,
  sum,
  variance,
  type ArgOptions,
  type ReduceOptions,
  type VarianceOptions,
} from "./ops/reduce.ts";
export { erf } from "./ops/special.ts";
export { oneHot, scatterAdd, take } from "./ops/take.ts";
export { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan, tanh } from "./ops/trig.ts";
export { showShape } from "./shape.ts";
export { isTensor, Tensor, type Operand } from "./tensor.ts";
export { compile, type CompileArgument, type CompileOptions } from "./transform/compile.ts";
export { jvp } from "./transform/jvp.ts";
export { scope } from "./transform/scope.ts";
export { together } from "./transform/together.ts";
export { grad, stopGradient, valueAndGrad, vjp, type ValueAndGrad } from "./transform/vjp.ts";
export {
  disposeTree,
  treeEntries,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeUnflatten,
  type Tree,
  type TreeSpec,
} from "./tree.ts";
