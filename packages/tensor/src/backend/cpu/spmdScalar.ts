/** Integer and bool operations on single i32 values, with the meaning of `kernel/semantics.ts`; bools are 0 or 1. */
import { InternalError } from "../../errors.ts";
import type { Expr, Ty } from "../../kernel/expr.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import type { PlainOp } from "./opcodes.ts";
import { giveBack, take, type VectorState } from "./emitState.ts";

const sign = (ty: Ty): string => (ty === "i32" ? "_s" : "_u");

/** Pops operands into locals, runs `body` with them, and gives the locals back. */
function withLocals(s: VectorState, count: number, body: (...locals: Local[]) => void): void {
  const locals = Array.from({ length: count }, () => take(s, "i32"));
  for (const local of locals.toReversed()) s.f.set(local);
  body(...locals);
  giveBack(s, "i32", locals);
}

/** Quotient or remainder; 0 for a divisor of 0, and -2^31 / -1 wraps around. */
function divide(s: VectorState, e: Expr): void {
  const { f } = s;
  const { op, ty } = e;
  const instruction = `i32.${op === "idiv" ? "div" : "rem"}${sign(ty)}` as PlainOp;
  const divisor = e.args[1].op === "const" ? e.args[1].value : undefined;
  const overflows = ty === "i32" && op === "idiv";
  if (divisor !== undefined && divisor !== 0 && !(overflows && divisor === -1)) {
    f.op(instruction);
    return;
  }
  withLocals(s, 2, (a, b) => {
    const quotient = (): FunctionBuilder => f.get(a, b).op(instruction);
    const guarded = (): void => {
      if (!overflows) quotient();
      else {
        f.get(b)
          .i32Const(-1)
          .op("i32.eq")
          .if(
            () => f.i32Const(0).get(a).op("i32.sub"),
            () => quotient(),
            "i32",
          );
      }
    };
    f.get(b).if(guarded, () => f.i32Const(0), "i32");
  });
}

function extreme(s: VectorState, e: Expr): void {
  withLocals(s, 2, (a, b) => {
    s.f.get(a, b, a, b).op(`i32.${e.op === "min" ? "lt" : "gt"}${sign(e.ty)}` as PlainOp, "select");
  });
}

function highProduct(s: VectorState, ty: Ty): void {
  const { f } = s;
  const extend = `i64.extend_i32${sign(ty)}` as PlainOp;
  withLocals(s, 2, (a, b) => {
    f.get(a).op(extend).get(b).op(extend, "i64.mul").i64Const(32).op("i64.shr_u", "i32.wrap_i64");
  });
}

/** Writes the operation of `e`, whose operands are on the stack (of a select: first, second, condition). */
export function emitScalar(s: VectorState, e: Expr): void {
  const { f } = s;
  switch (e.op) {
    case "add":
    case "sub":
    case "mul":
    case "and":
    case "or":
    case "xor":
    case "shl":
    case "clz":
      f.op(`i32.${e.op}`);
      return;
    case "shr":
      f.op(`i32.shr${sign(e.ty)}` as PlainOp);
      return;
    case "neg":
      withLocals(s, 1, (a) => f.i32Const(0).get(a).op("i32.sub"));
      return;
    case "abs":
      withLocals(s, 1, (a) => {
        f.i32Const(0).get(a).op("i32.sub").get(a, a).i32Const(0).op("i32.lt_s", "select");
      });
      return;
    case "not":
      if (e.ty === "bool") f.op("i32.eqz");
      else f.i32Const(-1).op("i32.xor");
      return;
    case "min":
    case "max":
      return extreme(s, e);
    case "mulhi":
      return highProduct(s, e.ty);
    case "idiv":
    case "irem":
      return divide(s, e);
    case "eq":
    case "ne":
      f.op(`i32.${e.op}`);
      return;
    case "lt":
    case "le":
    case "gt":
    case "ge":
      f.op(`i32.${e.op}${sign(e.args[0].ty)}` as PlainOp);
      return;
    case "select":
      f.op("select");
      return;
    case "convert":
      if (e.ty === "bool") f.i32Const(0).op("i32.ne");
      return;
    case "bitcast":
      return;
    default:
      throw new InternalError(`emitProgram: ${e.op} is no operation on single integers.`);
  }
}
