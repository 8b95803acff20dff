/** Elementwise comparison, logic and selection. */
import { DTypeError } from "../errors.ts";
import { requireTensor, type Operand, type Tensor } from "../tensor.ts";
import { apply1, apply2, applyAs, commonDType, defineElementwise, type ElementwiseOp } from "./elementwise.ts";
import type { Expr } from "../kernel/expr.ts";

type Op = ElementwiseOp;

const compareRow = (name: string, op: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): Op =>
  defineElementwise({
    name,
    accepts: op === "eq" || op === "ne" ? "any" : "number",
    result: "bool",
    complex:
      op === "eq"
        ? (b, x, y) => b.and(b.eq(x[0], y[0]), b.eq(x[1], y[1]))
        : op === "ne"
          ? (b, x, y) => b.or(b.ne(x[0], y[0]), b.ne(x[1], y[1]))
          : undefined,
    lower: (b, x, y) => {
      if (x.ty !== "bool") return b.compare(op, x, y);
      return op === "eq" ? b.not(b.xor(x, y)) : b.xor(x, y);
    },
  });

export const EQUAL: Op = /*@__PURE__*/ compareRow("equal", "eq");
export const NOT_EQUAL: Op = /*@__PURE__*/ compareRow("notEqual", "ne");
export const LESS: Op = /*@__PURE__*/ compareRow("less", "lt");
export const LESS_EQUAL: Op = /*@__PURE__*/ compareRow("lessEqual", "le");
export const GREATER: Op = /*@__PURE__*/ compareRow("greater", "gt");
export const GREATER_EQUAL: Op = /*@__PURE__*/ compareRow("greaterEqual", "ge");

/**
 * `x == y` as bool; false when either is NaN.
 * @param x a tensor, a number or a boolean; data types: all
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function equal(x: Operand, y: Operand): Tensor {
  return apply2(EQUAL, x, y);
}
/**
 * `x != y` as bool; true when either is NaN.
 * @param x a tensor, a number or a boolean; data types: all
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast
 */
export function notEqual(x: Operand, y: Operand): Tensor {
  return apply2(NOT_EQUAL, x, y);
}
/**
 * `x < y` as bool.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function less(x: Operand, y: Operand): Tensor {
  return apply2(LESS, x, y);
}
/**
 * `x <= y` as bool.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function lessEqual(x: Operand, y: Operand): Tensor {
  return apply2(LESS_EQUAL, x, y);
}
/**
 * `x > y` as bool.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function greater(x: Operand, y: Operand): Tensor {
  return apply2(GREATER, x, y);
}
/**
 * `x >= y` as bool.
 * @param x a tensor, a number or a boolean; data types: all numbers (bools count as i32)
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * complex numbers
 */
export function greaterEqual(x: Operand, y: Operand): Tensor {
  return apply2(GREATER_EQUAL, x, y);
}

export const IS_NAN: Op = /*@__PURE__*/ defineElementwise({
  name: "isNaN",
  accepts: "float",
  result: "bool",
  lower: (b, x) => b.ne(x, x),
});

/**
 * Whether x is NaN.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function isNaN(x: Operand): Tensor {
  return apply1(IS_NAN, x);
}

export const IS_FINITE: Op = /*@__PURE__*/ defineElementwise({
  name: "isFinite",
  accepts: "float",
  result: "bool",
  lower: (b, x) => b.lt(b.abs(x), b.const(x.ty, Infinity)),
});

/**
 * Whether x is neither infinite nor NaN.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function isFinite(x: Operand): Tensor {
  return apply1(IS_FINITE, x);
}

const logicRow = (name: string, op: "and" | "or" | "xor"): Op =>
  defineElementwise({ name, accepts: "bool", lower: (b, x, y) => b.binary(op, x, y) });

export const LOGICAL_AND: Op = /*@__PURE__*/ logicRow("logicalAnd", "and");
export const LOGICAL_OR: Op = /*@__PURE__*/ logicRow("logicalOr", "or");
export const LOGICAL_XOR: Op = /*@__PURE__*/ logicRow("logicalXor", "xor");

/**
 * `x && y` of bools.
 * @param x a tensor, a number or a boolean; data types: bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function logicalAnd(x: Operand, y: Operand): Tensor {
  return apply2(LOGICAL_AND, x, y);
}
/**
 * `x || y` of bools.
 * @param x a tensor, a number or a boolean; data types: bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function logicalOr(x: Operand, y: Operand): Tensor {
  return apply2(LOGICAL_OR, x, y);
}
/**
 * Exactly one of two bools.
 * @param x a tensor, a number or a boolean; data types: bool
 * @param y the same; the shapes broadcast
 * @returns a tensor of the common shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, ShapeError for shapes that do not broadcast, DTypeError for
 * another data type
 */
export function logicalXor(x: Operand, y: Operand): Tensor {
  return apply2(LOGICAL_XOR, x, y);
}

export const LOGICAL_NOT: Op = /*@__PURE__*/ defineElementwise({
  name: "logicalNot",
  accepts: "bool",
  lower: (b, x) => b.not(x),
});

/**
 * `!x` of bools.
 * @param x a tensor of any shape, a number or a boolean; data types: bool
 * @returns a tensor of the same shape, bool; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for another data type
 */
export function logicalNot(x: Operand): Tensor {
  return apply1(LOGICAL_NOT, x);
}

export const WHERE: Op = /*@__PURE__*/ defineElementwise({
  name: "where",
  accepts: "any",
  lower: (b, c, x, y) => b.select(c, x, y),
  complex: (b, condition, x, y) => {
    // The condition is the one operand that is not complex.
    const c = condition as unknown as Expr;
    return [b.select(c, x[0], y[0]), b.select(c, x[1], y[1])];
  },
  vjp: [() => null, (g, _, [c]) => where(c, g, 0), (g, _, [c]) => where(c, 0, g)],
});

/**
 * `condition ? x : y` elementwise, with broadcasting. Both sides are computed: to keep a NaN of the unused side out of
 * gradients, make its input safe with a second `where`.
 * @param condition a bool tensor
 * @throws DTypeError when the condition is not bool or x and y have no common type
 */
export function where(condition: Tensor, x: Operand, y: Operand): Tensor {
  requireTensor("where", condition, "the condition");
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `where: the condition must be bool (got ${condition.dtype}, expected bool). Compare first, e.g. notEqual(x, 0).`,
    );
  }
  const dtype = commonDType("where", [x, y]);
  return applyAs(WHERE, [condition, x, y], ["bool", dtype, dtype], dtype);
}
