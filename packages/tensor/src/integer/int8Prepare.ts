/** Bringing the factors of a product of bytes into the form of the inner loop. */
import { wasmModule } from "../backend/cpu/asm.ts";
import type { FunctionBuilder, Local } from "../backend/cpu/asm.ts";
import { loadWords } from "../backend/cpu/gemmWords.ts";
import { forUp } from "../backend/cpu/loops.ts";
import { COLUMNS } from "./int8Multiply.ts";

/** Parameter words of the preparing launches. */
export const PREPARE_WORDS = ["from", "stride", "to", "sums", "k", "padded", "n", "flip"] as const;

type Words = Record<(typeof PREPARE_WORDS)[number], Local>;

/** How the inner loop reads numbers. */
export interface Form {
  /** Whether the bytes of A have no sign. */
  readonly unsigned: boolean;
  /** Bytes of a number. */
  readonly width: 1 | 2;
}

/**
 * Copies a row of bytes to whole vectors with zeros behind, after changing their sign bits where `flip` is set, and
 * leaves the sum of the new bytes, signed or unsigned, in `sum`.
 */
function copyRow(f: FunctionBuilder, w: Words, from: Local, to: Local, sum: Local, unsigned: boolean): void {
  const [at, end] = f.locals("i32", 2);
  const [acc, bytes, ones] = f.locals("v128", 3);
  f.get(to).i32Const(0).get(w.padded).memoryFill();
  f.get(to, from, w.k).memoryCopy();
  f.sum(end, to, w.padded);
  f.get(w.flip).if(() => {
    f.get(to).set(at);
    forUp(f, at, end, 16, () => {
      f.get(at).get(at).mem("v128.load");
      f.v128Const(new Uint8Array(16).fill(128)).op("v128.xor").mem("v128.store");
    });
    f.get(to, w.k).op("i32.add").i32Const(0).get(w.padded, w.k).op("i32.sub").memoryFill();
  });
  const extend = unsigned ? "u" : "s";
  f.v128Const(new Int16Array(8).fill(1)).set(ones);
  f.v128Const(new Int32Array(4)).set(acc);
  f.get(to).set(at);
  forUp(f, at, end, 16, () => {
    f.get(at).mem("v128.load").set(bytes);
    for (const half of ["low", "high"] as const) {
      f.get(bytes).op(`i16x8.extend_${half}_i8x16_${extend}`).get(ones).op("i32x4.dot_i16x8_s");
      f.get(acc).op("i32x4.add").set(acc);
    }
  });
  f.get(acc).lane("i32x4.extract_lane", 0);
  for (const lane of [1, 2, 3]) f.get(acc).lane("i32x4.extract_lane", lane).op("i32.add");
  f.set(sum);
}

/**
 * Signed bytes as `padded` 16-bit numbers, of each four the even ones before the odd ones, and in `products` the sum of the
 * products of neighbours.
 */
function widen(f: FunctionBuilder, w: Words, from: Local, to: Local, products: Local): void {
  const [at, end, target] = f.locals("i32", 3);
  const [wide, acc] = f.locals("v128", 2);
  f.v128Const(new Int32Array(4)).set(acc);
  f.get(from).set(at).get(to).set(target).sum(end, from, w.padded);
  forUp(f, at, end, 8, () => {
    f.get(at).mem("v128.load8x8_s").set(wide);
    f.get(wide, wide).shuffle([0, 2, 1, 3, 4, 6, 5, 7]).set(wide);
    f.get(target, wide).mem("v128.store").increment(target, 16);
    f.get(wide, wide, wide).shuffle([1, 0, 3, 2]).op("i32x4.dot_i16x8_s").get(acc).op("i32x4.add").set(acc);
  });
  // The other two lanes hold the same.
  f.get(acc).lane("i32x4.extract_lane", 0).get(acc).lane("i32x4.extract_lane", 2).op("i32.add").set(products);
}

/** Rows of A: a unit is a row. */
function emitRows(f: FunctionBuilder, w: Words, row: Local, scratch: Local, { unsigned, width }: Form): void {
  const [from, to, sum, products] = f.locals("i32", 4);
  f.get(w.from).get(row, w.stride).op("i32.mul", "i32.add").set(from);
  f.get(w.to).get(row, w.padded).op("i32.mul").i32Const(width).op("i32.mul", "i32.add").set(to);
  if (width === 1) copyRow(f, w, from, to, sum, unsigned);
  else {
    copyRow(f, w, from, scratch, sum, unsigned);
    widen(f, w, scratch, to, products);
  }
  f.get(w.sums).get(row).i32Const(8).op("i32.mul", "i32.add").set(to);
  f.get(to, sum).mem("i32.store").get(to, products).mem("i32.store", 4);
}

/**
 * Panels of B: a unit is eight rows of it, which are columns of the product. Each leaves the sum of its bytes and that of
 * the products of neighbours, which is 0 where numbers are not wide. The rows are written to scratch memory, behind the
 * bytes of the one at hand where numbers are wide, and then interleaved.
 */
