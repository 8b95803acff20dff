/** Steps for assembled tensors: the background, and one kernel per region. */
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { placementAt, storesOf, withLoops, type Draft } from "./draft.ts";
import { identityIndex } from "./index.ts";
import { KernelBuilder } from "./lower.ts";
import { type AssembleAttr, attrOf } from "./op.ts";

/** Adds the steps of one assemble node. */
export function lowerAssemble(draft: Draft, t: Tensor): void {
  const slot = draft.slotOf[t.position];
  const { fill, regions } = attrOf<AssembleAttr>(t);
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
        const stores = storesOf(k, slot, t, k.value(input, index), index, inner, offset);
        draft.steps.push(k.finish(stores, undefined, null));
      },
    );
  });
}
