/**
 * Branches around expensive operands of selects that no lane needs. What only the first operands of selects with one
 * condition use is written as a block that runs when the condition holds in any lane, and likewise for the second
 * operands; the selects themselves stay as they are, so the bits do not change.
 */
import type { Local } from "./asm.ts";
import type { Node } from "./emitOp.ts";
import { giveBack, take, type VectorState } from "./emitState.ts";

/** Instructions that are worth a branch: a wrongly predicted one costs about as much. */
const BRANCH_COST = 20;

/** Instructions of operations that take more than one or two. */
const COSTS: Record<string, number> = {
  const: 0,
  param: 0,
  acc: 0,
  accOther: 0,
  idiv: 12,
  irem: 12,
  mulhi: 4,
  clz: 12,
};
const GATHER_COST = 8;

/** Selects that share a condition and do not depend on each other. */
export interface ColdGroup {
  /** Before operands of `user`, a member, are written: a value that must be computed first, if any; else opens the branches. */
  enter(s: VectorState, push: (arm: Node) => void): Node | undefined;
  /** Pushes operand number `index` of `user` if it was computed behind a branch. */
  pushArm(s: VectorState, user: Node, index: number): boolean;
}

/** One branch of a group: the operands that it computes, and what is computed there and nowhere else. */
interface Branch {
  readonly arms: readonly Node[];
  readonly inside: ReadonlySet<Node>;
}

function costOf({ expr: { op, args } }: Node): number {
  return op === "load" && args.length > 0 ? GATHER_COST : (COSTS[op] ?? 1);
}

/** Everything that only operand number `index` of `members` needs, or undefined when that is too little for a branch. */
function branchOf(members: readonly Node[], index: number, fixed: ReadonlySet<Node>): Branch | undefined {
  const seen = new Map<Node, number>();
  const inside = new Set<Node>();
  const stack = members.map((m) => m.args[index]);
  let cost = 0;
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    const uses = (seen.get(node) ?? 0) + 1;
    seen.set(node, uses);
    if (uses < node.usesPerCopy + node.usesShared || !node.perCopy || fixed.has(node)) continue;
    inside.add(node);
    cost += costOf(node);
    stack.push(...node.args);
  }
  if (cost <= BRANCH_COST) return undefined;
  return { arms: members.map((m) => m.args[index]), inside };
}

/** What `users` depend on. @param nodes all nodes, operands first */
function neededBy(nodes: readonly Node[], users: ReadonlySet<Node>): ReadonlySet<Node> {
  const needed = new Set<Node>();
  for (const node of nodes.toReversed()) {
    if (users.has(node) || needed.has(node)) for (const a of node.args) needed.add(a);
  }
  return needed;
}

function makeGroup(members: readonly Node[], branches: readonly (Branch | undefined)[]): ColdGroup {
  const condition = members[0].args[2];
  const needs = new Set([condition]);
  for (const branch of branches) {
    for (const node of branch?.inside ?? []) for (const a of node.args) if (!branch?.inside.has(a)) needs.add(a);
  }
  const isKnown = (s: VectorState, n: Node): boolean =>
    n.local !== undefined || n.kept[n.perCopy ? s.copy : 0] !== undefined;
  const locals: Map<Node, Local>[] = [new Map(), new Map()];
  // Members that are still to be written; 0 while the group is closed.
  let left = 0;
  return {
    enter(s, push) {
      if (left > 0) return undefined;
      for (const n of needs) if (!isKnown(s, n)) return n;
      left = members.length;
      branches.forEach((branch, index) => {
        if (branch === undefined) return;
        const { f } = s;
        f.get(condition.kept[condition.perCopy ? s.copy : 0] ?? (condition.local as Local));
        if (index === 1) f.op("v128.not");
        f.op("v128.any_true").if(() => {
          members.forEach((member, i) => {
            if (!branch.inside.has(branch.arms[i])) return;
            push(branch.arms[i]);
            const local = take(s, "v128");
            f.set(local);
            locals[index].set(member, local);
          });
        });
      });
      return undefined;
    },
    pushArm(s, user, index) {
      if (index === 2) left--;
      const local = locals[index]?.get(user);
      if (local === undefined) return false;
      locals[index].delete(user);
      s.f.get(local);
      giveBack(s, "v128", [local]);
      return true;
    },
  };
}

/**
 * Finds groups worth a branch among `nodes` (operands first) and marks their members.
 *
 * Groups are formed from the roots on: no select that has none yet depends on one that gets one. So the members of a
 * group need nothing of each other, not even by way of another group's, and it is known behind which branch they lie; all
 * must lie behind the same one, because the first of them that is written opens the branches for the others.
 * @param fixed nodes that must not be computed behind a branch
 */
export function findCold(nodes: readonly Node[], fixed: readonly Node[]): void {
  const selects = nodes.filter((n) => n.expr.op === "select" && n.args.length === 3 && n.perCopy);
  if (selects.length === 0 || nodes.length <= BRANCH_COST) return;
  const outside = new Set(fixed);
  const open = new Set(selects);
  /** The innermost branch behind which a node lies. */
  const branchAround = new Map<Node, Branch>();

  /** The next selects to take together, all that could be if possible. */
  const next = (): Node[] => {
    const needed = neededBy(nodes, open);
    const groups = new Map<Node, Map<Branch | undefined, Node[]>>();
    for (const n of open) {
      const condition = n.args[2];
      const around = branchAround.get(n);
      const group = groups.get(condition) ?? new Map<Branch | undefined, Node[]>();
      groups.set(condition, group.set(around, [...(group.get(around) ?? []), n]));
    }
    let part: Node[] = [];
    for (const peers of [...groups.values()].flatMap((group) => [...group.values()])) {
      const ready = peers.filter((n) => !needed.has(n));
      if (ready.length === peers.length) return ready;
      if (ready.length > part.length) part = ready;
    }
    return part;
  };

  while (open.size > 0) {
    const members = next();
    for (const n of members) open.delete(n);
    const branches = [0, 1].map((index) => branchOf(members, index, outside));
    if (branches.every((b) => b === undefined)) continue;
    for (const branch of branches) for (const n of branch?.inside ?? []) branchAround.set(n, branch as Branch);
    const cold = makeGroup(members, branches);
    for (const n of members) n.cold = cold;
  }
}
