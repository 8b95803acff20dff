/**
 * Instruction selection: one operation of the scalar-expression IR on whole vectors. Full vectors and single live lanes go
 * through the same instructions and so give the same bits. Shifts by varying amounts and `clz`, which have no vector
 * form, visit the lanes one by one.
 */
import type { Expr, ExprOp, Ty } from "../../kernel/expr.ts";
import type { Local } from "./asm.ts";
import type { LaneOp, PlainOp } from "./opcodes.ts";
import type { ColdGroup } from "./emitCold.ts";
import { emitIota, emitLoad } from "./emitLoad.ts";
import { giveBack, take, type Emission, type VectorState } from "./emitState.ts";

/** Bits of the lanes of a mask; 0 when all its bits are equal and both readings hold. */
export type MaskWidth = 0 | 32 | 64;

/** An expression within a program. */
export interface Node {
  readonly expr: Expr;
  /** Operands in the order in which they are pushed. */
  readonly args: readonly Node[];
  /** Number of loops, counted from the outside, inside which the value must be computed. */
  readonly level: number;
  /** The lanes differ. */
  readonly varying: boolean;
  /** The copies that are computed side by side differ. */
  readonly perCopy: boolean;
  /** Width of a bool. */
  readonly width: MaskWidth;
  /** Used at a deeper level, hence kept in {@link Node.kept} while those loops run. */
  hoisted: boolean;
  /** Number of uses at its own level by values that are computed once per copy, and once for all copies. */
  usesPerCopy: number;
  usesShared: number;
  /** Uses that are still to come, and the local that holds the value for them. */
  left: number;
  local: Local | undefined;
  /** Locals of a hoisted value, one per copy. */
  kept: Local[];
  /** Of a select: operands that are skipped where no lane needs them. */
  cold: ColdGroup | undefined;
}

/** Whether a type has 64 bits. */
export function isWide(ty: Ty): boolean {
  return ty === "f64" || ty === "i64";
}

const SHAPES: Record<Ty, string> = {
  bool: "v128",
  i32: "i32x4",
  u32: "i32x4",
  i64: "i64x2",
  f32: "f32x4",
  f64: "f64x2",
};

/** Conversions that are one instruction; from bool and to bool are separate. */
const CONVERSIONS: Record<string, PlainOp> = {
  "i32 f32": "f32x4.convert_i32x4_s",
  "u32 f32": "f32x4.convert_i32x4_u",
  "i32 f64": "f64x2.convert_low_i32x4_s",
  "u32 f64": "f64x2.convert_low_i32x4_u",
  "i32 i64": "i64x2.extend_low_i32x4_s",
  "u32 i64": "i64x2.extend_low_i32x4_u",
  "f32 i32": "i32x4.trunc_sat_f32x4_s",
  "f32 u32": "i32x4.trunc_sat_f32x4_u",
  "f64 i32": "i32x4.trunc_sat_f64x2_s_zero",
  "f64 u32": "i32x4.trunc_sat_f64x2_u_zero",
  "f32 f64": "f64x2.promote_low_f32x4",
  "f64 f32": "f32x4.demote_f64x2_zero",
};

const sign = (ty: Ty): string => (ty === "u32" ? "_u" : "_s");

/**
 * The instruction of a select that picks the smaller or larger of two floats, `q < p ? q : p` and `p < q ? q : p`: these
 * are pmin and pmax of p and q, signed zeros and NaN included. Its second operand is the select's first.
 */
export function clamp({ op, ty, args }: Expr): "pmin" | "pmax" | undefined {
  if (op !== "select" || (ty !== "f32" && ty !== "f64")) return undefined;
  const [{ op: test, args: compared }, q, p] = args;
  if (test !== "lt" && test !== "gt") return undefined;
  const [small, large] = test === "lt" ? compared : [compared[1], compared[0]];
  if (small === q && large === p) return "pmin";
  return small === p && large === q ? "pmax" : undefined;
}

