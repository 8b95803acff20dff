import { wasmModule } from "./asm.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import { emitBlock } from "./gemmBlock.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType } from "./gemmMicro.ts";

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

/** Loads named parameter words, the first of them at word `start` of the block, into locals of the same names. */
export function loadWords<W extends string>(
  f: FunctionBuilder,
  block: Local,
  names: readonly W[],
  start = 0,
): Record<W, Local> {
  const loaded = {} as Record<W, Local>;
  names.forEach((name, i) => {
    loaded[name] = f.local("i32");
    f.get(block)
      .mem("i32.load", 4 * (start + i))
      .set(loaded[name]);
  });
  return loaded;
}

/** Appends `into = min(x, y - z)` for signed numbers. */
export function minRemaining(f: FunctionBuilder, into: Local, x: Local, y: Local, z: Local): void {
  f.get(x).get(y, z).op("i32.sub").get(x).get(y, z).op("i32.sub", "i32.lt_s", "select").set(into);
}

/**
 * Appends the addresses of batch `index` into `a` and `b`: adds, for every batch dimension in the parameter block, the
 * coordinate times the strides. Leaves `index` at zero.
 */
export function addBatch(
  f: FunctionBuilder,
  triples: Local,
  dims: Local,
  index: Local,
  targets: readonly Local[],
): void {
  const [d, p, coordinate] = f.locals("i32", 3);
  f.i32Const(0).set(d).get(triples).set(p);
  f.forUp(d, dims, 1, () => {
    f.get(index).get(p).mem("i32.load").op("i32.rem_u").set(coordinate);
    f.get(index).get(p).mem("i32.load").op("i32.div_u").set(index);
    targets.forEach((target, i) => {
      f.get(target, coordinate)
        .get(p)
        .mem("i32.load", 4 + 4 * i)
        .op("i32.mul", "i32.add")
        .set(target);
    });
    f.increment(p, 4 + 4 * targets.length);
  });
}

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
    f.get(w.scratchB, scratch).op("i32.add").set(w.scratchB);
    f.get(w.scratchSpare, scratch).op("i32.add").set(w.scratchSpare);
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
    f.forUp(unit, hi, 1, () => {
      f.get(unit, w.columnBlocks).op("i32.rem_u").get(w.blockN).op("i32.mul").set(j);
      f.get(unit, w.columnBlocks).op("i32.div_u").tee(index);
      f.get(w.rowBlocks).op("i32.rem_u").get(w.blockM).op("i32.mul").set(i);
      f.get(index, w.rowBlocks).op("i32.div_u").set(index);
      minRemaining(f, mb, w.blockM, w.m, i);
      minRemaining(f, nb, w.blockN, w.n, j);
      // c + ((batch * m + i) * n + j) * width
      f.get(w.c).get(index, w.m).op("i32.mul").get(i).op("i32.add").get(w.n).op("i32.mul").get(j).op("i32.add");
      f.i32Const(shift).op("i32.shl", "i32.add").set(c);
      f.get(w.a).get(i, w.aRow).op("i32.mul", "i32.add").set(a);
      f.get(w.b).get(j, w.bColumn).op("i32.mul", "i32.add").set(b);
      addBatch(f, pp, w.batchDims, index, [a, b]);

      f.i32Const(0).set(k).i32Const(0).set(add);
      f.loop((nextK) => {
        minRemaining(f, kb, w.blockK, w.k, k);
        f.get(a).get(k, w.aColumn).op("i32.mul", "i32.add").set(aPart);
        f.get(w.aRow).set(aStride);
        f.get(w.copyA).if(() => {
          f.get(scratch, w.copyAStride, aPart, w.aRow, w.aColumn, mb, kb).call(copy);
          f.get(scratch).set(aPart).get(w.copyAStride).set(aStride);
        });
        f.get(b).get(k, w.bRow).op("i32.mul", "i32.add").set(bPart);
        f.get(c).set(cPart);
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
              f.get(bPart).get(whole).i32Const(shift).op("i32.shl", "i32.add").set(bPart);
              f.get(cPart).get(whole).i32Const(shift).op("i32.shl", "i32.add").set(cPart);
              copyColumns(tail, () => f.i32Const(columns * width));
              multiply(w.scratchB, () => f.i32Const(columns * width), tail);
            });
          },
        );
        f.i32Const(1).set(add);
        f.get(k, w.blockK).op("i32.add").tee(k).get(w.k).op("i32.lt_s").brIf(nextK);
      });
    });
  });
  return m.bytes();
}
