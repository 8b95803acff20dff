/** Bounded lifetimes without naming every tensor. */
import { ArgumentError, requireFunction } from "../errors.ts";
import { disposeTensor, endTape } from "../graph/lifetime.ts";
import { isTaping, listening } from "../graph/record.ts";
import { Tensor } from "../tensor.ts";
import { groupTensors } from "./together.ts";

/**
 * Runs `fn` and disposes every tensor it created, except those in its result (a tensor, or tensors anywhere in nested
 * arrays and plain objects). Pending results keep what they need and are evaluated together. When `fn` throws, all are
 * disposed.
 *
 * Inside a differentiated function a scope gives memory back once the gradient has been computed.
 * @param fn a synchronous function
 * @throws ArgumentError when `fn` is no function or returns a promise
 */
export function scope<T>(fn: () => T): T {
  requireFunction("scope", fn);
  const created: Tensor[] = [];
  const keep = new Set<Tensor>();
  try {
    const result = listening((t) => created.push(t), fn);
    if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
      throw new ArgumentError(
        "scope: the function must be synchronous (got a promise, expected a value). Dispose explicitly or use `using`.",
      );
    }
    collect(result, keep);
    // What one result leaves of the intermediates after its evaluation is not enough for the others.
    groupTensors(created.filter((t) => keep.has(t)));
    return result;
  } finally {
    for (const t of created) if (!keep.has(t)) disposeTensor(t);
    if (!isTaping()) endTape(created);
  }
}

function collect(x: unknown, into: Set<Tensor>): void {
  if (x instanceof Tensor) into.add(x);
  else if (Array.isArray(x)) for (const y of x) collect(y, into);
  else if (x !== null && typeof x === "object" && Object.getPrototypeOf(x) === Object.prototype) {
    for (const y of Object.values(x)) collect(y, into);
  }
}
