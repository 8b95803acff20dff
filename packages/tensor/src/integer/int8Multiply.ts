/** The inner loop of the product of bytes. */
import { wasmModule } from "../backend/cpu/asm.ts";
import type { FunctionBuilder, Local, ModuleBuilder } from "../backend/cpu/asm.ts";
import { loadWords, minRemaining } from "../backend/cpu/gemmWords.ts";
import { forUp, whileAtLeast } from "../backend/cpu/loops.ts";
import type { DotKind } from "./dot.ts";

/** Columns of a panel: two vectors of sums. */
export const COLUMNS = 8;

/**
 * Bytes of a number in the form of the inner loop: without the instruction for four products, two 16-bit numbers are
 * multiplied and added at a time, and they are widened once, before.
 */
export function widthOf(kind: DotKind): 1 | 2 {
  return kind === "none" ? 2 : 1;
}

/** Rows of a tile, bytes of a row that a pass of the loop takes, and what adds their products to the sums. */
interface InnerLoop {
  readonly rows: number;
  readonly bytes: number;
  emit(f: FunctionBuilder, a: readonly Local[], b: Local): () => Local[][];
}

/** Four products to a lane. The sums of six rows, two vectors of B and one of A take 15 registers. */
const DOTS: InnerLoop = {
  rows: 6,
  bytes: 4,
  emit(f, a, b) {
    const sums = a.map(() => f.locals("v128", 2));
    const panel = f.locals("v128", 2);
    const splat = f.local("v128");
    return () => {
      panel.forEach((vector, j) =>
        f
          .get(b)
          .mem("v128.load", 16 * j)
          .set(vector),
      );
      a.forEach((row, r) => {
        f.get(row).mem("v128.load32_splat").set(splat);
        sums[r].forEach((sum, j) => f.get(panel[j], splat, sum).op("i32x4.relaxed_dot_i8x16_i7x16_add_s").set(sum));
      });
      return sums;
    };
  },
};

/**
 * Two products to a lane, each of which does the work of two: `(a0 + b1) (a1 + b0) = a0 b0 + a1 b1 + a0 a1 + b0 b1`, and the
 * last two terms are sums over a row of A and over a column of B, which are taken away at the end. Many processors
 * multiply one vector a cycle and add three. Wrapping at 32 bits on the way does no harm, as the result has room in them.
 *
 * Source: Winograd, "A New Algorithm for Inner Product" (1968), https://doi.org/10.1109/TC.1968.227420.
 */
const PAIRS: InnerLoop = {
  rows: 4,
  bytes: 32,
  emit(f, a, b) {
    const sums = a.map(() => f.locals("v128", 2));
    const [evenB, oddB] = [f.locals("v128", 2), f.locals("v128", 2)];
    const [even, odd] = f.locals("v128", 2);
    return () => {
      for (let step = 0; step < 4; step++) {
        [...evenB, ...oddB].forEach((vector, j) =>
          f
            .get(b)
            .mem("v128.load", 16 * (4 * step + j))
            .set(vector),
        );
        a.forEach((row, r) => {
          f.get(row)
            .mem("v128.load32_splat", 8 * step)
            .set(even);
          f.get(row)
            .mem("v128.load32_splat", 8 * step + 4)
            .set(odd);
          sums[r].forEach((sum, j) => {
            f.get(even, oddB[j]).op("i16x8.add").get(odd, evenB[j]).op("i16x8.add", "i32x4.dot_i16x8_s");
            f.get(sum).op("i32x4.add").set(sum);
          });
        });
      }
      return sums;
    };
  },
};

/** Parameter words of the multiplying launch. */
export const MULTIPLY_WORDS = [
  "a",
  "sums",
  "b",
  "constants",
  "factors",
  "c",
  "m",
  "n",
  "padded",
  "blockRows",
  "blockPanels",
  "panels",
  "panelBlocks",
] as const;

/**
 * `tile(a, stride, sums, b, constants, factors, c, cStride, steps, columns, scratch)`: a tile of `rows` rows and up to
 * eight columns. All addresses and strides are in bytes; a step is a pass of the inner loop.
 */
