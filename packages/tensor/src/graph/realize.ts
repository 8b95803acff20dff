/** Evaluation: from requested tensors to a cached plan, one run of it, and bookkeeping of who is stored. */
import type { Backend, Storage } from "../backend/backend.ts";
import { config } from "../config.ts";
import { DeviceError, hooks, InternalError, TraceError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { attachStorage, finishNode, goneError, isGone } from "./lifetime.ts";
import { outputsWith } from "./outputs.ts";
import { PlanCache, type Keep, type Plan } from "./plan.ts";
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
/** All roots, once there are some that nobody asked for. */
let late: Set<Tensor> | null = null;

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

/**
 * Evaluates tensors (and those grouped with them) that have no values yet.
 * @param name what asks for them, for messages
 */
export function realize(requested: readonly Tensor[], name = "eval"): void {
  if (requested.length === 1 && requested[0].group === null) {
    const [t] = requested;
    if (t.storage === null) runSafely(t.backend, isOutput(t) ? [...outputsWith(t)] : [t], name);
    return;
  }
  const roots = new Set<Tensor>();
  const add = (t: Tensor): void => {
    if (isOutput(t)) for (const s of outputsWith(t)) roots.add(s);
    else roots.add(t);
  };
  for (const t of requested) {
    if (t.storage !== null) continue;
    add(t);
    for (const s of t.group ?? []) if (s.storage === null && !s.disposed) add(s);
  }
  while (roots.size > 0) {
    const [{ backend }] = roots;
    const here = [...roots].filter((r) => r.backend === backend);
    for (const r of here) roots.delete(r);
    runSafely(backend, here, name);
  }
}

/** Whether a node may be one of several outputs. */
function isOutput({ op }: Tensor): boolean {
  return op.kind === "pick" || (op.kind === "routine" && op.more !== undefined);
}

function runSafely(backend: Backend, roots: Tensor[], name: string): void {
  try {
    run(backend, roots, name);
  } finally {
    clearWalk();
  }
}

/** Neither a result nor an exception may keep the graph alive. */
function clearWalk(): void {
  order = [];
  stack.length = 0;
  late = null;
}

function run(backend: Backend, roots: Tensor[], name: string): void {
  let cache = caches.get(backend);
  if (cache === undefined) {
    cache = new PlanCache(PLAN_CAPACITY);
    caches.set(backend, cache);
  }
  const requested = roots.length;
  walk(roots, false, name);
  const nodes = order;
  const hash = hashOf();
  let plan = cache.find(hash, signature, length);
  if (plan === undefined || plan.keep.stale) {
    const keep: Keep = plan === undefined ? { positions: new Set(), stale: false } : plan.keep;
    const outputs = new Set(roots.map((r) => r.position));
    for (const p of keep.positions) outputs.add(p);
    const fresh = buildPlan(backend, nodes, [...outputs], signature.slice(0, length), keep);
    keep.stale = false;
    cache.add(hash, fresh);
    plan = fresh;
  }
  execute(backend, plan, nodes, requested);
}

/** A plan for a traced function: placeholders count as inputs. Results must not have values yet. */
export function tracePlan(backend: Backend, results: Tensor[]): { plan: Plan; nodes: readonly Tensor[] } {
  try {
    walk(results, true, "compile");
    const nodes = order;
    const outputs = results.map((r) => r.position);
    const keep = { positions: new Set<number>(), stale: false };
    return { plan: buildPlan(backend, nodes, outputs, signature.slice(0, length), keep), nodes };
  } finally {
    clearWalk();
  }
}

/** Memory for the outputs of a plan, written to `storages` from slot `first` on: all of it or none. */
export function allocOutputs(backend: Backend, plan: Plan, storages: (Storage | null)[], first: number): void {
  const { outputBytes } = plan;
  let done = 0;
  try {
    for (; done < outputBytes.length; done++) storages[first + done] = backend.alloc(outputBytes[done]);
  } catch (error) {
    freeOutputs(backend, storages, first, done);
    throw error;
  }
}

/** Gives back what {@link allocOutputs} took, after a run that failed. */
export function freeOutputs(backend: Backend, storages: (Storage | null)[], first: number, count: number): void {
  for (let i = first; i < first + count; i++) backend.free(storages[i] as Storage);
}

/** Runs a plan on concrete nodes and stores its outputs on them; the first `requested` are those that were asked for. */
function execute(backend: Backend, plan: Plan, nodes: readonly Tensor[], requested: number): void {
  const { storages, values, outputs, leaves } = plan;
  const first = leaves.length;
  try {
    for (let i = 0; i < first; i++) {
      const { storage } = nodes[leaves[i]];
      if (storage === null) throw new InternalError("realize: an input lost its storage.");
      storages[i] = storage;
    }
    for (let i = 0; i < values.length; i++) values[i] = nodes[plan.scalars[i]].scalar;
    allocOutputs(backend, plan, storages, first);
    try {
      plan.executable.run(storages, values);
    } catch (error) {
      freeOutputs(backend, storages, first, outputs.length);
      throw error;
    }
    for (let i = 0; i < nodes.length; i++) {
      const t = nodes[i];
      if (t.storage === null && t.ins.length > 0) {
        t.plan = plan;
        t.planPosition = i;
      }
    }
    for (let i = 0; i < outputs.length; i++) {
      const t = nodes[outputs[i]];
      t.plan = null;
      // A group has served its purpose, and must not keep its members alive.
      t.group = null;
      // One of several outputs cannot be given back and computed again alone.
      t.cached = t.inner && i >= requested && !isOutput(t);
      attachStorage(t, storages[first + i] as Storage);
    }
  } finally {
    for (let i = 0; i < first + outputs.length; i++) storages[i] = null;
  }
  for (let i = 0; i < outputs.length; i++) finishNode(nodes[outputs[i]]);
}

/**
 * Topological order of everything unevaluated below the roots, written to `order`, and its signature, written to
 * `signature`. Nodes that an earlier plan computed without storing become roots, once, where a fresh node needs them.
 */
function walk(roots: Tensor[], tracing: boolean, name: string): void {
  epoch++;
  order = [];
  length = 0;
  // The one setting that plans depend on.
  push(config.precision === "strict" ? 1 : 0);
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
      if (isGone(t)) throw goneError(name, t);
      if (t.op.kind === "leaf" && !tracing) throw missing(name, t);
      if (t.op.kind === "pick" && t.ins[0].storage !== null) {
        throw new InternalError(`${name}: an output was left behind when its routine ran.`);
      }
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
  const { keep } = t.plan as Plan;
  if (t.op.kind === "view" || t.op.kind === "iota" || t.disposed || t.storage !== null) return;
  late ??= new Set(roots);
  for (const root of isOutput(t) ? outputsWith(t) : [t]) {
    if (late.has(root)) continue;
    late.add(root);
    roots.push(root);
    if (root.epoch !== epoch) stack.push(root);
  }
  // One of several outputs must not be stored without the others, which that plan does not know.
  if (!isOutput(t) && !keep.positions.has(t.planPosition)) {
    keep.positions.add(t.planPosition);
    keep.stale = true;
  }
}

function missing(name: string, t: Tensor): TraceError {
  return new TraceError(
    `${name}: there are no values inside of compile and vmap (got ${t.dtype}${showShape(t.shape)}, ` +
      `expected tensors with values). Read results outside.`,
  );
}

function hashOf(): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < length; i++) h = Math.imul(h ^ signature[i], 0x01000193);
  return h ^ (h >>> 15);
}

/** Throws when tensors on different devices meet. */
export function deviceMismatch(name: string, a: Tensor, b: Tensor): DeviceError {
  hooks.operand?.(name, a);
  hooks.operand?.(name, b);
  return new DeviceError(
    `${name}: tensors are on different devices (got ${a.device} and ${b.device}). Move one with to(x, device).`,
  );
}
