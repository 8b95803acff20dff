import type { FunctionBuilder, ModuleBuilder } from "./asm.ts";
import { emitTiles } from "./gemmMicro.ts";
import type { TileConfig } from "./gemmMicro.ts";

/** Bytes of scratch that {@link emitBlock} needs for tiles that overhang C. */
export const BLOCK_SCRATCH = 256;

/**
 * Emits `block(a, aStride, b, bStride, c, cStride, m, n, k, add, spare)`: C (+)= A B for matrices whose rows have
 * adjacent elements, cut into tiles. Strides are in bytes.
 *
 * Rows are spread evenly over the tiles (32 rows are 6 + 6 + 5 + 5 + 5 + 5), because a tile of one or two rows would
 * leave the multipliers idle. B must be readable up to the next multiple of the tile's columns; `spare` points to
 * {@link BLOCK_SCRATCH} bytes in which the overhanging columns of the last tiles are computed.
 */
export function emitBlock(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const { columns, lanes, shift, width, rows: maxRows } = config;
  const tile = emitTiles(m, config);
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [a, aStride, b, bStride, c, cStride, mRows, n, k, add, spare] = f.params;
  const [left, tiles, height, taller, wide, direct, t, rows, aRow, cRow] = f.locals("i32", 10);

  f.get(mRows)
    .i32Const(maxRows - 1)
    .op("i32.add")
    .i32Const(maxRows)
    .op("i32.div_s")
    .tee(tiles)
    .op("i32.eqz");
  f.get(n)
    .op("i32.eqz", "i32.or")
    .if(() => f.op("return"));
  f.get(mRows, tiles).op("i32.div_u").set(height);
  f.get(mRows, tiles).op("i32.rem_u").set(taller);
  f.get(n).set(left);
  f.loop((nextPanel) => {
    f.get(left).i32Const(lanes).op("i32.gt_s").set(wide);
    f.get(left).i32Const(columns).op("i32.ge_s").get(left).i32Const(lanes).op("i32.eq", "i32.or").set(direct);
    f.i32Const(0).set(t).get(a).set(aRow).get(c).set(cRow);
    f.forUp(t, tiles, 1, () => {
      f.get(height).get(t, taller).op("i32.lt_s", "i32.add").set(rows);
      f.get(direct).if(
        () => f.get(rows, wide, aRow, aStride, b, bStride, cRow, cStride, k, add).call(tile),
        () => {
          const spareStride = columns * width;
          f.get(add).if(() => {
            f.get(spare).i32Const(spareStride).get(cRow, cStride).i32Const(width).get(rows, left).call(copy);
          });
          f.get(rows, wide, aRow, aStride, b, bStride, spare).i32Const(spareStride).get(k, add).call(tile);
          f.get(cRow, cStride, spare).i32Const(spareStride).i32Const(width).get(rows, left).call(copy);
        },
      );
      f.get(aRow).get(rows, aStride).op("i32.mul", "i32.add").set(aRow);
      f.get(cRow).get(rows, cStride).op("i32.mul", "i32.add").set(cRow);
    });
    f.increment(b, columns << shift)
      .increment(c, columns << shift)
      .increment(left, -columns);
    f.get(left).i32Const(0).op("i32.gt_s").brIf(nextPanel);
  });
  return f;
}
