/** How a kernel is spread over invocations: how many share an output, and whether they take four elements at a time. */
import { visitExprs } from "../../kernel/expr.ts";
import { kernelExprs, type Kernel } from "../../kernel/kernel.ts";
import type { KernelStep } from "../backend.ts";
import type { ShaderShape } from "./wgslContext.ts";

/**
 * How many invocations share one output of a reduction. Few outputs or neighbouring reduced elements ask for many;
 * where neighbouring invocations read neighbouring outputs, one invocation each is best as soon as they fill the GPU.
 */
export function reductionLanes(vector: "parallel" | "reduce", outputs: number, length: number): number {
  if (vector === "parallel" && outputs >= 8192) return 1;
  if (length >= 512) return 256;
  if (length >= 64) return 64;
  return vector === "reduce" && length > 16 ? 16 : 1;
}

/** Positions from which on a map takes four at a time: with fewer there would be too few invocations for a large GPU. */
const MAP_LEAST = 2 ** 16;
/** The same for the elements of one sum: 64 invocations have something to do. */
const REDUCE_LEAST = 256;
/** The same for neighbouring sums: a quarter of them still fills the GPU. */
const ACROSS_LEAST = 2 ** 15;
/** Operations beyond which computing takes longer than loading, so that four copies of the text do not pay. */
const MOST_OPERATIONS = 64;

/** The loop along which vectors lie. */
function innerLoop({ reduce, vector, dims, reduceDims }: Kernel): number {
  return reduce === undefined || vector === "parallel" ? dims - 1 : dims + reduceDims - 1;
}

/** Accesses whose neighbouring positions are neighbours in memory, and which have no computed index. */
function contiguous(kernel: Kernel): boolean[] {
  const inner = innerLoop(kernel);
  const fits = kernel.accesses.map((a) => a.dtype !== null && a.classes[inner] === "1");
  visitExprs(kernelExprs(kernel), (e) => {
    if (e.op === "load" && e.args.length > 0) fits[e.value as number] = false;
  });
  if (kernel.reduce !== undefined) {
    // What results alone need is read one by one, as are they written, but for neighbouring ones.
    if (kernel.vector === "reduce") for (const { access } of kernel.stores) fits[access] = false;
    visitExprs(
      kernel.stores.map((s) => s.value),
      (e) => {
        if (e.op === "load") fits[e.value as number] = false;
      },
    );
  }
  return fits;
}

/** Buffers all of whose accesses start vectors of four at multiples of four. */
function aligned(
  { kernel, accesses, sizes }: KernelStep,
  buffers: readonly number[],
  fits: readonly boolean[],
): boolean[] {
  const inner = innerLoop(kernel);
  const wide: boolean[] = [];
  accesses.forEach(({ offset, strides }, i) => {
    if (buffers[i] < 0) return;
    const whole = strides.every((s, d) => d === inner || sizes[d] === 1 || s % 4 === 0);
    wide[buffers[i]] = (wide[buffers[i]] ?? true) && fits[i] && offset % 4 === 0 && whole;
  });
  return wide;
}

function operations(kernel: Kernel): number {
  let count = 0;
  visitExprs(kernelExprs(kernel), () => count++);
  return count;
}

/**
 * Spreads a kernel. The order in which a reduction accumulates depends on the kernel and the sizes alone, not on where the
 * operands begin.
 * @param buffers per access the number of its buffer, -1 for none
 * @param count number of outputs
 * @param length number of elements that are reduced to each
 */
export function spread(
  step: KernelStep,
  buffers: readonly number[],
  count: number,
  length: number,
): Pick<ShaderShape, "lanes" | "unit" | "wide"> {
  const { kernel, sizes } = step;
  const none = { unit: 1, wide: [...new Set(buffers)].filter((b) => b >= 0).map(() => false) } as const;
  if (kernel.reduce === undefined) {
    if (kernel.dims === 0 || count < MAP_LEAST || sizes[kernel.dims - 1] % 4 !== 0) return { lanes: 1, ...none };
    const fits = contiguous(kernel);
    if (!fits.includes(true) || operations(kernel) > MOST_OPERATIONS) return { lanes: 1, ...none };
    const wide = aligned(step, buffers, fits);
    return wide.includes(true) ? { lanes: 1, unit: 4, wide } : { lanes: 1, ...none };
  }
  const lanes = reductionLanes(kernel.vector, count, length);
  if (kernel.vector === "parallel") {
    const neighbours = lanes === 1 && count >= ACROSS_LEAST && sizes[kernel.dims - 1] % 4 === 0;
    // Blocks along the last loop have bounds of their own.
    // Blocks along the last loop have bounds of their own.
    const blocked = kernel.split && kernel.dims === 1;
    if (!neighbours || blocked || operations(kernel) > MOST_OPERATIONS) return { lanes, ...none };
    const wide = aligned(step, buffers, contiguous(kernel));
    return wide.includes(true) ? { lanes, unit: 4, wide } : { lanes, ...none };
  }
  const inner = sizes[sizes.length - 1];
  const blocks = kernel.split && kernel.reduceDims === 1 ? step.block : 0;
  const whole = inner % 4 === 0 && blocks % 4 === 0;
  if (length < REDUCE_LEAST || !whole) return { lanes, ...none };
  const fits = contiguous(kernel);
  if (!fits.includes(true) || operations(kernel) > MOST_OPERATIONS) return { lanes, ...none };
  return { lanes: reductionLanes(kernel.vector, count, length / 4), unit: 4, wide: aligned(step, buffers, fits) };
}
