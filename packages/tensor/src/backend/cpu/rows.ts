/**
 * Kernels that follow each other row by row. Where a kernel reads, for each row, only what kernels right before it wrote
 * for that row, they are run together, a few rows at a time: what they hand on stays in the cache, and what nobody else
 * reads needs no memory but that of these rows. A softmax reads its input once and writes its result once.
 */
import { dtypeInfo } from "../../dtype.ts";
import { visitExprs } from "../../kernel/expr.ts";
import { finishKernel, kernelExprs, type Kernel } from "../../kernel/kernel.ts";
import type { KernelStep, PlanSpec, Step } from "../backend.ts";

/** Steps `first` to `first + steps.length - 1` of a plan, to be run together. */
export interface RowGroup {
  readonly kind: "rows";
  readonly first: number;
  readonly steps: readonly KernelStep[];
  /** The steps' kernels, with accesses to private slots marked. */
  readonly kernels: readonly Kernel[];
  readonly rows: number;
  /** Rows that are run at a time. */
  readonly block: number;
  /** Bytes of the private slots within the memory that a thread has for a block: their offsets, and all. */
  readonly places: ReadonlyMap<number, number>;
  readonly bytes: number;
  /** Slots that only this group uses: the private ones, and what is where the result goes. */
  readonly own: ReadonlySet<number>;
}

/** Kernels of a group at most. */
const MOST_STEPS = 12;
const FEWEST_ROWS = 8;
/** Together, less than this much memory stays in the caches anyway. */
const LEAST_BYTES = 2 ** 17;
/** Rows of more than this do not. */
const MOST_ROW_BYTES = 2 ** 18;
/** Memory that a block of rows may touch. */
const BLOCK_BYTES = 2 ** 15;

/** The steps of a plan, with those that can be run together as groups. */
export function groupRows(plan: PlanSpec): (Step | RowGroup)[] {
  const { steps } = plan;
  const out: (Step | RowGroup)[] = [];
  for (let first = 0; first < steps.length;) {
    let found: Rows | null = null;
    for (let count = 2; count <= MOST_STEPS && first + count <= steps.length; count++) {
      const grown = rowsOf(steps.slice(first, first + count));
      if (grown === null) break;
      found = grown;
    }
    if (found !== null && isWorthwhile(plan, found)) {
      out.push(makeGroup(plan, first, found));
      first += found.steps.length;
    } else {
      out.push(steps[first++]);
    }
  }
  return out;
}

/** Elements from a row to the next in what an access touches; 0 when it is not in rows that do not overlap. */
function rowStride(step: KernelStep, access: number, rows: number): number {
  const { offset, strides } = step.accesses[access];
  const perRow = step.sizes[0] / rows;
  const stride = strides[0] * perRow;
  let last = offset + (perRow - 1) * strides[0];
  for (let d = 1; d < strides.length; d++) last += (step.sizes[d] - 1) * strides[d];
  return offset >= 0 && strides.every((s) => s >= 0) && last < stride ? stride : 0;
}

/** Accesses whose place is computed by the kernel. */
function computedAccesses(kernel: Kernel): Set<number> {
  const found = new Set<number>();
  visitExprs(kernelExprs(kernel), (e) => {
    if (e.op === "load" && e.args.length > 0) found.add(e.value as number);
  });
  return found;
}

/** What a group does to a slot. */
interface Use {
  /** Elements from row to row; 0 when rows share elements. */
  stride: number;
  written: boolean;
  accesses: number;
}

/** Steps that can be run row by row. */
interface Rows {
  readonly steps: readonly KernelStep[];
  readonly rows: number;
  readonly uses: ReadonlyMap<number, Use>;
}

