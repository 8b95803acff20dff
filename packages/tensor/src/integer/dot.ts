/** Which sums of four byte products the engine adds to an i32 lane, exactly, in one instruction. */
import { MEMORY_IMPORT, wasmModule } from "../backend/cpu/asm.ts";

/**
 * What `i32x4.relaxed_dot_i8x16_i7x16_add_s` does with bytes of eight bits in its second operand, which the
 * specification leaves open: takes them as unsigned (`vpdpbusd`) or as signed (`sdot`, `vpdpbssd`), without losing bits,
 * or anything else (`"none"`: engines without relaxed SIMD, and sums that saturate at 16 bits).
 */
export type DotKind = "unsigned" | "signed" | "none";

let found: DotKind | undefined;

function probe(): DotKind {
  const m = wasmModule({ shared: false });
  m.func({ name: "run" }, (f) => {
    f.i32Const(32);
    f.i32Const(0).mem("v128.load").i32Const(16).mem("v128.load").i32Const(32).mem("v128.load");
    f.op("i32x4.relaxed_dot_i8x16_i7x16_add_s").mem("v128.store");
  });
  const bytes = m.bytes();
  if (!WebAssembly.validate(bytes)) return "none";
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { module, name } = MEMORY_IMPORT;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { [module]: { [name]: memory } });
  const signed = new Int8Array(memory.buffer, 0, 16);
  const unsigned = new Uint8Array(memory.buffer, 16, 16);
  const sums = new Int32Array(memory.buffer, 32, 4);
  const dot = (b: number): number => (b < 128 ? b : b - 256);
  let kinds: DotKind[] = ["unsigned", "signed"];
  // The first pair of each four overflows 16 bits, except with the last numbers; lanes differ in the second pair.
  for (const [a, b] of [
    [-128, 255],
    [127, 255],
    [-128, 128],
    [3, 200],
  ]) {
    signed.forEach((_, i) => {
      signed[i] = i % 4 < 2 ? a : i - 8;
      unsigned[i] = i % 4 < 2 ? b : 255 - i;
    });
    sums.fill(7);
    (instance.exports["run"] as () => void)();
    const wanted = (value: (x: number) => number): number[] =>
      [0, 1, 2, 3].map((lane) =>
        [0, 1, 2, 3].reduce((s, i) => s + signed[4 * lane + i] * value(unsigned[4 * lane + i]), 7),
      );
    const fits = (values: number[]): boolean => values.every((v, i) => v === sums[i]);
    kinds = kinds.filter((kind) => fits(wanted(kind === "unsigned" ? (x) => x : dot)));
  }
  return kinds[0] ?? "none";
}

/** The kind of this engine, found once by trying. */
export function dotKind(): DotKind {
  return (found ??= probe());
}
