/**
 * Every elementwise operation with a domain to try it on. Tests, documentation and the conformance suite iterate over this
 * list; an operation that is exported but missing here fails the completeness test.
 */
import type { Operand, Tensor } from "../tensor.ts";
import * as arith from "./arith.ts";
import * as bits from "./bits.ts";
import * as compare from "./compare.ts";
import type { ElementwiseOp } from "./elementwise.ts";
import * as math from "./math.ts";
import * as power from "./power.ts";
import * as special from "./special.ts";
import * as trig from "./trig.ts";

/** Range from which test values of one operand are drawn. */
export type Domain = readonly [low: number, high: number];

/** One elementwise operation. */
export interface ElementwiseEntry {
  readonly op: ElementwiseOp;
  readonly apply: (...x: Operand[]) => Tensor;
  /** One domain per operand. */
  readonly domain: readonly Domain[];
}

const entry = (op: ElementwiseOp, apply: (...x: never[]) => Tensor, ...domain: Domain[]): ElementwiseEntry => ({
  op,
  apply: apply as (...x: Operand[]) => Tensor,
  domain,
});

const R: Domain = [-4, 4];
const POSITIVE: Domain = [0.05, 8];
const WORD: Domain = [-1000, 1000];
const SHIFT: Domain = [0, 31];

/** All elementwise operations but `astype`, `bitcast` and `where`, whose operands differ in type. */
export const ELEMENTWISE: readonly ElementwiseEntry[] = [
  entry(arith.ADD, arith.add, R, R),
  entry(arith.SUB, arith.sub, R, R),
  entry(arith.MUL, arith.mul, R, R),
  entry(arith.DIV, arith.div, R, POSITIVE),
  entry(arith.NEG, arith.neg, R),
  entry(arith.ABS, arith.abs, R),
  entry(arith.SIGN, arith.sign, R),
  entry(arith.MINIMUM, arith.minimum, R, R),
  entry(arith.MAXIMUM, arith.maximum, R, R),
  entry(arith.SQRT, arith.sqrt, POSITIVE),
  entry(arith.MOD, arith.mod, R, POSITIVE),
  entry(arith.FLOOR_DIV, arith.floorDiv, R, POSITIVE),
  entry(arith.FLOOR, arith.floor, R),
  entry(arith.CEIL, arith.ceil, R),
  entry(arith.TRUNC, arith.trunc, R),
  entry(arith.ROUND, arith.round, R),
  entry(compare.EQUAL, compare.equal, [-2, 2], [-2, 2]),
  entry(compare.NOT_EQUAL, compare.notEqual, [-2, 2], [-2, 2]),
  entry(compare.LESS, compare.less, R, R),
  entry(compare.LESS_EQUAL, compare.lessEqual, R, R),
  entry(compare.GREATER, compare.greater, R, R),
  entry(compare.GREATER_EQUAL, compare.greaterEqual, R, R),
  entry(compare.IS_NAN, compare.isNaN, R),
  entry(compare.IS_FINITE, compare.isFinite, R),
  entry(compare.LOGICAL_AND, compare.logicalAnd, [0, 1], [0, 1]),
  entry(compare.LOGICAL_OR, compare.logicalOr, [0, 1], [0, 1]),
  entry(compare.LOGICAL_XOR, compare.logicalXor, [0, 1], [0, 1]),
  entry(compare.LOGICAL_NOT, compare.logicalNot, [0, 1]),
  entry(bits.BITWISE_AND, bits.bitwiseAnd, WORD, WORD),
  entry(bits.BITWISE_OR, bits.bitwiseOr, WORD, WORD),
  entry(bits.BITWISE_XOR, bits.bitwiseXor, WORD, WORD),
  entry(bits.BITWISE_NOT, bits.bitwiseNot, WORD),
  entry(bits.SHIFT_LEFT, bits.shiftLeft, WORD, SHIFT),
  entry(bits.SHIFT_RIGHT, bits.shiftRight, WORD, SHIFT),
  entry(bits.MULHI, bits.mulhi, WORD, WORD),
  entry(bits.COUNT_LEADING_ZEROS, bits.countLeadingZeros, WORD),
  entry(math.EXP, math.exp, R),
  entry(math.EXP2, math.exp2, R),
  entry(math.EXPM1, math.expm1, R),
  entry(math.LOG, math.log, POSITIVE),
  entry(math.LOG2, math.log2, POSITIVE),
  entry(math.LOG10, math.log10, POSITIVE),
  entry(math.LOG1P, math.log1p, [-0.9, 8]),
  entry(trig.SIN, trig.sin, [-20, 20]),
  entry(trig.COS, trig.cos, [-20, 20]),
  entry(trig.TAN, trig.tan, [-1.2, 1.2]),
  entry(trig.TANH, trig.tanh, R),
  entry(math.SIGMOID, math.sigmoid, R),
  entry(math.SOFTPLUS, math.softplus, R),
  entry(trig.ASIN, trig.asin, [-0.95, 0.95]),
  entry(trig.ACOS, trig.acos, [-0.95, 0.95]),
  entry(trig.ATAN, trig.atan, R),
  entry(trig.ATAN2, trig.atan2, POSITIVE, R),
  entry(trig.SINH, trig.sinh, R),
  entry(trig.COSH, trig.cosh, R),
  entry(trig.ASINH, trig.asinh, R),
  entry(trig.ACOSH, trig.acosh, [1.1, 8]),
  entry(trig.ATANH, trig.atanh, [-0.95, 0.95]),
  entry(power.POW, power.pow, POSITIVE, [-2, 2.5]),
  entry(power.CBRT, power.cbrt, POSITIVE),
  entry(power.RSQRT, power.rsqrt, POSITIVE),
  entry(power.HYPOT, power.hypot, POSITIVE, R),
  entry(special.ERF, special.erf, R),
  entry(special.ERFC, special.erfc, [-2, 4]),
  entry(special.LGAMMA, special.lgamma, [0.05, 9]),
  entry(special.DIGAMMA, special.digamma, [0.05, 9]),
  entry(special.ERFINV, special.erfinv, [-0.95, 0.95]),
];
