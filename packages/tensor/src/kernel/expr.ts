/**
 * The scalar-expression IR: a small, closed, typed language in which every fused kernel is written once
 * and from which JavaScript, WebAssembly SIMD and WGSL are produced.
 *
 * Expressions are immutable and hash-consed by their {@link ExprBuilder}: equal expressions are the same object,
 * so common subexpressions are shared and a kernel's structure can be keyed cheaply.
 */
import { InternalError } from "../errors.ts";
import { evaluate, fit } from "./semantics.ts";

/** Types of values inside a kernel. `i64` exists only inside f64 expansions and never in a buffer. */
export type Ty = "bool" | "i32" | "u32" | "i64" | "f32" | "f64";

/** Operations with one operand; the result has the operand's type. */
export type UnaryOp = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "nearest" | "not" | "clz";

/** Operations with two operands of one type; the result has that type. */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "min"
  | "max"
  | "idiv"
  | "irem"
  | "mulhi"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr";

/** Comparisons of two operands of one type; the result is `bool`. */
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** Everything an {@link Expr} can be. */
export type ExprOp =
  | "const"
  | "param"
  | "load"
  | "iota"
  | "acc"
  | "accOther"
  | "select"
  | "convert"
  | "bitcast"
  | UnaryOp
  | BinaryOp
  | CompareOp;

/** One node of an expression. */
export interface Expr {
  readonly op: ExprOp;
  /** Type of the result. */
  readonly ty: Ty;
  readonly args: readonly Expr[];
  /**
   * `const`: the number (bigint for i64; bool as 0 or 1). `param`: its slot. `load`, `iota`: the index of the access
   * in the kernel. `acc`, `accOther`: the index of the accumulator. Otherwise 0.
   */
  readonly value: number | bigint;
  /** Serial number within the builder: operands have smaller ids than the expressions that use them. */
  readonly id: number;
}

/** Types that an operation takes. No name is part of another one, so that `includes` finds whole names. */
const FLOATS = "f32 f64";
const INTS = "i32 u32";
const SIGNED = "i32 f32 f64";
const WORDS = "i32 u32 i64";
const BITS = "bool i32 u32 i64";
const REALS = "i32 u32 f32 f64";
const NUMBERS = "i32 u32 i64 f32 f64";

const UNARY_TYPES: Record<UnaryOp, string> = {
  neg: SIGNED,
  abs: SIGNED,
  sqrt: FLOATS,
  floor: FLOATS,
  ceil: FLOATS,
  trunc: FLOATS,
  nearest: FLOATS,
  not: BITS,
  clz: INTS,
};

const BINARY_TYPES: Record<BinaryOp, string> = {
  add: NUMBERS,
  sub: NUMBERS,
  mul: NUMBERS,
  div: FLOATS,
  min: REALS,
  max: REALS,
  idiv: INTS,
  irem: INTS,
  mulhi: INTS,
  and: BITS,
  or: BITS,
  xor: BITS,
  shl: WORDS,
  shr: WORDS,
};

/** By the operand's type: types of the results. */
const CONVERSIONS: Record<Ty, string> = {
  bool: REALS,
  i32: "bool u32 i64 f32 f64",
  u32: "bool i32 i64 f32 f64",
  i64: INTS,
  f32: "bool i32 u32 f64",
  f64: "bool i32 u32 f32",
};

const BITCASTS: Record<Ty, string> = { bool: "", i32: "f32 u32", u32: "f32 i32", i64: "f64", f32: INTS, f64: "i64" };

function check(ok: boolean, what: string): void {
  if (!ok) throw new InternalError(`kernel expression: ${what}.`);
}

function checkSame(op: string, x: Expr, y: Expr): void {
  check(x.ty === y.ty, `${op} needs equal types (got ${x.ty} and ${y.ty})`);
}

/**
 * Makes expressions. One builder belongs to one kernel.
 *
 * Operands must have equal types (there are no implicit conversions); operations on constants are folded with the
 * reference semantics of `semantics.ts`, and only rewrites that keep every bit are applied.
 */
export class ExprBuilder {
  readonly #interned = new Map<string, Expr>();
  #count = 0;

  #make(op: ExprOp, ty: Ty, args: readonly Expr[], value: number | bigint): Expr {
    let key = `${op} ${ty} ${Object.is(value, -0) ? "-0" : value}`;
    for (const a of args) key += ` ${a.id}`;
    const found = this.#interned.get(key);
    if (found !== undefined) return found;
    if (args.length > 0 && op !== "load" && args.every((a) => a.op === "const")) {
      const folded = evaluate(
        op,
        ty,
        args[0].ty,
        args.map((a) => a.value),
      );
      const constant = this.const(ty, folded);
      this.#interned.set(key, constant);
      return constant;
    }
    const expr: Expr = { op, ty, args, value, id: this.#count++ };
    this.#interned.set(key, expr);
    return expr;
  }

  /** A constant. f32 constants are rounded to f32, integers wrapped to their width. */
  const(ty: Ty, value: number | bigint | boolean): Expr {
    if (ty === "bool") return this.#make("const", ty, [], Number(Number(value) !== 0));
    return this.#make("const", ty, [], fit(ty, ty === "i64" ? BigInt(value) : Number(value)));
  }

  /** A scalar handed to the kernel at launch. */
  param(ty: Ty, slot: number): Expr {
    check(ty !== "i64", "a parameter cannot be i64");
    return this.#make("param", ty, [], slot);
  }

  /**
   * The element of access number `access` at the current loop position, plus `index` elements when given
   * (an i32 expression; the address must stay inside the buffer).
   */
  load(ty: Ty, access: number, index?: Expr): Expr {
    if (index !== undefined) check(index.ty === "i32", `load index must be i32 (got ${index.ty})`);
    return this.#make("load", ty, index === undefined ? [] : [index], access);
  }

