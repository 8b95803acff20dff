/** What the parts of the shader generator share: layout of the parameter block and the shape of a shader. */
import type { RealDType as DType } from "../../dtype.ts";
import { visitExprs } from "../../kernel/expr.ts";
import { kernelExprs, type Kernel, type Layout } from "../../kernel/kernel.ts";
import { f32Bits } from "./bits.ts";
import { wgslType } from "./wgslExpr.ts";
import type { Helper } from "./wgslHelpers.ts";

/** How a kernel is spread over invocations. */
export interface ShaderShape {
  /** Per access the number of its buffer (0, 1, ... in order of first use), or -1 for iota. */
  readonly buffers: readonly number[];
  /** Invocations that share one output of a reduction: a power of two up to 256; 1 for maps. */
  readonly lanes: number;
  /**
   * Neighbouring positions of the vectorised loop that an invocation takes at a time: of the last parallel loop, or of the
   * last reduced one. The size of that loop is a multiple of it.
   */
  readonly unit: 1 | 4;
  /** Per buffer whether it is read and written in vectors of four elements. */
  readonly wide: readonly boolean[];
}

/** What the body emitters need to know about the shader around them. */
export interface ShaderContext {
  readonly kernel: Kernel;
  readonly layout: Layout;
  readonly shape: ShaderShape;
  readonly helpers: Set<Helper>;
  /** Bits of the kernel's float constants, see {@link floatConstants}. */
  readonly constants: readonly number[];
  /** WGSL expression of a word of the parameter block. */
  readonly word: (index: number) => string;
}

/** Bits of the different float constants of a kernel, in the order in which the parameter block holds them. */
export function floatConstants(kernel: Kernel): number[] {
  const bits = new Set<number>();
  visitExprs(kernelExprs(kernel), (e) => {
    if (e.op === "const" && e.ty === "f32") bits.add(f32Bits(e.value as number));
  });
  return [...bits];
}

/** Index of the word that holds the number of outputs. */
export function countWord(layout: Layout): number {
  return layout.words;
}

/** Index of the word that is always zero, see `pin`. */
export function zeroWord(layout: Layout): number {
  return layout.words + 1;
}

/** Index of the first float constant. */
export function constantWord(layout: Layout): number {
  return layout.words + 2;
}

/** Number of 32-bit words of a kernel's parameter block on WebGPU: a multiple of 4. */
export function blockWords(layout: Layout, constants: number): number {
  return Math.ceil((constantWord(layout) + constants) / 4) * 4;
}

/** The element type under which a buffer of a data type is declared. */
export function bufferType(dtype: DType): "f32" | "i32" | "u32" {
  const ty = wgslType(dtype);
  return ty === "bool" ? "u32" : ty;
}
