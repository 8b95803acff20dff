import type { FunctionBuilder, ModuleBuilder } from "./asm.ts";
import { emitTiles, rowTiles } from "./gemmMicro.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { whileAtLeast } from "./loops.ts";

/** Bytes of scratch that {@link emitBlock} needs for tiles that overhang C. */
export const BLOCK_SCRATCH = 256;

/**
 * Emits `block(a, aStride, b, bStride, c, cStride, m, n, k, add, spare)`: C (+)= A B for matrices whose rows have
 * adjacent elements, cut into tiles. Strides are in bytes; m is not zero.
 *
 * B must be readable up to the next multiple of the tile's columns; `spare` points to {@link BLOCK_SCRATCH} bytes in
 * which the overhanging columns of the last tiles are computed.
 */
export function emitBlock(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const { columns, lanes, width } = config;
  const spareStride = columns * width;
  const tile = emitTiles(m, config, "strided");
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [a, aStride, b, bStride, c, cStride, mRows, n, k, add, spare] = f.params;
  const [wide, inside, aRow, cRow] = f.locals("i32", 4);
  const tiles = rowTiles(f, config, mRows);
  const { rows } = tiles;

  whileAtLeast(f, n, 1, () => {
    f.get(n).i32Const(lanes).op("i32.gt_s").set(wide);
    f.get(n).i32Const(columns).op("i32.ge_s").get(n).i32Const(lanes).op("i32.eq", "i32.or").set(inside);
    f.get(a).set(aRow).get(c).set(cRow);
    tiles.forEach(() => {
      f.get(inside).if(
        () => f.get(rows, wide, aRow, aStride, b, bStride, cRow, cStride, k, add).call(tile),
        () => {
          f.get(add).if(() => {
            f.get(spare).i32Const(spareStride).get(cRow, cStride).i32Const(width).get(rows, n).call(copy);
          });
          f.get(rows, wide, aRow, aStride, b, bStride, spare).i32Const(spareStride).get(k, add).call(tile);
          f.get(cRow, cStride, spare).i32Const(spareStride).i32Const(width).get(rows, n).call(copy);
        },
      );
      f.get(aRow).get(rows, aStride).op("i32.mul", "i32.add").set(aRow);
      f.get(cRow).get(rows, cStride).op("i32.mul", "i32.add").set(cRow);
    });
    f.increment(b, spareStride).increment(c, spareStride).increment(n, -columns);
  });
  return f;
}
