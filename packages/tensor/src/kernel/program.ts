/**
 * The statement IR: a small imperative language over the scalar expressions of `expr.ts`, from which the plain JavaScript
 * of `programInterp.ts`, WebAssembly SIMD and WGSL are produced.
 *
 * A program is run once per *unit*, a position of `dims` parallel loops; units share nothing but their read-only inputs.
 * It carries no sizes: those of the parallel loops, of buffers and all other numbers are parameters of a launch, so one
 * compiled program serves every shape.
 *
 * Expressions are pure. Their leaves are constants, `param` (a parameter of the launch) and `acc` (a register). A register
 * is written once where it is defined and visible in the rest of its block; only variables are written again, and those
 * are no leaves: `read` copies their current value to a register. Loads, stores and reads happen in the order of the
 * statements.
 */
import type { RealDType } from "../dtype.ts";
import { visitExprs, type Expr, type ExprBuilder, type Ty } from "./expr.ts";

/** Number of a register in {@link Program.registers}. */
export type Register = number;

/** One step of a program. */
export type Statement =
  | { readonly op: "let"; readonly register: Register; readonly value: Expr }
  /** Element `index` (i32, from the buffer's first element) of a buffer. */
  | { readonly op: "load"; readonly register: Register; readonly buffer: number; readonly index: Expr }
  /** The current value of a variable. */
  | { readonly op: "read"; readonly register: Register; readonly variable: Register }
  /** Makes a variable with a first value. */
  | { readonly op: "declare"; readonly variable: Register; readonly value: Expr }
  | { readonly op: "assign"; readonly variable: Register; readonly value: Expr }
  | { readonly op: "store"; readonly buffer: number; readonly index: Expr; readonly value: Expr }
  /** Ends the innermost loop, or goes on with its next round; compiled programs have `alive` instead. */
  | { readonly op: "break" | "continue" }
  | IfStatement
  | ForStatement
  | WhileStatement;

export interface IfStatement {
  readonly op: "if";
  readonly condition: Expr;
  readonly then: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

/** `for (i = from; i < to; i += step)` with signed i32 numbers; bounds are evaluated once, before the loop. */
export interface ForStatement {
  readonly op: "for";
  readonly index: Register;
  readonly from: Expr;
  readonly to: Expr;
  /** A positive integer. */
  readonly step: number;
  readonly body: readonly Statement[];
  /** A bool variable: after a round, who does not hold it leaves the loop. */
  readonly alive?: Register;
}

/** Runs `head`, then ends unless `condition` holds, then runs `body` and starts again. `body` sees the registers of `head`. */
export interface WhileStatement {
  readonly op: "while";
  readonly head: readonly Statement[];
  readonly condition: Expr;
  readonly body: readonly Statement[];
  /** As in {@link ForStatement}. */
  readonly alive?: Register;
}

/** A buffer: inputs are only read; an output may be read where the same unit has written it. */
export interface BufferSpec {
  readonly dtype: RealDType;
  readonly use: "input" | "output";
}

/** A program. */
export interface Program {
  readonly name: string;
  /** Makes expressions for this program; all of its expressions come from it. */
  readonly builder: ExprBuilder;
  /** Number of parallel loops, at least 1. Registers 0 ... dims - 1 (i32) are the unit's position in them. */
  readonly dims: number;
  readonly buffers: readonly BufferSpec[];
  /** Types of the parameters. */
  readonly params: readonly Ty[];
  /** Types of the registers. i64 is allowed for `let` only. */
  readonly registers: readonly Ty[];
  readonly body: readonly Statement[];
}

/** The expressions of a statement itself, without those of its blocks. */
export function statementExprs(s: Statement): readonly Expr[] {
  switch (s.op) {
    case "let":
    case "declare":
    case "assign":
      return [s.value];
    case "load":
      return [s.index];
    case "read":
    case "break":
    case "continue":
      return [];
    case "store":
      return [s.index, s.value];
    case "for":
      return [s.from, s.to];
    default:
      return [s.condition];
  }
}

/** The blocks of a statement, in order. */
export function blocksOf(s: Statement): readonly (readonly Statement[])[] {
  switch (s.op) {
    case "if":
      return [s.then, s.otherwise];
    case "for":
      return [s.body];
    case "while":
      return [s.head, s.body];
    default:
      return [];
  }
}

/** Calls `visit` for every statement of a block and of the blocks within it, in order, outer ones first. */
export function visitStatements(block: readonly Statement[], visit: (s: Statement) => void): void {
  for (const s of block) {
    visit(s);
    for (const inner of blocksOf(s)) visitStatements(inner, visit);
  }
}

/** The register or variable that a statement defines for the rest of its block (for a loop: its index), if any. */
export function definedBy(s: Statement): Register | undefined {
  switch (s.op) {
    case "let":
    case "load":
    case "read":
      return s.register;
    case "declare":
      return s.variable;
    case "for":
      return s.index;
    default:
      return undefined;
  }
}

/** All expressions of a program's statements. */
export function programExprs(block: readonly Statement[]): Expr[] {
  const roots: Expr[] = [];
  visitStatements(block, (s) => roots.push(...statementExprs(s)));
  return roots;
}

/**
 * Layout of a launch's parameter block in 32-bit words: sizes of the parallel loops, where each buffer starts (byte address
 * on the CPU, element offset on WebGPU), then two words per parameter, starting at an even word.
 */
export interface ProgramLayout {
  /** First word of the buffers; the sizes start at word 0. */
  readonly buffers: number;
  /** Word of each parameter. */
  readonly params: readonly number[];
  /** Total number of words, even. */
  readonly words: number;
}

/** Computes the {@link ProgramLayout}. */
export function programLayout({ dims, buffers, params }: Pick<Program, "dims" | "buffers" | "params">): ProgramLayout {
  const first = dims + buffers.length + ((dims + buffers.length) & 1);
  return { buffers: dims, params: params.map((_, i) => first + 2 * i), words: first + 2 * params.length };
}

/** Whether 64-bit values occur in a program. @param stages all its statements */
export function isWideProgram(program: Program, stages: readonly (readonly Statement[])[]): boolean {
  const wide = (ty: Ty): boolean => ty === "f64" || ty === "i64";
  if (program.buffers.some((b) => wide(b.dtype)) || program.params.some(wide) || program.registers.some(wide))
    return true;
  let found = false;
  visitExprs(stages.flatMap(programExprs), (e) => {
    if (wide(e.ty)) found = true;
  });
  return found;
}
