/**
 * Several copies of a program written operation by operation, copy by copy: the chains of dependent operations of the
 * copies run beside each other, where one long chain after the other would leave the processor waiting for results.
 */
import type { Local } from "./asm.ts";
import { emitOp, type Node } from "./emitOp.ts";
import { adapt, type Program } from "./emitProgram.ts";
import { giveBack, take, type Emission } from "./emitState.ts";

/** Instructions per copy up to which four copies are written, and two: the code stays small. */
const FOUR_COST = 50;
const TWO_COST = 150;

/** A value of the program's own level, with its locals while it is needed. */
interface Held {
  /** One per copy, or one for all. */
  readonly locals: Local[];
  left: number;
}

/** Copies of a program that are best written together. */
export function copiesTogether(program: Program): number {
  if (program.cost > TWO_COST || listed(program.roots).some((node) => node.cold !== undefined)) return 1;
  return program.cost <= FOUR_COST ? 4 : 2;
}

/** The nodes that are computed at the roots' level, operands first. */
function listed(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const list: Node[] = [];
  const stack = roots.toReversed().map((node) => ({ node, next: 0 }));
  while (stack.length > 0) {
    const frame = stack[stack.length - 1];
    const { node } = frame;
    if (node.hoisted || (frame.next === 0 && seen.has(node))) stack.pop();
    else if (frame.next < node.args.length) {
      seen.add(node);
      stack.push({ node: node.args[frame.next++], next: 0 });
    } else {
      seen.add(node);
      stack.pop();
      list.push(node);
    }
  }
  return list;
}

/** Computes the roots for `copies` copies. @returns per copy a local for each root, for the caller to give back */
export function evaluateTogether(s: Emission, program: Program, copies: number): Local[][] {
  const { f } = s;
  const list = listed(program.roots);
  const held = new Map<Node, Held>(list.map((node) => [node, { locals: [], left: 0 }]));
  for (const node of list) for (const arg of node.args) use(held.get(arg), 1);
  for (const root of program.roots) use(held.get(root), 1);

  for (const node of list) {
    const own = held.get(node) as Held;
    for (s.copy = 0; s.copy < (node.perCopy ? copies : 1); s.copy++) {
      for (const arg of node.args) {
        const { locals } = held.get(arg) ?? { locals: arg.kept };
        f.get(locals[arg.perCopy ? s.copy : 0]);
        adapt(s, node, arg);
      }
      emitOp(s, node);
      const local = take(s, "v128");
      f.set(local);
      own.locals.push(local);
    }
    for (const arg of node.args) {
      const operand = held.get(arg);
      use(operand, -1);
      if (operand?.left === 0) giveBack(s, "v128", operand.locals);
    }
  }
  s.copy = 0;
  const values = Array.from({ length: copies }, (_, copy) =>
    program.roots.map((root) => {
      const { locals } = held.get(root) ?? { locals: root.kept };
      const local = take(s, "v128");
      f.get(locals[root.perCopy ? copy : 0]).set(local);
      return local;
    }),
  );
  for (const root of new Set(program.roots)) giveBack(s, "v128", held.get(root)?.locals ?? []);
  return values;
}

function use(held: Held | undefined, count: number): void {
  if (held !== undefined) held.left += count;
}