/** Pushes a constant in all lanes. */
export function pushConst(s: VectorState, ty: Ty, value: number | bigint): void {
  let lanes: ArrayBufferView;
  if (ty === "f32") lanes = new Float32Array(4).fill(value as number);
  else if (ty === "f64") lanes = new Float64Array(2).fill(value as number);
  else if (ty === "i64") lanes = new BigInt64Array(2).fill(value as bigint);
  else lanes = new Int32Array(4).fill(ty === "bool" ? -(value as number) : (value as number));
  s.f.v128Const(lanes);
}

/** Changes the width of the mask on the stack. */
export function resize(s: VectorState, from: MaskWidth, to: MaskWidth): void {
  if (from === 0 || to === 0 || from === to) return;
  if (to === 64) s.f.op("i64x2.extend_low_i32x4_s");
  else lowHalves(s);
}

/** Takes the low 32 bits of both 64-bit lanes. */
function lowHalves(s: VectorState): void {
  const t = take(s, "v128");
  s.f.tee(t).get(t).shuffle([0, 2, 0, 2]);
  giveBack(s, "v128", [t]);
}

function pushParam(s: Emission, e: Expr): void {
  const offset = 4 * s.layout.params[e.value as number];
  s.f.get(s.f.params[0]).mem(e.ty === "f64" ? "v128.load64_splat" : "v128.load32_splat", offset);
  if (e.ty === "bool") nonZero(s, "i32");
}

/** Compares the value on the stack with zero. */
function nonZero(s: VectorState, ty: Ty): void {
  pushConst(s, ty, ty === "i64" ? 0n : 0);
  s.f.op(`${SHAPES[ty]}.ne` as PlainOp);
}

/** Pops operands into locals, runs `body` with them, and gives the locals back. */
function withOperands(s: VectorState, count: number, body: (...locals: Local[]) => void): void {
  const locals = Array.from({ length: count }, () => take(s, "v128"));
  for (const local of locals.toReversed()) s.f.set(local);
  body(...locals);
  giveBack(s, "v128", locals);
}

/** Applies a scalar instruction lane by lane to the operands on the stack. */
function lanewise(s: VectorState, ty: Ty, count: number, op: PlainOp): void {
  const shape = ty === "i64" ? "i64x2" : "i32x4";
  withOperands(s, count, (...locals) => {
    for (let lane = 0; lane < s.lanes; lane++) {
      for (const local of locals) s.f.get(local).lane(`${shape}.extract_lane` as LaneOp, lane);
      s.f.op(op);
      if (lane === 0) s.f.op(`${shape}.splat` as PlainOp);
      else s.f.lane(`${shape}.replace_lane` as LaneOp, lane);
    }
  });
}

function emitShift(s: VectorState, node: Node): void {
  const { op, ty, args } = node.expr;
  const vector = (op === "shl" ? `${SHAPES[ty]}.shl` : `${SHAPES[ty]}.shr${sign(ty)}`) as PlainOp;
  if (node.args.length === 1) {
    s.f.i32Const(Number(BigInt(args[1].value) & 63n)).op(vector);
  } else if (!node.args[1].varying) {
    s.f.lane("i32x4.extract_lane", 0).op(vector);
  } else {
    lanewise(s, ty, 2, `${ty === "i64" ? "i64" : "i32"}.${op === "shl" ? "shl" : `shr${sign(ty)}`}` as PlainOp);
  }
}

function emitMulHigh(s: VectorState, ty: Ty): void {
  const { f } = s;
  withOperands(s, 2, (a, b) => {
    f.get(a, b).op(`i64x2.extmul_low_i32x4${sign(ty)}` as PlainOp);
    if (s.lanes === 4)
      f.get(a, b)
        .op(`i64x2.extmul_high_i32x4${sign(ty)}` as PlainOp)
        .shuffle([1, 3, 5, 7]);
    else f.tee(a).get(a).shuffle([1, 3, 1, 3]);
  });
}

/**
 * Integer division by way of f64: the quotient of two 32-bit integers is at least 2^-32 / |b| away from the next
 * integer unless it is one, so the rounded quotient truncates to the right integer.
 */
