/** From an unevaluated graph to a plan: levels, kernels, routines, slots, in the order they run. */
import type { Backend, RoutineOperand, Slot, Step, Storage } from "../backend/backend.ts";
import type { DType } from "../dtype.ts";
import { InternalError } from "../errors.ts";
import type { Expr } from "../kernel/expr.ts";
import type { Reduction } from "../kernel/kernel.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { combine, identityIndex, unit, type Affine, type Loop } from "./index.ts";
import { chooseStored, computeLevels, isHard, isLeaf, type Graph } from "./levels.ts";
import { KernelBuilder, Materialize, RefineLoop, stridedView, type Placement } from "./lower.ts";
import type { AssembleAttr, ReduceAttr, ReduceOp } from "./op.ts";
import type { Plan } from "./plan.ts";

/** Rows of this many elements are reduced at once; longer ones in blocks, for accuracy and for threads. */
const ROW_BLOCK = 4096;
/** The same where the reduction runs across rows. */
const COLUMN_BLOCK = 256;

interface MutableSlot {
  dtype: DType;
  size: number;
  kind: Slot["kind"];
  first: number;
  last: number;
}

/** Steps and slots under construction. */
interface Draft {
  readonly graph: Graph;
  readonly backend: Backend;
  readonly slots: MutableSlot[];
  /** Slot of each node, or -1. */
  readonly slotOf: Int32Array;
  readonly scalarOf: Map<number, number>;
  readonly steps: Step[];
  level: number;
}

/** Compiles a graph (in topological order, positions set) whose nodes at `outputs` are to be stored. */
export function buildPlan(
  backend: Backend,
  nodes: readonly Tensor[],
  outputs: readonly number[],
  signature: Int32Array,
  keep: Set<number>,
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
  });
  return draft;
}

function addSlot(draft: Draft, dtype: DType, size: number, kind: Slot["kind"]): number {
  draft.slots.push({ dtype, size, kind, first: -1, last: -1 });
  return draft.slots.length - 1;
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
    if (t.s.size === 0) continue;
    if (!isHard(t)) lowerMaps(draft, group);
    else if (t.op.kind === "reduce") lowerReduce(draft, t, t.op);
    else if (t.op.kind === "assemble") lowerAssemble(draft, t);
    else lowerRoutine(draft, t);
  }
}

/** Which nodes a kernel of the draft's level loads. `computed` are the nodes this kernel itself stores. */
function placementAt(draft: Draft): Placement {
  const { stored, level } = draft.graph;
  return {
    slotFor(node) {
      const p = node.position;
      if (isLeaf(node) || isHard(node)) return draft.slotOf[p];
      return stored[p] === 1 && level[p] < draft.level ? draft.slotOf[p] : -1;
    },
    scalarFor(node) {
      const index = draft.scalarOf.get(node.position);
      if (index === undefined) throw new InternalError("schedule: unknown scalar.");
      return index;
    },
  };
}

/** Builds with `attempt`, splitting loops as lowering asks for it. `axes` are given as indices over the loops. */
function withLoops<T>(
  loops: Loop[],
  axes: Affine[],
  pinned: readonly number[],
  attempt: (loops: Loop[], axes: Affine[]) => T,
): T | null {
  for (;;) {
    try {
      return attempt(loops, axes);
    } catch (need) {
      if (!(need instanceof RefineLoop)) throw need;
      const { loop, inner } = need.refine;
      if (pinned.includes(loop)) return null;
      const { size, reduce } = loops[loop];
      loops = [
        ...loops.slice(0, loop),
        { size: size / inner, reduce },
        { size: inner, reduce },
        ...loops.slice(loop + 1),
      ];
      axes = axes.map((a) => ({
        off: a.off,
        coef: [
          ...a.coef.slice(0, loop),
          a.coef[loop] * inner,
          a.coef[loop],
          ...a.coef.slice(loop + 1),
        ],
      }));
    }
  }
}

function lowerMaps(draft: Draft, group: readonly Tensor[]): void {
  const shape = group[0].shape;
  withLoops(
    shape.map((size) => ({ size, reduce: false })),
    identityIndex(shape.length, 0, shape.length),
    [],
    (loops, index) => {
      const k = new KernelBuilder(loops, placementAt(draft));
      const stores = group.map((t) => ({
        access: storeAccess(k, draft.slotOf[t.position], t, index, stridesOf(shape), 0),
        value: k.value(t, index),
      }));
      const limit = draft.backend.maxBuffers ?? Infinity;
      if (k.bufferCount() > limit) return splitGroup(draft, group, limit);
      draft.steps.push(k.finish(stores, undefined, null));
    },
  );
}

