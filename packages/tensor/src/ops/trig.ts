/** Trigonometric and hyperbolic functions and their inverses, elementwise on floats. */
import {
  acosh as acoshExpr,
  asinh as asinhExpr,
  atanh as atanhExpr,
  cosh as coshExpr,
  sinh as sinhExpr,
  tanh as tanhExpr,
} from "../kernel/math/hyperbolic.ts";
import {
  acos as acosExpr,
  asin as asinExpr,
  atan as atanExpr,
  atan2 as atan2Expr,
} from "../kernel/math/inverseTrig.ts";
import { cos as cosExpr, sin as sinExpr, tan as tanExpr } from "../kernel/math/trig.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { add, div, mul, neg, sqrt, square, sub } from "./arith.ts";
import { apply1, apply2, defineElementwise, type ElementwiseOp } from "./elementwise.ts";
import { complexCos, complexSin } from "../kernel/math/complex.ts";
import { conjugate } from "./complex.ts";

type Op = ElementwiseOp;

export const SIN: Op = /*@__PURE__*/ defineElementwise({
  name: "sin",
  accepts: "float",
  cost: 40,
  lower: sinExpr,
  complex: complexSin,
  vjp: [(g, _, [x]) => mul(g, conjugate(cos(x)))],
});

/**
 * Sine of an angle in radians; right for every finite argument.
 * Derivative: `cos(x)`. Error: at most 1.1 ulp in f32 and 0.9 in f64, see `kernel/math/trig.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function sin(x: Operand): Tensor {
  return apply1(SIN, x);
}

export const COS: Op = /*@__PURE__*/ defineElementwise({
  name: "cos",
  accepts: "float",
  cost: 40,
  lower: cosExpr,
  complex: complexCos,
  vjp: [(g, _, [x]) => neg(mul(g, conjugate(sin(x))))],
});

/**
 * Cosine of an angle in radians; right for every finite argument.
 * Derivative: `-sin(x)`. Error: at most 1.1 ulp in f32 and 0.9 in f64, see `kernel/math/trig.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
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

/**
 * Tangent of an angle in radians.
 * Derivative: `1 + tan(x)^2`. Error: at most 2.8 ulp in f32 and 2.5 in f64, see `kernel/math/trig.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
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

/**
 * Hyperbolic tangent.
 * Derivative: `1 - tanh(x)^2`. Error: at most 1.5 ulp in f32 and 1.5 in f64, see `kernel/math/hyperbolic.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function tanh(x: Operand): Tensor {
  return apply1(TANH, x);
}

export const ASIN: Op = /*@__PURE__*/ defineElementwise({
  name: "asin",
  accepts: "float",
  cost: 45,
  lower: asinExpr,
  vjp: [(g, _, [x]) => div(g, sqrt(sub(1, square(x))))],
});

/**
 * Arc sine in [-pi/2, pi/2]; NaN outside [-1, 1].
 * Derivative: `1 / sqrt(1 - x^2)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/inverseTrig.ts` for
 * the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function asin(x: Operand): Tensor {
  return apply1(ASIN, x);
}

export const ACOS: Op = /*@__PURE__*/ defineElementwise({
  name: "acos",
  accepts: "float",
  cost: 45,
  lower: acosExpr,
  vjp: [(g, _, [x]) => neg(div(g, sqrt(sub(1, square(x)))))],
});

/**
 * Arc cosine in [0, pi]; NaN outside [-1, 1].
 * Derivative: `-1 / sqrt(1 - x^2)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/inverseTrig.ts`
 * for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function acos(x: Operand): Tensor {
  return apply1(ACOS, x);
}

export const ATAN: Op = /*@__PURE__*/ defineElementwise({
  name: "atan",
  accepts: "float",
  cost: 40,
  lower: atanExpr,
  vjp: [(g, _, [x]) => div(g, add(square(x), 1))],
});

