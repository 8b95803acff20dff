/** The module of a group of kernels that are run together, a block of rows at a time. */
import { layoutOf, type Kernel } from "../../kernel/kernel.ts";
import { wasmModule } from "./asm.ts";
import { emitFunction } from "./emit.ts";

/**
 * Where the parameters of a group are, in words: the rows of a block, for each kernel its iterations of the first loop per
 * row, and then the kernels' own parameter blocks.
 */
export function rowsLayout(kernels: readonly Kernel[]): { readonly blocks: readonly number[]; readonly words: number } {
  const blocks: number[] = [];
  let words = 1 + kernels.length;
  for (const kernel of kernels) {
    words += words % 2;
    blocks.push(words);
    words += layoutOf(kernel).words;
  }
  return { blocks, words };
}

/** Bytes of a module that exports `run(pp, lo, hi, scratch)` for rows [lo, hi), with parameters as {@link rowsLayout} says. */
export function emitRows(kernels: readonly Kernel[], memory: { readonly shared: boolean }): Uint8Array<ArrayBuffer> {
  const module = wasmModule({ shared: memory.shared });
  const functions = kernels.map((kernel) => emitFunction(module, kernel));
  const { blocks } = rowsLayout(kernels);
  module.func({ params: ["i32", "i32", "i32", "i32"], name: "run" }, (f) => {
    const [pp, row, hi, scratch] = f.params;
    const end = f.local("i32");
    f.get(row, hi)
      .op("i32.lt_u")
      .if(() => {
        f.loop((again) => {
          // The smaller of hi and row + block.
          f.get(hi, row, pp).mem("i32.load", 0).op("i32.add");
          f.get(hi, row).op("i32.sub").get(pp).mem("i32.load", 0).op("i32.lt_u", "select").set(end);
          functions.forEach((callee, i) => {
            f.get(pp)
              .i32Const(4 * blocks[i])
              .op("i32.add");
            for (const at of [row, end]) {
              f.get(at, pp)
                .mem("i32.load", 4 * (1 + i))
                .op("i32.mul");
            }
            f.get(scratch).call(callee);
          });
          f.get(end).tee(row).get(hi).op("i32.lt_u").brIf(again);
        });
      });
  });
  return module.bytes();
}