function storeAccess(
  k: KernelBuilder,
  slot: number,
  t: Tensor,
  index: readonly Affine[],
  strides: readonly number[],
  offset: number,
): number {
  return k.access(slot, t.dtype, "store", combine(k.loops.length, offset, index, strides));
}

/** Too many buffers for one kernel: fewer outputs, or a part of the expression stored first. */
function splitGroup(draft: Draft, group: readonly Tensor[], limit: number): void {
  if (group.length > 1) {
    const half = group.length >> 1;
    lowerMaps(draft, group.slice(0, half));
    lowerMaps(draft, group.slice(half));
    return;
  }
  throw new Materialize(cutFor(draft, group[0], limit));
}

/** A node below `root` that reads several buffers, but few enough for a kernel of its own. */
function cutFor(draft: Draft, root: Tensor, limit: number): number {
  const place = placementAt(draft);
  const reads = (t: Tensor): Set<number> => {
    const found = new Set<number>();
    const seen = new Set<Tensor>();
    const stack = [t];
    while (stack.length > 0) {
      const at = stack.pop() as Tensor;
      if (seen.has(at)) continue;
      seen.add(at);
      const slot = at === t ? -1 : place.slotFor(at);
      if (slot >= 0) found.add(slot);
      else stack.push(...at.ins);
    }
    return found;
  };
  let at = root;
  for (;;) {
    let best: Tensor | null = null;
    let most = 1;
    for (const input of at.ins) {
      if (place.slotFor(input) >= 0 || input.op.kind === "scalar") continue;
      const count = reads(input).size;
      if (count > most) {
        most = count;
        best = input;
      }
    }
    if (best === null) {
      throw new InternalError(`schedule: ${root.op.name} needs more than ${limit} buffers in one kernel.`);
    }
    at = best;
    if (most < limit && at.op.kind !== "view") return at.position;
  }
}

function lowerAssemble(draft: Draft, t: Tensor): void {
  const slot = draft.slotOf[t.position];
  const { fill, regions } = t.attr?.value as AssembleAttr;
  if (fill !== null) draft.steps.push({ kind: "fill", slot, value: fill });
  const strides = stridesOf(t.shape);
  t.ins.forEach((input, i) => {
    if (input.s.size === 0) return;
    const { starts, steps } = regions[i];
    let offset = 0;
    for (let d = 0; d < starts.length; d++) offset += starts[d] * strides[d];
    const inner = strides.map((s, d) => s * steps[d]);
    withLoops(
      input.shape.map((size) => ({ size, reduce: false })),
      identityIndex(input.ndim, 0, input.ndim),
      [],
      (loops, index) => {
        const k = new KernelBuilder(loops, placementAt(draft));
        const value = k.value(input, index);
        const access = storeAccess(k, slot, t, index, inner, offset);
        draft.steps.push(k.finish([{ access, value }], undefined, null));
      },
    );
  });
}

function lowerRoutine(draft: Draft, t: Tensor): void {
  if (t.op.kind !== "routine") return;
  const { strided, routine } = t.op;
  const inputs: RoutineOperand[] = t.ins.map((input, i) => {
    const view = stridedView(input, placementAt(draft));
    if (view === null) throw new Materialize(input.position);
    if (!strided[i] && !isContiguous(view.strides, input.shape)) throw new Materialize(input.position);
    const { slot, offset, strides } = view;
    return { slot, offset, strides, shape: input.shape, dtype: input.dtype };
  });
  draft.steps.push({
    kind: "routine",
    routine,
    attr: t.attr?.value,
    inputs,
    outputs: [
      { slot: draft.slotOf[t.position], offset: 0, strides: stridesOf(t.shape), shape: t.shape, dtype: t.dtype },
    ],
  });
}

function isContiguous(strides: readonly number[], shape: readonly number[]): boolean {
  const plain = stridesOf(shape);
  return strides.every((s, d) => shape[d] === 1 || s === plain[d]);
}

/** Where a reduction's elements come from: accumulator values at a position of the outputs and of the reduced axes. */
type Elements = (
  k: KernelBuilder,
  outputs: readonly Affine[],
  reduced: readonly Affine[],
) => readonly Expr[];

function lowerReduce(draft: Draft, t: Tensor, op: ReduceOp): void {
  const [x] = t.ins;
  const { axes } = t.attr?.value as ReduceAttr;
  const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
  const reducedSizes = axes.map((d) => x.shape[d]);
  const strides = stridesOf(reducedSizes);
  const elements: Elements = (k, outputs, reduced) => {
    const index = new Array<Affine>(x.ndim);
    kept.forEach((d, i) => (index[d] = outputs[i]));
    axes.forEach((d, i) => (index[d] = reduced[i]));
    const linear = (): Expr => k.iota(combine(k.loops.length, 0, reduced, strides));
    return op.element(k.b, k.value(x, index), linear);
  };
  reduceStage(draft, t, op, kept.map((d) => x.shape[d]), reducedSizes, elements);
}

