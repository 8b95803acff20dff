/** Values inside a kernel's body: what the operations of the scalar language look like to the author of a kernel. */
import { ArgumentError, show } from "../../errors.ts";
import type { BinaryOp, CompareOp, Expr, ExprBuilder, Ty, UnaryOp } from "../expr.ts";

/** Types of values; `float` stands for f32 or f64, whichever the kernel is called with. */
export type ValueType = "bool" | "i32" | "u32" | "f32" | "f64" | "float";

type Integer = "i32" | "u32";
type Float = "f32" | "f64" | "float";
type Numeric = Integer | Float;

/** Operands of an operation on values of type T: numbers and booleans become constants of that type. */
export type Like<T extends ValueType> = Value<T> | (T extends "bool" ? boolean : number);

/** A stretch of a body in which values are visible: a loop's, a branch's, or all of it. */
export interface Scope {
  readonly depth: number;
  open: boolean;
}

/** What values need to know about the kernel that is being written. */
export interface Trace {
  readonly name: string;
  readonly builder: ExprBuilder;
  /** What `float` stands for. */
  readonly float: "f32" | "f64";
}

/** The type of the scalar language for a value type. */
export function tyOfValue(trace: Trace, type: ValueType): Exclude<Ty, "i64"> {
  return type === "float" ? trace.float : type;
}

/**
 * A value of a kernel's body. Values are made by loads, variables, loop indices and operations on other values; they never
 * change. Operations are methods, because operators cannot be redefined: `x.mul(2).add(y)`.
 */
export class Value<T extends ValueType = ValueType> {
  /** Its type as it was declared. */
  readonly type: T;
  /** @internal */
  readonly trace: Trace;
  /** @internal */
  readonly expr: Expr;
  /** @internal */
  readonly scope: Scope;

  /** @internal */
  constructor(trace: Trace, type: T, expr: Expr, scope: Scope) {
    this.trace = trace;
    this.type = type;
    this.expr = expr;
    this.scope = scope;
  }

  /** Sum; integers wrap modulo 2^32. */
  add<N extends Numeric>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "add", y);
  }
  /** Difference; integers wrap. */
  sub<N extends Numeric>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "sub", y);
  }
  /** Product; of integers the low 32 bits. */
  mul<N extends Numeric>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "mul", y);
  }
  /** Quotient of floats. */
  div<N extends Float>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "div", y);
  }
  /** Quotient of integers, rounded towards zero; 0 for a divisor of 0. */
  idiv<N extends Integer>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "idiv", y);
  }
  /** Remainder of {@link Value.idiv}, with the sign of the dividend; 0 for a divisor of 0. */
  irem<N extends Integer>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "irem", y);
  }
  /** High 32 bits of the 64-bit product. */
  mulhi<N extends Integer>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "mulhi", y);
  }
  /** The smaller one; NaN if one is. */
  min<N extends Numeric>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "min", y);
  }
  /** The larger one; NaN if one is. */
  max<N extends Numeric>(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "max", y);
  }
  neg<N extends "i32" | Float>(this: Value<N>): Value<N> {
    return unary(this, "neg");
  }
  abs<N extends "i32" | Float>(this: Value<N>): Value<N> {
    return unary(this, "abs");
  }
  sqrt<N extends Float>(this: Value<N>): Value<N> {
    return unary(this, "sqrt");
  }
  floor<N extends Float>(this: Value<N>): Value<N> {
    return unary(this, "floor");
  }
  ceil<N extends Float>(this: Value<N>): Value<N> {
    return unary(this, "ceil");
  }
  trunc<N extends Float>(this: Value<N>): Value<N> {
    return unary(this, "trunc");
  }
  /** To the nearest integer, ties to even. */
  round<N extends Float>(this: Value<N>): Value<N> {
    return unary(this, "nearest");
  }

  /** Bitwise (bools: logical) and. */
  and<N extends Integer | "bool">(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "and", y);
  }
  or<N extends Integer | "bool">(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "or", y);
  }
  xor<N extends Integer | "bool">(this: Value<N>, y: Like<N>): Value<N> {
    return binary(this, "xor", y);
  }
  not<N extends Integer | "bool">(this: Value<N>): Value<N> {
    return unary(this, "not");
  }
  /** Shift to the left by `bits` modulo 32. */
  shl<N extends Integer>(this: Value<N>, bits: Like<N>): Value<N> {
    return binary(this, "shl", bits);
  }
  /** Shift to the right by `bits` modulo 32: with the sign for i32, with zeros for u32. */
  shr<N extends Integer>(this: Value<N>, bits: Like<N>): Value<N> {
    return binary(this, "shr", bits);
  }
  /** Number of leading zero bits. */
  clz<N extends Integer>(this: Value<N>): Value<N> {
    return unary(this, "clz");
  }

  lt(y: Like<T>): Value<"bool"> {
    return compare(this, "lt", y);
  }
  le(y: Like<T>): Value<"bool"> {
    return compare(this, "le", y);
  }
  gt(y: Like<T>): Value<"bool"> {
    return compare(this, "gt", y);
  }
  ge(y: Like<T>): Value<"bool"> {
    return compare(this, "ge", y);
  }
  eq(y: Like<T>): Value<"bool"> {
    return compare(this, "eq", y);
  }
  ne(y: Like<T>): Value<"bool"> {
    return compare(this, "ne", y);
  }

  /**
   * Converted to another type: float to integer truncates and saturates (NaN gives 0), integers of equal width keep their
   * bits, to bool tests `!= 0`.
   */
  to<U extends ValueType>(type: U): Value<U> {
    const b = this.trace.builder;
    return derived(this, type, b.convert(tyOfValue(this.trace, type), this.expr), this.scope);
  }
  /** The same 32 bits read as another type. */
  bits<N extends Integer | "f32", U extends Integer | "f32">(this: Value<N>, type: U): Value<U> {
    const ty = this.expr.ty;
    if (ty !== "i32" && ty !== "u32" && ty !== "f32") {
      throw new ArgumentError(
        `${this.trace.name}: bits needs a value of 32 bits (got ${ty}, expected i32, u32 or f32).`,
      );
    }
    return derived(this, type, this.trace.builder.bitcast(type, this.expr), this.scope);
  }
}

