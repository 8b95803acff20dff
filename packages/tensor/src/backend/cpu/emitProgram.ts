/**
 * Expressions to instructions. A {@link Program} is a set of root expressions evaluated at one level of the loop nest;
 * what does not change in the inner loops is computed once, in the outermost loop that determines it, and kept in locals.
 */
import { visitExprs, type Expr, type Ty } from "../../kernel/expr.ts";
import { clamp, emitOp, isWide, resize, type MaskWidth, type Node } from "./emitOp.ts";
import { loadTransposed } from "./emitLoad.ts";
import { elementBytes, giveBack, moves, take, type Emission, type VectorState } from "./emitState.ts";
import { parts } from "./parts.ts";

/** Roots with their analysis. */
export interface Program {
  readonly roots: readonly Node[];
  /** Level at which the roots are evaluated. */
  readonly level: number;
  /** By level: the values to keep for deeper levels, operands first. */
  readonly hoists: readonly (readonly Node[])[];
  /** Rough number of instructions per copy at the roots' level. */
  readonly cost: number;
  /** Loads that are contiguous along the rows, not along the vectorised loop, and fill whole vectors. */
  readonly transposed: readonly Node[];
}

/** The operands that an operation's instructions take, in the order in which they are pushed. */
export function operands(e: Expr): readonly Expr[] {
  const a = e.args;
  if (clamp(e) !== undefined) return [a[2], a[1]];
  if (e.op === "select") return [a[1], a[2], a[0]];
  // On masks "a < b" is "b and not a".
  if ((e.op === "lt" || e.op === "ge") && a[0].ty === "bool") return [a[1], a[0]];
  if ((e.op === "shl" || e.op === "shr") && a[1].op === "const") return [a[0]];
  return a;
}

/** Width of the mask that a bool expression is, from its operands. */
export function maskWidth(s: VectorState, e: Expr, args: readonly Node[]): MaskWidth {
  if (e.ty !== "bool" || e.op === "const" || e.op === "param") return 0;
  if (s.lanes === 4 || args.length === 0 || e.op === "load") return 32;
  const from = args[0].expr.ty;
  if (from !== "bool") return isWide(from) ? 64 : 32;
  return args.find((a) => a.width !== 0)?.width ?? 0;
}

/** A constant that instruction selection needs beside the operands. */
export function helper(e: Expr): Expr | undefined {
  if (e.op !== "convert" || e.args[0].ty !== "bool") return undefined;
  return { op: "const", ty: e.ty, args: [], value: 1, id: -1 };
}

/**
 * Analyses `roots` for evaluation inside the loops `order` (outermost first). Accesses are taken at position 0 of all
 * other loops.
 */
export function programOf(s: Emission, roots: readonly Expr[], order: readonly number[]): Program {
  const deepest = order.length;
  const nodes = new Map<Expr, Node>();
  const ones = new Map<Ty, Node>();
  const hoists: Node[][] = order.map(() => []);
  const transposed: Node[] = [];
  const inner: Node[] = [];
  let cost = 0;

  const add = (e: Expr, args: readonly Node[]): Node => {
    let level = 0;
    let varying = false;
    let perCopy = false;
    if (e.op === "load" || e.op === "iota") {
      const access = e.value as number;
      order.forEach((dim, depth) => {
        if (!moves(s, access, dim)) return;
        level = depth + 1;
        if (dim === s.vector) varying = true;
        if (dim === s.row) perCopy = true;
      });
    } else if (e.op === "acc" || e.op === "accOther") {
      level = deepest;
      varying = true;
    }
    for (const a of args) {
      level = Math.max(level, a.level);
      varying ||= a.varying;
      perCopy ||= a.perCopy;
    }
    perCopy ||= varying;
    const width = maskWidth(s, e, args);
    const node: Node = {
      expr: e,
      args,
      level,
      varying,
      perCopy,
      width,
      hoisted: false,
      usesPerCopy: 0,
      usesShared: 0,
      left: 0,
      local: undefined,
      kept: [],
      cold: undefined,
    };
    if (level < deepest) hoists[level].push(node);
    else inner.push(node);
    for (const a of args) use(a, level, perCopy);
    if (e.op === "load" && args.length === 0 && isTransposed(s, e.value as number)) {
      if (elementBytes(s, e.value as number) * s.lanes === 16) transposed.push(node);
    }
    if (level === deepest) cost += e.op === "load" && args.length > 0 ? 2 * s.lanes : 1;
    return node;
  };
  const use = (node: Node, level: number, perCopy: boolean): void => {
    if (node.level < level) node.hoisted = true;
    else if (perCopy) node.usesPerCopy++;
    else node.usesShared++;
  };

  visitExprs(
    roots,
    (e) => {
      const args = operands(e).map((a) => nodes.get(a) as Node);
      const extra = helper(e);
      if (extra !== undefined) {
        let node = ones.get(extra.ty);
        if (node === undefined) ones.set(extra.ty, (node = add(extra, [])));
        args.push(node);
      }
      nodes.set(e, add(e, args));
    },
    operands,
  );
  const rootNodes = roots.map((e) => nodes.get(e) as Node);
  for (const node of rootNodes) use(node, deepest, true);
  parts.findCold?.(inner, transposed);
  return {
    roots: rootNodes,
    level: deepest,
    hoists: hoists.map((list) => list.filter((n) => n.hoisted)),
    cost,
    transposed,
  };
}

