/** From an unevaluated graph to a plan: levels, kernels, routines, slots, in the order they run. */
import type { Backend, Storage } from "../backend/backend.ts";
import { InternalError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { addNodeSlot, type Draft } from "./draft.ts";
import { capOperations, kernelGroups } from "./bounds.ts";
import { chooseStored, computeLevels, isHard, isLeaf, type Graph } from "./levels.ts";
import { Materialize } from "./lower.ts";
import { lowerMaps } from "./lowerMaps.ts";
import type { Keep, Plan } from "./plan.ts";

/** Compiles a graph (in topological order, positions set) whose nodes at `outputs` are to be stored. */
export function buildPlan(
  backend: Backend,
  nodes: readonly Tensor[],
  outputs: readonly number[],
  signature: Int32Array,
  keep: Keep,
): Plan {
  const n = nodes.length;
  const graph: Graph = {
    nodes,
    stored: new Uint8Array(n),
    level: new Int32Array(n),
    ready: new Int32Array(n),
  };
  for (const p of outputs) graph.stored[p] = 1;
  storeRoutineInputs(graph);
  for (let round = 0; ; round++) {
    if (round > n + 8) throw new InternalError("schedule: does not settle.");
    computeLevels(graph);
    if (chooseStored(graph) || capOperations(graph)) continue;
    if (backend.capBuffers?.(graph)) continue;
    const draft = newDraft(backend, graph, outputs);
    const needs = lowerAll(draft);
    if (needs.size === 0) return finishPlan(draft, outputs, signature, keep);
    for (const p of needs) {
      if (graph.stored[p] !== 0) throw new InternalError("schedule: already stored.");
      graph.stored[p] = 1;
    }
  }
}

function newDraft(backend: Backend, graph: Graph, outputs: readonly number[]): Draft {
  const draft: Draft = {
    graph,
    backend,
    slots: [],
    slotOf: new Int32Array(graph.nodes.length).fill(-1),
    scalarOf: new Map(),
    picks: new Map(),
    done: new Set(),
    steps: [],
    level: 0,
  };
  graph.nodes.forEach((t, i) => {
    if (isLeaf(t)) draft.slotOf[i] = addNodeSlot(draft, t, "input");
    else if (t.op.kind === "scalar") draft.scalarOf.set(i, draft.scalarOf.size);
  });
  for (const p of outputs) draft.slotOf[p] = addNodeSlot(draft, graph.nodes[p], "output");
  for (const p of outputs) {
    const source = sameMemory(graph.nodes[p]);
    if (source === null || draft.slotOf[source.position] >= 0) continue;
    // Written there at once, not copied.
    draft.slotOf[source.position] = draft.slotOf[p];
    draft.done.add(p);
  }
  graph.nodes.forEach((t, i) => {
    if (draft.slotOf[i] < 0 && (isHard(t) || graph.stored[i] !== 0)) {
      draft.slotOf[i] = addNodeSlot(draft, t, "temp");
    }
    if (t.op.kind === "pick" && t.storage === null) {
      const routine = t.ins[0].position;
      draft.picks.set(routine, [...(draft.picks.get(routine) ?? []), t]);
    }
  });
  return draft;
}

const REARRANGED = "permute expand slice";

/** The result of a kernel or routine of its own whose memory, as it is, is that of a view; null when there is none. */
function sameMemory(view: Tensor): Tensor | null {
  let at = view;
  while (at.storage === null && at.op.kind === "view" && !REARRANGED.includes(at.op.view)) at = at.ins[0];
  return at !== view && isHard(at) ? at : null;
}

/** Routines read memory: what they look at through views must be stored. */
function storeRoutineInputs(graph: Graph): void {
  for (const t of graph.nodes) {
    if (isLeaf(t) || t.op.kind !== "routine") continue;
    for (let input of t.ins) {
      while (!isLeaf(input) && input.op.kind === "view" && graph.stored[input.position] === 0) input = input.ins[0];
      if (!isLeaf(input) && !isHard(input) && graph.stored[input.position] === 0) graph.stored[input.position] = 1;
    }
  }
}

/** Adds the steps of all stored nodes. @returns positions of nodes that must be stored before that is possible */
function lowerAll(draft: Draft): Set<number> {
  const { nodes, level } = draft.graph;
  const needs = new Set<number>();
  for (const work of workOf(draft)) {
    draft.level = work.level;
    let need = attempt(draft, work.group);
    // The steps of this round are lost, but what else is missing is found out at once: below, and by the other work.
    while (need >= 0 && !needs.has(need)) {
      needs.add(need);
      draft.level = level[need];
      need = attempt(draft, [nodes[need]]);
    }
  }
  return needs;
}

/** Adds the steps of a piece of work. @returns -1, or the position of a node that must be stored first */
function attempt(draft: Draft, group: readonly Tensor[]): number {
  const t = group[0];
  const { op } = t;
  // A pick is written by its routine's step.
  if (op.kind === "pick" || (t.s.size === 0 && op.kind !== "routine")) return -1;
  try {
    if (op.kind === "reduce" || op.kind === "assemble" || op.kind === "routine") op.schedule(draft, t);
    else lowerMaps(draft, group);
  } catch (need) {
    if (!(need instanceof Materialize)) throw need;
    return need.position;
  }
  return -1;
}

interface Work {
  readonly level: number;
  readonly position: number;
  /** One hard node, or elementwise results that one kernel computes. */
  readonly group: readonly Tensor[];
}

/** What has to be lowered, in the order in which it runs. */
function workOf(draft: Draft): Work[] {
  const { nodes, level, stored } = draft.graph;
  const work: Work[] = [];
  const groups = new Map<string, Tensor[]>();
  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (isLeaf(t) || !(stored[i] !== 0 || isHard(t)) || draft.done.has(i)) continue;
    if (isHard(t)) {
      work.push({ level: level[i], position: i, group: [t] });
      continue;
    }
    const key = `${level[i]}/${t.s.id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [t]);
    else group.push(t);
  }
  for (const all of groups.values()) {
    for (const group of kernelGroups(draft.graph, all, draft.backend.maxBuffers ?? Infinity)) {
      const { position } = group[0];
      work.push({ level: level[position], position, group });
    }
  }
  return work.sort((a, b) => a.level - b.level || a.position - b.position);
}

function finishPlan(draft: Draft, outputs: readonly number[], signature: Int32Array, keep: Keep): Plan {
  draft.steps.forEach((step, i) => {
    const touch = (slot: number): void => {
      if (slot < 0) return;
      const s = draft.slots[slot];
      if (s.first < 0) s.first = i;
      s.last = i;
    };
    if (step.kind === "kernel") for (const a of step.accesses) touch(a.slot);
    else if (step.kind === "fill") touch(step.slot);
    else for (const a of [...step.inputs, ...step.outputs]) touch(a.slot);
  });
  const { nodes } = draft.graph;
  const positions = nodes.map((_, i) => i);
  return {
    signature,
    executable: draft.backend.compile({
      steps: draft.steps,
      slots: draft.slots,
      scalars: draft.scalarOf.size,
    }),
    leaves: positions.filter((i) => isLeaf(nodes[i])),
    scalars: [...draft.scalarOf.keys()],
    outputs,
    outputBytes: outputs.map((p) => {
      const { dtype, size } = draft.slots[draft.slotOf[p]];
      return size * draft.backend.elementBytes(dtype);
    }),
    slots: draft.slots.length,
    storages: new Array<Storage | null>(draft.slots.length).fill(null),
    values: new Array<number>(draft.scalarOf.size).fill(0),
    keep,
    used: 0,
  };
}
