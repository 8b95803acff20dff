/**
 * Rewriting of programs before they are compiled: what nobody uses is left out, what several statements use is computed
 * once, and what does not change in a loop is computed before it. Every rewriting keeps the bits, because expressions are
 * pure and none of their operations can fail; loads are moved only where they would be executed anyway.
 */
import type { Expr, ExprBuilder, Ty } from "./expr.ts";
import { visitExprs } from "./expr.ts";
import { lowerExits } from "./programExits.ts";
import { blocksOf, statementExprs, visitStatements, type Program, type Register, type Statement } from "./program.ts";

/** A program in three stages: once per launch, once per position of all loops but the last, once per unit. */
export interface StagedProgram extends Program {
  readonly launch: readonly Statement[];
  readonly row: readonly Statement[];
}

const isLeaf = (e: Expr): boolean => e.op === "const" || e.op === "param" || e.op === "acc";

/** Adds the registers of which expressions are made. */
function registersOf(roots: readonly Expr[], into: Set<Register>): void {
  visitExprs(roots, (e) => {
    if (e.op === "acc") into.add(e.value as number);
  });
}

/** Whether a block does anything. */
function hasEffect(block: readonly Statement[], needed: ReadonlySet<Register>): boolean {
  return block.some((s) => isKept(s, needed));
}

function isKept(s: Statement, needed: ReadonlySet<Register>): boolean {
  switch (s.op) {
    case "let":
    case "load":
    case "read":
      return needed.has(s.register);
    case "declare":
    case "assign":
      return needed.has(s.variable);
    case "store":
      return true;
    case "while":
    case "break":
    case "continue":
      // A loop may run forever, which is not for the optimiser to mend.
      return true;
    default:
      return blocksOf(s).some((b) => hasEffect(b, needed));
  }
}

/** Leaves out loads, values and variables that nothing stored depends on. */
function removeUnused(body: readonly Statement[]): readonly Statement[] {
  const needed = new Set<Register>();
  for (let before = -1; before < needed.size;) {
    before = needed.size;
    visitStatements(body, (s) => {
      if (!isKept(s, needed)) return;
      registersOf(statementExprs(s), needed);
      if (s.op === "read") needed.add(s.variable);
      if ((s.op === "for" || s.op === "while") && s.alive !== undefined) needed.add(s.alive);
    });
  }
  const filter = (block: readonly Statement[]): Statement[] =>
    block
      .filter((s) => isKept(s, needed))
      .map((s): Statement => {
        if (s.op === "if") return { ...s, then: filter(s.then), otherwise: filter(s.otherwise) };
        if (s.op === "for") return { ...s, body: filter(s.body) };
        return s.op === "while" ? { ...s, head: filter(s.head), body: filter(s.body) } : s;
      });
  return filter(body);
}

/** Expressions that occur again after they were computed as part of another one. */
function repeated(body: readonly Statement[]): Set<number> {
  const seen = new Set<number>();
  const again = new Set<number>();
  visitStatements(body, (s) => {
    for (const root of statementExprs(s)) {
      const fresh: number[] = [];
      const stop = (e: Expr): readonly Expr[] => (seen.has(e.id) ? [] : e.args);
      visitExprs([root], (e) => (isLeaf(e) ? 0 : seen.has(e.id) ? again.add(e.id) : fresh.push(e.id)), stop);
      for (const id of fresh) seen.add(id);
    }
  });
  return again;
}

/** The same operation on other operands. */
function withArgs(b: ExprBuilder, e: Expr, args: readonly Expr[]): Expr {
  if (args.every((a, i) => a === e.args[i])) return e;
  const [x, y, z] = args;
  switch (e.op) {
    case "select":
      return b.select(x, y, z);
    case "convert":
      return b.convert(e.ty, x);
    case "bitcast":
      return b.bitcast(e.ty, x);
    case "eq":
    case "ne":
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return b.compare(e.op, x, y);
    default:
      return args.length === 1
        ? b.unary(e.op as Parameters<ExprBuilder["unary"]>[0], x)
        : b.binary(e.op as Parameters<ExprBuilder["binary"]>[0], x, y);
  }
}

/** A block under construction. */
interface Frame {
  out: Statement[];
  /** Values that registers of this block hold, by expression. */
  readonly known: Map<number, Expr>;
  /** What is inside must not be computed outside, because it may never be reached. */
  readonly guarded: boolean;
}

