/** Steps for stored elementwise results: one kernel for all of one level and shape. */
import { InternalError } from "../errors.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { placementAt, storeAccess, withLoops, type Draft } from "./draft.ts";
import { identityIndex } from "./index.ts";
import { KernelBuilder, Materialize } from "./lower.ts";

/** Adds the kernel that computes `group`, nodes of one level and shape. */
export function lowerMaps(draft: Draft, group: readonly Tensor[]): void {
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