function emitTile(m: ModuleBuilder, loop: InnerLoop, rows: number): FunctionBuilder {
  const f = m.func({ params: Array<"i32">(11).fill("i32") });
  const [a, stride, rowSums, b, constants, factors, c, cStride, steps, columns, scratch] = f.params;
  const aRows = f.locals("i32", rows);
  aRows.forEach((row, r) => (r === 0 ? f.get(a).set(row) : f.sum(row, aRows[r - 1], stride)));
  const products = loop.emit(f, aRows, b);
  let sums: Local[][] = [];
  whileAtLeast(f, steps, 1, () => {
    sums = products();
    f.increment(b, loop.bytes * COLUMNS).increment(steps, -1);
    for (const row of aRows) f.increment(row, loop.bytes);
  });
  const [value, splat, paired] = f.locals("v128", 3);
  const to = f.local("i32");
  for (let r = 0; r < rows; r++) {
    f.get(rowSums)
      .mem("v128.load32_splat", 8 * r)
      .set(splat);
    f.get(rowSums)
      .mem("v128.load32_splat", 8 * r + 4)
      .set(paired);
    const push = (half: number): void => {
      f.get(sums[r][half]);
      f.get(constants)
        .mem("v128.load", 16 * half)
        .op("i32x4.add");
      f.get(factors)
        .mem("v128.load", 16 * half)
        .get(splat)
        .op("i32x4.mul", "i32x4.add")
        .get(paired)
        .op("i32x4.sub");
    };
    f.get(columns).i32Const(COLUMNS).op("i32.lt_s");
    f.if(
      () => f.get(scratch).set(to),
      () => f.get(c).set(to),
    );
    for (const half of [0, 1]) {
      push(half);
      f.set(value)
        .get(to, value)
        .mem("v128.store", 16 * half);
    }
    f.get(columns).i32Const(COLUMNS).op("i32.lt_s");
    f.if(() => f.get(c, scratch).get(columns).i32Const(4).op("i32.mul").memoryCopy());
    f.sum(c, c, cStride);
  }
  return f;
}

/** The module of the multiplying launch: a unit is a block of rows by a block of panels. */
export function multiplyModule(kind: DotKind, shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  const loop = kind === "none" ? PAIRS : DOTS;
  const most = loop.rows;
  const tiles = Array.from({ length: most }, (_, i) => emitTile(m, loop, i + 1));
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, MULTIPLY_WORDS);
    const [unit, row0, row, rowEnd, panel, panelEnd, left, columns, column, b, cStride, steps] = f.locals("i32", 12);
    const stride = f.local("i32");
    f.get(w.n).i32Const(4).op("i32.mul").set(cStride);
    f.get(w.padded).i32Const(widthOf(kind)).op("i32.mul").set(stride);
    f.get(stride).i32Const(loop.bytes).op("i32.div_u").set(steps);
    f.get(lo).set(unit);
    const call = (tile: FunctionBuilder): void => {
      f.get(w.a).get(row, stride).op("i32.mul", "i32.add").get(stride);
      f.get(w.sums).get(row).i32Const(8).op("i32.mul", "i32.add");
      f.get(b);
      f.get(w.constants).get(column).i32Const(4).op("i32.mul", "i32.add");
      f.get(w.factors).get(column).i32Const(4).op("i32.mul", "i32.add");
      f.get(w.c).get(row, w.n).op("i32.mul").get(column).op("i32.add").i32Const(4).op("i32.mul", "i32.add");
      f.get(cStride, steps, columns, scratch).call(tile);
    };
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.panelBlocks).op("i32.div_u").get(w.blockRows).op("i32.mul").set(row0);
      minRemaining(f, rowEnd, w.blockRows, w.m, row0);
      f.sum(rowEnd, rowEnd, row0);
      f.get(unit, w.panelBlocks).op("i32.rem_u").get(w.blockPanels).op("i32.mul").set(panel);
      minRemaining(f, panelEnd, w.blockPanels, w.panels, panel);
      f.sum(panelEnd, panelEnd, panel);
      forUp(f, panel, panelEnd, 1, () => {
        f.get(panel).i32Const(COLUMNS).op("i32.mul").set(column);
        f.get(w.n, column).op("i32.sub").set(columns);
        f.get(w.b).get(column, stride).op("i32.mul", "i32.add").set(b);
        f.get(row0).set(row);
        f.get(rowEnd, row).op("i32.sub").set(left);
        whileAtLeast(f, left, most, () => {
          call(tiles[most - 1]);
          f.increment(row, most).increment(left, -most);
        });
        for (let rest = most - 1; rest >= 1; rest--) {
          f.get(left).i32Const(rest).op("i32.eq");
          f.if(() => call(tiles[rest - 1]));
        }
      });
    });
  });
  return m.bytes();
}
