/**
 * What every operation of the IR means, in plain JavaScript. This is the definition that the WebAssembly and WGSL
 * emitters are tested against; the JS oracle and constant folding use it directly.
 *
 * Value representation: f32 and f64 as numbers (f32 always rounded), i32 as signed and u32 as unsigned integers,
 * bool as 0 or 1, i64 as a BigInt in [-2^63, 2^63).
 */
import { InternalError } from "../errors.ts";
import type { ExprOp, Ty } from "./expr.ts";

type Value = number | bigint;

const scratch = new DataView(new ArrayBuffer(8));

/** Round to the nearest integer, ties to even. Keeps the sign of zero. */
export function nearestEven(x: number): number {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const f = Math.floor(x);
  const d = x - f;
  let r = f;
  if (d > 0.5 || (d === 0.5 && f % 2 !== 0)) r = f + 1;
  return r === 0 && (x < 0 || Object.is(x, -0)) ? -0 : r;
}

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
export function mulhiU32(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16);
  const mid2 = al * bh + (mid & 0xffff);
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(mid2 / 65536)) >>> 0;
}

function saturate(x: number, lo: number, hi: number): number {
  if (x !== x) return 0;
  return x <= lo ? lo : x >= hi ? hi : Math.trunc(x) + 0;
}

function roundTo(ty: Ty, x: number): number {
  return ty === "f32" ? Math.fround(x) : x;
}

function wrap(ty: Ty, x: number): number {
  return ty === "u32" ? x >>> 0 : x | 0;
}

function toBits(ty: Ty, x: Value): void {
  if (ty === "f32") scratch.setFloat32(0, x as number);
  else if (ty === "f64") scratch.setFloat64(0, x as number);
  else if (ty === "i64") scratch.setBigInt64(0, x as bigint);
  else scratch.setInt32(0, x as number);
}

function fromBits(ty: Ty): Value {
  if (ty === "f32") return scratch.getFloat32(0);
  if (ty === "f64") return scratch.getFloat64(0);
  if (ty === "i64") return scratch.getBigInt64(0);
  return ty === "u32" ? scratch.getUint32(0) : scratch.getInt32(0);
}

function convert(to: Ty, from: Ty, x: Value): Value {
  if (to === "i64") return BigInt(x);
  if (from === "i64") {
    return to === "u32" ? Number(BigInt.asUintN(32, x as bigint)) : Number(BigInt.asIntN(32, x as bigint));
  }
  const v = x as number;
  if (to === "bool") return v !== 0 ? 1 : 0;
  if (to === "f32") return Math.fround(v);
  if (to === "f64") return v;
  if (from === "f32" || from === "f64") {
    return to === "u32" ? saturate(v, 0, 4294967295) : saturate(v, -2147483648, 2147483647);
  }
  return wrap(to, v);
}

function bigBinary(op: ExprOp, a: bigint, b: bigint): Value {
  const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
  switch (op) {
    case "add":
      return signed(a + b);
    case "sub":
      return signed(a - b);
    case "mul":
      return signed(a * b);
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return signed(a << (b & 63n));
    case "shr":
      return a >> (b & 63n);
    case "eq":
      return a === b ? 1 : 0;
    case "ne":
      return a !== b ? 1 : 0;
    case "lt":
      return a < b ? 1 : 0;
    case "le":
      return a <= b ? 1 : 0;
    case "gt":
      return a > b ? 1 : 0;
    case "ge":
      return a >= b ? 1 : 0;
    default:
      throw new InternalError(`semantics: i64 has no ${op}.`);
  }
}

function unary(op: ExprOp, ty: Ty, x: number): number {
  const float = ty === "f32" || ty === "f64";
  switch (op) {
    case "neg":
      return float ? -x : wrap(ty, -x);
    case "abs":
      return float ? Math.abs(x) : wrap(ty, Math.abs(x));
    case "sqrt":
      return roundTo(ty, Math.sqrt(x));
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "trunc":
      return Math.trunc(x);
    case "nearest":
      return nearestEven(x);
    case "not":
      return ty === "bool" ? 1 - x : wrap(ty, ~x);
    case "clz":
      return Math.clz32(x);
    default:
      throw new InternalError(`semantics: unknown unary operation ${op}.`);
  }
}

function binary(op: ExprOp, ty: Ty, a: number, b: number): number {
  const float = ty === "f32" || ty === "f64";
  switch (op) {
    case "add":
      return float ? roundTo(ty, a + b) : wrap(ty, a + b);
    case "sub":
      return float ? roundTo(ty, a - b) : wrap(ty, a - b);
    case "mul":
      return float ? roundTo(ty, a * b) : wrap(ty, Math.imul(a, b));
    case "div":
      return roundTo(ty, a / b);
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
    case "idiv":
      return b === 0 ? 0 : wrap(ty, Math.trunc(a / b));
    case "irem":
      return b === 0 ? 0 : wrap(ty, a % b);
    case "mulhi": {
      const high = mulhiU32(a >>> 0, b >>> 0);
      if (ty === "u32") return high;
      return (high - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
    }
    case "and":
      return ty === "bool" ? a & b : wrap(ty, a & b);
    case "or":
      return ty === "bool" ? a | b : wrap(ty, a | b);
    case "xor":
      return ty === "bool" ? a ^ b : wrap(ty, a ^ b);
    case "shl":
      return wrap(ty, a << (b & 31));
    case "shr":
      return ty === "u32" ? a >>> (b & 31) : a >> (b & 31);
    case "eq":
      return a === b ? 1 : 0;
    case "ne":
      return a !== b ? 1 : 0;
    case "lt":
      return a < b ? 1 : 0;
    case "le":
      return a <= b ? 1 : 0;
    case "gt":
      return a > b ? 1 : 0;
    case "ge":
      return a >= b ? 1 : 0;
    default:
      throw new InternalError(`semantics: unknown binary operation ${op}.`);
  }
}

/**
 * The value of one operation.
 * @param op the operation (not `const`, `param`, `load`, `iota`, `acc`)
 * @param ty type of the result
 * @param from type of the first operand
 * @param x values of the operands
 */
export function evaluate(op: ExprOp, ty: Ty, from: Ty, x: readonly Value[]): Value {
  if (op === "select") return x[0] === 0 ? x[2] : x[1];
  if (op === "convert") return convert(ty, from, x[0]);
  if (op === "bitcast") {
    toBits(from, x[0]);
    return fromBits(ty);
  }
  if (from === "i64") {
    return x.length === 1 ? BigInt.asIntN(64, ~(x[0] as bigint)) : bigBinary(op, x[0] as bigint, x[1] as bigint);
  }
  return x.length === 1 ? unary(op, from, x[0] as number) : binary(op, from, x[0] as number, x[1] as number);
}
