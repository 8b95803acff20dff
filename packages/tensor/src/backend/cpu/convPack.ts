import { wasmModule } from "./asm.ts";
import { emitCopy } from "./gemmCopy.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType } from "./gemmMicro.ts";
import { addProduct, loadWords, takeIndex } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words of the kernel that brings weights into C order [group, out, in, kernelH, kernelW]; names ending in
 * `Bytes` are strides of the source in bytes. A work unit is one pair of group and output channel.
 */
// prettier-ignore
export const PACK_WORDS = [
  "w", "packed",
  "channelsOut", "channelsIn", "kernelH", "kernelW",
  "groupBytes", "outBytes", "inBytes", "rowBytes", "columnBytes",
] as const;

/** Module bytes of the packing of weights. */
export function packModule(dtype: FloatType, shared: boolean): Uint8Array {
  const config = tileConfig(dtype, false);
  const m = wasmModule({ shared });
  const copy = emitCopy(m, config);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, PACK_WORDS);
    const [one, unit, index, out, c, from, to, rowSize, planeSize] = f.locals("i32", 9);
    f.i32Const(1).set(one);
    f.get(w.kernelW).i32Const(config.width).op("i32.mul").set(rowSize);
    f.get(rowSize, w.kernelH).op("i32.mul").set(planeSize);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index).get(w.packed).set(to).get(w.w).set(from);
      f.get(to).get(unit, w.channelsIn).op("i32.mul").get(planeSize).op("i32.mul", "i32.add").set(to);
      takeIndex(f, out, index, w.channelsOut, one);
      addProduct(f, from, out, w.outBytes);
      addProduct(f, from, index, w.groupBytes);
      f.i32Const(0).set(c);
      forUp(f, c, w.channelsIn, 1, () => {
        f.get(to, rowSize, from, w.rowBytes, w.columnBytes, w.kernelH, w.kernelW).call(copy);
        f.sum(to, to, planeSize).sum(from, from, w.inBytes);
      });
    });
  });
  return m.bytes();
}
