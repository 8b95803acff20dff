/** Bounded lifetimes without naming every tensor. */
import { disposeTensor } from "../graph/lifetime.ts";
import { listening } from "../graph/record.ts";
import { ArgumentError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import { groupTensors } from "./together.ts";

/**
 * Runs `fn` and disposes every tensor it created, except those in its result (a tensor, or tensors anywhere in nested
 * arrays and plain objects). Pending results keep what they need and are evaluated together. `fn` must be synchronous.
 */
export function scope<T>(fn: () => T): T {
  const created: Tensor[] = [];
  const result = listening((t) => created.push(t), fn);
  if (result instanceof Promise) {
    throw new ArgumentError("scope: the function must be synchronous (got a promise). Dispose explicitly or use `using`.");
  }
  const keep = new Set<Tensor>();
  collect(result, keep);
  // What one result leaves of the intermediates after its evaluation is not enough for the others.
  groupTensors(created.filter((t) => keep.has(t)));
  for (const t of created) if (!keep.has(t)) disposeTensor(t);
  return result;
}

function collect(x: unknown, into: Set<Tensor>): void {
  if (x instanceof Tensor) into.add(x);
  else if (Array.isArray(x)) for (const y of x) collect(y, into);
  else if (x !== null && typeof x === "object" && Object.getPrototypeOf(x) === Object.prototype) {
    for (const y of Object.values(x)) collect(y, into);
  }
}
