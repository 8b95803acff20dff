import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { loadWords } from "./gemmWords.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * The input of a convolution, brought into a form where every tap of the kernel is a plain offset.
 *
 * A window of the padded and dilated input is written channel by channel and row by row. With a horizontal stride s a
 * row is split into s planes, plane q holding the positions q, q + s, q + 2 s, ...: the inputs that one tap needs for
 * neighbouring outputs are then adjacent whatever the stride, so that matrix tiles can read them in place. Nothing like
 * the full matrix of patches, KH KW times the size of the input, is ever written.
 */

/** Parameter words that describe the window; strides and sizes ending in `Bytes` are in bytes. */
// prettier-ignore
export const IMAGE_WORDS = [
  "height", "width",
  "xRowBytes", "xColumnBytes", "xChannelBytes",
  "padTop", "padLeft",
  "strideH", "strideW",
  "spreadH", "spreadW",
  "kernelH", "kernelW",
  "dilationH", "dilationW",
  "planeColumns", "planeBytes", "rowBytes", "channelBytes",
] as const;

/** A parameter word of the window. */
export type ImageWord = (typeof IMAGE_WORDS)[number];

/** Appends a copy of `count` elements, `step` bytes apart at `from`, to adjacent elements at `to`. */
function copyRun(f: FunctionBuilder, config: TileConfig, to: Local, from: Local, step: Local, count: Local): void {
  const { width, lanes, dtype } = config;
  const moveVector = (): void => void f.get(to).get(from).mem("v128.load").mem("v128.store");
  f.get(step).i32Const(width).op("i32.eq").get(count).i32Const(lanes).op("i32.ge_s", "i32.and");
  f.if(() => {
    whileAtLeast(f, count, lanes, () => {
      moveVector();
      f.increment(to, 16).increment(from, 16).increment(count, -lanes);
    });
    // The last vector overlaps the one before, so that nothing beyond the run is read or written.
    f.get(count).i32Const(lanes).op("i32.sub").i32Const(config.shift).op("i32.shl").tee(count);
    f.get(from).op("i32.add").set(from).get(to, count).op("i32.add").set(to);
    moveVector();
    f.i32Const(0).set(count);
  });
  f.get(step)
    .i32Const(2 * width)
    .op("i32.eq");
  f.if(() => {
    // One more element than the vectors use must exist, because the second load covers it.
    whileAtLeast(f, count, lanes + 1, () => {
      f.get(to).get(from).mem("v128.load").get(from).mem("v128.load", 16);
      f.shuffle(lanes === 4 ? [0, 2, 4, 6] : [0, 2]).mem("v128.store");
      f.increment(to, 16).increment(from, 32).increment(count, -lanes);
    });
  });
  whileAtLeast(f, count, 1, () => {
    f.get(to).get(from).mem(`${dtype}.load`).mem(`${dtype}.store`);
    f.sum(from, from, step).increment(to, width).increment(count, -1);
  });
}

/**
 * Emits `image(pp, dst, src, channels, top, left, rows)`: writes rows [top, top + rows) of the padded, dilated input for
 * `channels` channels from the one at `src`, starting at padded column `left`. `pp` points to {@link IMAGE_WORDS}.
 */
