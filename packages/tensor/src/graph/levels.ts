/**
 * What is stored and when: assigns every node of a graph to a level, and chooses which elementwise results are worth
 * storing instead of recomputing them in every kernel that needs them.
 *
 * Kernels of one level do not depend on each other. A stored elementwise result is computed inside the kernel of its own
 * level and shape, where elementwise consumers of the same shape use it directly; everybody else loads it one level up.
 */
import type { Tensor } from "../tensor.ts";

/** An unevaluated graph in topological order and the decisions taken so far. */
export interface Graph {
  readonly nodes: readonly Tensor[];
  /**
   * Not 0 for nodes with a buffer of their own: 1 for outputs and what was chosen to be stored, {@link CUT} for nodes that
   * even elementwise consumers of their shape load, one level up.
   */
  readonly stored: Uint8Array;
  /** Level at which a stored or hard node is computed; for others, the level at which it can be computed in place. */
  readonly level: Int32Array;
  /** Level from which consumers other than same-shape elementwise ones can use the node. */
  readonly ready: Int32Array;
}

/** Computing a value of this cost again is dearer than storing and loading it. */
const HEAVY = 8;
/** See {@link Graph.stored}. */
export const CUT = 2;

/** Whether the values exist before the plan runs. */
export function isLeaf(t: Tensor): boolean {
  return t.storage !== null || t.op.kind === "leaf";
}

const HARD: ReadonlySet<string> = new Set(["reduce", "routine", "assemble", "pick"]);

/** Whether the node is computed by a kernel or routine of its own, or with one (`pick`). */
export function isHard(t: Tensor): boolean {
  return t.storage === null && HARD.has(t.op.kind);
}

/** Fills `level` and `ready`. */
export function computeLevels(g: Graph): void {
  const { nodes, stored, level, ready } = g;
  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (isLeaf(t)) {
      level[i] = 0;
      ready[i] = 0;
      continue;
    }
    let inPlace = 0;
    let other = 0;
    for (const input of t.ins) {
      const p = input.position;
      // A hard result is loaded like any other's, even by a consumer of its shape.
      const together = t.op.kind === "map" && !isHard(input) && stored[p] !== CUT;
      const same = together && (input.s === t.s || input.op.kind === "scalar");
      inPlace = Math.max(inPlace, same ? level[p] : ready[p]);
      other = Math.max(other, ready[p]);
    }
    if (isHard(t)) {
      level[i] = other;
      ready[i] = other + 1;
    } else if (stored[i] !== 0) {
      level[i] = inPlace;
      ready[i] = inPlace + 1;
    } else {
      level[i] = inPlace;
      ready[i] = other;
    }
  }
}

/**
 * Chooses further nodes to store: expensive ones that several kernels or many positions of one kernel would compute again.
 * @returns whether anything changed
 */
export function chooseStored(g: Graph): boolean {
  const { nodes, stored, level } = g;
  const n = nodes.length;
  const NONE = -1;
  const SEVERAL = -2;
  const owner = new Int32Array(n).fill(NONE);
  const spread = new Uint8Array(n);
  const cost = costs(g);
  const groups = new Map<string, number>();
  let changed = false;

  const groupOf = (i: number): number => {
    const t = nodes[i];
    if (isHard(t)) return i;
    const key = `${level[i]}/${t.s.id}`;
    let id = groups.get(key);
    if (id === undefined) {
      id = n + groups.size;
      groups.set(key, id);
    }
    return id;
  };

  for (let i = n - 1; i >= 0; i--) {
    const t = nodes[i];
    if (isLeaf(t) || t.op.kind === "scalar") continue;
    const computed = t.op.kind === "map" || t.op.kind === "take";
    if (computed && stored[i] === 0 && cost[i] >= HEAVY && (owner[i] === SEVERAL || spread[i] === 1)) {
      stored[i] = 1;
      changed = true;
    }
    const boundary = stored[i] !== 0 || isHard(t);
    const mine = boundary ? groupOf(i) : owner[i];
    for (const input of t.ins) {
      const p = input.position;
      owner[p] = owner[p] === NONE || owner[p] === mine ? mine : SEVERAL;
      const grows = t.op.kind === "view" && t.op.view === "expand" && t.s.size >= 4 * input.s.size;
      if (grows || (!boundary && spread[i] === 1 && t.op.kind === "view")) spread[p] = 1;
    }
  }
  return changed;
}

function costs(g: Graph): Float64Array {
  const { nodes, stored } = g;
  const cost = new Float64Array(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (isLeaf(t) || isHard(t) || t.op.kind === "scalar") continue;
    let c = t.op.kind === "map" ? t.op.cost : t.op.kind === "take" ? 4 : 0;
    for (const input of t.ins) if (stored[input.position] === 0) c += cost[input.position];
    cost[i] = Math.min(c, 1e6);
  }
  return cost;
}