/** One kernel over all reduced positions, or blocks of them into partial results that are reduced in turn. */
function reduceStage(
  draft: Draft,
  t: Tensor,
  op: ReduceOp,
  outSizes: readonly number[],
  redSizes: readonly number[],
  elements: Elements,
): void {
  const rank = outSizes.length;
  const loops: Loop[] = [
    ...outSizes.map((size) => ({ size, reduce: false })),
    ...redSizes.map((size) => ({ size, reduce: true })),
  ];
  const all = loops.length;
  const whole = withLoops(loops, identityIndex(all, 0, all), [], (ls, axes) => {
    const k = new KernelBuilder(ls, placementAt(draft));
    const reduction = reductionOf(k, op, t, elements(k, axes.slice(0, rank), axes.slice(rank)));
    const accumulators = reduction.types.map((ty, i) => k.b.acc(ty, i));
    const at = storeAccess(k, draft.slotOf[t.position], t, axes.slice(0, rank), stridesOf(outSizes), 0);
    return k.finish([{ access: at, value: op.finish(k.b, accumulators) }], reduction, null);
  });
  if (whole === null) throw new InternalError("schedule: reduction loops do not settle.");
  const over = redSizes.findIndex((n) => n > 1);
  const total = redSizes.reduce((a, b) => a * b, 1);
  const target = whole.kernel.vector === "reduce" ? ROW_BLOCK : COLUMN_BLOCK;
  if (over >= 0 && total > 2 * target) {
    const inner = total / redSizes.slice(0, over + 1).reduce((a, b) => a * b, 1);
    const block = Math.max(1, Math.floor(target / inner));
    if (block < redSizes[over] && splitReduce(draft, t, op, outSizes, redSizes, elements, over, block)) return;
  }
  draft.steps.push(whole);
}

function splitReduce(
  draft: Draft,
  t: Tensor,
  op: ReduceOp,
  outSizes: readonly number[],
  redSizes: readonly number[],
  elements: Elements,
  over: number,
  block: number,
): boolean {
  const rank = outSizes.length;
  const blocks = Math.ceil(redSizes[over] / block);
  const loops: Loop[] = [
    { size: blocks, reduce: false },
    ...outSizes.map((size) => ({ size, reduce: false })),
    ...redSizes.map((size) => ({ size, reduce: true })),
  ];
  const all = loops.length;
  const overLoop = 1 + rank + over;
  const axes = identityIndex(all, 0, all);
  axes[overLoop] = combine(all, 0, [unit(all, 0), unit(all, overLoop)], [block, 1]);
  const partialShape = [blocks, ...outSizes];
  const strides = stridesOf(partialShape);
  const size = partialShape.reduce((a, b) => a * b, 1);
  const first = draft.slots.length;
  const step = withLoops(loops, axes, [0, overLoop], (ls, at) => {
    draft.slots.length = first;
    const k = new KernelBuilder(ls, placementAt(draft));
    const reduction = reductionOf(k, op, t, elements(k, at.slice(1, 1 + rank), at.slice(1 + rank)));
    const stores = reduction.types.map((ty, i) => ({
      access: k.access(
        addSlot(draft, ty as DType, size, "temp"),
        ty as DType,
        "store",
        combine(ls.length, 0, at.slice(0, 1 + rank), strides),
      ),
      value: k.b.acc(ty, i),
    }));
    const moved = ls.findIndex((_, l) => at[1 + rank + over].coef[l] === 1 && ls[l].reduce);
    return k.finish(stores, reduction, { loop: 0, size: block, over: moved });
  });
  if (step === null) {
    draft.slots.length = first;
    return false;
  }
  draft.steps.push(step);
  const partial: Elements = (k, outputs, reduced) =>
    op.types(t.ins[0].dtype).map((ty, i) => {
      const at = combine(k.loops.length, 0, [reduced[0], ...outputs], strides);
      return k.b.load(ty, k.access(first + i, ty as DType, "load", at));
    });
  reduceStage(draft, t, op, outSizes, [blocks], partial);
  return true;
}

function reductionOf(k: KernelBuilder, op: ReduceOp, t: Tensor, element: readonly Expr[]): Reduction {
  const types = op.types(t.ins[0].dtype);
  const left = types.map((ty, i) => k.b.acc(ty, i));
  const right = types.map((ty, i) => k.b.accOther(ty, i));
  return {
    types,
    init: op.init(k.b, t.ins[0].dtype),
    step: op.merge(k.b, left, element),
    merge: op.merge(k.b, left, right),
  };
}

function finishPlan(draft: Draft, outputs: readonly number[], signature: Int32Array, keep: Set<number>): Plan {
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
    stale: false,
  };
}
