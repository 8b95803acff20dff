/**
 * Who still needs a tensor's memory. A block is freed when its handle is gone (disposed or collected) and no live
 * unevaluated consumer is left.
 *
 * `pending` counts consumers that may still be evaluated. When a node's last consumer has been evaluated, the node
 * retires: it gives back its claim on its own inputs, so that a disposed input can be freed although the intermediate
 * node object still exists. Using a retired node again takes the claims back. Tensors of a group are results that somebody
 * holds: they retire only when they are disposed.
 */
import type { Storage } from "../backend/backend.ts";
import { DisposedError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const registry = /*@__PURE__*/ new FinalizationRegistry<Storage>((storage) => {
  if (!storage.freed) storage.backend.free(storage);
});

/** Attaches freshly computed values to a tensor. */
export function attachStorage(t: Tensor, storage: Storage): void {
  t.storage = storage;
  t.evaluated = true;
  registry.register(t, storage);
}

/** Throws a DisposedError when `t` was disposed. */
export function checkAlive(name: string, t: Tensor): void {
  if (t.disposed) throw disposedError(name, t);
}

function disposedError(name: string, t: Tensor): DisposedError {
  return new DisposedError(
    `${name}: tensor was disposed or donated (got ${t.dtype}${showShape(t.shape)}, expected a live tensor). ` +
      `Dispose it after its last use, or keep a copy.`,
  );
}

/** Counts one more live consumer of `t`. @throws DisposedError when `t` or what it depends on is gone */
export function addConsumer(name: string, t: Tensor): void {
  if (t.disposed) throw disposedError(name, t);
  if (t.retired) revive(name, t);
  t.pending++;
}

/** Makes tensors one group: evaluated together, and kept able to be evaluated until they are disposed. */
export function holdTogether(tensors: readonly Tensor[]): void {
  for (const t of tensors) {
    if (t.retired) revive("together", t);
    t.group = tensors;
  }
}

function revive(name: string, t: Tensor): void {
  const stack = [t];
  while (stack.length > 0) {
    const node = stack.pop() as Tensor;
    if (!node.retired) continue;
    node.retired = false;
    for (const input of node.ins) {
      if (isGone(input)) throw disposedError(name, input);
      input.pending++;
      if (input.retired) stack.push(input);
    }
  }
}

function isGone(t: Tensor): boolean {
  return t.evaluated && t.storage === null;
}

/** Counts one consumer of `t` less; frees or retires what nobody needs any more. */
export function dropConsumer(t: Tensor): void {
  if (--t.pending > 0) return;
  settle(t);
}

const settling: Tensor[] = [];

function settle(first: Tensor): void {
  let t: Tensor | undefined = first;
  while (t !== undefined) {
    if (t.storage !== null) {
      if (t.disposed) freeStorage(t);
    } else if (t.ins.length > 0 && !t.taped && !t.retired && (t.group === null || t.disposed)) {
      t.retired = true;
      for (const input of t.ins) if (--input.pending === 0) settling.push(input);
    }
    t = settling.pop();
  }
}

/** Gives a tensor's memory back. */
export function freeStorage(t: Tensor): void {
  const storage = t.storage;
  t.storage = null;
  if (storage !== null && !storage.freed) storage.backend.free(storage);
}

const NONE: readonly Tensor[] = [];

/** Cuts an evaluated node from its inputs. */
export function detach(t: Tensor): void {
  const ins = t.ins;
  t.ins = NONE;
  t.depth = 0;
  t.weight = 0;
  if (t.retired) {
    t.retired = false;
    return;
  }
  for (const input of ins) dropConsumer(input);
}

/** Says that nobody outside the graph holds `t`: it is kept only as long as pending results need it. */
export function disposeTensor(t: Tensor): void {
  if (t.disposed) return;
  t.disposed = true;
  if (t.pending === 0) settle(t);
}

/** Takes the storage away from a tensor (donation); the tensor counts as disposed. */
export function takeStorage(t: Tensor): Storage | null {
  const storage = t.storage;
  t.disposed = true;
  t.storage = null;
  return storage;
}
