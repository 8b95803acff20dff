/**
 * Your own elementwise operations, written once in the scalar-expression language and compiled for every device.
 * Experimental until 1.0.
 */
export { apply as applyElementwise, defineElementwise } from "./ops/elementwise.ts";
export type { ElementwiseOp, ElementwiseRow } from "./ops/elementwise.ts";
export type { VjpRule } from "./graph/op.ts";
export type { BinaryOp, CompareOp, Expr, ExprBuilder, Ty, UnaryOp } from "./kernel/expr.ts";
export { exp as expExpr } from "./kernel/math/exp.ts";
export { log as logExpr } from "./kernel/math/log.ts";
export { cos as cosExpr, sin as sinExpr } from "./kernel/math/trig.ts";
