/** Elementwise arithmetic and rounding. */
import { isComplex } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import type { Expr, ExprBuilder } from "../kernel/expr.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { equal, where } from "./compare.ts";
import { apply1, apply2, defineElementwise, requireOperand, type ElementwiseOp } from "./elementwise.ts";
import {
  complexAbs,
  complexAdd,
  complexDiv,
  complexMul,
  complexNeg,
  complexSqrt,
  complexSub,
} from "../kernel/math/complex.ts";
import { conjugate } from "./complex.ts";

type Op = ElementwiseOp;

/** Zero of the same type as `x`. */
const zeroOf = (b: ExprBuilder, x: Expr): Expr => b.const(x.ty, 0);

export const ADD: Op = /*@__PURE__*/ defineElementwise({
  name: "add",
  accepts: "number",
  lower: (b, x, y) => b.add(x, y),
  complex: complexAdd,
  vjp: [(g) => g, (g) => g],
});

/**
 * `x + y`. Integers wrap modulo 2^32.
 * Derivatives: 1 and 1.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function add(x: Operand, y: Operand): Tensor {
  return apply2(ADD, x, y);
}

export const SUB: Op = /*@__PURE__*/ defineElementwise({
  name: "sub",
  accepts: "number",
  lower: (b, x, y) => b.sub(x, y),
  complex: complexSub,
  vjp: [(g) => g, (g) => neg(g)],
});

/**
 * `x - y`. Integers wrap modulo 2^32.
 * Derivatives: 1 and -1.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function sub(x: Operand, y: Operand): Tensor {
  return apply2(SUB, x, y);
}

export const MUL: Op = /*@__PURE__*/ defineElementwise({
  name: "mul",
  accepts: "number",
  lower: (b, x, y) => b.mul(x, y),
  complex: complexMul,
  vjp: [(g, _, [, y]) => mul(g, conjugate(y)), (g, _, [x]) => mul(g, conjugate(x))],
});

/**
 * `x * y`. Integers wrap modulo 2^32.
 * Derivatives: `y` and `x`.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function mul(x: Operand, y: Operand): Tensor {
  return apply2(MUL, x, y);
}

export const DIV: Op = /*@__PURE__*/ defineElementwise({
  name: "div",
  accepts: "float",
  cost: 4,
  lower: (b, x, y) => b.div(x, y),
  complex: complexDiv,
  vjp: [(g, _, [, y]) => div(g, conjugate(y)), (g, out, [, y]) => neg(div(mul(g, conjugate(out)), conjugate(y)))],
});

/**
 * `x / y`, correctly rounded. Integers are divided as f32; see {@link floorDiv}.
 * Derivatives: `1 / y` and `-x / y^2`.
 * @param x a tensor, a number or a boolean; data types: floats (integers and bools are converted to f32; complex too)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function div(x: Operand, y: Operand): Tensor {
  return apply2(DIV, x, y);
}

export const NEG: Op = /*@__PURE__*/ defineElementwise({
  name: "neg",
  accepts: "number",
  lower: (b, x) => (x.ty === "u32" ? b.sub(zeroOf(b, x), x) : b.neg(x)),
  complex: complexNeg,
  vjp: [(g) => neg(g)],
});

/**
 * `-x`.
 * Derivative: -1.
 * @param x a tensor of any shape, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function neg(x: Operand): Tensor {
  return apply1(NEG, x);
}

/** `z / |z|`, and 0 at 0. */
function direction(z: Tensor, size: Tensor): Tensor {
  return div(z, where(equal(size, 0), 1, size));
}

export const ABS: Op = /*@__PURE__*/ defineElementwise({
  name: "abs",
  accepts: "number",
  lower: (b, x) => (x.ty === "u32" ? x : b.abs(x)),
  complex: complexAbs,
  complexToReal: true,
  vjp: [(g, out, [x]) => mul(g, isComplex(x.dtype) ? direction(x, out) : sign(x))],
});

