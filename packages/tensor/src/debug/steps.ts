/** The steps of a schedule as text. */
import type { KernelStep, PlanSpec, RoutineOperand, Step, View } from "../backend/backend.ts";
import { visitExprs } from "../kernel/expr.ts";
import { kernelExprs, type AccessSpec } from "../kernel/kernel.ts";
import { showShape } from "../shape.ts";

const operand = ({ dtype, shape }: RoutineOperand): string => dtype + showShape(shape);

/** One step in a few words: `map [2,3]`, `reduce [2,3] over [4]`, `matmul f32[2,3] f32[3,4] -> f32[2,4]`, `fill 0`. */
export function stepName(step: Step): string {
  if (step.kind === "fill") return `fill ${step.value}`;
  if (step.kind === "routine") {
    return `${[step.routine.name, ...step.inputs.map(operand)].join(" ")} -> ${step.outputs.map(operand).join(" ")}`;
  }
  const { dims, reduce } = step.kernel;
  const outer = showShape(step.sizes.slice(0, dims));
  return reduce === undefined ? `map ${outer}` : `reduce ${outer} over ${showShape(step.sizes.slice(dims))}`;
}

/** What an access reads or writes: `a0: load f32 from buffer 1, offset 0, strides [3,1]`. */
function accessLine({ use, dtype }: AccessSpec, view: View, index: number): string {
  const place = { load: `from buffer ${view.slot}`, store: `to buffer ${view.slot}`, iota: "of positions" }[use];
  const type = dtype === null ? "" : ` ${dtype}`;
  return `a${index}: ${use}${type} ${place}, offset ${view.offset}, strides ${showShape(view.strides)}`;
}

/** The expressions of a kernel, one operation a line, after the accesses and parameters that they name. */
function kernelLines({ kernel, accesses, params }: KernelStep): string[] {
  const lines = kernel.accesses.map((spec, i) => accessLine(spec, accesses[i], i));
  params.forEach((param, i) => {
    const value = param.kind === "const" ? String(param.value) : `scalar ${param.index}`;
    lines.push(`p${i}: ${kernel.params[i]} = ${value}`);
  });
  const names = new Map<number, string>();
  const named = { const: "", param: "p", load: "a", iota: "a", acc: "acc", accOther: "other" } as const;
  visitExprs(kernelExprs(kernel), (e) => {
    const name = `%${names.size}`;
    names.set(e.id, name);
    const from = e.op in named ? [named[e.op as keyof typeof named] + String(e.value)] : [];
    const args = e.args.map((arg) => names.get(arg.id));
    lines.push(`${name} = ${e.op} ${e.ty} ${[...from, ...args].join(", ")}`);
  });
  const list = (exprs: readonly { readonly id: number }[]): string => exprs.map((e) => names.get(e.id)).join(", ");
  if (kernel.reduce !== undefined) {
    const { init, step, merge } = kernel.reduce;
    lines.push(`start with ${list(init)}`, `at every element ${list(step)}`, `merge by ${list(merge)}`);
  }
  for (const store of kernel.stores) lines.push(`a${store.access} <- ${names.get(store.value.id)}`);
  return lines;
}

/** A whole schedule: its buffers, and its steps with what they compute. */
export function planText(plan: PlanSpec): string {
  const lines = plan.slots.map((slot, i) => `  buffer ${i}: ${slot.kind}, ${slot.size} of ${slot.dtype}`);
  plan.steps.forEach((step, i) => {
    lines.push(`  step ${i}: ${stepName(step)}`);
    if (step.kind === "kernel") lines.push(...kernelLines(step).map((line) => `    ${line}`));
    if (step.kind === "fill") lines.push(`    buffer ${step.slot} <- ${step.value}`);
  });
  return lines.join("\n");
}
