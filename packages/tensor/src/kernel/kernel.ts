/**
 * A kernel: one loop nest, affine accesses to buffers, and scalar expressions. It carries no sizes, strides,
 * pointers or scalar values - those are launch parameters - so one compiled kernel serves every shape.
 *
 * Loops: `dims` parallel loops, outermost first, then `reduceDims` reduction loops.
 *
 * **map** (`reduce` absent): for every position, every store's value is evaluated and written.
 *
 * **reduce**: for every position of the parallel loops the accumulators start at `init`, take `step` for every position
 * of the reduction loops, and the stores' values (written with `acc`) are evaluated once at the end. The order of
 * accumulation is fixed by the kernel alone, so that all CPU back ends and thread counts give the same bits:
 * - `vector: "parallel"`: per output, one after the other.
 * - `vector: "reduce"`: with L lanes (see {@link lanes}) there are 4L lane accumulators and one tail accumulator. Each
 *   run of the innermost reduction loop (length n) takes its first floor(n / 4L) * 4L elements with element j going to
 *   lane j mod 4L, the next groups of L elements to lanes 0..L-1, and the last n mod L elements one by one to the tail
 *   accumulator. At the end lane i merges lane i + h (`merge(acc = lane i, accOther = lane i + h)`) for h = 2L, L,
 *   ..., 1 and lane 0 merges the tail.
 * - `split`: the FIRST parallel loop counts blocks of `block` iterations of the first reduction loop: block b covers
 *   iterations [b * block, min((b + 1) * block, size)) of it. Accesses address it with their stride of that parallel loop.
 */
import type { RealDType as DType } from "../dtype.ts";
import { visitExprs, type Expr, type Ty } from "./expr.ts";

/** How an access moves with one loop: not at all, by one element, or by another stride. */
export type StrideClass = "0" | "1" | "k";

/** A buffer operand (or, with `dtype: null`, a loop-position value) as far as the kernel's structure goes. */
export interface AccessSpec {
  /** Element type in memory; null for an `iota` access, whose offset and strides are plain integers. */
  readonly dtype: DType | null;
  readonly use: "load" | "store" | "iota";
  /** One class per loop, parallel loops first. A `load` with a computed index may have any classes. */
  readonly classes: readonly StrideClass[];
  /**
   * On the CPU, inside a group of kernels: the base counts from the thread's scratch memory, and the first position of a
   * call, not position 0, is there.
   */
  readonly scratch?: boolean;
}

/** A value written at every position (map) or once per parallel position (reduce). */
export interface Store {
  /** Index into {@link Kernel.accesses}. */
  readonly access: number;
  readonly value: Expr;
}

/** Accumulators of a reduction. */
export interface Reduction {
  readonly types: readonly Ty[];
  /** Constants. */
  readonly init: readonly Expr[];
  /** New accumulators from `acc` and the loads at the current position. */
  readonly step: readonly Expr[];
  /** Combination of `acc` (left) and `accOther` (right). */
  readonly merge: readonly Expr[];
}

/** The structure of one kernel. */
export interface Kernel {
  readonly dims: number;
  readonly reduceDims: number;
  readonly accesses: readonly AccessSpec[];
  /** Types of the scalar parameters. */
  readonly params: readonly Ty[];
  readonly stores: readonly Store[];
  readonly reduce?: Reduction;
  /** Which loop is vectorised: the innermost parallel loop (always for a map) or the innermost reduction loop. */
  readonly vector: "parallel" | "reduce";
  readonly split: boolean;
  /** Two kernels with equal keys are the same kernel. */
  readonly key: string;
}

/**
 * Layout of a launch's parameter block in 32-bit words:
 * loop sizes, block size, then per access its base (byte address on the CPU, element offset on WebGPU, plain integer for
 * iota) and one stride per loop (bytes on the CPU, elements on WebGPU, plain integers for iota), then two words per
 * scalar parameter (starting at an even word; 32-bit values use the first word).
 */
export interface Layout {
  readonly block: number;
  /** First word of each access. */
  readonly accesses: readonly number[];
  /** First word of each scalar parameter. */
  readonly params: readonly number[];
  /** Total number of words, even. */
  readonly words: number;
}

/** Computes the {@link Layout} of a kernel's parameter block. */
export function layoutOf(kernel: Kernel): Layout {
  const loops = kernel.dims + kernel.reduceDims;
  let word = loops;
  const block = word++;
  const accesses: number[] = [];
  for (let i = 0; i < kernel.accesses.length; i++) {
    accesses.push(word);
    word += 1 + loops;
  }
  word += word & 1;
  const params: number[] = [];
  for (let i = 0; i < kernel.params.length; i++) {
    params.push(word);
    word += 2;
  }
  return { block, accesses, params, words: word };
}

/** Number of vector lanes on the CPU: 2 when any 64-bit value occurs in the kernel, otherwise 4. */
export function lanes(kernel: Kernel): 2 | 4 {
  const wide = (ty: Ty | DType | null): boolean => ty === "f64" || ty === "i64";
  if (kernel.accesses.some((a) => wide(a.dtype)) || kernel.params.some(wide)) return 2;
  let found = false;
  visitExprs(kernelExprs(kernel), (e) => {
    if (wide(e.ty)) found = true;
  });
  return found ? 2 : 4;
}

/** All root expressions of a kernel. */
export function kernelExprs(kernel: Omit<Kernel, "key">): Expr[] {
  const roots = kernel.stores.map((s) => s.value);
  if (kernel.reduce) roots.push(...kernel.reduce.init, ...kernel.reduce.step, ...kernel.reduce.merge);
  return roots;
}

/** Completes a kernel with its structural key. */
export function finishKernel(kernel: Omit<Kernel, "key">): Kernel {
  const numbers = new Map<number, number>();
  let text = `${kernel.dims},${kernel.reduceDims},${kernel.vector[0]}${kernel.split ? "s" : ""}`;
  for (const a of kernel.accesses)
    text += `|${a.use[0]}${a.dtype ?? ""}${a.classes.join("")}${a.scratch === true ? "~" : ""}`;
  text += `|${kernel.params.join(",")}|`;
  visitExprs(kernelExprs(kernel), (e) => {
    numbers.set(e.id, numbers.size);
    text += `${e.op}:${e.ty}:${Object.is(e.value, -0) ? "-0" : e.value}`;
    for (const a of e.args) text += `,${numbers.get(a.id)}`;
    text += ";";
  });
  for (const s of kernel.stores) text += `>${s.access}=${numbers.get(s.value.id)}`;
  const r = kernel.reduce;
  if (r) {
    for (const part of [r.init, r.step, r.merge]) {
      text += `#${part.map((e) => numbers.get(e.id)).join(",")}`;
    }
  }
  return { ...kernel, key: text };
}
