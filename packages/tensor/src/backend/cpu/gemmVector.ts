import { wasmModule } from "./asm.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType } from "./gemmMicro.ts";
import { addBatch, addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { emitAccumulate, emitDots } from "./gemmVectorLoops.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * Parameter words of the vector-matrix kernel; strides in bytes. After them come `batchDims` triples (size, stride of
 * x, stride of B), innermost first.
 */
// prettier-ignore
export const VECTOR_WORDS = [
  "x", "b", "y",
  "n", "k",
  "xStride", "bRow", "bColumn",
  "blockN", "blockK", "columnBlocks",
  "copyB", "copyBStride",
  "batchDims",
] as const;

/** Module bytes of y = x B. A work unit is one block of columns in one matrix of the batch, with all of k. */
export function vectorModule(dtype: FloatType, relaxed: boolean, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, relaxed);
  const { width, shift } = config;
  const m = wasmModule({ shared });
  const copy = emitCopy(m, config);
  const accumulate = emitAccumulate(m, config);
  const dots = emitDots(m, config);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, VECTOR_WORDS);
    const [unit, index, j, left, nb, kb, x, b, y, from, stride] = f.locals("i32", 11);
    f.increment(pp, 4 * VECTOR_WORDS.length);

    const rowByRow = (): void => {
      f.get(y).i32Const(0).get(nb).i32Const(shift).op("i32.shl").memoryFill();
      f.get(w.k).set(left);
      whileAtLeast(f, left, 1, () => {
        f.get(w.blockK, left, w.blockK, left).op("i32.lt_s", "select").set(kb);
        f.get(b).set(from).get(w.bRow).set(stride);
        f.get(w.copyB).if(() => {
          f.get(scratch, w.copyBStride, b, w.bRow, w.bColumn, kb, nb).call(copy);
          f.get(scratch).set(from).get(w.copyBStride).set(stride);
        });
        f.get(y, x, w.xStride, from, stride, nb, kb).call(accumulate);
        addProduct(f, x, kb, w.xStride);
        addProduct(f, b, kb, w.bRow);
        f.get(left, kb).op("i32.sub").set(left);
      });
    };

    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index);
      takeIndex(f, j, index, w.columnBlocks, w.blockN);
      minRemaining(f, nb, w.blockN, w.n, j);
      f.get(w.y).get(index, w.n).op("i32.mul").get(j).op("i32.add").i32Const(shift).op("i32.shl", "i32.add").set(y);
      f.get(w.b).set(b).get(w.x).set(x);
      addProduct(f, b, j, w.bColumn);
      addBatch(f, pp, w.batchDims, index, [x, b]);
      f.get(w.bRow).i32Const(width).op("i32.eq");
      f.if(() => f.get(y, x, w.xStride, b, w.bColumn, nb, w.k).call(dots), rowByRow);
    });
  });
  return m.bytes();
}