/**
 * `|x|`. The derivative at 0 is 0.
 * @param x a tensor of any shape, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @returns a tensor of the same shape, the real type of the parts for complex numbers, otherwise the same data type;
 * one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function abs(x: Operand): Tensor {
  return apply1(ABS, x);
}

export const SIGN: Op = /*@__PURE__*/ defineElementwise({
  name: "sign",
  accepts: "number",
  cost: 3,
  lower: (b, x) => {
    const zero = zeroOf(b, x);
    const negative = x.ty === "u32" ? zero : b.select(b.lt(x, zero), b.const(x.ty, -1), x);
    return b.select(b.gt(x, zero), b.const(x.ty, 1), x.ty === "u32" ? zero : negative);
  },
});

/**
 * -1, 0 or 1 by the sign of x; signed zeros and NaN are returned unchanged. Carries no gradient.
 * @param x a tensor of any shape, a number or a boolean; data types: all numbers (bools count as i32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function sign(x: Operand): Tensor {
  return apply1(SIGN, x);
}

/** Gradient weight of `x` in a minimum or maximum `out`: 1 where it is chosen, 1/2 where both are equal. */
function chosen(g: Tensor, out: Tensor, x: Tensor, y: Tensor): Tensor {
  const half = where(equal(x, y), mul(g, 0.5), g);
  return where(equal(x, out), half, 0);
}

export const MINIMUM: Op = /*@__PURE__*/ defineElementwise({
  name: "minimum",
  accepts: "number",
  lower: (b, x, y) => b.min(x, y),
  vjp: [(g, out, [x, y]) => chosen(g, out, x, y), (g, out, [x, y]) => chosen(g, out, y, x)],
});

/**
 * The smaller of two values; NaN if either is NaN. The gradient of a tie is split evenly.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function minimum(x: Operand, y: Operand): Tensor {
  return apply2(MINIMUM, x, y);
}

export const MAXIMUM: Op = /*@__PURE__*/ defineElementwise({
  name: "maximum",
  accepts: "number",
  lower: (b, x, y) => b.max(x, y),
  vjp: [(g, out, [x, y]) => chosen(g, out, x, y), (g, out, [x, y]) => chosen(g, out, y, x)],
});

/**
 * The larger of two values; NaN if either is NaN. The gradient of a tie is split evenly.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function maximum(x: Operand, y: Operand): Tensor {
  return apply2(MAXIMUM, x, y);
}

/**
 * `min(max(x, low), high)`; NaN stays NaN. The gradient is 1 inside the bounds, 0 outside and 1/2 on them.
 * @throws ArgumentError when `low` and `high` are numbers with low > high
 */
export function clip(x: Operand, low: Operand, high: Operand): Tensor {
  requireOperand("clip", x);
  requireOperand("clip", low, "low");
  requireOperand("clip", high, "high");
  if (typeof low === "number" && typeof high === "number" && !(low <= high)) {
    throw new ArgumentError(`clip: bounds are not ordered (got low ${low} and high ${high}, expected low <= high).`);
  }
  return minimum(maximum(x, low), high);
}

export const SQRT: Op = /*@__PURE__*/ defineElementwise({
  name: "sqrt",
  accepts: "float",
  cost: 4,
  lower: (b, x) => b.sqrt(x),
  complex: complexSqrt,
  vjp: [(g, out) => div(mul(g, 0.5), conjugate(out))],
});

/**
 * Square root, correctly rounded; NaN below 0. The derivative at 0 is infinite.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function sqrt(x: Operand): Tensor {
  return apply1(SQRT, x);
}

/**
 * `x * x`. Integers wrap modulo 2^32.
 * Derivative: `2 x`.
 * @param x a tensor of any shape, a number or a boolean; data types: all numbers (bools count as i32; complex too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function square(x: Operand): Tensor {
  requireOperand("square", x);
  return mul(x, x);
}

/**
 * `1 / x`, correctly rounded; integers and bools give f32.
 * Derivative: `-1 / x^2`.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32; complex
 * too)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand
 */
export function reciprocal(x: Operand): Tensor {
  requireOperand("reciprocal", x);
  return div(1, x);
}

/** Quotient rounded towards minus infinity and the matching remainder, for integers. */
function floorDivMod(b: ExprBuilder, x: Expr, y: Expr): [Expr, Expr] {
  const q = b.binary("idiv", x, y);
  const r = b.binary("irem", x, y);
  if (x.ty === "u32") return [q, r];
  const zero = zeroOf(b, x);
  const off = b.and(b.ne(r, zero), b.xor(b.lt(r, zero), b.lt(y, zero)));
  return [b.select(off, b.sub(q, b.const(x.ty, 1)), q), b.select(off, b.add(r, y), r)];
}