function emitPanel(f: FunctionBuilder, w: Words, panel: Local, scratch: Local, { width }: Form): void {
  const [lane, lanes, from, to, sum, products, column, row, bytes] = f.locals("i32", 9);
  f.get(w.padded).i32Const(width).op("i32.mul").set(bytes);
  if (width === 1) f.get(scratch).set(row);
  else f.sum(row, scratch, w.padded);
  f.i32Const(0).set(lane).i32Const(COLUMNS).set(lanes);
  forUp(f, lane, lanes, 1, () => {
    f.get(panel).i32Const(COLUMNS).op("i32.mul").get(lane).op("i32.add").set(column);
    f.i32Const(0).set(sum).i32Const(0).set(products);
    f.get(column, w.n).op("i32.lt_s");
    f.if(
      () => {
        f.get(w.from).get(column, w.stride).op("i32.mul", "i32.add").set(from);
        copyRow(f, w, from, width === 1 ? row : scratch, sum, false);
        if (width === 2) widen(f, w, scratch, row, products);
      },
      () => f.get(row).i32Const(0).get(bytes).memoryFill(),
    );
    f.get(w.sums).get(column).i32Const(8).op("i32.mul", "i32.add").set(to);
    f.get(to, sum).mem("i32.store").get(to, products).mem("i32.store", 4);
    f.sum(row, row, bytes);
  });
  for (const half of [0, 1]) {
    f.get(row)
      .get(bytes)
      .i32Const(COLUMNS - 4 * half)
      .op("i32.mul", "i32.sub")
      .set(from);
    f.get(w.to).get(panel, bytes).op("i32.mul").i32Const(COLUMNS).op("i32.mul", "i32.add").set(to);
    interleave(f, from, to, bytes, 16 * half);
  }
}

/** The words of four rows of `bytes` bytes, one of each after the other, every four words to their place of eight. */
function interleave(f: FunctionBuilder, first: Local, to: Local, bytes: Local, offset: number): void {
  const rows = f.locals("i32", 4);
  const [end] = f.locals("i32", 1);
  const [loaded, pairs] = [f.locals("v128", 4), f.locals("v128", 4)];
  rows.forEach((row, r) => (r === 0 ? f.get(first).set(row) : f.sum(row, rows[r - 1], bytes)));
  f.sum(end, first, bytes);
  forUp(f, rows[0], end, 16, () => {
    rows.forEach((row, r) => f.get(row).mem("v128.load").set(loaded[r]));
    for (const high of [0, 1]) {
      const lanes = high === 0 ? [0, 4, 1, 5] : [2, 6, 3, 7];
      f.get(loaded[0], loaded[1]).shuffle(lanes).set(pairs[high]);
      f.get(loaded[2], loaded[3])
        .shuffle(lanes)
        .set(pairs[2 + high]);
    }
    for (let word = 0; word < 4; word++) {
      const high = word >> 1;
      f.get(to, pairs[high], pairs[2 + high]).shuffle(word % 2 === 0 ? [0, 2] : [1, 3]);
      f.mem("v128.store", 4 * COLUMNS * word + offset);
    }
    for (const row of rows.slice(1)) f.increment(row, 16);
    f.increment(to, 16 * COLUMNS);
  });
}

/** Parameter words of the launch that makes the constants of columns. */
export const COLUMN_WORDS = ["sums", "zeros", "constants", "factors", "k", "n", "flip", "zeroOfA"] as const;

/**
 * The module that makes the constants of columns: a unit is a panel. For column j with zero point z the constant is
 * `k zeroOfA z - zeroOfA sum(B[j])`, less the products of neighbours, and the factor of the row sums `-z`.
 */
export function columnsModule(shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, COLUMN_WORDS);
    const [column, end, zero, at] = f.locals("i32", 4);
    f.get(lo).i32Const(COLUMNS).op("i32.mul").set(column);
    f.get(hi).i32Const(COLUMNS).op("i32.mul").set(end);
    forUp(f, column, end, 1, () => {
      f.i32Const(0).set(zero);
      f.get(column, w.n).op("i32.lt_s");
      f.if(() => {
        f.get(w.zeros).get(column).i32Const(4).op("i32.mul", "i32.add").mem("i32.load").set(zero);
        f.get(w.flip).if(() => f.increment(zero, -128));
      });
      f.get(w.sums).get(column).i32Const(8).op("i32.mul", "i32.add").set(at);
      f.get(w.constants).get(column).i32Const(4).op("i32.mul", "i32.add");
      f.get(w.k, zero).op("i32.mul").get(at).mem("i32.load").op("i32.sub").get(w.zeroOfA).op("i32.mul");
      f.get(at).mem("i32.load", 4).op("i32.sub").mem("i32.store");
      f.get(w.factors).get(column).i32Const(4).op("i32.mul", "i32.add");
      f.i32Const(0).get(zero).op("i32.sub").mem("i32.store");
    });
  });
  return m.bytes();
}

/** The module of a preparing launch. */
export function prepareModule(part: "rows" | "panels", form: Form, shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, PREPARE_WORDS);
    const unit = f.local("i32");
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      if (part === "rows") emitRows(f, w, unit, scratch, form);
      else emitPanel(f, w, unit, scratch, form);
    });
  });
  return m.bytes();
}