/** Whether an access is contiguous along the rows and strided along the vectorised loop. */
function isTransposed(s: Emission, access: number): boolean {
  const { classes } = s.kernel.accesses[access];
  return classes[s.row] === "1" && classes[s.vector] === "k";
}

/** Loads the transposed squares of all rows at once; undone by {@link releaseSquares}. */
export function loadSquares(s: Emission, program: Program): void {
  for (const node of program.transposed) node.kept = loadTransposed(s, node.expr.value as number);
}

/** Gives back what {@link loadSquares} took. */
export function releaseSquares(s: Emission, program: Program): void {
  for (const node of program.transposed) giveBack(s, "v128", node.kept.splice(0));
}

/** Computes what a program needs from `level`, for `copies` copies. Undone by {@link release}. */
export function hoist(s: Emission, program: Program, level: number, copies: number): void {
  const list = program.hoists[level] ?? [];
  for (let copy = 0; copy < copies; copy++) {
    for (const node of list) {
      if (copy > 0 && !node.perCopy) continue;
      s.copy = copy;
      pushNode(s, node, copies, emitOp);
      const local = take(s, "v128");
      s.f.set(local);
      node.kept.push(local);
    }
  }
  s.copy = 0;
}

/** Gives back what {@link hoist} took. */
export function release(s: Emission, program: Program, level: number): void {
  for (const node of program.hoists[level] ?? []) giveBack(s, "v128", node.kept.splice(0));
}

/** Pushes the value of root number `index` for the current copy of `copies`. */
export function pushRoot(s: Emission, program: Program, index: number, copies: number): void {
  pushNode(s, program.roots[index], copies, emitOp);
}

/** Pushes a local that holds `node`, when there is one. */
function pushKnown(s: VectorState, node: Node): boolean {
  if (node.kept.length > 0) {
    const local = node.kept[node.perCopy ? s.copy : 0];
    if (local === undefined) return false;
    s.f.get(local);
    return true;
  }
  if (node.local === undefined) return false;
  s.f.get(node.local);
  if (--node.left === 0) {
    giveBack(s, "v128", [node.local]);
    node.local = undefined;
  }
  return true;
}

/** An expression being evaluated, the number of its next operand, and whether its value is for a local, not the stack. */
interface Frame {
  readonly node: Node;
  next: number;
  readonly keep: boolean;
}

/**
 * Pushes the value of a node for the current copy of `copies`, without recursion, because expressions may be thousands of
 * operations deep.
 * @param emit writes an operation whose operands are on the stack
 */
export function pushNode<S extends VectorState>(
  s: S,
  root: Node,
  copies: number,
  emit: (s: S, node: Node) => void,
): void {
  const stack: Frame[] = [{ node: root, next: 0, keep: false }];
  for (;;) {
    const frame = stack[stack.length - 1];
    const { node, keep } = frame;
    if (frame.next > 0 || !pushKnown(s, node)) {
      if (frame.next === 0) {
        const needed = node.cold?.enter(s, (arm) => pushNode(s, arm, copies, emit));
        if (needed !== undefined) {
          stack.push({ node: needed, next: 0, keep: true });
          continue;
        }
      }
      if (frame.next < node.args.length) {
        const arg = node.args[frame.next++];
        if (node.cold?.pushArm(s, node, frame.next - 1)) adapt(s, node, arg);
        else stack.push({ node: arg, next: 0, keep: false });
        continue;
      }
      emit(s, node);
      if (!node.hoisted) {
        node.left = node.usesPerCopy * (node.perCopy ? 1 : copies) + node.usesShared - 1;
        if (node.left > 0) s.f.tee((node.local = take(s, "v128")));
      }
    }
    stack.pop();
    if (keep) {
      // Nobody has used it yet.
      node.local ??= take(s, "v128");
      node.left++;
      s.f.set(node.local);
    } else if (stack.length === 0) return;
    else adapt(s, stack[stack.length - 1].node, node);
  }
}

/** Gives the mask on the stack the width that the operation using it needs. */
export function adapt(s: VectorState, user: Node, operand: Node): void {
  const { width } = operand;
  if (s.lanes === 4 || operand.expr.ty !== "bool" || width === 0) return;
  const wanted = user.expr.ty === "bool" ? user.width : isWide(user.expr.ty) ? 64 : 32;
  resize(s, width, wanted);
}
