/**
 * What every operation of the IR means, in plain JavaScript. This is the definition that the WebAssembly and WGSL
 * emitters are tested against; the JS oracle and constant folding use it directly.
 *
 * Value representation: f32 and f64 as numbers (f32 always rounded), i32 as signed and u32 as unsigned integers,
 * bool as 0 or 1, i64 as a BigInt in [-2^63, 2^63).
 */
import type { BinaryOp, CompareOp, ExprOp, Ty, UnaryOp } from "./expr.ts";

type Value = number | bigint;

const scratch = new DataView(new ArrayBuffer(8));

/** From here on all numbers are integers: adding it rounds. */
const WHOLE = 2 ** 52;

/** Round to the nearest integer, ties to even. Keeps the sign of zero. */
export function nearestEven(x: number): number {
  const size = Math.abs(x);
  if (!(size < WHOLE)) return x;
  const r = size + WHOLE - WHOLE;
  return x < 0 || Object.is(x, -0) ? -r : r;
}

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
export function mulhiU32(a: number, b: number): number {
  // The product in f64 is off by less than 2^11, so that without its low bits it rounds to the high ones.
  return Math.round((a * b - (Math.imul(a, b) >>> 0)) / 4294967296);
}

function saturate(x: number, lo: number, hi: number): number {
  if (x !== x) return 0;
  return x <= lo ? lo : x >= hi ? hi : Math.trunc(x) + 0;
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
  const v = from === "i64" ? Number(BigInt.asIntN(32, x as bigint)) : (x as number);
  if (to === "bool") return Number(v !== 0);
  if (to === "f32" || to === "f64" || (from !== "f32" && from !== "f64")) return fit(to, v);
  return to === "u32" ? saturate(v, 0, 4294967295) : saturate(v, -2147483648, 2147483647);
}

/** A result brought into the range of its type. Integers arrive exact, or modulo 2^32 already. */
export function fit(ty: Ty, x: Value): Value {
  if (ty === "i64") return BigInt.asIntN(64, x as bigint);
  if (ty === "f32") return Math.fround(x as number);
  if (ty === "f64") return x;
  return ty === "u32" ? (x as number) >>> 0 : (x as number) | 0;
}

function mulhi(ty: Ty, a: number, b: number): number {
  const high = mulhiU32(a >>> 0, b >>> 0);
  return ty === "u32" ? high : high - (a < 0 ? b : 0) - (b < 0 ? a : 0);
}

/** Operations before {@link fit}, by the operands' type. Big integers come through the same operators as numbers. */
const OPERATIONS: Record<UnaryOp | BinaryOp | CompareOp, (a: number, b: number, ty: Ty) => number> = {
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  nearest: nearestEven,
  not: (a, _, ty) => (ty === "bool" ? 1 - a : ~a),
  clz: Math.clz32,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b, ty) => (ty === "i32" || ty === "u32" ? Math.imul(a, b) : a * b),
  div: (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  idiv: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  irem: (a, b) => (b === 0 ? 0 : a % b),
  mulhi: (a, b, ty) => mulhi(ty, a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b, ty) => (ty === "u32" ? a >>> b : a >> b),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};

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
  // Shifts count modulo the width; for numbers the operators do so themselves.
  const b = from === "i64" && (op === "shl" || op === "shr") ? (x[1] as bigint) & 63n : x[1];
  return fit(ty, OPERATIONS[op as BinaryOp](x[0] as number, b as number, from));
}
