/** Steps for stored elementwise results: one kernel for all of one level and shape. */
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { placementAt, storesOf, withLoops, type Draft } from "./draft.ts";
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
      const strides = stridesOf(shape);
      const stores = group.flatMap((t) =>
        storesOf(k, draft.slotOf[t.position], t, k.value(t, index), index, strides, 0),
      );
      draft.steps.push(k.finish(stores, undefined, null));
    },
  );
}