export function emitImage(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { shift, dtype } = config;
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [pp, dst, src, channels, top, left, rows] = f.params;
  const w = loadWords(f, pp, IMAGE_WORDS);
  const [c, r, q, y, to, row, at, from, base, step, i] = f.locals("i32", 11);
  const [first, inside, count, plane, channel, source, above] = f.locals("i32", 7);
  f.get(w.strideW, w.xColumnBytes).op("i32.mul").set(step);
  const bytes = (elements: Local): FunctionBuilder => f.get(elements).i32Const(shift).op("i32.shl");
  const zeroVectors = (size: Local): void => {
    whileAtLeast(f, size, 1, () => {
      f.get(at).v128Const(new Uint8Array(16)).mem("v128.store");
      f.increment(at, 16).increment(size, -16);
    });
  };
  const zeroPlane = (): void => {
    f.get(w.planeBytes).set(count).get(to).set(at);
    zeroVectors(count);
  };

  /** Entries i of the plane with 0 <= base + i stride < width are one run: its first entry, its length, its place in a row. */
  const findRun = (): void => {
    f.i32Const(0).set(first).i32Const(0).set(inside);
    f.get(base).i32Const(0).op("i32.lt_s");
    f.if(() =>
      f.get(w.strideW).i32Const(1).op("i32.sub").get(base).op("i32.sub").get(w.strideW).op("i32.div_u").set(first),
    );
    f.get(w.width, base).op("i32.sub").i32Const(1).op("i32.sub").tee(count).i32Const(0).op("i32.ge_s");
    f.if(() => {
      f.get(count, w.strideW).op("i32.div_u").i32Const(1).op("i32.add").tee(count);
      f.get(w.planeColumns, count, w.planeColumns).op("i32.lt_s", "select");
      f.get(first).op("i32.sub").set(inside);
    });
    f.get(first, w.strideW).op("i32.mul").get(base).op("i32.add").get(w.xColumnBytes).op("i32.mul").set(i);
  };
  /** A row of the plane: zeros where its ends are outside of the input, then the run over them. */
  const writeRow = (): void => {
    bytes(first).set(count).get(to).set(at);
    zeroVectors(count);
    f.get(to).get(first, inside).op("i32.add").i32Const(shift).op("i32.shl").i32Const(-16).op("i32.and").tee(count);
    f.op("i32.add").set(at);
    f.get(w.planeBytes, count).op("i32.sub").set(count);
    f.get(first, inside).op("i32.add").get(w.planeColumns).op("i32.lt_s");
    f.if(() => zeroVectors(count));
    f.get(to);
    bytes(first).op("i32.add").set(at);
    f.get(row, i).op("i32.add").set(from).get(inside).set(count);
    copyRun(f, config, at, from, step, count);
  };
  /** All channels and rows of one plane after the other: what the planes have in common is found once. */
  const writePlanes = (): void => {
    f.get(dst).set(plane).get(left, w.padLeft).op("i32.sub").set(base);
    f.get(top, w.padTop).op("i32.sub").set(above);
    forUp(f, q, w.strideW, 1, () => {
      findRun();
      f.i32Const(0)
        .set(c)
        .get(plane)
        .set(channel)
        .get(src)
        .get(above, w.xRowBytes)
        .op("i32.mul", "i32.add")
        .set(source);
      forUp(f, c, channels, 1, () => {
        f.i32Const(0).set(r).get(channel).set(to).get(source).set(row);
        forUp(f, r, rows, 1, () => {
          f.get(above, r).op("i32.add").set(y);
          f.get(y).i32Const(0).op("i32.ge_s").get(y, w.height).op("i32.lt_s", "i32.and");
          f.get(inside).i32Const(0).op("i32.gt_s", "i32.and").if(writeRow, zeroPlane);
          f.sum(to, to, w.rowBytes).sum(row, row, w.xRowBytes);
        });
        f.sum(channel, channel, w.channelBytes).sum(source, source, w.xChannelBytes);
      });
      f.sum(plane, plane, w.planeBytes).increment(base, 1);
    });
  };

  /** Elements spread out by zeros: the place of each is looked up. */
  const spreadRow = (): void => {
    f.i32Const(0).set(i).get(row).set(from);
    forUp(f, i, w.width, 1, () => {
      f.get(i, w.spreadW).op("i32.mul").get(base).op("i32.sub").set(at);
      f.get(at).i32Const(0).op("i32.ge_s").get(at, w.strideW).op("i32.rem_s", "i32.eqz", "i32.and");
      f.get(at, w.strideW).op("i32.div_s").tee(at).get(w.planeColumns).op("i32.lt_s", "i32.and");
      f.if(() => {
        f.get(to);
        bytes(at).op("i32.add");
        f.get(from).mem(`${dtype}.load`).mem(`${dtype}.store`);
      });
      f.sum(from, from, w.xColumnBytes);
    });
  };
  const writeSpread = (): void => {
    forUp(f, c, channels, 1, () => {
      f.i32Const(0).set(r).get(dst).set(to);
      forUp(f, r, rows, 1, () => {
        f.get(top, r).op("i32.add").get(w.padTop).op("i32.sub").set(y);
        f.i32Const(0).set(q).get(left, w.padLeft).op("i32.sub").set(base);
        forUp(f, q, w.strideW, 1, () => {
          zeroPlane();
          f.get(y).i32Const(0).op("i32.ge_s").get(y, w.spreadH).op("i32.rem_s", "i32.eqz", "i32.and");
          f.get(y, w.spreadH).op("i32.div_s").get(w.height).op("i32.lt_s", "i32.and");
          f.if(() => {
            f.get(y, w.spreadH).op("i32.div_s").get(w.xRowBytes).op("i32.mul").get(src).op("i32.add").set(row);
            spreadRow();
          });
          f.sum(to, to, w.planeBytes).increment(base, 1);
        });
      });
      f.sum(dst, dst, w.channelBytes).sum(src, src, w.xChannelBytes);
    });
  };

  f.get(w.spreadH).i32Const(1).op("i32.eq").get(w.spreadW).i32Const(1).op("i32.eq", "i32.and");
  f.if(writePlanes, writeSpread);
  return f;
}

/**
 * Emits `offsets(pp, dst, channels)`: for every channel and tap, in the order of the weights, the byte offset of the tap
 * in the window written by `image`.
 */
export function emitOffsets(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const f = m.func({ params: ["i32", "i32", "i32"] });
  const [pp, dst, channels] = f.params;
  const w = loadWords(f, pp, IMAGE_WORDS);
  const [c, kh, kw, base, row, column] = f.locals("i32", 6);
  forUp(f, c, channels, 1, () => {
    f.i32Const(0).set(kh).get(base).set(row);
    forUp(f, kh, w.kernelH, 1, () => {
      f.i32Const(0).set(kw);
      forUp(f, kw, w.kernelW, 1, () => {
        f.get(kw, w.dilationW).op("i32.mul").set(column);
        f.get(dst).get(row);
        f.get(column, w.strideW).op("i32.rem_u").get(w.planeBytes).op("i32.mul", "i32.add");
        f.get(column, w.strideW).op("i32.div_u").i32Const(config.shift).op("i32.shl", "i32.add");
        f.mem("i32.store").increment(dst, 4);
      });
      f.get(row).get(w.dilationH, w.rowBytes).op("i32.mul", "i32.add").set(row);
    });
    f.sum(base, base, w.channelBytes);
  });
  return f;
}
