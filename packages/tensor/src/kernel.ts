/**
 * Your own operations, written once and compiled for every device: elementwise ones in the scalar-expression language
 * (`defineElementwise`), and kernels with loops, variables and computed indices (`defineKernel`). Experimental until 1.0.
 */
export { apply as applyElementwise, defineElementwise } from "./ops/elementwise.ts";
export type { ElementwiseOp, ElementwiseRow } from "./ops/elementwise.ts";
export type { VjpRule } from "./graph/op.ts";
export { defineKernel } from "./ops/kernel.ts";
export type {
  AttrValues,
  DTypeOf,
  KernelCall,
  KernelFunction,
  KernelSpec,
  OutputSpec,
  Shapes,
} from "./ops/kernelTypes.ts";
export type {
  ElementIndex,
  InputSpec,
  InputSpecs,
  KernelContext,
  KernelInput,
  KernelOutput,
  TypeOf,
  TypeSpecs,
  Variable,
} from "./kernel/dsl/context.ts";
export type { Like, Value, ValueType } from "./kernel/dsl/value.ts";
export {
  addU64,
  andU64,
  eqU64,
  ltU64,
  mulU64,
  notU64,
  orU64,
  rotlU64,
  shlU64,
  shrU64,
  subU64,
  wideMul,
  xorU64,
} from "./kernel/dsl/u64.ts";
export type { U64 } from "./kernel/dsl/u64.ts";
export type { BinaryOp, CompareOp, Expr, ExprBuilder, Ty, UnaryOp } from "./kernel/expr.ts";
export { exp as expExpr, expm1 as expm1Expr, expOfModerate as expOfModerateExpr } from "./kernel/math/exp.ts";
export { log as logExpr } from "./kernel/math/log.ts";
export { atan2 as atan2Expr } from "./kernel/math/inverseTrig.ts";
export { tanh as tanhExpr } from "./kernel/math/hyperbolic.ts";
export { reverseBits as reverseBitsExpr } from "./kernel/math/reverseBits.ts";
export { pow as powExpr } from "./kernel/math/power.ts";
export { cos as cosExpr, sin as sinExpr, tan as tanExpr } from "./kernel/math/trig.ts";
