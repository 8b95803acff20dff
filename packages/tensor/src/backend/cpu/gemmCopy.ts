import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/** Appends the transposition of a square of `lanes` × `lanes` elements held in registers; `columns` is used up. */
export function transposeInto(
  f: FunctionBuilder,
  config: TileConfig,
  columns: readonly Local[],
  rows: readonly Local[],
): void {
  if (config.lanes === 2) {
    f.get(columns[0], columns[1]).shuffle([0, 2]).set(rows[0]);
    f.get(columns[0], columns[1]).shuffle([1, 3]).set(rows[1]);
    return;
  }
  // Two rounds of interleaving: pairs of columns first, then pairs of pairs.
  const [c0, c1, c2, c3] = columns;
  const [r0, r1, r2, r3] = rows;
  f.get(c0, c1).shuffle([0, 4, 1, 5]).set(r0);
  f.get(c0, c1).shuffle([2, 6, 3, 7]).set(r2);
  f.get(c2, c3).shuffle([0, 4, 1, 5]).set(r1);
  f.get(c2, c3).shuffle([2, 6, 3, 7]).set(r3);
  f.get(r0, r1).shuffle([0, 2]).set(c0);
  f.get(r0, r1).shuffle([1, 3]).set(r1);
  f.get(r2, r3).shuffle([0, 2]).set(c2);
  f.get(r2, r3).shuffle([1, 3]).set(r3);
  f.get(c0).set(r0).get(c2).set(r2);
}

/**
 * Emits `copy(dst, dstStride, src, rowStride, columnStride, rows, columns)`: dst[r][c] = src[r][c] with the columns of
 * dst adjacent. Strides are in bytes and may be negative or zero. Rows that are adjacent in the source are copied by
 * vectors, columns that are adjacent are transposed in registers, anything else goes element by element.
 */
export function emitCopy(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { width, lanes, dtype } = config;
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [dst, dstStride, src, rowStride, columnStride, rows, columns] = f.params;
  const [r, c, from, to, whole, squares, left] = f.locals("i32", 7);
  const column = f.locals("v128", lanes);
  const row = f.locals("v128", lanes);

  /** Runs `body` for rows [r, rows), with `from` and `to` at the start of each. */
  const eachRow = (body: () => void): void => {
    forUp(f, r, rows, 1, () => {
      f.get(src).set(from).get(dst).set(to).i32Const(0).set(c);
      body();
      f.sum(src, src, rowStride).sum(dst, dst, dstStride);
    });
  };
  /** Copies elements [c, columns) of a row. */
  const elements = (): void => {
    forUp(f, c, columns, 1, () => {
      f.get(to).get(from).mem(`${dtype}.load`).mem(`${dtype}.store`);
      f.increment(to, width).sum(from, from, columnStride);
    });
  };
  const copyRows = (): void => {
    f.get(columns).i32Const(-2 * lanes);
    f.op("i32.and").set(whole);
    eachRow(() => {
      forUp(f, c, whole, 2 * lanes, () => {
        f.get(to).get(from).mem("v128.load").mem("v128.store");
        f.get(to).get(from).mem("v128.load", 16).mem("v128.store", 16);
        f.increment(to, 32).increment(from, 32);
      });
      elements();
    });
    f.op("return");
  };
  /**
   * Transposes squares for as many whole groups of `lanes` rows as there are. It runs down a few columns at a time:
   * running along the rows would touch one cache line of every column in turn, and columns that lie a power of two
   * apart would push each other out of the cache.
   */
  const transposeSquares = (): void => {
    const place = (base: Local, stride: Local, i: number): void => {
      f.get(base);
      for (let j = 0; j < i; j++) f.get(stride).op("i32.add");
    };
    const down = (body: () => void): void => {
      f.get(src).get(c, columnStride).op("i32.mul", "i32.add").set(from);
      f.get(dst).get(c).i32Const(width).op("i32.mul", "i32.add").set(to);
      f.get(squares).set(left);
      whileAtLeast(f, left, lanes, () => {
        body();
        f.get(to).get(dstStride).i32Const(lanes).op("i32.mul", "i32.add").set(to);
        f.increment(from, 16).increment(left, -lanes);
      });
    };
    f.get(columns).i32Const(-lanes).op("i32.and").set(whole);
    f.get(rows).i32Const(-lanes).op("i32.and").set(squares);
    forUp(f, c, whole, lanes, () => {
      down(() => {
        column.forEach((vector, i) => {
          place(from, columnStride, i);
          f.mem("v128.load").set(vector);
        });
        transposeInto(f, config, column, row);
        row.forEach((vector, i) => {
          place(to, dstStride, i);
          f.get(vector).mem("v128.store");
        });
      });
    });
    forUp(f, c, columns, 1, () => {
      down(() => {
        f.get(from).mem("v128.load").set(column[0]);
        for (let i = 0; i < lanes; i++) {
          place(to, dstStride, i);
          f.get(column[0]).memLane(width === 4 ? "v128.store32_lane" : "v128.store64_lane", i);
        }
      });
    });
    f.get(squares).set(r);
    f.get(src).get(squares).i32Const(width).op("i32.mul", "i32.add").set(src);
    f.get(dst).get(squares, dstStride).op("i32.mul", "i32.add").set(dst);
  };

  f.get(columnStride).i32Const(width).op("i32.eq").if(copyRows);
  f.get(rowStride).i32Const(width).op("i32.eq").if(transposeSquares);
  eachRow(elements);
  return f;
}
