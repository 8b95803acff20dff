/** Launches of sorting and placing on the CPU. All operands are contiguous, rows along the last axis. */
import { lastRows, type OrderAttr } from "../../sorting/oracle.ts";
import type { CpuLaunch, CpuRoutine, Word } from "../backend.ts";
import { wasmModule } from "./asm.ts";
import { loadWords, minRemaining } from "./gemmWords.ts";
import { isScanType, repeat } from "./scanKernel.ts";
import { BLOCK_SORT_WORDS, blockSortModule, type BlockSortPart } from "./sortBlocks.ts";
import { COUNTS, keyFormat, type KeyFormat } from "./sortParts.ts";
import { firstModule, firstScratch, ROW_SORT_WORDS, rowSortModule, rowSortScratch } from "./sortRows.ts";
import { forUp } from "./loops.ts";

/** Rows up to this length are sorted by one thread each. */
const LONG = 32768;
/** Elements per block of longer ones. */
const BLOCK = 16384;
/** The most positions that are found without sorting everything. */
export const FIRST = 64;

function blockLaunches(format: KeyFormat, rows: number, n: number, x: Word, y: Word): CpuLaunch[] {
  const blocks = Math.ceil(n / BLOCK);
  const { dtype, descending, bytes } = format;
  const launch = (part: BlockSortPart, pass: number): CpuLaunch => {
    const [from, to] = pass % 2 === 0 ? [0, 2] : [2, 0];
    const last = pass === bytes - 1;
    const words: Record<(typeof BLOCK_SORT_WORDS)[number], Word> = {
      x,
      keys: { temp: from },
      positions: { temp: from + 1 },
      keysTo: { temp: to },
      positionsTo: last ? y : { temp: to + 1 },
      counts: { temp: 4 },
      n,
      block: BLOCK,
      blocks,
      shift: 8 * pass,
    };
    return {
      key: `sort ${dtype} ${descending} ${part}`,
      bytes: (shared) => blockSortModule(format, part, shared),
      words: BLOCK_SORT_WORDS.map((name) => words[name]),
      units: part === "starts" ? rows : rows * blocks,
      unitCost: part === "starts" ? 400 * blocks : 2 * BLOCK,
      scratch: 0,
    };
  };
  const passes = Array.from({ length: bytes }, (_, pass) => [
    launch("count", pass),
    launch("starts", pass),
    launch("move", pass),
  ]);
  return [launch("prepare", 0), ...passes.flat()];
}

/** Sorted order: input x, output the positions (i32) of the first `count` elements of each row in order. */
export const orderCpu: CpuRoutine = ([x], [y], attr) => {
  if (!isScanType(x.dtype)) return null;
  const { descending, count } = attr as OrderAttr;
  const { rows, n } = lastRows(x.shape);
  const format = keyFormat(x.dtype, descending);
  const input: Word = { input: 0, bytes: x.offset * format.bytes };
  const output: Word = { output: 0, bytes: y.offset * 4 };
  if (count < n && count > FIRST) return null;
  if (count === n && n > LONG) {
    const size = rows * n;
    const temps = [size * format.bytes, size * 4, size * format.bytes, size * 4, rows * Math.ceil(n / BLOCK) * COUNTS];
    return { temps, launches: blockLaunches(format, rows, n, input, output) };
  }
  const whole = count === n;
  const words: Record<(typeof ROW_SORT_WORDS)[number], Word> = { x: input, y: output, n, count };
  return {
    temps: [],
    launches: [
      {
        key: `sort ${x.dtype} ${descending} ${whole ? "rows" : "first"}`,
        bytes: (shared) => (whole ? rowSortModule(format, shared) : firstModule(format, shared)),
        words: ROW_SORT_WORDS.map((name) => words[name]),
        units: rows,
        unitCost: whole ? 200 + 3 * n * format.bytes : 50 + 2 * n,
        scratch: whole ? rowSortScratch(n, format) : firstScratch(count, format),
      },
    ],
  };
};

/** Parameter words of placing; a work unit is `chunk` elements of a row. */
const PLACE_WORDS = ["x", "at", "y", "n", "count", "chunk", "chunks"] as const;
const CHUNK = 8192;

function placeModule(width: 4 | 8, fill: boolean, shared: boolean): Uint8Array {
  const type = width === 4 ? "i32" : "i64";
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, PLACE_WORDS);
    const [unit, row, first, left, x, at, y] = f.locals("i32", 7);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.chunks).op("i32.div_u").set(row);
      f.get(unit).get(row, w.chunks).op("i32.mul", "i32.sub").get(w.chunk).op("i32.mul").set(first);
      f.get(w.y).get(row, w.n).op("i32.mul").i32Const(width).op("i32.mul", "i32.add").set(y);
      if (fill) {
        minRemaining(f, left, w.chunk, w.n, first);
        f.get(y).get(first).i32Const(width).op("i32.mul", "i32.add");
        f.i32Const(0).get(left).i32Const(width).op("i32.mul").memoryFill();
        return;
      }
      minRemaining(f, left, w.chunk, w.count, first);
      f.get(row, w.count).op("i32.mul").get(first).op("i32.add").set(first);
      f.get(w.x).get(first).i32Const(width).op("i32.mul", "i32.add").set(x);
      f.get(w.at).get(first).i32Const(4).op("i32.mul", "i32.add").set(at);
      repeat(f, left, () => {
        f.get(y).get(at).mem("i32.load").i32Const(width).op("i32.mul", "i32.add");
        f.get(x).mem(`${type}.load`).mem(`${type}.store`);
        f.increment(x, width).increment(at, 4);
      });
    });
  });
  return m.bytes();
}

/** Placing: inputs x and distinct positions, both [..., count]; output [..., n] of zeros and the elements of x. */
export const placeCpu: CpuRoutine = ([x, at], [y]) => {
  if (!isScanType(y.dtype)) return null;
  const width = y.dtype === "f64" ? 8 : 4;
  const { rows, n } = lastRows(y.shape);
  const { n: count } = lastRows(x.shape);
  const launch = (fill: boolean): CpuLaunch => {
    const chunks = Math.ceil((fill ? n : count) / CHUNK);
    const words: Record<(typeof PLACE_WORDS)[number], Word> = {
      x: { input: 0, bytes: x.offset * width },
      at: { input: 1, bytes: at.offset * 4 },
      y: { output: 0, bytes: y.offset * width },
      n,
      count,
      chunk: CHUNK,
      chunks,
    };
    return {
      key: `place ${width} ${fill}`,
      bytes: (shared) => placeModule(width, fill, shared),
      words: PLACE_WORDS.map((name) => words[name]),
      units: rows * chunks,
      unitCost: Math.min(fill ? n : count, CHUNK) * (fill ? 0.2 : 2),
      scratch: 0,
    };
  };
  return { temps: [], launches: count === n ? [launch(false)] : [launch(true), launch(false)] };
};
