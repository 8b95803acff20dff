/** Evaluation: from requested tensors to a cached plan, one run of it, and bookkeeping of who is stored. */
import type { Backend, Storage } from "../backend/backend.ts";
import { DeviceError, DisposedError, InternalError, TraceError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { attachStorage, detach, freeStorage } from "./lifetime.ts";
import { PlanCache, type Plan } from "./plan.ts";
import { buildPlan } from "./schedule.ts";
import { dtypeInfo } from "../dtype.ts";

const caches = new WeakMap<Backend, PlanCache>();
const PLAN_CAPACITY = 512;

let epoch = 0;
let signature = new Int32Array(1024);
/** Used part of `signature`. */
let length = 0;
let order: Tensor[] = [];
const stack: Tensor[] = [];

function push(v: number): void {
  if (length === signature.length) {
    const bigger = new Int32Array(length * 2);
    bigger.set(signature);
    signature = bigger;
  }
  signature[length++] = v;
}

/** Number of plans held for a backend (for tests and memory reports). */
export function planCount(backend: Backend): number {
  return caches.get(backend)?.size ?? 0;
}

/** Evaluates tensors (and those grouped with them) that have no values yet. */
export function realize(requested: readonly Tensor[]): void {
  const roots: Tensor[] = [];
  for (const t of requested) addRoot(roots, t);
  if (roots.length === 0) return;
  const backend = roots[0].backend;
  if (roots.every((r) => r.backend === backend)) {
    run(backend, roots);
    return;
  }
  run(backend, roots.filter((r) => r.backend === backend));
  realize(roots.filter((r) => r.backend !== backend));
}

function addRoot(roots: Tensor[], t: Tensor): void {
  if (t.storage !== null || (roots.length > 0 && roots.includes(t))) return;
  roots.push(t);
  if (t.group === null) return;
  for (const sibling of t.group) {
    if (sibling.storage === null && !sibling.disposed && !roots.includes(sibling)) roots.push(sibling);
  }
}

function run(backend: Backend, roots: Tensor[]): void {
  let cache = caches.get(backend);
  if (cache === undefined) {
    cache = new PlanCache(PLAN_CAPACITY);
    caches.set(backend, cache);
  }
  walk(roots, false);
  const nodes = order;
  const hash = hashOf();
  let plan = cache.find(hash, signature, length);
  if (plan === undefined || plan.stale) {
    const keep = plan === undefined ? new Set<number>() : plan.keep;
    const outputs = roots.map((r) => r.position);
    for (const p of keep) if (!outputs.includes(p)) outputs.push(p);
    const fresh = buildPlan(backend, nodes, outputs, signature.slice(0, length), keep);
    if (plan !== undefined) cache.remove(hash, plan);
    cache.add(hash, fresh);
    plan = fresh;
  }
  execute(backend, plan, nodes);
  order = [];
}

/** A plan for a traced function: placeholders count as inputs. Results must not have values yet. */
export function tracePlan(backend: Backend, results: Tensor[]): { plan: Plan; nodes: readonly Tensor[] } {
  walk(results, true);
  const nodes = order;
  order = [];
  const outputs = results.map((r) => r.position);
  const plan = buildPlan(backend, nodes, outputs, signature.slice(0, length), new Set());
  return { plan, nodes };
}

/** Runs a plan on concrete nodes and stores its outputs on them. */
function execute(backend: Backend, plan: Plan, nodes: readonly Tensor[]): void {
  const { storages, values } = plan;
  let slot = 0;
  for (const p of plan.leaves) {
    const storage = nodes[p].storage;
    if (storage === null) throw new InternalError("realize: an input lost its storage.");
    storages[slot++] = storage;
  }
  const first = slot;
  for (let i = 0; i < plan.outputs.length; i++) storages[slot++] = backend.alloc(plan.outputBytes[i]);
  for (let i = 0; i < values.length; i++) values[i] = nodes[plan.scalars[i]].scalar;
  try {
    plan.executable.run(storages, values);
  } catch (error) {
    for (let i = first; i < slot; i++) backend.free(storages[i] as Storage);
    throw error;
  }
  for (let i = 0; i < nodes.length; i++) {
    const t = nodes[i];
    if (t.storage === null && t.ins.length > 0) {
      t.plan = plan;
      t.planPosition = i;
    }
  }
  for (let i = 0; i < plan.outputs.length; i++) {
    const t = nodes[plan.outputs[i]];
    t.plan = null;
    attachStorage(t, storages[first + i] as Storage);
  }
  for (let i = 0; i < slot; i++) storages[i] = null;
  for (let i = 0; i < plan.outputs.length; i++) {
    const t = nodes[plan.outputs[i]];
    if (!t.taped) detach(t);
    if (t.disposed && t.pending === 0) freeStorage(t);
  }
}

/**
 * Topological order of everything unevaluated below the roots, written to `order`, and its signature, written to
 * `signature`. Nodes that an earlier plan computed without storing become roots, once, where a fresh node needs them.
 */
function walk(roots: Tensor[], tracing: boolean): void {
  epoch++;
  order = [];
  length = 0;
  stack.length = 0;
  for (let k = roots.length - 1; k >= 0; k--) stack.push(roots[k]);
  while (stack.length > 0) {
    const t = stack[stack.length - 1];
    if (t.epoch === epoch) {
      stack.pop();
      continue;
    }
    if (t.storage === null) {
      let ready = true;
      const ins = t.ins;
      for (let i = ins.length - 1; i >= 0; i--) {
        if (ins[i].epoch !== epoch) {
          stack.push(ins[i]);
          ready = false;
        }
      }
      if (!ready) continue;
    }
    stack.pop();
    t.epoch = epoch;
    t.position = order.length;
    order.push(t);
    if (t.storage !== null) {
      push(-1);
      push(t.s.id);
      push(dtypeInfo(t.dtype).id);
    } else {
      if (t.op.kind === "leaf" && !tracing) throw missing(t);
      push(t.op.id);
      push(t.s.id);
      push(dtypeInfo(t.dtype).id);
      push(t.attr === null ? 0 : t.attr.id);
      for (const input of t.ins) {
        push(input.position);
        if (input.plan !== null && t.plan === null && !tracing) needAgain(input, roots);
      }
    }
  }
  push(-2);
  for (const r of roots) push(r.position);
}

/** A node computed before is needed by a new one: store it now, and at once the next time its plan runs. */
function needAgain(t: Tensor, roots: Tensor[]): void {
  const plan = t.plan as Plan;
  if (t.op.kind === "view" || t.op.kind === "iota" || t.disposed || t.storage !== null) return;
  if (!roots.includes(t)) roots.push(t);
  if (!plan.keep.has(t.planPosition)) {
    plan.keep.add(t.planPosition);
    plan.stale = true;
  }
}

function missing(t: Tensor): Error {
  if (t.placeholder >= 0) {
    return new TraceError(
      `eval: values do not exist while a function is being compiled (got ${t.dtype}${showShape(t.shape)}). ` +
        `Return the tensor and read it outside.`,
    );
  }
  return new DisposedError(
    `eval: an input was disposed before this result was computed (got ${t.dtype}${showShape(t.shape)}). ` +
      `Evaluate the result first, or dispose the input later.`,
  );
}

function hashOf(): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < length; i++) h = Math.imul(h ^ signature[i], 0x01000193);
  return h ^ (h >>> 15);
}

/** Throws when tensors on different devices meet. */
export function deviceMismatch(name: string, a: Tensor, b: Tensor): DeviceError {
  return new DeviceError(
    `${name}: tensors are on different devices (got ${a.device} and ${b.device}). Move one with to(x, device).`,
  );
}
