/** A plan under construction, and what all kinds of operations need to add their steps to it. */
import type { Backend, Slot, Step } from "../backend/backend.ts";
import { realOf, storedAs, type RealDType as DType } from "../dtype.ts";
import { InternalError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { combine, type Affine, type Loop } from "./index.ts";
import type { Store } from "../kernel/kernel.ts";
import { isHard, isLeaf, type Graph } from "./levels.ts";
import { isPair, type Value } from "./op.ts";
import { RefineLoop, type KernelBuilder, type Placement } from "./lower.ts";

interface MutableSlot {
  dtype: DType;
  size: number;
  kind: Slot["kind"];
  first: number;
  last: number;
}

/** Steps and slots under construction. */
export interface Draft {
  readonly graph: Graph;
  readonly backend: Backend;
  readonly slots: MutableSlot[];
  /** Slot of each node, or -1. */
  readonly slotOf: Int32Array;
  readonly scalarOf: Map<number, number>;
  /** `pick` nodes by the position of their routine. */
  readonly picks: Map<number, Tensor[]>;
  /** Positions of outputs that are written when what they are views of is. */
  readonly done: Set<number>;
  readonly steps: Step[];
  level: number;
}

/** Adds a buffer and returns its number. */
export function addSlot(draft: Draft, dtype: DType, size: number, kind: Slot["kind"]): number {
  draft.slots.push({ dtype, size, kind, first: -1, last: -1 });
  return draft.slots.length - 1;
}

/** Which nodes a kernel of the draft's level loads. `computed` are the nodes this kernel itself stores. */
export function placementAt(draft: Draft): Placement {
  const { stored, level } = draft.graph;
  return {
    slotFor(node) {
      const p = node.position;
      if (isLeaf(node) || isHard(node)) return draft.slotOf[p];
      return stored[p] !== 0 && level[p] < draft.level ? draft.slotOf[p] : -1;
    },
    scalarFor(node) {
      const index = draft.scalarOf.get(node.position);
      if (index === undefined) throw new InternalError("schedule: unknown scalar.");
      return index;
    },
  };
}

/** Builds with `attempt`, splitting loops as lowering asks for it. `axes` are given as indices over the loops. */
export function withLoops<T>(
  loops: Loop[],
  axes: Affine[],
  pinned: readonly number[],
  attempt: (loops: Loop[], axes: Affine[]) => T,
): T | null {
  for (;;) {
    try {
      return attempt(loops, axes);
    } catch (need) {
      if (!(need instanceof RefineLoop)) throw need;
      const { loop, inner } = need.refine;
      if (pinned.includes(loop)) return null;
      const { size, reduce } = loops[loop];
      loops = [
        ...loops.slice(0, loop),
        { size: size / inner, reduce },
        { size: inner, reduce },
        ...loops.slice(loop + 1),
      ];
      axes = axes.map((a) => ({
        off: a.off,
        coef: [...a.coef.slice(0, loop), a.coef[loop] * inner, a.coef[loop], ...a.coef.slice(loop + 1)],
      }));
    }
  }
}

/** Stores of `t`'s value at `index` into a slot of the given strides: two for a complex number. */
export function storesOf(
  k: KernelBuilder,
  slot: number,
  t: Tensor,
  value: Value,
  index: readonly Affine[],
  strides: readonly number[],
  offset: number,
): Store[] {
  const ty = realOf(t.dtype);
  const at = combine(k.loops.length, offset, index, strides);
  if (!isPair(value)) return [{ access: k.access(slot, ty, "store", at), value }];
  return value.map((part, i) => {
    const place = combine(k.loops.length, i, [at], [2]);
    return { access: k.access(slot, ty, "store", place), value: part };
  });
}

/** Adds the buffer of a node. */
export function addNodeSlot(draft: Draft, t: Tensor, kind: Slot["kind"]): number {
  return addSlot(draft, ...storedAs(t.dtype, t.s.size), kind);
}
