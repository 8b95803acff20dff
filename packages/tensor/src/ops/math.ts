/** Exponentials and logarithms, elementwise on floats. Their mathematics is lowered in `kernel/math`, the same on every device. */
import { exp as expExpr, exp2 as exp2Expr, expm1 as expm1Expr } from "../kernel/math/exp.ts";
import { log as logExpr, log10 as log10Expr, log1p as log1pExpr, log2 as log2Expr } from "../kernel/math/log.ts";
import { sigmoid as sigmoidExpr, softplus as softplusExpr } from "../kernel/math/logistic.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { add, div, mul, sub } from "./arith.ts";
import { apply1, defineElementwise, type ElementwiseOp } from "./elementwise.ts";
import { complexExp, complexLog } from "../kernel/math/complex.ts";
import { conjugate } from "./complex.ts";

type Op = ElementwiseOp;

export const EXP: Op = /*@__PURE__*/ defineElementwise({
  name: "exp",
  accepts: "float",
  cost: 15,
  lower: expExpr,
  complex: complexExp,
  vjp: [(g, out) => mul(g, conjugate(out))],
});

/**
 * `e^x`.
 * Derivative: `e^x`. Error: at most 1 ulp in f32 and 1 in f64, see `kernel/math/exp.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function exp(x: Operand): Tensor {
  return apply1(EXP, x);
}

export const EXP2: Op = /*@__PURE__*/ defineElementwise({
  name: "exp2",
  accepts: "float",
  cost: 15,
  lower: exp2Expr,
  vjp: [(g, out) => mul(mul(g, Math.LN2), out)],
});

/**
 * `2^x`.
 * Derivative: `ln 2 * 2^x`. Error: at most 1.1 ulp in f32 and 1.3 in f64, see `kernel/math/exp.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function exp2(x: Operand): Tensor {
  return apply1(EXP2, x);
}

export const EXPM1: Op = /*@__PURE__*/ defineElementwise({
  name: "expm1",
  accepts: "float",
  cost: 25,
  lower: expm1Expr,
  vjp: [(g, out) => mul(g, add(out, 1))],
});

/**
 * `e^x - 1`, accurate near 0.
 * Derivative: `e^x`. Error: at most 1.7 ulp in f32 and 2.3 in f64, see `kernel/math/exp.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function expm1(x: Operand): Tensor {
  return apply1(EXPM1, x);
}

export const LOG: Op = /*@__PURE__*/ defineElementwise({
  name: "log",
  accepts: "float",
  cost: 20,
  lower: logExpr,
  complex: complexLog,
  vjp: [(g, _, [x]) => div(g, conjugate(x))],
});

/**
 * Natural logarithm; -Infinity at 0, NaN below.
 * Derivative: `1 / x`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/log.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function log(x: Operand): Tensor {
  return apply1(LOG, x);
}

export const LOG2: Op = /*@__PURE__*/ defineElementwise({
  name: "log2",
  accepts: "float",
  cost: 22,
  lower: log2Expr,
  vjp: [(g, _, [x]) => div(mul(g, Math.LOG2E), x)],
});

/**
 * Logarithm to base 2.
 * Derivative: `1 / (x ln 2)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/log.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function log2(x: Operand): Tensor {
  return apply1(LOG2, x);
}

export const LOG10: Op = /*@__PURE__*/ defineElementwise({
  name: "log10",
  accepts: "float",
  cost: 22,
  lower: log10Expr,
  vjp: [(g, _, [x]) => div(mul(g, Math.LOG10E), x)],
});

/**
 * Logarithm to base 10.
 * Derivative: `1 / (x ln 10)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/log.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function log10(x: Operand): Tensor {
  return apply1(LOG10, x);
}

export const LOG1P: Op = /*@__PURE__*/ defineElementwise({
  name: "log1p",
  accepts: "float",
  cost: 25,
  lower: log1pExpr,
  vjp: [(g, _, [x]) => div(g, add(x, 1))],
});

/**
 * `log(1 + x)`, accurate near 0.
 * Derivative: `1 / (1 + x)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/log.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function log1p(x: Operand): Tensor {
  return apply1(LOG1P, x);
}

export const SIGMOID: Op = /*@__PURE__*/ defineElementwise({
  name: "sigmoid",
  accepts: "float",
  cost: 22,
  lower: sigmoidExpr,
  vjp: [(g, out) => mul(g, mul(out, sub(1, out)))],
});

/**
 * `1 / (1 + e^-x)`.
 * Derivative: `s (1 - s)` with `s = sigmoid(x)`. Error: at most 2.5 ulp in f32 and 2.5 in f64, see
 * `kernel/math/logistic.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function sigmoid(x: Operand): Tensor {
  return apply1(SIGMOID, x);
}

export const SOFTPLUS: Op = /*@__PURE__*/ defineElementwise({
  name: "softplus",
  accepts: "float",
  cost: 45,
  lower: softplusExpr,
  vjp: [(g, _, [x]) => mul(g, sigmoid(x))],
});

/**
 * `log(1 + e^x)`, without overflow.
 * Derivative: `sigmoid(x)`. Error: at most 1.9 ulp in f32 and 1.9 in f64, see `kernel/math/logistic.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function softplus(x: Operand): Tensor {
  return apply1(SOFTPLUS, x);
}
