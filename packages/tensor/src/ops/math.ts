/** Elementary functions, elementwise on floats. Their mathematics is lowered in `kernel/math`, the same on every device. */
import { erf as erfExpr } from "../kernel/math/erf.ts";
import { exp as expExpr, exp2 as exp2Expr, expm1 as expm1Expr } from "../kernel/math/exp.ts";
import { tanh as tanhExpr } from "../kernel/math/hyperbolic.ts";
import { log as logExpr, log10 as log10Expr, log1p as log1pExpr, log2 as log2Expr } from "../kernel/math/log.ts";
import { sigmoid as sigmoidExpr, softplus as softplusExpr } from "../kernel/math/logistic.ts";
import { cos as cosExpr, sin as sinExpr, tan as tanExpr } from "../kernel/math/trig.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { add, div, mul, neg, square, sub } from "./arith.ts";
import { apply1, defineElementwise, type ElementwiseOp } from "./elementwise.ts";

type Op = ElementwiseOp;

export const EXP: Op = /*@__PURE__*/ defineElementwise({
  name: "exp",
  accepts: "float",
  cost: 15,
  lower: expExpr,
  vjp: [(g, out) => mul(g, out)],
});

/** `e^x`. */
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

/** `2^x`. */
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

/** `e^x - 1`, accurate near 0. */
export function expm1(x: Operand): Tensor {
  return apply1(EXPM1, x);
}

export const LOG: Op = /*@__PURE__*/ defineElementwise({
  name: "log",
  accepts: "float",
  cost: 20,
  lower: logExpr,
  vjp: [(g, _, [x]) => div(g, x)],
});

/** Natural logarithm; -Infinity at 0, NaN below. */
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

/** Logarithm to base 2. */
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

/** Logarithm to base 10. */
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

/** `log(1 + x)`, accurate near 0. */
export function log1p(x: Operand): Tensor {
  return apply1(LOG1P, x);
}

export const SIN: Op = /*@__PURE__*/ defineElementwise({
  name: "sin",
  accepts: "float",
  cost: 40,
  lower: sinExpr,
  vjp: [(g, _, [x]) => mul(g, cos(x))],
});

/** Sine of an angle in radians; right for every finite argument. */
export function sin(x: Operand): Tensor {
  return apply1(SIN, x);
}

export const COS: Op = /*@__PURE__*/ defineElementwise({
  name: "cos",
  accepts: "float",
  cost: 40,
  lower: cosExpr,
  vjp: [(g, _, [x]) => neg(mul(g, sin(x)))],
});

/** Cosine of an angle in radians; right for every finite argument. */
export function cos(x: Operand): Tensor {
  return apply1(COS, x);
}

export const TAN: Op = /*@__PURE__*/ defineElementwise({
  name: "tan",
  accepts: "float",
  cost: 50,
  lower: tanExpr,
  vjp: [(g, out) => mul(g, add(square(out), 1))],
});

/** Tangent of an angle in radians. */
export function tan(x: Operand): Tensor {
  return apply1(TAN, x);
}

export const TANH: Op = /*@__PURE__*/ defineElementwise({
  name: "tanh",
  accepts: "float",
  cost: 25,
  lower: tanhExpr,
  vjp: [(g, out) => mul(g, sub(1, square(out)))],
});

/** Hyperbolic tangent. */
export function tanh(x: Operand): Tensor {
  return apply1(TANH, x);
}

export const SIGMOID: Op = /*@__PURE__*/ defineElementwise({
  name: "sigmoid",
  accepts: "float",
  cost: 22,
  lower: sigmoidExpr,
  vjp: [(g, out) => mul(g, mul(out, sub(1, out)))],
});

/** `1 / (1 + e^-x)`. */
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

/** `log(1 + e^x)`, without overflow. */
export function softplus(x: Operand): Tensor {
  return apply1(SOFTPLUS, x);
}

export const ERF: Op = /*@__PURE__*/ defineElementwise({
  name: "erf",
  accepts: "float",
  cost: 40,
  lower: erfExpr,
  vjp: [(g, _, [x]) => mul(mul(g, 2 / Math.sqrt(Math.PI)), exp(neg(square(x))))],
});

/** Error function `2/sqrt(pi) * integral_0^x e^(-t^2) dt`. */
export function erf(x: Operand): Tensor {
  return apply1(ERF, x);
}