/** Steps as rows, when each of them depends on those before it, and only within rows. */
function rowsOf(candidates: readonly Step[]): Rows | null {
  const steps: KernelStep[] = [];
  for (const step of candidates) {
    if (step.kind !== "kernel" || step.kernel.split) return null;
    steps.push(step);
  }
  const rows = steps.reduce((least, step) => Math.min(least, step.sizes[0]), Infinity);
  if (rows < FEWEST_ROWS || steps.some((step) => step.sizes[0] % rows !== 0)) return null;

  const uses = new Map<number, Use>();
  for (const [i, step] of steps.entries()) {
    const computed = computedAccesses(step.kernel);
    let depends = i === 0;
    for (const [a, { slot }] of step.accesses.entries()) {
      if (slot < 0) continue;
      const stride = computed.has(a) ? 0 : rowStride(step, a, rows);
      const store = step.kernel.accesses[a].use === "store";
      const use = uses.get(slot);
      if (use === undefined) {
        uses.set(slot, { stride, written: store, accesses: 1 });
        continue;
      }
      depends ||= use.written && !store;
      if (use.stride !== stride) use.stride = 0;
      use.written ||= store;
      use.accesses++;
    }
    if (!depends) return null;
  }
  for (const use of uses.values()) if (use.written && use.accesses > 1 && use.stride === 0) return null;
  return { steps, rows, uses };
}

function isWorthwhile(plan: PlanSpec, { rows, uses }: Rows): boolean {
  let bytes = 0;
  for (const slot of uses.keys()) bytes += plan.slots[slot].size * dtypeInfo(plan.slots[slot].dtype).bytes;
  return bytes >= LEAST_BYTES && bytes / rows <= MOST_ROW_BYTES;
}

/**
 * Lets what only the last step reads, element by element, be where it writes its result, which then lies in the cache
 * already. Not where the step reads an input of the plan, whose memory the result may have taken.
 */
function inPlaceOfResult(plan: PlanSpec, first: number, found: Rows): Rows {
  const { steps, rows, uses } = found;
  const last = steps[steps.length - 1];
  const { kernel, accesses } = last;
  if (kernel.reduce !== undefined || kernel.stores.length !== 1) return found;
  const result = accesses[kernel.stores[0].access];
  const target = plan.slots[result.slot];
  if (uses.get(result.slot)?.accesses !== 1 || accesses.some(({ slot }) => plan.slots[slot]?.kind === "input")) {
    return found;
  }
  const from = accesses.find(({ slot, offset, strides }, a) => {
    const use = uses.get(slot);
    if (slot === result.slot || use === undefined || !isPrivate(plan, slot, use, first, steps.length)) return false;
    const { dtype, size } = plan.slots[slot];
    const once = accesses.every((other, b) => other.slot !== slot || b === a);
    const same = offset === result.offset && strides.every((n, d) => n === result.strides[d]);
    return once && same && dtype === target.dtype && size === target.size && !computedAccesses(kernel).has(a);
  });
  if (from === undefined) return found;
  const moved = steps.map((step) => ({
    ...step,
    accesses: step.accesses.map((a) => (a.slot === from.slot ? { ...a, slot: result.slot } : a)),
  }));
  const left = new Map([...uses].filter(([slot]) => slot !== from.slot));
  return { steps: moved, rows, uses: left };
}

/** Whether only these steps use a slot, and row by row. */
function isPrivate(plan: PlanSpec, slot: number, { stride, written }: Use, first: number, count: number): boolean {
  const { kind, first: from, last } = plan.slots[slot];
  return kind === "temp" && written && stride !== 0 && from >= first && last < first + count;
}

/** Decides how many rows are run at a time, which slots are private, and where they are. */
function makeGroup(plan: PlanSpec, first: number, found: Rows): RowGroup {
  const { steps, rows, uses } = inPlaceOfResult(plan, first, found);
  let rowBytes = 1;
  for (const [slot, { stride }] of uses) rowBytes += stride * dtypeInfo(plan.slots[slot].dtype).bytes;
  const block = Math.min(rows, Math.max(1, Math.floor(BLOCK_BYTES / rowBytes)));
  const places = new Map<number, number>();
  let bytes = 0;
  for (const [slot, use] of uses) {
    if (!isPrivate(plan, slot, use, first, steps.length)) continue;
    places.set(slot, bytes);
    bytes += Math.ceil((block * use.stride * dtypeInfo(plan.slots[slot].dtype).bytes) / 64) * 64;
  }
  const kernels = steps.map(({ kernel, accesses }) =>
    finishKernel({
      ...kernel,
      accesses: kernel.accesses.map((a, i) => (places.has(accesses[i].slot) ? { ...a, scratch: true } : a)),
    }),
  );
  const moved = [...found.uses.keys()].filter((slot) => !uses.has(slot));
  return {
    kind: "rows",
    first,
    steps,
    kernels,
    rows,
    block,
    places,
    bytes,
    own: new Set([...places.keys(), ...moved]),
  };
}
