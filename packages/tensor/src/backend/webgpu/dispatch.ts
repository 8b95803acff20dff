/** Steps of a plan as GPU dispatches: shader, parameter words, buffers and workgroup counts, all known at compile time. */
import type { RealDType as DType } from "../../dtype.ts";
import { DeviceError, InternalError, OutOfMemoryError } from "../../errors.ts";
import type { Ty } from "../../kernel/expr.ts";
import { layoutOf } from "../../kernel/kernel.ts";
import type { FillStep, GpuDispatch, KernelStep, PlanSpec, RoutineStep } from "../backend.ts";
import { f32Bits } from "./bits.ts";
import { spread } from "./spread.ts";
import { FILL_WGSL } from "./fill.wgsl.ts";
import { grid, WORKGROUP } from "./grid.ts";
import { kernelLabel, shorten } from "./label.ts";
import { kernelToWgsl, shaderKey } from "./wgsl.ts";
import { blockWords, constantWord, countWord, floatConstants } from "./wgslContext.ts";
import { GPU_ROUTINES } from "./routines.ts";

/** A parameter word that takes one of the plan's scalars at every run. */
interface ScalarWord {
  readonly word: number;
  readonly ty: Ty;
  /** Index among the plan's scalars. */
  readonly scalar: number;
}

