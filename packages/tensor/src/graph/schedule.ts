/** From an unevaluated graph to a plan: levels, kernels, routines, slots, in the order they run. */
import type { Backend, Storage } from "../backend/backend.ts";
import { InternalError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { addSlot, type Draft } from "./draft.ts";
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
    if (chooseStored(graph)) continue;
    const draft = newDraft(backend, graph, outputs);
    try {
      lowerAll(draft);
    } catch (need) {
      if (!(need instanceof Materialize)) throw need;
      if (graph.stored[need.position] === 1) throw new InternalError("schedule: already stored.");
      graph.stored[need.position] = 1;
      continue;
    }
    return finishPlan(draft, outputs, signature, keep);
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
    steps: [],
    level: 0,
  };
  graph.nodes.forEach((t, i) => {
    if (isLeaf(t)) draft.slotOf[i] = addSlot(draft, t.dtype, t.s.size, "input");
    else if (t.op.kind === "scalar") draft.scalarOf.set(i, draft.scalarOf.size);
  });
  for (const p of outputs) {
    const t = graph.nodes[p];
    draft.slotOf[p] = addSlot(draft, t.dtype, t.s.size, "output");
  }
  graph.nodes.forEach((t, i) => {
    if (draft.slotOf[i] < 0 && (isHard(t) || graph.stored[i] === 1)) {
      draft.slotOf[i] = addSlot(draft, t.dtype, t.s.size, "temp");
    }
    if (t.op.kind === "pick" && t.storage === null) {
      const routine = t.ins[0].position;
      draft.picks.set(routine, [...(draft.picks.get(routine) ?? []), t]);
    }
  });
  return draft;
}

/** Routines read memory: what they look at through views must be stored. */
function storeRoutineInputs(graph: Graph): void {
  for (const t of graph.nodes) {
    if (isLeaf(t) || t.op.kind !== "routine") continue;
    for (let input of t.ins) {
      while (!isLeaf(input) && input.op.kind === "view" && graph.stored[input.position] === 0) input = input.ins[0];
      if (!isLeaf(input) && !isHard(input)) graph.stored[input.position] = 1;
    }
  }
}

function lowerAll(draft: Draft): void {
  const { nodes, level, stored } = draft.graph;
  const work: { level: number; position: number; group: Tensor[] }[] = [];
  const groups = new Map<string, Tensor[]>();
  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (isLeaf(t) || !(stored[i] === 1 || isHard(t))) continue;
    if (isHard(t)) {
      work.push({ level: level[i], position: i, group: [t] });
      continue;
    }
    const key = `${level[i]}/${t.s.id}`;
    const group = groups.get(key);
    if (group !== undefined) {
      group.push(t);
      continue;
    }
    const list = [t];
    groups.set(key, list);
    work.push({ level: level[i], position: i, group: list });
  }
  work.sort((a, b) => a.level - b.level || a.position - b.position);
  for (const { level: at, group } of work) {
    draft.level = at;
    const t = group[0];
    const { op } = t;
    // A pick is written by its routine's step.
    if (op.kind === "pick" || (t.s.size === 0 && op.kind !== "routine")) continue;
    if (op.kind === "reduce" || op.kind === "assemble" || op.kind === "routine") op.schedule(draft, t);
    else lowerMaps(draft, group);
  }
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
    outputBytes: outputs.map((p) => nodes[p].s.size * draft.backend.elementBytes(nodes[p].dtype)),
    slots: draft.slots.length,
    storages: new Array<Storage | null>(draft.slots.length).fill(null),
    values: new Array<number>(draft.scalarOf.size).fill(0),
    keep,
    used: 0,
  };
}
