/** Which outputs of a plan can take the memory of an input that nobody needs afterwards. */
import type { KernelStep, PlanSpec, Step } from "../backend/backend.ts";
import { visitExprs } from "../kernel/expr.ts";
import { kernelExprs, type Kernel } from "../kernel/kernel.ts";

/** An output and the input whose memory it can take, counted among the plan's outputs and inputs. */
export interface Share {
  readonly input: number;
  readonly output: number;
}

/** The shares of a plan. */
export interface Shares {
  readonly pairs: readonly Share[];
  /** Whether a run that fails leaves the inputs as they were: nothing that can fail runs after the first of them is written. */
  readonly intact: boolean;
}

/**
 * Pairs of inputs among `candidates` and outputs: an elementwise kernel writes the output where it reads the input, element by
 * element, and is the last step that reads it. Kernels right before it must not read the input at all, as they may run
 * together with it, row by row.
 * @param inputs number of inputs: slots from 0 on; those of the outputs follow
 */
export function findShares(plan: PlanSpec, inputs: number, outputs: number, candidates: ReadonlySet<number>): Shares {
  const pairs: Share[] = [];
  const free = new Set(candidates);
  let first = plan.steps.length;
  plan.steps.forEach((step, at) => {
    if (step.kind !== "kernel" || step.kernel.reduce !== undefined) return;
    for (const { access } of step.kernel.stores) {
      const output = step.accesses[access].slot - inputs;
      if (output < 0 || output >= outputs || !isWhole(plan, step, access) || !isFirstWrite(plan, at, output + inputs)) {
        continue;
      }
      const input = step.accesses.find(({ slot }) => free.has(slot) && isSame(plan, step, access, slot, at))?.slot;
      if (input === undefined) continue;
      free.delete(input);
      pairs.push({ input, output });
      first = Math.min(first, at);
    }
  });
  return { pairs, intact: plan.steps.slice(first).every(({ kind }) => kind !== "routine") };
}

/** Whether a store writes every element of its slot once. */
function isWhole({ slots }: PlanSpec, { accesses, sizes }: KernelStep, access: number): boolean {
  const { slot, offset, strides } = accesses[access];
  if (offset !== 0) return false;
  const loops = sizes.map((n, d) => [n, strides[d]] as const).filter(([n]) => n > 1);
  let reach = 1;
  for (const [n, stride] of loops.sort(([, a], [, b]) => a - b)) {
    if (stride !== reach) return false;
    reach *= n;
  }
  return reach === slots[slot].size;
}

const slotsOf = (step: Step): readonly number[] => {
  if (step.kind === "fill") return [step.slot];
  return (step.kind === "kernel" ? step.accesses : [...step.inputs, ...step.outputs]).map(({ slot }) => slot);
};

/** Whether a slot is touched by no step before `at`, written once there, and only read afterwards. */
function isFirstWrite({ steps }: PlanSpec, at: number, slot: number): boolean {
  return steps.every((step, i) => {
    const count = slotsOf(step).filter((s) => s === slot).length;
    if (i <= at) return count === (i === at ? 1 : 0);
    if (step.kind === "kernel") {
      return step.kernel.stores.every(({ access }) => step.accesses[access].slot !== slot);
    }
    return step.kind === "routine" ? step.outputs.every((o) => o.slot !== slot) : count === 0;
  });
}

/** Whether a kernel reads an input exactly where it stores, and may write there. */
function isSame({ steps, slots }: PlanSpec, step: KernelStep, store: number, input: number, at: number): boolean {
  const { slot, strides } = step.accesses[store];
  if (slots[slot].dtype !== slots[input].dtype || slots[slot].size !== slots[input].size) return false;
  const computed = computedAccesses(step.kernel);
  for (const [i, a] of step.accesses.entries()) {
    if (a.slot !== input) continue;
    if (computed.has(i) || a.offset !== 0 || a.strides.some((s, d) => step.sizes[d] > 1 && s !== strides[d]))
      return false;
  }
  let together = true;
  for (let i = at - 1; i >= 0; i--) {
    together &&= steps[i].kind === "kernel";
    if (together && slotsOf(steps[i]).includes(input)) return false;
  }
  return steps.slice(at + 1).every((later) => !slotsOf(later).includes(input));
}

/** Accesses whose place is computed by the kernel. */
function computedAccesses(kernel: Kernel): Set<number> {
  const found = new Set<number>();
  visitExprs(kernelExprs(kernel), (e) => {
    if (e.op === "load" && e.args.length > 0) found.add(e.value as number);
  });
  return found;
}