/**
 * Arc tangent in [-pi/2, pi/2].
 * Derivative: `1 / (1 + x^2)`. Error: at most 2 ulp in f32 and 1.9 in f64, see `kernel/math/inverseTrig.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function atan(x: Operand): Tensor {
  return apply1(ATAN, x);
}

export const ATAN2: Op = /*@__PURE__*/ defineElementwise({
  name: "atan2",
  accepts: "float",
  cost: 55,
  lower: atan2Expr,
  vjp: [
    (g, _, [y, x]) => div(mul(g, x), add(square(x), square(y))),
    (g, _, [y, x]) => neg(div(mul(g, y), add(square(x), square(y)))),
  ],
});

/**
 * Angle of the point (x, y) in [-pi, pi], with the signs of zeros as in C.
 * Derivatives: `x / (x^2 + y^2)` in y and `-y / (x^2 + y^2)` in x. Error: at most 2.5 ulp in f32 and 2.5 in f64, see
 * `kernel/math/inverseTrig.ts` for the method.
 * @param y a tensor, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @param x the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function atan2(y: Operand, x: Operand): Tensor {
  return apply2(ATAN2, y, x);
}

export const SINH: Op = /*@__PURE__*/ defineElementwise({
  name: "sinh",
  accepts: "float",
  cost: 45,
  lower: sinhExpr,
  vjp: [(g, _, [x]) => mul(g, cosh(x))],
});

/**
 * Hyperbolic sine.
 * Derivative: `cosh(x)`. Error: at most 1.8 ulp in f32 and 1.8 in f64, see `kernel/math/hyperbolic.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function sinh(x: Operand): Tensor {
  return apply1(SINH, x);
}

export const COSH: Op = /*@__PURE__*/ defineElementwise({
  name: "cosh",
  accepts: "float",
  cost: 45,
  lower: coshExpr,
  vjp: [(g, _, [x]) => mul(g, sinh(x))],
});

/**
 * Hyperbolic cosine.
 * Derivative: `sinh(x)`. Error: at most 1.5 ulp in f32 and 1.5 in f64, see `kernel/math/hyperbolic.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function cosh(x: Operand): Tensor {
  return apply1(COSH, x);
}

export const ASINH: Op = /*@__PURE__*/ defineElementwise({
  name: "asinh",
  accepts: "float",
  cost: 60,
  lower: asinhExpr,
  vjp: [(g, _, [x]) => div(g, sqrt(add(square(x), 1)))],
});

/**
 * Inverse hyperbolic sine.
 * Derivative: `1 / sqrt(x^2 + 1)`. Error: at most 1.9 ulp in f32 and 1.9 in f64, see `kernel/math/hyperbolic.ts` for
 * the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function asinh(x: Operand): Tensor {
  return apply1(ASINH, x);
}

export const ACOSH: Op = /*@__PURE__*/ defineElementwise({
  name: "acosh",
  accepts: "float",
  cost: 60,
  lower: acoshExpr,
  vjp: [(g, _, [x]) => div(g, mul(sqrt(sub(x, 1)), sqrt(add(x, 1))))],
});

/**
 * Inverse hyperbolic cosine; NaN below 1.
 * Derivative: `1 / sqrt(x^2 - 1)`. Error: at most 2.5 ulp in f32 and 2.5 in f64, see `kernel/math/hyperbolic.ts` for
 * the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function acosh(x: Operand): Tensor {
  return apply1(ACOSH, x);
}

export const ATANH: Op = /*@__PURE__*/ defineElementwise({
  name: "atanh",
  accepts: "float",
  cost: 60,
  lower: atanhExpr,
  vjp: [(g, _, [x]) => div(g, sub(1, square(x)))],
});

/**
 * Inverse hyperbolic tangent; NaN outside [-1, 1].
 * Derivative: `1 / (1 - x^2)`. Error: at most 2.3 ulp in f32 and 2.2 in f64, see `kernel/math/hyperbolic.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function atanh(x: Operand): Tensor {
  return apply1(ATANH, x);
}