  /** The i32 value `offset + sum stride_d * i_d` of an access without a buffer. */
  iota(access: number): Expr {
    return this.#make("iota", "i32", [], access);
  }

  /** Inside a reduction step: accumulator number `slot`; inside a merge: the left one. */
  acc(ty: Ty, slot: number): Expr {
    return this.#make("acc", ty, [], slot);
  }

  /** Inside a merge: the right accumulator number `slot`. */
  accOther(ty: Ty, slot: number): Expr {
    return this.#make("accOther", ty, [], slot);
  }

  unary(op: UnaryOp, x: Expr): Expr {
    check(UNARY_TYPES[op].includes(x.ty), `${op} does not take ${x.ty}`);
    return this.#make(op, x.ty, [x], 0);
  }

  binary(op: BinaryOp, x: Expr, y: Expr): Expr {
    checkSame(op, x, y);
    check(BINARY_TYPES[op].includes(x.ty), `${op} does not take ${x.ty}`);
    if ((op === "mul" || op === "div") && y.op === "const" && Number(y.value) === 1) return x;
    if (op === "mul" && x.op === "const" && Number(x.value) === 1) return y;
    return this.#make(op, x.ty, [x, y], 0);
  }

  compare(op: CompareOp, x: Expr, y: Expr): Expr {
    checkSame(op, x, y);
    return this.#make(op, "bool", [x, y], 0);
  }

  /** `condition ? x : y`, both evaluated. */
  select(condition: Expr, x: Expr, y: Expr): Expr {
    check(condition.ty === "bool", `select needs a bool condition (got ${condition.ty})`);
    checkSame("select", x, y);
    if (x === y) return x;
    if (condition.op === "const") return condition.value === 0 ? y : x;
    return this.#make("select", x.ty, [condition, x, y], 0);
  }

  /** Numeric conversion: float to integer truncates and saturates (NaN gives 0), to bool tests `!= 0`. */
  convert(ty: Ty, x: Expr): Expr {
    if (x.ty === ty) return x;
    check(CONVERSIONS[x.ty].includes(ty), `cannot convert ${x.ty} to ${ty}`);
    return this.#make("convert", ty, [x], 0);
  }

  /** The same bits read as another type of the same width. */
  bitcast(ty: Ty, x: Expr): Expr {
    if (x.ty === ty) return x;
    check(BITCASTS[x.ty].includes(ty), `cannot bitcast ${x.ty} to ${ty}`);
    return this.#make("bitcast", ty, [x], 0);
  }

  // Short forms, so that lowerings read like formulas.
  neg(x: Expr): Expr {
    return this.unary("neg", x);
  }
  abs(x: Expr): Expr {
    return this.unary("abs", x);
  }
  sqrt(x: Expr): Expr {
    return this.unary("sqrt", x);
  }
  floor(x: Expr): Expr {
    return this.unary("floor", x);
  }
  not(x: Expr): Expr {
    return this.unary("not", x);
  }
  add(x: Expr, y: Expr): Expr {
    return this.binary("add", x, y);
  }
  sub(x: Expr, y: Expr): Expr {
    return this.binary("sub", x, y);
  }
  mul(x: Expr, y: Expr): Expr {
    return this.binary("mul", x, y);
  }
  div(x: Expr, y: Expr): Expr {
    return this.binary("div", x, y);
  }
  min(x: Expr, y: Expr): Expr {
    return this.binary("min", x, y);
  }
  max(x: Expr, y: Expr): Expr {
    return this.binary("max", x, y);
  }
  and(x: Expr, y: Expr): Expr {
    return this.binary("and", x, y);
  }
  or(x: Expr, y: Expr): Expr {
    return this.binary("or", x, y);
  }
  xor(x: Expr, y: Expr): Expr {
    return this.binary("xor", x, y);
  }
  /** Shift left by a constant number of bits. */
  shl(x: Expr, bits: number): Expr {
    return this.binary("shl", x, this.const(x.ty, bits));
  }
  /** Shift right by a constant number of bits: arithmetic for i32 and i64, logical for u32. */
  shr(x: Expr, bits: number): Expr {
    return this.binary("shr", x, this.const(x.ty, bits));
  }
  eq(x: Expr, y: Expr): Expr {
    return this.compare("eq", x, y);
  }
  ne(x: Expr, y: Expr): Expr {
    return this.compare("ne", x, y);
  }
  lt(x: Expr, y: Expr): Expr {
    return this.compare("lt", x, y);
  }
  le(x: Expr, y: Expr): Expr {
    return this.compare("le", x, y);
  }
  gt(x: Expr, y: Expr): Expr {
    return this.compare("gt", x, y);
  }
  ge(x: Expr, y: Expr): Expr {
    return this.compare("ge", x, y);
  }
}

/**
 * Calls `visit` once for every expression below `roots`, operands before their users, without recursion.
 * @param operands the operands that count, in the order in which they are visited
 */
export function visitExprs(
  roots: readonly Expr[],
  visit: (e: Expr) => void,
  operands: (e: Expr) => readonly Expr[] = (e) => e.args,
): void {
  const seen = new Set<number>();
  const stack: Expr[] = [];
  for (const root of roots) {
    stack.push(root);
    while (stack.length > 0) {
      const e = stack[stack.length - 1];
      if (seen.has(e.id)) {
        stack.pop();
        continue;
      }
      let ready = true;
      const args = operands(e);
      for (let i = args.length - 1; i >= 0; i--) {
        if (!seen.has(args[i].id)) {
          stack.push(args[i]);
          ready = false;
        }
      }
      if (ready) {
        seen.add(e.id);
        stack.pop();
        visit(e);
      }
    }
  }
}
