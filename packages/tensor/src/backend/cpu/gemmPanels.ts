import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/** Rows that are copied together, so that what is written fills whole cache lines. */
const TOGETHER = 4;

/**
 * Emits `panels(dst, panel, src, rowStride, columnStride, rows, columns)`: copies a matrix into panels of as many columns
 * as a tile has, `panel` bytes apart, each with its rows one after the other. A tile then reads B from one end to the
 * other: few pages, whole cache lines, in the order in which processors fetch ahead. `copy` is made by `emitCopy`.
 */
export function emitPanels(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const { columns: tileColumns, width, dtype } = config;
  const tileBytes = tileColumns * width;
  const f = m.func({ params: Array<"i32">(7).fill("i32") });
  const [dst, panel, src, rowStride, columnStride, rows, columns] = f.params;
  const [r, whole, left, to] = f.locals("i32", 4);
  const places = f.locals("i32", TOGETHER);

  /** Copies the next rows, of adjacent elements, as many as there are places. */
  const copyRows = (from: readonly Local[]): void => {
    f.get(dst).set(to).get(columns).set(left);
    from.forEach((place, i) => (i === 0 ? f.get(src).set(place) : f.sum(place, from[i - 1], rowStride)));
    whileAtLeast(f, left, tileColumns, () => {
      from.forEach((place, i) => {
        for (const at of [0, 16]) {
          f.get(to)
            .get(place)
            .mem("v128.load", at)
            .mem("v128.store", i * tileBytes + at);
        }
        f.increment(place, tileBytes);
      });
      f.sum(to, to, panel).increment(left, -tileColumns);
    });
    whileAtLeast(f, left, 1, () => {
      from.forEach((place, i) => {
        f.get(to)
          .get(place)
          .mem(`${dtype}.load`)
          .mem(`${dtype}.store`, i * tileBytes);
        f.increment(place, width);
      });
      f.increment(to, width).increment(left, -1);
    });
    f.get(src).get(rowStride).i32Const(from.length).op("i32.mul", "i32.add").set(src);
    f.increment(dst, from.length * tileBytes);
  };

  f.get(columnStride)
    .i32Const(width)
    .op("i32.eq")
    .if(() => {
      f.get(rows).i32Const(-TOGETHER).op("i32.and").set(whole);
      forUp(f, r, whole, TOGETHER, () => copyRows(places));
      forUp(f, r, rows, 1, () => copyRows(places.slice(0, 1)));
      f.op("return");
    });
  whileAtLeast(f, columns, 1, () => {
    f.get(dst).i32Const(tileBytes).get(src, rowStride, columnStride, rows);
    f.get(columns).i32Const(tileColumns).get(columns).i32Const(tileColumns).op("i32.lt_s", "select").call(copy);
    f.get(src).get(columnStride).i32Const(tileColumns).op("i32.mul", "i32.add").set(src);
    f.sum(dst, dst, panel).increment(columns, -tileColumns);
  });
  return f;
}