function derived<T extends ValueType>(from: Value, type: T, expr: Expr, scope: Scope): Value<T> {
  return new Value(from.trace, type, expr, scope);
}

/** The inner one of two scopes. */
export function inner(a: Scope, b: Scope): Scope {
  return a.depth >= b.depth ? a : b;
}

/** Throws unless a value belongs to the kernel and is visible at this point of its body. */
export function requireUsable(trace: Trace, what: string, x: Value): void {
  if (x.trace !== trace) {
    throw new ArgumentError(
      `${trace.name}: ${what} belongs to another kernel or another call (got a ${x.type} value).`,
    );
  }
  if (!x.scope.open) {
    throw new ArgumentError(
      `${trace.name}: ${what} was made inside a loop or branch that has ended (got a ${x.type} value). ` +
        `Hand it out through a variable made before.`,
    );
  }
}

/** An operand of type `type`: a value of that type, or a number or boolean as a constant. */
export function operand<T extends ValueType>(trace: Trace, what: string, type: T, y: Like<T>, home: Scope): Value<T> {
  const ty = tyOfValue(trace, type);
  if (y instanceof Value) {
    requireUsable(trace, what, y);
    if (y.expr.ty !== ty) {
      throw new ArgumentError(
        `${trace.name}: ${what} has the wrong type (got ${y.expr.ty}, expected ${ty}). Convert with to().`,
      );
    }
    return y as Value<T>;
  }
  const fits =
    ty === "bool"
      ? typeof y === "boolean"
      : typeof y === "number" &&
        (ty === "f32" || ty === "f64" || (Number.isInteger(y) && y >= -(2 ** 31) && y < 2 ** 32));
  if (!fits) {
    throw new ArgumentError(`${trace.name}: ${what} must be a value or a constant of type ${ty} (got ${show(y)}).`);
  }
  return new Value(trace, type, trace.builder.const(ty, y as number | boolean), home);
}

const GROUPS: Record<string, readonly Ty[]> = {
  number: ["i32", "u32", "f32", "f64"],
  signed: ["i32", "f32", "f64"],
  float: ["f32", "f64"],
  integer: ["i32", "u32"],
  bits: ["bool", "i32", "u32"],
};

const OPERANDS: Partial<Record<UnaryOp | BinaryOp, keyof typeof GROUPS>> = {
  neg: "signed",
  abs: "signed",
  div: "float",
  sqrt: "float",
  floor: "float",
  ceil: "float",
  trunc: "float",
  nearest: "float",
  idiv: "integer",
  irem: "integer",
  mulhi: "integer",
  shl: "integer",
  shr: "integer",
  clz: "integer",
  and: "bits",
  or: "bits",
  xor: "bits",
  not: "bits",
};

function requireType(x: Value, op: UnaryOp | BinaryOp): void {
  const group = OPERANDS[op] ?? "number";
  requireUsable(x.trace, `the operand of ${op}`, x);
  if (!GROUPS[group].includes(x.expr.ty)) {
    throw new ArgumentError(
      `${x.trace.name}: ${op} does not take this type (got ${x.expr.ty}, expected ${GROUPS[group].join(", ")}). Convert with to().`,
    );
  }
}

function unary<T extends ValueType>(x: Value<T>, op: UnaryOp): Value<T> {
  requireType(x as Value, op);
  return derived(x as Value, x.type, x.trace.builder.unary(op, x.expr), x.scope);
}

function binary<T extends ValueType>(x: Value<T>, op: BinaryOp, y: Like<T>): Value<T> {
  requireType(x as Value, op);
  const other = operand(x.trace, `the second operand of ${op}`, x.type, y, x.scope);
  return derived(x as Value, x.type, x.trace.builder.binary(op, x.expr, other.expr), inner(x.scope, other.scope));
}

function compare<T extends ValueType>(x: Value<T>, op: CompareOp, y: Like<T>): Value<"bool"> {
  requireUsable(x.trace, `the operand of ${op}`, x as Value);
  const other = operand(x.trace, `the second operand of ${op}`, x.type, y, x.scope);
  return derived(x as Value, "bool", x.trace.builder.compare(op, x.expr, other.expr), inner(x.scope, other.scope));
}
