/** Sorting of long rows by several threads: every pass counts digits per block, finds where each block's begin, and moves. */
import { wasmModule, type FunctionBuilder, type Local } from "./asm.ts";
import { loadWords, minRemaining } from "./gemmWords.ts";
import { COUNTS, emitSortFunctions, type KeyFormat } from "./sortParts.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words. `counts` has a table per block; a work unit is one block of `block` elements of a row of n, or for the starts
 * one row.
 */
// prettier-ignore
export const BLOCK_SORT_WORDS = [
  "x", "keys", "positions", "keysTo", "positionsTo", "counts", "n", "block", "blocks", "shift",
] as const;

/** What a launch does. */
export type BlockSortPart = "prepare" | "count" | "starts" | "move";

type Words = Readonly<Record<(typeof BLOCK_SORT_WORDS)[number], Local>>;

/** Module of one part of the sort. */
export function blockSortModule(format: KeyFormat, part: BlockSortPart, shared: boolean): Uint8Array {
  const { bytes } = format;
  const m = wasmModule({ shared });
  const sort = part === "starts" ? null : emitSortFunctions(m, format);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w: Words = loadWords(f, pp, BLOCK_SORT_WORDS);
    const [unit, row, first, count, counts] = f.locals("i32", 5);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      if (sort === null) {
        emitStarts(f, w, unit);
        return;
      }
      f.get(unit, w.blocks).op("i32.div_u").set(row);
      f.get(unit).get(row, w.blocks).op("i32.mul", "i32.sub").get(w.block).op("i32.mul").set(first);
      minRemaining(f, count, w.block, w.n, first);
      f.get(w.counts).get(unit).i32Const(COUNTS).op("i32.mul", "i32.add").set(counts);
      const within = (base: Local, width: number): FunctionBuilder => {
        f.get(base).get(row, w.n).op("i32.mul").get(first).op("i32.add");
        return f.i32Const(width).op("i32.mul", "i32.add");
      };
      const rowOf = (base: Local, width: number): FunctionBuilder =>
        f.get(base).get(row, w.n).op("i32.mul").i32Const(width).op("i32.mul", "i32.add");
      if (part === "prepare") {
        within(w.x, bytes);
        within(w.keys, bytes);
        within(w.positions, 4).get(first, count).call(sort.prepare);
      } else if (part === "count") {
        within(w.keys, bytes).get(count, w.shift, counts).call(sort.count);
      } else {
        within(w.keys, bytes);
        within(w.positions, 4);
        rowOf(w.keysTo, bytes);
        rowOf(w.positionsTo, 4).get(count, w.shift, counts).call(sort.move);
      }
    });
  });
  return m.bytes();
}

/** Turns the counts of a row's blocks into starts: smaller digits first, of equal ones the earlier block. */
function emitStarts(f: FunctionBuilder, w: Words, unit: Local): void {
  const [digit, digits, block, at, sum, count] = f.locals("i32", 6);
  f.i32Const(0).set(digit).i32Const(COUNTS).set(digits).i32Const(0).set(sum);
  forUp(f, digit, digits, 4, () => {
    f.get(w.counts)
      .get(unit, w.blocks)
      .op("i32.mul")
      .i32Const(COUNTS)
      .op("i32.mul", "i32.add")
      .get(digit)
      .op("i32.add")
      .set(at);
    f.i32Const(0).set(block);
    forUp(f, block, w.blocks, 1, () => {
      f.get(at).mem("i32.load").set(count);
      f.get(at, sum).mem("i32.store").sum(sum, sum, count);
      f.increment(at, COUNTS);
    });
  });
}
