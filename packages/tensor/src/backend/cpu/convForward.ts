import { wasmModule } from "./asm.ts";
import type { FunctionBuilder, ModuleBuilder } from "./asm.ts";
import { emitImage, emitOffsets, IMAGE_WORDS } from "./convImage.ts";
import { emitCopy } from "./gemmCopy.ts";
import { emitTiles, rowTiles, tileConfig } from "./gemmMicro.ts";
import type { FloatType, TileConfig } from "./gemmMicro.ts";
import { addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * Parameter words of the convolution kernel, after those of the window; names ending in `Bytes` are strides in bytes.
 * A work unit is a block of output rows (or of columns of one row) for a block of output channels of one image and group.
 */
// prettier-ignore
export const FORWARD_WORDS = [
  "x", "w", "y",
  "groups", "channelsIn", "channelsOut", "outH", "outW",
  "xBatchBytes", "wGroupBytes", "wRowBytes",
  "yBatchBytes", "yChannelBytes", "yRowBytes", "yColumnBytes",
  "blockIn", "blockOut", "blockH", "blockW", "outBlocks", "rowBlocks", "columnBlocks",
  "sumsRowBytes", "sumsChannelBytes", "imageAt", "sumsAt", "inPlace",
] as const;

/**
 * Emits `sweep(a, aStride, image, offsets, c, cStride, channels, rows, columns, k, add, imageRow, cRow)`: for every
 * output row, C[o][j] (+)= sum over k of A[o][k] image[offsets[k] + j]. C has room for whole vectors of columns.
 */
function emitSweep(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { columns: tileColumns, lanes, width, shift } = config;
  const tile = emitTiles(m, config, "gathered");
  const pairedTile = emitTiles(m, config, "paired");
  const f = m.func({ params: Array<"i32">(13).fill("i32") });
  const [a, aStride, image, offsets, c, cStride, channels, rows, columns, k, add, imageRow, cRow] = f.params;
  const [left, row, imageTile, cTile, panel, cPanel, wide, most, beside] = f.locals("i32", 9);
  const tiles = rowTiles(f, config, channels);

  /** Rows of outputs from the current one on, `most` columns of each. */
  const sweepRows = (): void => {
    whileAtLeast(f, row, 1, () => {
      f.get(most).set(left).get(imageTile).set(panel).get(cTile).set(cPanel);
      whileAtLeast(f, left, 1, () => {
        f.get(left).i32Const(lanes).op("i32.gt_s").set(wide);
        f.get(tiles.rows, wide, a, aStride, panel, offsets, cPanel, cStride, k, add).call(tile);
        f.increment(panel, tileColumns * width)
          .increment(cPanel, tileColumns * width)
          .increment(left, -tileColumns);
      });
      f.sum(imageTile, imageTile, imageRow).sum(cTile, cTile, cRow).increment(row, -1);
    });
  };
  /** The last columns of two rows at a time: one vector alone would keep half of the multipliers idle. */
  const sweepPairs = (): void => {
    f.get(rows).set(row);
    f.get(image).get(most).i32Const(shift).op("i32.shl", "i32.add").set(imageTile);
    f.get(c).get(most).i32Const(shift).op("i32.shl", "i32.add").set(cTile);
    whileAtLeast(f, row, 2, () => {
      f.get(tiles.rows, wide, a, aStride, imageTile, offsets, cTile, cStride, k, add, imageRow, cRow).call(pairedTile);
      f.get(imageTile).get(imageRow).i32Const(1).op("i32.shl", "i32.add").set(imageTile);
      f.get(cTile).get(cRow).i32Const(1).op("i32.shl", "i32.add").set(cTile);
      f.increment(row, -2);
    });
    f.get(columns, most).op("i32.sub").set(most);
    sweepRows();
  };

  f.get(columns)
    .i32Const(tileColumns - 1)
    .op("i32.and")
    .set(beside);
  f.get(beside).i32Const(lanes).op("i32.gt_s").get(rows).i32Const(1).op("i32.eq", "i32.or");
  f.if(() => f.i32Const(0).set(beside));
  // A few rows of weights stay in the first-level cache while the window passes by.
  tiles.forEach(() => {
    f.get(columns, beside).op("i32.sub").set(most);
    f.get(rows).set(row).get(image).set(imageTile).get(c).set(cTile);
    sweepRows();
    f.get(beside).if(sweepPairs);
    f.get(a).get(tiles.rows, aStride).op("i32.mul", "i32.add").set(a);
    f.get(c).get(tiles.rows, cStride).op("i32.mul", "i32.add").set(c);
  });
  return f;
}

/** Emits `scatter(dst, columnStride, src, columns)`: elements of a row written some distance apart. */
function emitScatter(m: ModuleBuilder, { dtype, width }: TileConfig): FunctionBuilder {
  return m.func({ params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [dst, columnStride, src, columns] = f.params;
    whileAtLeast(f, columns, 1, () => {
      f.get(dst).get(src).mem(`${dtype}.load`).mem(`${dtype}.store`);
      f.sum(dst, dst, columnStride).increment(src, width).increment(columns, -1);
    });
  });
}

/** Module bytes of the convolution. */
export function forwardModule(dtype: FloatType, relaxed: boolean, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, relaxed);
  const { width } = config;
  const m = wasmModule({ shared });
  const copy = emitCopy(m, config);
  const image = emitImage(m, config);
  const offsets = emitOffsets(m, config);
  const sweep = emitSweep(m, config);
  const scatter = emitScatter(m, config);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = { ...loadWords(f, pp, IMAGE_WORDS), ...loadWords(f, pp, FORWARD_WORDS, IMAGE_WORDS.length) };
    const [one, unit, index, n, g, o0, y0, x0, outs, rows, columns] = f.locals("i32", 11);
    const [x, a, y, c, cChannel, cRow, c0, channels, k, add, top, left, windowRows, imageRow, taps] = f.locals(
      "i32",
      15,
    );
    const [row, o] = f.locals("i32", 2);
    f.i32Const(1).set(one);
    f.sum(w.imageAt, w.imageAt, scratch).sum(w.sumsAt, w.sumsAt, scratch);
    f.get(w.kernelH, w.kernelW).op("i32.mul").set(taps);
    f.get(w.strideH, w.rowBytes).op("i32.mul").set(imageRow);
    f.get(pp, scratch, w.blockIn).call(offsets);

    /** All input channels, block by block: the window, then its products. */
    const accumulate = (): void => {
      f.i32Const(0).set(c0).i32Const(0).set(add);
      f.loop((nextBlock) => {
        minRemaining(f, channels, w.blockIn, w.channelsIn, c0);
        f.get(channels, taps).op("i32.mul").set(k);
        f.get(pp, w.imageAt, x, channels, top, left, windowRows).call(image);
        f.get(a, w.wRowBytes, w.imageAt, scratch, c, cChannel, outs, rows, columns, k, add, imageRow, cRow).call(sweep);
        addProduct(f, x, channels, w.xChannelBytes);
        f.get(a).get(k).i32Const(width).op("i32.mul", "i32.add").set(a);
        f.i32Const(1).set(add);
        f.get(c0, channels).op("i32.add").tee(c0).get(w.channelsIn).op("i32.lt_s").brIf(nextBlock);
      });
    };
    const store = (): void => {
      f.i32Const(0).set(o);
      forUp(f, o, outs, 1, () => {
        f.get(w.yColumnBytes).i32Const(width).op("i32.eq");
        f.if(
          () => f.get(y, w.yRowBytes, c, cRow).i32Const(width).get(rows, columns).call(copy),
          () => {
            f.i32Const(0).set(row).get(y).set(top).get(c).set(left);
            forUp(f, row, rows, 1, () => {
              f.get(top, w.yColumnBytes, left, columns).call(scatter);
              f.sum(top, top, w.yRowBytes).sum(left, left, cRow);
            });
          },
        );
        f.sum(y, y, w.yChannelBytes).sum(c, c, cChannel);
      });
    };

    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index);
      takeIndex(f, o0, index, w.outBlocks, w.blockOut);
      takeIndex(f, x0, index, w.columnBlocks, w.blockW);
      takeIndex(f, y0, index, w.rowBlocks, w.blockH);
      takeIndex(f, g, index, w.groups, one);
      f.get(index).set(n);
      minRemaining(f, outs, w.blockOut, w.channelsOut, o0);
      minRemaining(f, columns, w.blockW, w.outW, x0);
      minRemaining(f, rows, w.blockH, w.outH, y0);
      f.get(y0, w.strideH).op("i32.mul").set(top);
      f.get(x0, w.strideW).op("i32.mul").set(left);
      // (rows - 1) strides and the reach of the kernel below the first row
      f.get(rows).i32Const(1).op("i32.sub").get(w.strideH).op("i32.mul");
      f.get(w.kernelH).i32Const(1).op("i32.sub").get(w.dilationH).op("i32.mul", "i32.add").i32Const(1).op("i32.add");
      f.set(windowRows);

      f.get(w.x).set(x);
      addProduct(f, x, n, w.xBatchBytes);
      f.get(g, w.channelsIn).op("i32.mul").set(c0);
      addProduct(f, x, c0, w.xChannelBytes);
      f.get(w.w).set(a);
      addProduct(f, a, g, w.wGroupBytes);
      addProduct(f, a, o0, w.wRowBytes);
      f.get(w.y).set(y);
      addProduct(f, y, n, w.yBatchBytes);
      f.get(g, w.channelsOut).op("i32.mul").get(o0).op("i32.add").set(c0);
      addProduct(f, y, c0, w.yChannelBytes);
      addProduct(f, y, y0, w.yRowBytes);
      addProduct(f, y, x0, w.yColumnBytes);

      f.get(y).set(c).get(w.yChannelBytes).set(cChannel).get(w.yRowBytes).set(cRow);
      f.get(w.inPlace).op("i32.eqz");
      f.if(() => f.get(w.sumsAt).set(c).get(w.sumsChannelBytes).set(cChannel).get(w.sumsRowBytes).set(cRow));
      accumulate();
      f.get(w.inPlace).op("i32.eqz").if(store);
    });
  });
  return m.bytes();
}
