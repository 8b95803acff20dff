import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import { emitTiles, rowTiles } from "./gemmMicro.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { whileAtLeast } from "./loops.ts";

/** Bytes of scratch that {@link emitBlock} needs for tiles that overhang C. */
export const BLOCK_SCRATCH = 256;

/**
 * Appends the tiles that overhang C: `compute` gets the place of C and its stride, in which a part of the columns is
 * then copied from and to C.
 */
function overhang(
  f: FunctionBuilder,
  { columns, width }: TileConfig,
  copy: FunctionBuilder,
  { c, cStride, rows, left, add, spare }: Readonly<Record<"c" | "cStride" | "rows" | "left" | "add" | "spare", Local>>,
  compute: (place: () => FunctionBuilder) => void,
): void {
  const stride = columns * width;
  f.get(add).if(() => {
    f.get(spare).i32Const(stride).get(c, cStride).i32Const(width).get(rows, left).call(copy);
  });
  compute(() => f.get(spare).i32Const(stride));
  f.get(c, cStride, spare).i32Const(stride).i32Const(width).get(rows, left).call(copy);
}

/** Appends `wide` and `inside`: whether `left` columns need two vectors, and whether the tile has no more than them. */
function tileShape(f: FunctionBuilder, { columns, lanes }: TileConfig, left: Local, wide: Local, inside: Local): void {
  f.get(left).i32Const(lanes).op("i32.gt_s").set(wide);
  f.get(left).i32Const(columns).op("i32.ge_s").get(left).i32Const(lanes).op("i32.eq", "i32.or").set(inside);
}

/**
 * Emits `block(a, aStride, b, bStride, c, cStride, m, n, k, add, spare)`: C (+)= A B for matrices whose rows have
 * adjacent elements, cut into tiles. Strides are in bytes; m is not zero.
 *
 * B must be readable up to the next multiple of the tile's columns; `spare` points to {@link BLOCK_SCRATCH} bytes in
 * which the overhanging columns of the last tiles are computed.
 */
export function emitBlock(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const { columns, width } = config;
  const tile = emitTiles(m, config, "strided");
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [a, aStride, b, bStride, c, cStride, mRows, n, k, add, spare] = f.params;
  const [wide, inside, aRow, cRow] = f.locals("i32", 4);
  const tiles = rowTiles(f, config, mRows);
  const { rows } = tiles;

  const compute = (place: () => FunctionBuilder): void => {
    f.get(rows, wide, aRow, aStride, b, bStride);
    place().get(k, add).call(tile);
  };
  whileAtLeast(f, n, 1, () => {
    tileShape(f, config, n, wide, inside);
    f.get(a).set(aRow).get(c).set(cRow);
    tiles.forEach(() => {
      f.get(inside).if(
        () => compute(() => f.get(cRow, cStride)),
        () => overhang(f, config, copy, { c: cRow, cStride, rows, left: n, add, spare }, compute),
      );
      f.get(aRow).get(rows, aStride).op("i32.mul", "i32.add").set(aRow);
      f.get(cRow).get(rows, cStride).op("i32.mul", "i32.add").set(cRow);
    });
    f.increment(b, columns * width)
      .increment(c, columns * width)
      .increment(n, -columns);
  });
  return f;
}

/**
 * Emits `block(a, aStride, b, bStride, panel, c, cStride, m, n, k, add, spare)`: the same for a B whose columns lie in
 * panels as wide as a tile, `panel` bytes apart. It goes along the rows of C: a few rows of A stay in the first-level
 * cache while B, which need not fit, is read from one end to the other.
 */
export function emitPanelBlock(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const { columns, width } = config;
  const tile = emitTiles(m, config, "panels");
  const f = m.func({ params: Array<"i32">(12).fill("i32") });
  const [a, aStride, b, bStride, panel, c, cStride, mRows, n, k, add, spare] = f.params;
  const [wide, inside, whole, left, bRest, cRest] = f.locals("i32", 6);
  const tiles = rowTiles(f, config, mRows);
  const { rows } = tiles;
  const compute = (from: Local, place: () => FunctionBuilder, count: () => FunctionBuilder): void => {
    f.get(rows, wide, a, aStride, from, bStride);
    place().get(k, add);
    count().get(panel).call(tile);
  };
  f.get(n).i32Const(columns).op("i32.div_u").set(whole);
  f.get(n).i32Const(columns).op("i32.rem_u").set(left);
  f.get(b).get(whole, panel).op("i32.mul", "i32.add").set(bRest);
  tiles.forEach(() => {
    f.i32Const(1).set(wide);
    compute(
      b,
      () => f.get(c, cStride),
      () => f.get(whole),
    );
    f.get(left).if(() => {
      tileShape(f, config, left, wide, inside);
      f.get(c)
        .get(whole)
        .i32Const(columns * width)
        .op("i32.mul", "i32.add")
        .set(cRest);
      const rest = (place: () => FunctionBuilder): void => compute(bRest, place, () => f.i32Const(1));
      f.get(inside).if(
        () => rest(() => f.get(cRest, cStride)),
        () => overhang(f, config, copy, { c: cRest, cStride, rows, left, add, spare }, rest),
      );
    });
    f.get(a).get(rows, aStride).op("i32.mul", "i32.add").set(a);
    f.get(c).get(rows, cStride).op("i32.mul", "i32.add").set(c);
  });
  return f;
}
