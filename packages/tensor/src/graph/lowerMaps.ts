/** Steps for stored elementwise results: one kernel for all of one level and shape. */
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { placementAt, storeAccess, withLoops, type Draft } from "./draft.ts";
import { identityIndex } from "./index.ts";
import { KernelBuilder } from "./lower.ts";

/** Adds the kernel that computes `group`, nodes of one level and shape that fit into one. */
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
      draft.steps.push(k.finish(stores, undefined, null));
    },
  );
}