/** Rewrites a program as described above. */
export function optimizeProgram(source: Program): StagedProgram {
  const program = lowerExits(source);
  const { builder: b, dims } = program;
  const body = removeUnused(program.body);
  const shared = repeated(body);
  const registers: Ty[] = [...program.registers];
  const frame = (guarded: boolean): Frame => ({ out: [], known: new Map(), guarded });
  const frames: Frame[] = [frame(false), frame(false), frame(false)];
  /** Number of the frame in which each register is defined. */
  const home = new Map<Register, number>();
  for (let d = 0; d < dims; d++) home.set(d, d < dims - 1 ? 1 : 2);
  const depths = new Map<number, number>();

  /** The frame below which an expression's registers are all visible. */
  const depthOf = (e: Expr): number => depths.get(e.id) ?? 0;
  /** The outermost frame in which an expression may be computed. */
  const frameFor = (e: Expr): number => {
    let at = frames.length - 1;
    while (at > depthOf(e) && !frames[at].guarded) at--;
    return at;
  };
  const find = (e: Expr): Expr | undefined => {
    for (let i = frames.length - 1; i >= 0; i--) {
      const known = frames[i].known.get(e.id);
      if (known !== undefined) return known;
    }
    return undefined;
  };

  /** An expression in terms of registers, after adding the statements that compute what is shared or does not change. */
  const rewrite = (root: Expr): Expr => {
    const here = frames.length - 1;
    const order: Expr[] = [];
    const result = new Map<Expr, Expr>();
    const bound = new Set<Expr>();
    visitExprs(
      [root],
      (e) => order.push(e),
      (e) => (isLeaf(e) || find(e) !== undefined ? [] : e.args),
    );
    for (const e of order) {
      if (e.op === "acc") depths.set(e.id, home.get(e.value as number) as number);
      else if (!isLeaf(e)) depths.set(e.id, Math.max(0, ...e.args.map(depthOf)));
    }
    for (const e of order) {
      if (isLeaf(e) || find(e) !== undefined) continue;
      const at = frameFor(e);
      for (const a of e.args) if (!isLeaf(a) && frameFor(a) < at) bound.add(a);
      if (shared.has(e.id)) bound.add(e);
    }
    if (!isLeaf(root) && frameFor(root) < here) bound.add(root);
    for (const e of order) {
      const known = isLeaf(e) ? e : find(e);
      if (known !== undefined) {
        result.set(e, known);
        continue;
      }
      const value = withArgs(
        b,
        e,
        e.args.map((a) => result.get(a) as Expr),
      );
      if (!bound.has(e) || isLeaf(value)) {
        result.set(e, value);
        continue;
      }
      const at = frameFor(e);
      const register = registers.push(e.ty) - 1;
      const leaf = b.acc(e.ty, register);
      home.set(register, at);
      depths.set(leaf.id, at);
      frames[at].out.push({ op: "let", register, value });
      frames[at].known.set(e.id, leaf);
      result.set(e, leaf);
    }
    return result.get(root) as Expr;
  };

  const rewriteInto = (at: number, s: Statement): void => void frames[at].out.push(s);
  const blockIn = (guarded: boolean, write: (inner: Frame) => void): void => {
    const inner = frame(guarded);
    frames.push(inner);
    write(inner);
    frames.pop();
  };
  const process = (s: Statement): void => {
    const here = frames.length - 1;
    switch (s.op) {
      case "let": {
        // The register stays: another name for the value would have to be put into all later expressions.
        const value = rewrite(s.value);
        home.set(s.register, here);
        return rewriteInto(here, { ...s, value });
      }
      case "load": {
        const index = rewrite(s.index);
        // At the top of a unit a load is executed by every unit, so it may be done once for those that agree.
        const input = program.buffers[s.buffer].use === "input";
        const at = here === 2 && input ? depthOf(s.index) : here;
        home.set(s.register, at);
        return rewriteInto(at, { ...s, index });
      }
      case "break":
      case "continue":
        return rewriteInto(here, s);
      case "read":
        home.set(s.register, here);
        return rewriteInto(here, s);
      case "declare":
        home.set(s.variable, here);
        return rewriteInto(here, { ...s, value: rewrite(s.value) });
      case "assign":
        return rewriteInto(here, { ...s, value: rewrite(s.value) });
      case "store": {
        const index = rewrite(s.index);
        return rewriteInto(here, { ...s, index, value: rewrite(s.value) });
      }
      case "if": {
        const condition = rewrite(s.condition);
        const inner = [s.then, s.otherwise].map((block) => {
          let out: readonly Statement[] = [];
          blockIn(true, (f) => {
            block.forEach(process);
            out = f.out;
          });
          return out;
        });
        return rewriteInto(here, { ...s, condition, then: inner[0], otherwise: inner[1] });
      }
      case "for": {
        const from = rewrite(s.from);
        const to = rewrite(s.to);
        return blockIn(false, (f) => {
          home.set(s.index, here + 1);
          s.body.forEach(process);
          rewriteInto(here, { ...s, from, to, body: f.out });
        });
      }
      case "while":
        return blockIn(false, (f) => {
          s.head.forEach(process);
          const condition = rewrite(s.condition);
          const head = f.out;
          f.out = [];
          s.body.forEach(process);
          rewriteInto(here, { ...s, head, condition, body: f.out });
        });
    }
  };
  body.forEach(process);
  return { ...program, registers, launch: frames[0].out, row: frames[1].out, body: frames[2].out };
}