function emitDivision(s: VectorState, node: Node): void {
  const { f } = s;
  const { op, ty, args } = node.expr;
  const divisor = args[1].op === "const" ? args[1].value : undefined;
  withOperands(s, 2, (a, b) => {
    const half = (high: boolean): void => {
      for (const x of [a, b]) {
        f.get(x);
        if (high) f.get(x).shuffle([2, 3, 2, 3]);
        f.op(`f64x2.convert_low_i32x4${sign(ty)}` as PlainOp);
      }
      f.op("f64x2.div", `i32x4.trunc_sat_f64x2${sign(ty)}_zero` as PlainOp);
    };
    half(false);
    if (s.lanes === 4) {
      half(true);
      f.shuffle([0, 1, 4, 5]);
    }
    const q = take(s, "v128");
    if (ty === "i32" && (divisor === undefined || divisor === -1)) {
      // The one quotient that does not fit wraps around: -2^31 / -1.
      f.set(q).get(a).op("i32x4.neg").get(q, b);
      pushConst(s, "i32", -1);
      f.op("i32x4.eq", "v128.bitselect");
    }
    if (op === "irem") f.set(q).get(a, q, b).op("i32x4.mul", "i32x4.sub");
    giveBack(s, "v128", [q]);
    if (divisor === undefined || divisor === 0) {
      f.get(b);
      nonZero(s, "i32");
      f.op("v128.and");
    }
  });
}

function emitConvert(s: VectorState, from: Ty, to: Ty): void {
  if (from === "bool") s.f.op("v128.and");
  else if (to === "bool") nonZero(s, from);
  else if (from === "i64") lowHalves(s);
  else {
    const op = CONVERSIONS[`${from} ${to}`];
    if (op !== undefined) s.f.op(op);
  }
}

function emitCompare(s: VectorState, op: ExprOp, ty: Ty): void {
  const { f } = s;
  if (ty === "bool") {
    f.op(op === "eq" || op === "ne" ? "v128.xor" : "v128.andnot");
    if (op === "eq" || op === "le" || op === "ge") f.op("v128.not");
    return;
  }
  const signed = ty === "f32" || ty === "f64" || op === "eq" || op === "ne" ? "" : sign(ty);
  f.op(`${SHAPES[ty]}.${op}${signed}` as PlainOp);
}

/** Writes a leaf, or a load whose index is on the stack. */
function emitLeaf(s: Emission, node: Node): void {
  const e = node.expr;
  const slot = e.value as number;
  switch (e.op) {
    case "param":
      return pushParam(s, e);
    case "load":
      return emitLoad(s, slot, node.args[0]);
    case "iota":
      return emitIota(s, slot);
    case "acc":
      s.f.get(s.acc[slot]);
      return;
    default:
      s.f.get(s.accOther[slot]);
  }
}

const LEAVES: ReadonlySet<ExprOp> = new Set<ExprOp>(["param", "load", "iota", "acc", "accOther"]);

/** Writes the operation of a node, whose operands are on the stack. */
export function emitOp(s: Emission, node: Node): void {
  if (LEAVES.has(node.expr.op)) emitLeaf(s, node);
  else emitValue(s, node);
}

/** Writes an operation on values or a constant. */
export function emitValue(s: VectorState, node: Node): void {
  const e = node.expr;
  const { f } = s;
  switch (e.op) {
    case "const":
      return pushConst(s, e.ty, e.value);
    case "select":
      f.op(node.args.length === 3 ? "v128.bitselect" : (`${SHAPES[e.ty]}.${clamp(e)}` as PlainOp));
      return;
    case "bitcast":
      return;
    case "convert":
      return emitConvert(s, e.args[0].ty, e.ty);
    case "and":
    case "or":
    case "xor":
    case "not":
      f.op(`v128.${e.op}`);
      return;
    case "shl":
    case "shr":
      return emitShift(s, node);
    case "clz":
      return lanewise(s, e.ty, 1, "i32.clz");
    case "mulhi":
      return emitMulHigh(s, e.ty);
    case "idiv":
    case "irem":
      return emitDivision(s, node);
    case "eq":
    case "ne":
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return emitCompare(s, e.op, e.args[0].ty);
    case "min":
    case "max":
      f.op(`${SHAPES[e.ty]}.${e.op}${e.ty === "i32" || e.ty === "u32" ? sign(e.ty) : ""}` as PlainOp);
      return;
    default:
      f.op(`${SHAPES[e.ty]}.${e.op}` as PlainOp);
  }
}
