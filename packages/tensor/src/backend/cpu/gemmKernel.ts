import { wasmModule } from "./asm.ts";
import type { Local } from "./asm.ts";
import { emitBlock } from "./gemmBlock.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType } from "./gemmMicro.ts";
import { addBatch, addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words of the matrix product kernel, in order. Strides are in bytes; `columnBlocks` and `rowBlocks` cut C
 * into the work units. After them come `batchDims` triples (size, stride of A, stride of B), innermost first.
 */
// prettier-ignore
export const GEMM_WORDS = [
  "a", "b", "c",
  "m", "n", "k",
  "aRow", "aColumn", "bRow", "bColumn",
  "blockM", "blockN", "blockK",
  "rowBlocks", "columnBlocks",
  "copyA", "copyB",
  "copyAStride", "copyBStride",
  "scratchB", "scratchSpare",
  "batchDims",
] as const;

type GemmWord = (typeof GEMM_WORDS)[number];

/** Module bytes of the matrix product. A work unit is one block of C in one matrix of the batch, with all of k. */
export function gemmModule(dtype: FloatType, relaxed: boolean, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, relaxed);
  const { width, shift, columns } = config;
  const m = wasmModule({ shared });
  const copy = emitCopy(m, config);
  const block = emitBlock(m, config, copy);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w: Record<GemmWord, Local> = loadWords(f, pp, GEMM_WORDS);
    const [unit, index, i, j, k, mb, nb, kb, a, b, c, add] = f.locals("i32", 12);
    const [aPart, aStride, bPart, cPart, whole, tail] = f.locals("i32", 6);
    f.sum(w.scratchB, w.scratchB, scratch).sum(w.scratchSpare, w.scratchSpare, scratch);
    f.increment(pp, 4 * GEMM_WORDS.length);

    /** C (+)= A B for columns [whole, whole + count) of the unit, with B taken from `from`. */
    const multiply = (from: Local, stride: () => void, count: Local): void => {
      f.get(aPart, aStride, from);
      stride();
      f.get(cPart).get(w.n).i32Const(shift).op("i32.shl").get(mb, count, kb, add, w.scratchSpare).call(block);
    };
    const copyColumns = (count: Local, stride: () => void): void => {
      f.get(w.scratchB);
      stride();
      f.get(bPart, w.bRow, w.bColumn, kb, count).call(copy);
    };

    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index);
      takeIndex(f, j, index, w.columnBlocks, w.blockN);
      takeIndex(f, i, index, w.rowBlocks, w.blockM);
      minRemaining(f, mb, w.blockM, w.m, i);
      minRemaining(f, nb, w.blockN, w.n, j);
      // c + ((batch * m + i) * n + j) * width
      f.get(w.c).get(index, w.m).op("i32.mul").get(i).op("i32.add").get(w.n).op("i32.mul").get(j).op("i32.add");
      f.i32Const(shift).op("i32.shl", "i32.add").set(c);
      f.get(w.a).set(a).get(w.b).set(b);
      addProduct(f, a, i, w.aRow);
      addProduct(f, b, j, w.bColumn);
      addBatch(f, pp, w.batchDims, index, [a, b]);

      f.i32Const(0).set(k).i32Const(0).set(add);
      f.loop((nextK) => {
        minRemaining(f, kb, w.blockK, w.k, k);
        f.get(a).set(aPart).get(w.aRow).set(aStride).get(b).set(bPart).get(c).set(cPart);
        addProduct(f, aPart, k, w.aColumn);
        addProduct(f, bPart, k, w.bRow);
        f.get(w.copyA).if(() => {
          f.get(scratch, w.copyAStride, aPart, w.aRow, w.aColumn, mb, kb).call(copy);
          f.get(scratch).set(aPart).get(w.copyAStride).set(aStride);
        });
        f.get(w.copyB).if(
          () => {
            copyColumns(nb, () => f.get(w.copyBStride));
            multiply(w.scratchB, () => f.get(w.copyBStride), nb);
          },
          () => {
            // B stays where it is, but for the columns of a last, partial tile: reading past them could leave the memory.
            f.get(nb).i32Const(-columns).op("i32.and").set(whole);
            f.get(nb, whole).op("i32.sub").set(tail);
            multiply(bPart, () => f.get(w.bRow), whole);
            f.get(tail).if(() => {
              f.get(whole).i32Const(shift).op("i32.shl").set(whole);
              f.sum(bPart, bPart, whole).sum(cPart, cPart, whole);
              copyColumns(tail, () => f.i32Const(columns * width));
              multiply(w.scratchB, () => f.i32Const(columns * width), tail);
            });
          },
        );
        f.i32Const(1).set(add);
        f.sum(k, k, w.blockK).get(k, w.k).op("i32.lt_s").brIf(nextK);
      });
    });
  });
  return m.bytes();
}
