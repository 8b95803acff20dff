/**
 * The smallest useful part of the library: tensors without methods, creation and arithmetic as free functions, the CPU
 * on one thread. Import from the package root for everything; import from here when every kilobyte counts.
 */
export { configure, type Config } from "./config.ts";
export { defaultDevice, devices, registerBackend, withDevice } from "./device.ts";
export { type DataArray, type DType, type ScalarOf, type TypedArrayOf } from "./dtype.ts";
export {
  AnsatzError,
  ArgumentError,
  DeviceError,
  DisposedError,
  DTypeError,
  FormatError,
  InternalError,
  OutOfMemoryError,
  ShapeError,
  TraceError,
} from "./errors.ts";
export { add, abs, clip, div, maximum, minimum, mul, neg, sqrt, sub } from "./ops/arith.ts";
export { full, ones, tensor, zeros, type CreateOptions, type TensorOptions } from "./ops/create.ts";
export type { NestedArray } from "./ops/nested.ts";
export { isTensor, Tensor, type Operand } from "./tensor.ts";
