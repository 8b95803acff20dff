/** Bitwise operations on integers and bools, and the integer helpers of random number generators. None has a gradient. */
import type { Operand, Tensor } from "../tensor.ts";
import { apply1, apply2, defineElementwise, type ElementwiseOp } from "./elementwise.ts";

type Op = ElementwiseOp;

export const BITWISE_AND: Op = /*@__PURE__*/ defineElementwise({
  name: "bitwiseAnd",
  accepts: "bits",
  lower: (b, x, y) => b.and(x, y),
});

/**
 * `x & y` of integers or bools.
 * @param x a tensor, a number or a boolean; data types: i32, u32 or bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function bitwiseAnd(x: Operand, y: Operand): Tensor {
  return apply2(BITWISE_AND, x, y);
}

export const BITWISE_OR: Op = /*@__PURE__*/ defineElementwise({
  name: "bitwiseOr",
  accepts: "bits",
  lower: (b, x, y) => b.or(x, y),
});

/**
 * `x | y` of integers or bools.
 * @param x a tensor, a number or a boolean; data types: i32, u32 or bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function bitwiseOr(x: Operand, y: Operand): Tensor {
  return apply2(BITWISE_OR, x, y);
}

export const BITWISE_XOR: Op = /*@__PURE__*/ defineElementwise({
  name: "bitwiseXor",
  accepts: "bits",
  lower: (b, x, y) => b.xor(x, y),
});

/**
 * `x ^ y` of integers or bools.
 * @param x a tensor, a number or a boolean; data types: i32, u32 or bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function bitwiseXor(x: Operand, y: Operand): Tensor {
  return apply2(BITWISE_XOR, x, y);
}

export const BITWISE_NOT: Op = /*@__PURE__*/ defineElementwise({
  name: "bitwiseNot",
  accepts: "bits",
  lower: (b, x) => b.not(x),
});

/**
 * `~x` of integers, `!x` of bools.
 * @param x a tensor of any shape, a number or a boolean; data types: i32, u32 or bool
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for another data type
 */
export function bitwiseNot(x: Operand): Tensor {
  return apply1(BITWISE_NOT, x);
}

export const SHIFT_LEFT: Op = /*@__PURE__*/ defineElementwise({
  name: "shiftLeft",
  accepts: "int",
  cost: 4,
  lower: (b, x, y) => b.binary("shl", x, y),
});

/**
 * `x << (bits mod 32)`.
 * @param x a tensor, a number or a boolean; data types: i32 or u32
 * @param bits the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function shiftLeft(x: Operand, bits: Operand): Tensor {
  return apply2(SHIFT_LEFT, x, bits);
}

export const SHIFT_RIGHT: Op = /*@__PURE__*/ defineElementwise({
  name: "shiftRight",
  accepts: "int",
  cost: 4,
  lower: (b, x, y) => b.binary("shr", x, y),
});

/**
 * `x >> (bits mod 32)`: keeps the sign of an i32, fills a u32 with zeros.
 * @param x a tensor, a number or a boolean; data types: i32 or u32
 * @param bits the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function shiftRight(x: Operand, bits: Operand): Tensor {
  return apply2(SHIFT_RIGHT, x, bits);
}

export const MULHI: Op = /*@__PURE__*/ defineElementwise({
  name: "mulhi",
  accepts: "int",
  cost: 4,
  lower: (b, x, y) => b.binary("mulhi", x, y),
});

/**
 * High 32 bits of the 64-bit product.
 * @param x a tensor, a number or a boolean; data types: i32 or u32
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function mulhi(x: Operand, y: Operand): Tensor {
  return apply2(MULHI, x, y);
}

export const COUNT_LEADING_ZEROS: Op = /*@__PURE__*/ defineElementwise({
  name: "countLeadingZeros",
  accepts: "int",
  cost: 4,
  lower: (b, x) => b.unary("clz", x),
});

/**
 * Number of zero bits above the highest set bit; 32 for 0.
 * @param x a tensor of any shape, a number or a boolean; data types: i32 or u32
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for another data type
 */
export function countLeadingZeros(x: Operand): Tensor {
  return apply1(COUNT_LEADING_ZEROS, x);
}
