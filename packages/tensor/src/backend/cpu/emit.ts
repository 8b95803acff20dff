/**
 * Compiles a {@link Kernel} to a WebAssembly module. All values are vectors: one body is written for whole vectors
 * and the same body once more with a single live lane for the rest, so there is one meaning of every operation and the
 * bits are those of the oracle in `kernel/interp.ts`.
 */
import { InternalError } from "../../errors.ts";
import { lanes, layoutOf, type Kernel } from "../../kernel/kernel.ts";
import { wasmModule, type FunctionBuilder, type ModuleBuilder } from "./asm.ts";
import { emitMap } from "./emitMap.ts";
import type { Emission } from "./emitState.ts";
import { parts } from "./parts.ts";

/** The loop that is vectorised, or -1. */
function vectorLoopOf({ dims, reduceDims, reduce, vector, split }: Kernel): number {
  if (reduce !== undefined && vector === "reduce") return dims + reduceDims - 1;
  // The blocks of a split reduction differ in length and cannot share a vector.
  return split && dims === 1 ? -1 : dims - 1;
}

/**
 * Bytes of a module that imports `env.memory` and exports `run(pp, lo, hi, scratch)`: it reads its parameter block
 * (see `layoutOf`) at byte `pp` and computes positions [lo, hi) of the first parallel loop.
 *
 * The address of every element that a load or store touches must lie inside the memory; nothing else is touched.
 * @param kernel at least one parallel loop; a reduction has at least one reduction loop
 * @param memory whether the memory is shared
 */
export function emitKernel(kernel: Kernel, memory: { readonly shared: boolean }): Uint8Array<ArrayBuffer> {
  const module = wasmModule({ shared: memory.shared });
  emitFunction(module, kernel, "run");
  return module.bytes();
}

/** Adds the function of a kernel to a module, exported when it has a name. */
export function emitFunction(module: ModuleBuilder, kernel: Kernel, name?: string): FunctionBuilder {
  const { reduce } = kernel;
  if (kernel.dims < 1 || (reduce === undefined) !== (kernel.reduceDims === 0)) {
    throw new InternalError(`emitKernel: impossible loops (got ${kernel.dims} and ${kernel.reduceDims}).`);
  }
  return module.func({ params: ["i32", "i32", "i32", "i32"], name }, (f) => {
    const layout = layoutOf(kernel);
    const s: Emission = {
      f,
      kernel,
      layout,
      lanes: lanes(kernel),
      vector: vectorLoopOf(kernel),
      row: -1,
      pointers: f.locals("i32", kernel.accesses.length),
      rows: [],
      strides: new Map(),
      free: { i32: [], v128: [] },
      live: 1,
      copy: 0,
      spread: 0,
      ahead: 0,
      acc: [],
      accOther: [],
    };
    s.pointers.forEach((p, i) => {
      f.get(f.params[0]).mem("i32.load", 4 * layout.accesses[i]);
      if (kernel.accesses[i].scratch === true) f.get(f.params[3]).op("i32.add");
      f.set(p);
    });
    if (reduce === undefined) emitMap(s);
    else if (parts.emitReduce !== undefined) parts.emitReduce(s, reduce);
    else throw new InternalError("emitKernel: no reductions.");
  });
}
