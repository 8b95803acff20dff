/** Powers and roots, elementwise on floats. */
import { cbrt as cbrtExpr, hypot as hypotExpr, pow as powExpr, rsqrt as rsqrtExpr } from "../kernel/math/power.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { div, mul, square, sub } from "./arith.ts";
import { equal, greater, where } from "./compare.ts";
import { apply1, apply2, defineElementwise, type ElementwiseOp } from "./elementwise.ts";
import { log } from "./math.ts";

type Op = ElementwiseOp;

export const POW: Op = /*@__PURE__*/ defineElementwise({
  name: "pow",
  accepts: "float",
  cost: 90,
  lower: powExpr,
  vjp: [
    // At exponent 0 the power is constant, whatever the base.
    (g, _, [x, y]) => where(equal(y, 0), 0, mul(g, mul(y, apply2(POW, x, sub(y, 1))))),
    // Below 0 the power is defined at integer exponents only, so that it has no slope in the exponent.
    (g, out, [x]) => where(greater(x, 0), mul(g, mul(out, log(where(greater(x, 0), x, 1)))), 0),
  ],
});

/**
 * `x^y` with the special cases of C's `pow`: NaN for a negative base unless y is an integer, `x^0 = 1`. The exponent
 * 2 is a multiplication. The gradient in the exponent is 0 where `x <= 0`.
 * Derivatives: `y x^(y-1)` in x and `x^y log(x)` in y, 0 where `x <= 0`. Error: at most 1.4 ulp in f32 and 1.4 in
 * f64, see `kernel/math/power.ts` for the method.
 * @param x a tensor, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function pow(x: Operand, y: Operand): Tensor {
  return y === 2 ? square(x) : apply2(POW, x, y);
}

export const CBRT: Op = /*@__PURE__*/ defineElementwise({
  name: "cbrt",
  accepts: "float",
  cost: 40,
  lower: cbrtExpr,
  vjp: [(g, out) => div(g, mul(square(out), 3))],
});

/**
 * Cube root, also of negative numbers.
 * Derivative: `1 / (3 cbrt(x)^2)`. Error: at most 0.9 ulp in f32 and 0.9 in f64, see `kernel/math/power.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function cbrt(x: Operand): Tensor {
  return apply1(CBRT, x);
}

export const RSQRT: Op = /*@__PURE__*/ defineElementwise({
  name: "rsqrt",
  accepts: "float",
  cost: 8,
  lower: rsqrtExpr,
  vjp: [(g, out, [x]) => mul(mul(g, -0.5), div(out, x))],
});

/**
 * `1 / sqrt(x)`.
 * Derivative: `-1 / (2 x sqrt(x))`. Error: at most 1.5 ulp in f32 and 1.5 in f64, see `kernel/math/power.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function rsqrt(x: Operand): Tensor {
  return apply1(RSQRT, x);
}

export const HYPOT: Op = /*@__PURE__*/ defineElementwise({
  name: "hypot",
  accepts: "float",
  cost: 25,
  lower: hypotExpr,
  vjp: [(g, out, [x]) => mul(g, div(x, out)), (g, out, [, y]) => mul(g, div(y, out))],
});

/**
 * `sqrt(x^2 + y^2)` without overflow or underflow on the way.
 * Derivatives: `x / hypot(x, y)` and `y / hypot(x, y)`. Error: at most 1.3 ulp in f32 and 1.3 in f64, see
 * `kernel/math/power.ts` for the method.
 * @param x a tensor, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function hypot(x: Operand, y: Operand): Tensor {
  return apply2(HYPOT, x, y);
}
