/**
 * What fits into one kernel: bounds on its operations, so that its code stays small and lowering it does not recurse too
 * deeply, and on its buffers, where the device has a limit.
 */
import type { Tensor } from "../tensor.ts";
import { CUT, isHard, isLeaf, type Graph } from "./levels.ts";

/** Most graph operations computed for one result inside one kernel. */
export const KERNEL_CAP = 160;
/** Most nodes of any kind, views included. */
const NODE_CAP = 4 * KERNEL_CAP;
/** Most operations and results of a kernel with several results. */
const GROUP_CAP = 2 * KERNEL_CAP;
const RESULT_CAP = 32;

/** Roots of kernels below a node: itself, or its inputs where each gets a kernel of its own. */
function kernelsOf(t: Tensor): readonly Tensor[] {
  return t.op.kind === "assemble" ? t.ins : [t];
}

/** Whether a kernel of level `level` loads the node instead of computing it. */
function isLoaded(g: Graph, t: Tensor, level: number): boolean {
  const p = t.position;
  return isLeaf(t) || isHard(t) || g.stored[p] === CUT || (g.stored[p] === 1 && g.level[p] < level);
}

/** Whether a node needs neither operations nor buffers. */
export function isFree(t: Tensor): boolean {
  return t.op.kind === "scalar" || t.op.kind === "iota";
}

/**
 * Breadth first from every root of a kernel: what lies beyond the caps gets stored, one level below.
 * @returns whether anything changed
 */
export function capOperations(g: Graph): boolean {
  const { nodes, stored, level } = g;
  let changed = false;
  const seen = new Int32Array(nodes.length).fill(-1);
  let mark = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (isLeaf(nodes[i]) || !(stored[i] !== 0 || isHard(nodes[i]))) continue;
    for (const root of kernelsOf(nodes[i])) {
      mark++;
      const queue: Tensor[] = [root];
      let operations = 0;
      for (let q = 0; q < queue.length; q++) {
        for (const input of queue[q].ins) {
          const p = input.position;
          if (seen[p] === mark || isFree(input) || isLoaded(g, input, level[i])) continue;
          seen[p] = mark;
          if (input.op.kind !== "view") operations++;
          if (operations > KERNEL_CAP || queue.length > NODE_CAP) {
            stored[p] = CUT;
            changed = true;
          } else {
            queue.push(input);
          }
        }
      }
    }
  }
  return changed;
}

/** Divides results of one level and shape into kernels that respect the bounds. */
export function kernelGroups(g: Graph, group: readonly Tensor[], limit: number): Tensor[][] {
  if (group.length === 1) return [[...group]];
  const seen = new Map<Tensor, number>();
  const level = g.level[group[0].position];
  const groups: Tensor[][] = [];
  let operations = 0;
  let loads = 0;
  /** Visits what the kernel number `mark` does not contain yet, and counts it. */
  const visit = (root: Tensor, mark: number): void => {
    const stack = [root];
    while (stack.length > 0) {
      const t = stack.pop() as Tensor;
      if (seen.get(t) === mark || isFree(t)) continue;
      seen.set(t, mark);
      if (t !== root && isLoaded(g, t, level)) {
        loads++;
      } else {
        operations++;
        for (const input of t.ins) stack.push(input);
      }
    }
  };
  for (const root of group) {
    const current = groups.at(-1);
    visit(root, groups.length);
    const fits = operations <= GROUP_CAP && loads + (current?.length ?? 0) + 1 <= limit;
    if (current !== undefined && current.length < RESULT_CAP && fits) {
      current.push(root);
      continue;
    }
    groups.push([root]);
    operations = 0;
    loads = 0;
    visit(root, groups.length);
  }
  return groups;
}
