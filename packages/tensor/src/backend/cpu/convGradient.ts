import { wasmModule } from "./asm.ts";
import type { FunctionBuilder, ModuleBuilder } from "./asm.ts";
import { emitPackPixels } from "./convGradientPack.ts";
import { emitImage, emitOffsets, IMAGE_WORDS } from "./convImage.ts";
import { emitCopy } from "./gemmCopy.ts";
import { emitTiles, rowTiles, tileConfig } from "./gemmMicro.ts";
import type { FloatType, TileConfig } from "./gemmMicro.ts";
import { addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * Parameter words of the weight gradient, after those of the window; names ending in `Bytes` are strides in bytes.
 * A work unit is a block of input channels times a block of output channels of one group. `packed` is where the gradient
 * of the output lies in panels already, zero where every unit packs what it needs.
 */
// prettier-ignore
export const GRADIENT_WORDS = [
  "x", "dy", "dw",
  "batch", "groups", "channelsIn", "channelsOut", "outH", "outW",
  "xBatchBytes", "dyBatchBytes", "dyChannelBytes", "dyRowBytes", "dyColumnBytes",
  "blockIn", "blockOut", "blockH", "blockW", "inBlocks", "outBlocks",
  "panelBytes", "sumsRowBytes", "sumsBytes", "imageAt", "panelAt", "sumsAt",
  "packed", "blockBytes", "imageBytes",
] as const;

/**
 * Emits `sweep(image, offsets, panel, panelBytes, sums, sumsRow, taps, channels, columns, rows, skip)`:
 * sums[t][o] += sum over rows and columns of image[offsets[t] + pixel] panel[pixel][o], for every tap t. The panels hold
 * as many output channels as a tile and lie `panelBytes` apart.
 */
function emitSweep(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { columns: tileColumns, lanes, width } = config;
  const tile = emitTiles(m, config, "windowed");
  const f = m.func({ params: Array<"i32">(11).fill("i32") });
  const [image, offsets, panel, panelBytes, sums, sumsRow, taps, channels, columns, rows, skip] = f.params;
  const [wide, offsetsTile, sumsTile] = f.locals("i32", 3);
  const tiles = rowTiles(f, config, taps);
  whileAtLeast(f, channels, 1, () => {
    f.get(channels).i32Const(lanes).op("i32.gt_s").set(wide);
    f.get(offsets).set(offsetsTile).get(sums).set(sumsTile);
    tiles.forEach(() => {
      f.get(tiles.rows, wide, image, offsetsTile, panel).i32Const(tileColumns * width);
      f.get(sumsTile, sumsRow, columns).i32Const(1);
      f.get(rows, skip).call(tile);
      f.get(offsetsTile, tiles.rows).i32Const(2).op("i32.shl", "i32.add").set(offsetsTile);
      f.get(sumsTile).get(tiles.rows, sumsRow).op("i32.mul", "i32.add").set(sumsTile);
    });
    f.sum(panel, panel, panelBytes)
      .increment(sums, tileColumns * width)
      .increment(channels, -tileColumns);
  });
  return f;
}

/** Module bytes of the weight gradient. */
export function gradientModule(dtype: FloatType, relaxed: boolean, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, relaxed);
  const { width, columns: tileColumns } = config;
  const m = wasmModule({ shared });
  const copy = emitCopy(m, config);
  const pack = emitPackPixels(m, config, copy);
  const image = emitImage(m, config);
  const offsets = emitOffsets(m, config);
  const sweep = emitSweep(m, config);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = { ...loadWords(f, pp, IMAGE_WORDS), ...loadWords(f, pp, GRADIENT_WORDS, IMAGE_WORDS.length) };
    const [one, unit, index, n, g, o0, c0, y0, x0, outs, channels, rows, columns, taps] = f.locals("i32", 14);
    const [x, dy, top, left, windowRows, skip, from, to, channel, packed, packedBlock] = f.locals("i32", 11);
    f.i32Const(1).set(one);
    f.sum(w.imageAt, w.imageAt, scratch).sum(w.panelAt, w.panelAt, scratch).sum(w.sumsAt, w.sumsAt, scratch);
    f.get(pp, scratch, w.blockIn).call(offsets);

    /** The gradient of the block's outputs in panels, at `to`. */
    const packGradient = (): void => {
      f.get(dy).set(from).get(w.panelAt).set(to);
      addProduct(f, from, y0, w.dyRowBytes);
      addProduct(f, from, x0, w.dyColumnBytes);
      f.get(to, w.panelBytes, from, w.dyRowBytes, w.dyColumnBytes, w.dyChannelBytes, rows, columns, outs).call(pack);
    };
    const addBlock = (): void => {
      minRemaining(f, columns, w.blockW, w.outW, x0);
      f.get(y0, w.strideH).op("i32.mul").set(top);
      f.get(x0, w.strideW).op("i32.mul").set(left);
      f.get(rows).i32Const(1).op("i32.sub").get(w.strideH).op("i32.mul");
      f.get(w.kernelH).i32Const(1).op("i32.sub").get(w.dilationH).op("i32.mul", "i32.add").i32Const(1).op("i32.add");
      f.set(windowRows);
      f.get(pp, w.imageAt, x, channels, top, left, windowRows).call(image);
      f.get(w.packed).if(() => f.get(packedBlock).set(to).sum(packedBlock, packedBlock, w.blockBytes), packGradient);
      f.get(w.strideH, w.rowBytes).op("i32.mul").get(columns).i32Const(width).op("i32.mul", "i32.sub").set(skip);
      f.get(w.imageAt, scratch, to, w.panelBytes, w.sumsAt, w.sumsRowBytes, taps, outs, columns, rows, skip);
      f.call(sweep);
    };

    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index);
      takeIndex(f, o0, index, w.outBlocks, w.blockOut);
      takeIndex(f, c0, index, w.inBlocks, w.blockIn);
      f.get(index).set(g);
      minRemaining(f, outs, w.blockOut, w.channelsOut, o0);
      minRemaining(f, channels, w.blockIn, w.channelsIn, c0);
      f.get(channels, w.kernelH).op("i32.mul").get(w.kernelW).op("i32.mul").set(taps);
      f.get(w.x).set(x).get(g, w.channelsIn).op("i32.mul").get(c0).op("i32.add").set(channel);
      addProduct(f, x, channel, w.xChannelBytes);
      f.get(w.dy).set(dy).get(g, w.channelsOut).op("i32.mul").get(o0).op("i32.add").set(channel);
      addProduct(f, dy, channel, w.dyChannelBytes);
      f.get(o0)
        .i32Const(tileColumns)
        .op("i32.div_u")
        .get(w.panelBytes)
        .op("i32.mul")
        .get(w.packed)
        .op("i32.add")
        .set(packed);
      addProduct(f, packed, g, w.imageBytes);
      f.get(w.sumsAt).i32Const(0).get(w.sumsBytes).memoryFill();
      f.i32Const(0).set(n);
      forUp(f, n, w.batch, 1, () => {
        f.i32Const(0).set(y0).get(packed).set(packedBlock);
        f.loop((nextRows) => {
          minRemaining(f, rows, w.blockH, w.outH, y0);
          f.i32Const(0).set(x0);
          f.loop((nextColumns) => {
            addBlock();
            f.sum(x0, x0, w.blockW).get(x0, w.outW).op("i32.lt_s").brIf(nextColumns);
          });
          f.sum(y0, y0, w.blockH).get(y0, w.outH).op("i32.lt_s").brIf(nextRows);
        });
        f.sum(x, x, w.xBatchBytes).sum(dy, dy, w.dyBatchBytes);
        addProduct(f, packed, w.groups, w.imageBytes);
      });
      // dw[g][o][c][kh][kw] = sums[c, kh, kw][o]
      f.get(channel, w.channelsIn).op("i32.mul").get(c0).op("i32.add").get(w.kernelH).op("i32.mul").get(w.kernelW);
      f.op("i32.mul").i32Const(width).op("i32.mul").get(w.dw).op("i32.add");
      f.get(w.channelsIn, w.kernelH).op("i32.mul").get(w.kernelW).op("i32.mul").i32Const(width).op("i32.mul");
      f.get(w.sumsAt).i32Const(width).get(w.sumsRowBytes, outs, taps).call(copy);
    });
  });
  return m.bytes();
}
