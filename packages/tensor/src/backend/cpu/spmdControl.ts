/**
 * Statements of programs. Where all lanes agree, branches and loops are those of WebAssembly; where they differ, both sides
 * run for the lanes that a mask selects, and loops run until no lane is left.
 */
import type { Expr } from "../../kernel/expr.ts";
import {
  definedBy,
  type ForStatement,
  type IfStatement,
  type Register,
  type Statement,
  type WhileStatement,
} from "../../kernel/program.ts";
import { InternalError } from "../../errors.ts";
import type { Local } from "./asm.ts";
import { isWide, resize } from "./emitOp.ts";
import { giveBack, take } from "./emitState.ts";
import { emitProgramLoad, emitProgramStore } from "./spmdMemory.ts";
import { settle, Values } from "./spmdValues.ts";
import type { Place, SpmdState } from "./spmdState.ts";

/** Writes blocks of statements. */
export interface BlockWriter {
  /**
   * Writes a block, in whose rest its registers are visible; returns what gives their locals back.
   */
  open(block: readonly Statement[]): () => void;
}

/** @param asVector integer registers that are needed as vectors, too */
export function blockWriter(s: SpmdState, asVector: ReadonlySet<Register>): BlockWriter {
  const { f, program } = s;

  const withValues = (run: (v: Values) => void): void => {
    const v = new Values(s);
    run(v);
    v.done();
  };
  const pushOwn = (v: Values, e: Expr, scalar: boolean): void => (scalar ? v.scalar(e) : v.vector(e));
  const place = (r: Register): Place => {
    let found = s.places.get(r);
    if (found === undefined) s.places.set(r, (found = { scalar: undefined, vector: undefined }));
    return found;
  };
  const free = (r: Register): void => {
    const { scalar, vector } = place(r);
    if (scalar !== undefined) giveBack(s, "i32", [scalar]);
    if (vector !== undefined) giveBack(s, "v128", [vector]);
    s.places.delete(r);
  };
  /** Puts the value on the stack, in the register's own form, into its locals. */
  const define = (r: Register): void => {
    const scalar = s.analysis.isScalarRegister(r);
    settle(s, program.registers[r], scalar, s.analysis.strideOf(r) ?? 0, asVector.has(r), place(r));
  };

  const assign = (variable: Register, value: Expr): void =>
    withValues((v) => {
      const { scalar, vector } = place(variable);
      const ty = program.registers[variable];
      pushOwn(v, value, scalar !== undefined);
      if (scalar !== undefined) f.set(scalar);
      else if (s.mask === undefined) f.set(vector as Local);
      else {
        f.get(vector as Local, s.mask);
        if (isWide(ty)) resize(s, 32, 64);
        f.op("v128.bitselect").set(vector as Local);
      }
    });

  /** Runs `body` for the lanes in `mask` unless there is none. */
  const masked = (mask: Local, body: () => void): void => {
    const outer = s.mask;
    s.mask = mask;
    f.get(mask).op("v128.any_true").if(body);
    s.mask = outer;
  };

  const branch = ({ condition, then, otherwise }: IfStatement): void => {
    if (s.analysis.stride(condition) === 0) {
      withValues((v) => v.scalar(condition));
      if (otherwise.length === 0) f.if(() => write(then));
      else
        f.if(
          () => write(then),
          () => write(otherwise),
        );
      return;
    }
    const outer = s.mask;
    const holds = take(s, "v128");
    const fails = take(s, "v128");
    withValues((v) => v.vector(condition));
    f.set(holds);
    pushActive(s, outer);
    f.get(holds).op("v128.andnot").set(fails);
    f.get(holds);
    pushActive(s, outer);
    f.op("v128.and").set(holds);
    masked(holds, () => write(then));
    if (otherwise.length > 0) masked(fails, () => write(otherwise));
    giveBack(s, "v128", [holds, fails]);
  };

  /** The variable that says who goes on, as a vector where lanes leave one by one. */
  const leaving = (alive: Register | undefined): Local | undefined =>
    alive === undefined ? undefined : place(alive).vector;
  const isOneByOne = (alive: Register | undefined): boolean =>
    alive !== undefined && !s.analysis.isScalarRegister(alive);
  /** Pushes whether any lane of the mask is left after those that leave now. */
  const pushLeft = (mask: Local, alive: Register | undefined): void => {
    f.get(mask);
    const stays = leaving(alive);
    if (stays !== undefined && isOneByOne(alive)) f.get(stays).op("v128.and").tee(mask);
    f.op("v128.any_true");
  };
  /** Runs `body` with a mask of its own, all that take part at first. */
  const withMask = (body: (mask: Local) => void): void => {
    const outer = s.mask;
    const mask = take(s, "v128");
    pushActive(s, outer);
    f.set(mask);
    s.mask = mask;
    body(mask);
    s.mask = outer;
    giveBack(s, "v128", [mask]);
  };

  const uniformFor = ({ index, to, step, body, alive }: ForStatement, i: Local): void => {
    const end = take(s, "i32");
    withValues((v) => v.scalar(to));
    f.set(end);
    const rounds = (pushGoOn: (() => void) | undefined): void => {
      f.get(i, end)
        .op("i32.lt_s")
        .if(() => {
          f.loop((again) => {
            f.get(i);
            define(index);
            write(body);
            f.get(i).i32Const(step).op("i32.add").tee(i).get(end).op("i32.lt_s");
            if (pushGoOn !== undefined) {
              pushGoOn();
              f.op("i32.and");
            }
            f.brIf(again);
          });
        });
    };
    if (alive === undefined) rounds(undefined);
    else if (isOneByOne(alive)) withMask((mask) => rounds(() => pushLeft(mask, alive)));
    else rounds(() => f.get(place(alive).scalar as Local));
    giveBack(s, "i32", [end]);
  };

  const varyingFor = ({ index, from, to, step, body, alive }: ForStatement): void => {
    const outer = s.mask;
    const [i, end, mask] = [take(s, "v128"), take(s, "v128"), take(s, "v128")];
    withValues((v) => {
      v.vector(from);
      f.set(i);
      v.vector(to);
      f.set(end);
    });
    f.get(i, end).op("i32x4.lt_s");
    pushActive(s, outer);
    f.op("v128.and").set(mask);
    s.mask = mask;
    f.get(mask)
      .op("v128.any_true")
      .if(() => {
        f.loop((again) => {
          f.get(i);
          define(index);
          write(body);
          f.get(i).i32Const(step).op("i32x4.splat", "i32x4.add").tee(i).get(end).op("i32x4.lt_s");
          f.get(mask).op("v128.and").set(mask);
          pushLeft(mask, alive);
          if (alive !== undefined && !isOneByOne(alive)) f.get(place(alive).scalar as Local).op("i32.and");
          f.brIf(again);
        });
      });
    s.mask = outer;
    giveBack(s, "v128", [i, end, mask]);
  };

  const repeat = (statement: ForStatement): void => {
    const { index, from, to } = statement;
    if (s.analysis.stride(from) !== 0 || s.analysis.stride(to) !== 0) varyingFor(statement);
    else {
      const i = take(s, "i32");
      withValues((v) => v.scalar(from));
      f.set(i);
      uniformFor(statement, i);
      giveBack(s, "i32", [i]);
    }
    if (s.places.has(index)) free(index);
  };

  const whileLoop = ({ head, condition, body, alive }: WhileStatement): void => {
    const rounds = (mask: Local | undefined): void => {
      f.block((end) => {
        f.loop((again) => {
          const close = open(head);
          if (mask === undefined) {
            withValues((v) => v.scalar(condition));
          } else {
            withValues((v) => v.vector(condition));
            f.get(mask).op("v128.and").tee(mask).op("v128.any_true");
          }
          f.op("i32.eqz").brIf(end);
          write(body);
          if (alive === undefined) f.br(again);
          else {
            if (mask === undefined) f.get(place(alive).scalar as Local);
            else {
              pushLeft(mask, alive);
              if (!isOneByOne(alive)) f.get(place(alive).scalar as Local).op("i32.and");
            }
            f.brIf(again);
          }
          close();
        });
      });
    };
    if (s.analysis.stride(condition) === 0 && !isOneByOne(alive)) rounds(undefined);
    else withMask(rounds);
  };

  const writeOne = (st: Statement): void => {
    switch (st.op) {
      case "let":
        withValues((v) => pushOwn(v, st.value, s.analysis.isScalarRegister(st.register)));
        return define(st.register);
      case "load":
        withValues((v) => {
          emitProgramLoad(s, v, st.buffer, st.index);
          define(st.register);
        });
        return;
      case "read": {
        const { scalar, vector } = place(st.variable);
        f.get(scalar ?? (vector as Local));
        return define(st.register);
      }
      case "declare":
        withValues((v) => pushOwn(v, st.value, s.analysis.isScalarRegister(st.variable)));
        return define(st.variable);
      case "assign":
        return assign(st.variable, st.value);
      case "store":
        return withValues((v) => emitProgramStore(s, v, st.buffer, st.index, st.value));
      case "if":
        return branch(st);
      case "for":
        return repeat(st);
      case "while":
        return whileLoop(st);
      case "break":
      case "continue":
        throw new InternalError(`emitProgram: ${st.op} was not lowered.`);
    }
  };
  const open = (block: readonly Statement[]): (() => void) => {
    block.forEach(writeOne);
    return () => {
      for (const st of block) {
        const r = definedBy(st);
        if (r !== undefined && st.op !== "for" && s.places.has(r)) free(r);
      }
    };
  };
  const write = (block: readonly Statement[]): void => open(block)();
  return { open };
}

/** Pushes the mask of the lanes that take part. */
export function pushActive(s: SpmdState, mask: Local | undefined): void {
  if (mask !== undefined) s.f.get(mask);
  // Of four 32-bit lanes two are in use when a vector holds two 64-bit values.
  else s.f.v128Const(s.lanes === 4 ? Int32Array.of(-1, -1, -1, -1) : Int32Array.of(-1, -1, 0, 0));
}
