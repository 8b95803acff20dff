import { wasmModule } from "./asm.ts";
import type { Local } from "./asm.ts";
import { emitPanelBlock } from "./gemmBlock.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType } from "./gemmMicro.ts";
import { emitPanels } from "./gemmPanels.ts";
import { addBatch, addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words of the matrix product kernel, in order. Strides are in bytes; `columnBlocks` and `rowBlocks` cut C
 * into the work units, which take `blockK` of k and `chunkM` rows at a time. After them come `batchDims` triples (size, stride of A, stride of B), innermost first.
 */
// prettier-ignore
export const GEMM_WORDS = [
  "a", "b", "c",
  "m", "n", "k",
  "aRow", "aColumn", "bRow", "bColumn",
  "blockM", "blockN", "blockK", "chunkM",
  "rowBlocks", "columnBlocks",
  "copyA", "copyB",
  "copyAStride", "panelBytes",
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
  const panels = emitPanels(m, config, copy);
  const block = emitPanelBlock(m, config, copy);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w: Record<GemmWord, Local> = loadWords(f, pp, GEMM_WORDS);
    const [unit, index, i, j, k, mb, nb, kb, a, b, c, add] = f.locals("i32", 12);
    const [aPart, aStride, bPart, cPart, cStride, whole, tail] = f.locals("i32", 7);
    const [row, rows, aRows, aFrom, cRows] = f.locals("i32", 5);
    f.sum(w.scratchB, w.scratchB, scratch).sum(w.scratchSpare, w.scratchSpare, scratch);
    f.increment(pp, 4 * GEMM_WORDS.length);
    f.get(w.n).i32Const(shift).op("i32.shl").set(cStride);

    /** The rows of the unit, a few at a time and copied where they lie badly, times columns [from, from + count) of B. */
    const multiply = (from: Local, stride: () => void, panel: () => void, count: Local): void => {
      f.i32Const(0).set(row).get(aPart).set(aRows).get(cPart).set(cRows);
      f.loop((nextRows) => {
        minRemaining(f, rows, w.chunkM, mb, row);
        f.get(aRows).set(aFrom).get(w.aRow).set(aStride);
        f.get(w.copyA).if(() => {
          f.get(scratch, w.copyAStride, aRows, w.aRow, w.aColumn, rows, kb).call(copy);
          f.get(scratch).set(aFrom).get(w.copyAStride).set(aStride);
        });
        f.get(aFrom, aStride, from);
        stride();
        panel();
        f.get(cRows, cStride, rows, count, kb, add, w.scratchSpare).call(block);
        addProduct(f, aRows, rows, w.aRow);
        addProduct(f, cRows, rows, cStride);
        f.sum(row, row, w.chunkM).get(row, mb).op("i32.lt_s").brIf(nextRows);
      });
    };
    const packed = (count: Local): void => {
      f.get(w.scratchB, w.panelBytes, bPart, w.bRow, w.bColumn, kb, count).call(panels);
      multiply(
        w.scratchB,
        () => f.i32Const(columns * width),
        () => f.get(w.panelBytes),
        count,
      );
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
        f.get(a).set(aPart).get(b).set(bPart).get(c).set(cPart);
        addProduct(f, aPart, k, w.aColumn);
        addProduct(f, bPart, k, w.bRow);
        f.get(w.copyB).if(
          () => packed(nb),
          () => {
            // B stays where it is, but for the columns of a last, partial tile: reading past them could leave the memory.
            f.get(nb).i32Const(-columns).op("i32.and").set(whole);
            f.get(nb, whole).op("i32.sub").set(tail);
            multiply(
              bPart,
              () => f.get(w.bRow),
              () => f.i32Const(columns * width),
              whole,
            );
            f.get(tail).if(() => {
              f.get(whole).i32Const(shift).op("i32.shl").set(whole);
              f.sum(bPart, bPart, whole).sum(cPart, cPart, whole);
              packed(tail);
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
