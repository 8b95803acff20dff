/** The bound on the buffers of a kernel, for devices that have one. */
import type { Tensor } from "../tensor.ts";
import { isFree } from "./bounds.ts";
import { CUT, isHard, isLeaf, type Graph } from "./levels.ts";

/** Buffers that a kernel may need for its results besides those it reads: two for accumulators with positions. */
const RESERVED = 2;

/**
 * Stores parts of expressions that read more than `limit` buffers.
 * @returns whether anything changed
 */
export function capBuffers(g: Graph, limit: number): boolean {
  const { nodes, stored } = g;
  const budget = limit - RESERVED;
  /** Per node: positions of what computing it in place loads. */
  const reads = new Array<readonly number[]>(nodes.length);
  let changed = false;

  const readsOf = (t: Tensor): readonly number[] => {
    let found: readonly number[] = [];
    let at = t;
    for (;;) {
      const p = at.position;
      if (isFree(at)) return found;
      if (isLeaf(at) || isHard(at) || stored[p] === CUT) return union(found, [p]);
      if (stored[p] === 1) found = union(found, [p]);
      if (at.op.kind !== "view") return union(reads[p], found);
      at = at.ins[0];
    }
  };
  /** The computed node below views whose reads count for `t`; null when there is none. */
  const computedBelow = (t: Tensor): Tensor | null => {
    let at = t;
    while (at.op.kind === "view" && !isLeaf(at) && stored[at.position] !== CUT) at = at.ins[0];
    return isLeaf(at) || isHard(at) || isFree(at) || stored[at.position] === CUT ? null : at;
  };

  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (isLeaf(t) || isHard(t) || isFree(t) || t.op.kind === "view") continue;
    // What `take` takes from is always loaded.
    const fixed = t.op.kind === "take" ? [t.ins[0].position] : [];
    const computed = t.op.kind === "take" ? t.ins.slice(1) : t.ins;
    for (;;) {
      const all = computed.reduce((list, x) => union(list, readsOf(x)), fixed as readonly number[]);
      reads[i] = all;
      if (all.length <= budget) break;
      const widest = computed
        .map(computedBelow)
        .filter((x) => x !== null)
        .reduce((a, b) => (readsOf(b).length > readsOf(a).length ? b : a));
      stored[widest.position] = CUT;
      changed = true;
    }
  }
  return changed;
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  let out: number[] | null = null;
  for (const x of b) if (!a.includes(x)) (out ??= [...a]).push(x);
  return out ?? a;
}
