/**
 * Who still needs a tensor's memory. A block is freed when its handle is gone (disposed or collected) and no live
 * unevaluated consumer is left.
 *
 * `pending` counts consumers that may still be evaluated. When a node's last consumer has been evaluated, the node
 * retires: it gives back its claim on its own inputs, so that a disposed input can be freed although the intermediate
 * node object still exists. Using a retired node again takes the claims back. Tensors of a group are results that somebody
 * holds: they retire only when they are disposed. Taped nodes neither retire nor lose their values before their tape ends.
 */
import type { Storage } from "../backend/backend.ts";
import { DisposedError, hooks } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const registry = /*@__PURE__*/ new FinalizationRegistry<Storage>((storage) => {
  if (!storage.freed) storage.backend.free(storage);
});

/**
 * The last small values that were computed. Most are disposed before long, and need not be registered, which takes longer
 * than computing them; the others are when their place is needed. Meanwhile they are kept, all in all not more than 1 MiB.
 */
const YOUNG_BYTES = 2 ** 14;
const young: (Tensor | null)[] = new Array<Tensor | null>(64).fill(null);
let next = 0;

/** Attaches freshly computed values to a tensor. */
export function attachStorage(t: Tensor, storage: Storage): void {
  t.storage = storage;
  t.evaluated = true;
  // What keeps its inputs must not be kept for their sake.
  if (storage.bytes > YOUNG_BYTES || t.taped || t.cached) {
    registry.register(t, storage);
    return;
  }
  const last = young[next];
  if (last !== null && last.storage !== null && !last.storage.freed) registry.register(last, last.storage);
  young[next] = t;
  next = (next + 1) % young.length;
}

/** Above 0 while gradients are formed: they use intermediates that their function has disposed. */
let differentiating = 0;

/** Runs `fn`, which may use disposed tensors as long as their values can still be had. */
export function whileDifferentiating<T>(fn: () => T): T {
  differentiating++;
  try {
    return fn();
  } finally {
    differentiating--;
  }
}

/** Throws a DisposedError when `t` was disposed. Everything that is about to be used passes here. */
export function checkAlive(name: string, t: Tensor): void {
  hooks.operand?.(name, t);
  if (t.disposed && (differentiating === 0 || isGone(t))) throw disposedError(name, t);
}

function disposedError(
  name: string,
  t: Tensor,
  what = "tensor was disposed or donated",
  hint = "Dispose it after its last use, or keep a copy",
): DisposedError {
  hooks.operand?.(name, t);
  return new DisposedError(`${name}: ${what} (got ${t.dtype}${showShape(t.shape)}, expected a live tensor). ${hint}.`);
}

/** An input whose values were freed before somebody asked for what depends on them. */
export function goneError(name: string, t: Tensor): DisposedError {
  return disposedError(name, t, "an input was disposed before its use", "Evaluate the result first");
}

/** Whether the values were there and were given back. */
export function isGone(t: Tensor): boolean {
  return t.evaluated && t.storage === null;
}

/** Counts one more live consumer of each input. @throws DisposedError, counting none, when one or what it depends on is gone */
export function addConsumers(name: string, ins: readonly Tensor[]): void {
  for (let i = 0; i < ins.length; i++) {
    const t = ins[i];
    checkAlive(name, t);
    if (t.retired) revive(name, t);
  }
  for (let i = 0; i < ins.length; i++) ins[i].pending++;
}

/** Makes tensors one group: evaluated together, and kept able to be evaluated until they are disposed. */
export function holdTogether(tensors: readonly Tensor[]): void {
  for (const t of tensors) if (t.retired) revive("together", t);
  for (const t of tensors) t.group = tensors;
}

/** Takes back the claims of a retired node on its inputs, and theirs. @throws DisposedError, changing nothing */
function revive(name: string, t: Tensor): void {
  const nodes = new Set([t]);
  for (const node of nodes) {
    for (const input of node.ins) {
      if (isGone(input)) throw disposedError(name, input);
      if (input.retired) nodes.add(input);
    }
  }
  for (const node of nodes) {
    node.retired = false;
    for (const input of node.ins) input.pending++;
  }
}

/** Counts one consumer of `t` less; frees or retires what nobody needs any more. */
export function dropConsumer(t: Tensor): void {
  if (--t.pending > 0) return;
  settle(t);
}

const settling: Tensor[] = [];

function settle(first: Tensor): void {
  let t: Tensor | undefined = first;
  for (; t !== undefined; t = settling.pop()) {
    // The gradient may need both its values and its inputs.
    if (t.taped) continue;
    if (t.storage !== null) {
      if (t.disposed) freeStorage(t);
      else if (t.cached && t.ins.length > 0) forget(t);
      else continue;
    }
    if (t.ins.length === 0 || t.retired || !(t.group === null || t.disposed)) continue;
    t.retired = true;
    for (const input of t.ins) if (--input.pending === 0) settling.push(input);
  }
}

/** Gives back values that can be computed again. */
function forget(t: Tensor): void {
  freeStorage(t);
  t.evaluated = false;
}

function freeStorage(t: Tensor): void {
  const storage = t.storage;
  t.storage = null;
  if (storage !== null && !storage.freed) storage.backend.free(storage);
}

const NONE: readonly Tensor[] = [];

/**
 * Cuts an evaluated node from its inputs, and frees its values when nobody needs them. Cached values are kept as long as
 * somebody needs them, together with the inputs from which they can be computed again.
 */
export function finishNode(t: Tensor): void {
  if (t.taped) return;
  if (t.cached && !t.disposed) {
    if (t.pending === 0) settle(t);
    return;
  }
  const ins = t.ins;
  t.ins = NONE;
  t.depth = 0;
  t.weight = 0;
  if (t.retired) t.retired = false;
  else for (let i = 0; i < ins.length; i++) dropConsumer(ins[i]);
  if (t.disposed && t.pending === 0) freeStorage(t);
}

/**
 * Ends the tape of nodes: their gradients have been formed. Evaluated ones are cut from their inputs; those that nobody
 * consumes, and that are in no group, retire. Values that nobody asked for are kept only as long as they are needed.
 */
export function endTape(recorded: Iterable<Tensor>): void {
  for (const t of recorded) t.taped = false;
  for (const t of recorded) {
    if (t.storage !== null) finishNode(t);
    else if (t.pending === 0) settle(t);
  }
}

/** Somebody asks for the values of `t`. */
export function keepValues(t: Tensor): void {
  if (!t.cached) return;
  t.cached = false;
  if (t.ins.length > 0) finishNode(t);
}

/** Says that nobody outside the graph holds `t`: it is kept only as long as pending results need it. */
export function disposeTensor(t: Tensor): void {
  if (t.disposed) return;
  t.disposed = true;
  if (t.pending === 0) settle(t);
}

/** Gives back the claims of a node that is not going to be evaluated. */
export function retireUnused(t: Tensor): void {
  if (t.pending === 0 && t.storage === null) settle(t);
}