/** One dispatch. */
export interface Dispatch {
  /** Equal keys mean equal shader text. */
  readonly key: string;
  readonly wgsl: () => string;
  /** Names the shader for people. */
  readonly label: () => string;
  /** The parameter block, a multiple of four 32-bit words. */
  readonly words: Uint32Array;
  readonly scalars: readonly ScalarWord[];
  /** Slots at bindings 1, 2, ...; slots of the plan come first, temporaries of routines after them. */
  readonly buffers: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

/** A buffer that lives only inside a run. */
export interface Temp {
  readonly slot: number;
  readonly bytes: number;
  /** First and last step (inclusive) in which it is used. */
  readonly first: number;
  readonly last: number;
}

/** A plan as dispatches. */
export interface GpuPlan {
  readonly dispatches: readonly Dispatch[];
  readonly temps: readonly Temp[];
  /** Number of slots, temporaries of routines included. */
  readonly slots: number;
}

/** A scalar as the 32 bits in which the device keeps it. */
export function scalarBits(ty: Ty | DType, value: number): number {
  switch (ty) {
    case "bool":
      return value !== 0 ? 1 : 0;
    case "i32":
    case "u32":
      return value >>> 0;
    case "f32":
      return f32Bits(value);
    default:
      throw new InternalError(`webgpu: no ${ty} scalars.`);
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function checkCount(count: number): void {
  // Positions are counted in i32 and u32 inside shaders.
  if (count < 2 ** 31) return;
  throw new OutOfMemoryError(
    `webgpu: a kernel covers too many positions (got ${count}, expected fewer than ${2 ** 31}). Split the tensor.`,
  );
}

/** The dispatch of a fused kernel, or null when there is nothing to compute. */
export function kernelDispatch(step: KernelStep): Dispatch | null {
  const { kernel, sizes } = step;
  const layout = layoutOf(kernel);
  const count = product(sizes.slice(0, kernel.dims));
  if (count === 0) return null;
  const reduced = sizes.slice(kernel.dims);
  const length = kernel.split ? Math.min(step.block, reduced[0]) * product(reduced.slice(1)) : product(reduced);
  checkCount(count);
  checkCount(length);

  const slots: number[] = [];
  const buffers = step.accesses.map((view, i) => {
    if (kernel.accesses[i].dtype === null) return -1;
    const known = slots.indexOf(view.slot);
    return known >= 0 ? known : slots.push(view.slot) - 1;
  });
  const shape = { buffers, ...spread(step, buffers, count, length) };
  const { lanes, unit } = shape;

  const constants = floatConstants(kernel);
  const words = new Uint32Array(blockWords(layout, constants.length));
  sizes.forEach((size, d) => (words[d] = size));
  words[layout.block] = step.block;
  step.accesses.forEach((view, i) => {
    const first = layout.accesses[i];
    words[first] = view.offset;
    view.strides.forEach((stride, d) => (words[first + 1 + d] = stride));
  });
  const scalars: ScalarWord[] = [];
  step.params.forEach((source, i) => {
    const ty = kernel.params[i];
    const word = layout.params[i];
    if (source.kind === "const") words[word] = scalarBits(ty, source.value);
    else scalars.push({ word, ty, scalar: source.index });
  });
  words[countWord(layout)] = count;
  words.set(constants, constantWord(layout));

  return {
    key: shaderKey(kernel, shape),
    wgsl: () => kernelToWgsl(kernel, shape),
    label: () => kernelLabel(kernel),
    words,
    scalars,
    buffers: slots,
    workgroups: grid(Math.ceil((count * lanes) / (kernel.vector === "parallel" ? unit : 1) / WORKGROUP)),
  };
}

/** The dispatch of a fill, or null for an empty slot. */
function fillDispatch(step: FillStep, dtype: DType, size: number): Dispatch | null {
  if (size === 0) return null;
  return {
    key: "fill",
    wgsl: () => FILL_WGSL,
    label: () => "fill",
    words: Uint32Array.of(size, scalarBits(dtype, step.value), 0, 0),
    scalars: [],
    buffers: [step.slot],
    workgroups: grid(Math.ceil(size / WORKGROUP)),
  };
}

/**
 * The dispatches of a routine.
 * @param firstTemp slot of the routine's first temporary
 */
function routineDispatches(
  step: RoutineStep,
  firstTemp: number,
): { readonly dispatches: Dispatch[]; readonly temps: readonly number[] } {
  const { routine } = step;
  const version = routine.gpu ?? GPU_ROUTINES.get(routine.name);
  const plan = version?.(step.inputs, step.outputs, step.attr) ?? null;
  if (plan === null) {
    const operands = [...step.inputs, ...step.outputs].map((o) => `${o.dtype}[${o.shape.join(", ")}]`);
    throw new DeviceError(
      `webgpu: ${routine.name} has no GPU version for these operands (got ${operands.join(", ")}). Use the cpu device.`,
    );
  }
  const slotOf = (binding: GpuDispatch["bindings"][number]): number => {
    if ("input" in binding) return step.inputs[binding.input].slot;
    if ("output" in binding) return step.outputs[binding.output].slot;
    return firstTemp + binding.temp;
  };
  const dispatches = plan.dispatches
    .filter((d) => d.workgroups.every((n) => n > 0))
    .map((d): Dispatch => {
      const words = new Uint32Array(Math.max(4, Math.ceil(d.words.length / 4) * 4));
      d.words.forEach((word, i) => (words[i] = word));
      return {
        key: d.key,
        wgsl: d.wgsl,
        label: () => (d.key.startsWith(routine.name) ? shorten(d.key) : shorten(`${routine.name}: ${d.key}`)),
        words,
        scalars: [],
        buffers: d.bindings.map(slotOf),
        workgroups: d.workgroups,
      };
    });
  return { dispatches, temps: plan.temps };
}

/** Translates a plan. */
export function toDispatches(plan: PlanSpec): GpuPlan {
  const dispatches: Dispatch[] = [];
  const temps: Temp[] = [];
  let slots = plan.slots.length;
  plan.slots.forEach((s, slot) => {
    if (s.kind === "temp") temps.push({ slot, bytes: 4 * s.size, first: s.first, last: s.last });
  });
  plan.steps.forEach((step, at) => {
    if (step.kind === "kernel") {
      const dispatch = kernelDispatch(step);
      if (dispatch !== null) dispatches.push(dispatch);
    } else if (step.kind === "fill") {
      const { dtype, size } = plan.slots[step.slot];
      const dispatch = fillDispatch(step, dtype, size);
      if (dispatch !== null) dispatches.push(dispatch);
    } else {
      const routine = routineDispatches(step, slots);
      dispatches.push(...routine.dispatches);
      for (const size of routine.temps) temps.push({ slot: slots++, bytes: 4 * size, first: at, last: at });
    }
  });
  return { dispatches, temps, slots };
}
