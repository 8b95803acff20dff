import { wasmModule } from "./asm.ts";
import type { FunctionBuilder, ModuleBuilder } from "./asm.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType, TileConfig } from "./gemmMicro.ts";
import { emitPanels } from "./gemmPanels.ts";
import { addProduct, loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words of the kernel that brings the gradient of a convolution's output into panels: for every image, group
 * and block of pixels the panels of all output channels, `panelBytes` apart.
 */
// prettier-ignore
export const GRADIENT_PACK_WORDS = [
  "dy", "packed",
  "groups", "channelsOut", "outH", "outW",
  "dyBatchBytes", "dyChannelBytes", "dyRowBytes", "dyColumnBytes",
  "blockH", "blockW", "panelBytes", "blockBytes", "imageBytes",
] as const;

/**
 * Emits `pack(dst, panel, src, rowBytes, columnBytes, channelBytes, rows, columns, channels)`: rows by columns pixels of
 * `channels` channels, transposed: one row per pixel, in panels that hold as many channels as a tile.
 */
export function emitPackPixels(m: ModuleBuilder, config: TileConfig, copy: FunctionBuilder): FunctionBuilder {
  const panels = emitPanels(m, config, copy);
  const f = m.func({ params: Array<"i32">(9).fill("i32") });
  const [dst, panel, src, rowBytes, columnBytes, channelBytes, rows, columns, channels] = f.params;
  const r = f.local("i32");
  const pack = (pixels: () => FunctionBuilder): void => {
    f.get(dst, panel, src, columnBytes, channelBytes);
    pixels().get(channels).call(panels);
  };
  f.get(rowBytes).get(columns, columnBytes).op("i32.mul", "i32.eq");
  f.if(
    () => pack(() => f.get(rows, columns).op("i32.mul")),
    () => {
      forUp(f, r, rows, 1, () => {
        pack(() => f.get(columns));
        f.get(dst)
          .get(columns)
          .i32Const(config.columns * config.width)
          .op("i32.mul", "i32.add")
          .set(dst);
        f.sum(src, src, rowBytes);
      });
    },
  );
  return f;
}

/** Module bytes of the packing. A work unit is one group of one image. */
export function gradientPackModule(dtype: FloatType, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, false);
  const m = wasmModule({ shared });
  const pack = emitPackPixels(m, config, emitCopy(m, config));
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, GRADIENT_PACK_WORDS);
    const [one, unit, index, g, y0, x0, rows, columns, from, at, to] = f.locals("i32", 11);
    f.i32Const(1).set(one).get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index).get(w.packed).set(to);
      addProduct(f, to, unit, w.imageBytes);
      takeIndex(f, g, index, w.groups, one);
      f.get(w.dy).set(from);
      addProduct(f, from, index, w.dyBatchBytes);
      f.get(g, w.channelsOut).op("i32.mul").set(g);
      addProduct(f, from, g, w.dyChannelBytes);
      f.i32Const(0).set(y0);
      f.loop((nextRows) => {
        minRemaining(f, rows, w.blockH, w.outH, y0);
        f.i32Const(0).set(x0);
        f.loop((nextColumns) => {
          minRemaining(f, columns, w.blockW, w.outW, x0);
          f.get(from).set(at);
          addProduct(f, at, y0, w.dyRowBytes);
          addProduct(f, at, x0, w.dyColumnBytes);
          f.get(to, w.panelBytes, at, w.dyRowBytes, w.dyColumnBytes, w.dyChannelBytes, rows, columns, w.channelsOut);
          f.call(pack).sum(to, to, w.blockBytes);
          f.sum(x0, x0, w.blockW).get(x0, w.outW).op("i32.lt_s").brIf(nextColumns);
        });
        f.sum(y0, y0, w.blockH).get(y0, w.outH).op("i32.lt_s").brIf(nextRows);
      });
    });
  });
  return m.bytes();
}