/** Remainder with the sign of the divisor, for floats; the product q*y is formed exactly (Dekker's splitting). */
function floatMod(b: ExprBuilder, x: Expr, y: Expr): Expr {
  const zero = zeroOf(b, x);
  const q = b.floor(b.div(x, y));
  const p = b.mul(q, y);
  const splitter = b.const(x.ty, x.ty === "f32" ? 4097 : 134217729);
  const halves = (v: Expr): [Expr, Expr] => {
    const c = b.mul(splitter, v);
    const high = b.sub(c, b.sub(c, v));
    return [high, b.sub(v, high)];
  };
  const [qh, ql] = halves(q);
  const [yh, yl] = halves(y);
  const error = b.add(b.add(b.add(b.sub(b.mul(qh, yh), p), b.mul(qh, yl)), b.mul(ql, yh)), b.mul(ql, yl));
  const r = b.sub(b.sub(x, p), error);
  // The rounded quotient may have reached the next integer.
  const wrong = b.and(b.ne(r, zero), b.xor(b.lt(r, zero), b.lt(y, zero)));
  const fixed = b.select(wrong, b.add(r, y), r);
  const infinite = b.const(x.ty, Infinity);
  const finiteX = b.lt(b.abs(x), infinite);
  const same = b.not(b.xor(b.lt(x, zero), b.lt(y, zero)));
  const atInfinity = b.select(b.or(same, b.eq(x, zero)), x, y);
  return b.select(b.and(b.eq(b.abs(y), infinite), finiteX), atInfinity, fixed);
}

export const MOD: Op = /*@__PURE__*/ defineElementwise({
  name: "mod",
  accepts: "number",
  cost: 20,
  lower: (b, x, y) => (x.ty === "i32" || x.ty === "u32" ? floorDivMod(b, x, y)[1] : floatMod(b, x, y)),
  vjp: [(g) => g, (g, _, [x, y]) => neg(mul(g, floor(div(x, y))))],
});

/**
 * `x - y * floor(x / y)`: the remainder with the sign of the divisor (NumPy's `mod`). Integer division by 0 gives 0.
 * For floats it is exact while the quotient is below 2^24 (f32) or 2^53 (f64).
 * Derivatives: 1 in x and `-floor(x / y)` in y.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function mod(x: Operand, y: Operand): Tensor {
  return apply2(MOD, x, y);
}

export const FLOOR_DIV: Op = /*@__PURE__*/ defineElementwise({
  name: "floorDiv",
  accepts: "number",
  cost: 12,
  lower: (b, x, y) => (x.ty === "i32" || x.ty === "u32" ? floorDivMod(b, x, y)[0] : b.floor(b.div(x, y))),
});

/**
 * Quotient rounded towards minus infinity, in the operands' type. Integer division by 0 gives 0. No gradient.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function floorDiv(x: Operand, y: Operand): Tensor {
  return apply2(FLOOR_DIV, x, y);
}

export const FLOOR: Op = /*@__PURE__*/ defineElementwise({
  name: "floor",
  accepts: "float",
  lower: (b, x) => b.floor(x),
});

/**
 * Largest integer not above x. No gradient.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function floor(x: Operand): Tensor {
  return apply1(FLOOR, x);
}

export const CEIL: Op = /*@__PURE__*/ defineElementwise({
  name: "ceil",
  accepts: "float",
  lower: (b, x) => b.unary("ceil", x),
});

/**
 * Smallest integer not below x. No gradient.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function ceil(x: Operand): Tensor {
  return apply1(CEIL, x);
}

export const TRUNC: Op = /*@__PURE__*/ defineElementwise({
  name: "trunc",
  accepts: "float",
  lower: (b, x) => b.unary("trunc", x),
});

/**
 * Rounds towards zero. No gradient.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function trunc(x: Operand): Tensor {
  return apply1(TRUNC, x);
}

export const ROUND: Op = /*@__PURE__*/ defineElementwise({
  name: "round",
  accepts: "float",
  lower: (b, x) => b.unary("nearest", x),
});

/**
 * Rounds to the nearest integer, halves to the even one. No gradient.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function round(x: Operand): Tensor {
  return apply1(ROUND, x);
}
