/** Images: pixels of canvases and of PNG files as tensors [channels, height, width] with numbers in [0, 1], and back. */
import "./backend/cpu/complete.ts";
import { ArgumentError, checkOptions, show } from "./errors.ts";
import { pixelsOf, tensorOf, withChannels } from "./image/pixels.ts";
import { decodePng, encodePng } from "./image/png.ts";
import type { Tensor } from "./tensor.ts";

/** What an `ImageData` is, structurally: red, green, blue and alpha of all pixels, row by row. */
export interface ImageDataLike {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Options of {@link readPng} and {@link fromImageData}. */
export interface ReadImageOptions {
  /**
   * 1: luminance (0.2126 red + 0.7152 green + 0.0722 blue of the stored values); 3: red, green and blue; 4: alpha too, 1 where
   * there is none. Left out: what the file has, and 4 for an `ImageData`.
   */
  readonly channels?: 1 | 3 | 4;
  readonly device?: string;
}

/** Options of {@link writePng}. */
export interface WritePngOptions {
  /** Bits per sample, 8 when left out. */
  readonly depth?: 8 | 16;
}

/**
 * The pixels of an `ImageData` (or a record with its fields) as a tensor [channels, height, width], f32 in [0, 1]. Colours are
 * taken as stored: no gamma is applied, and alpha is not multiplied in.
 * @throws ArgumentError when the record does not hold width times height pixels, and for bad options
 */
export function fromImageData(image: ImageDataLike, options: ReadImageOptions = {}): Tensor<"f32"> {
  checkOptions("fromImageData", options, ["channels", "device"]);
  const { data, width, height } = image ?? {};
  const bytes = data instanceof Uint8ClampedArray || data instanceof Uint8Array;
  const sizes = [width, height].every((n) => Number.isInteger(n) && n > 0);
  if (!bytes || !sizes || data.length !== width * height * 4) {
    throw new ArgumentError(
      `fromImageData: the argument is no image (got ${show(image)}, expected width, height, and data of 4 bytes per pixel).`,
    );
  }
  const pixels = { width, height, channels: 4, samples: data, most: 255 };
  return tensorOf(withChannels("fromImageData", pixels, options.channels), options.device);
}

/**
 * An image as the record that `new ImageData(data, width, height)` takes: numbers are cut to [0, 1] and rounded to bytes.
 * @param x floats: [height, width] or [1, height, width] become grey; [2, ...] grey and alpha; [3, ...] colours; [4, ...]
 * colours and alpha
 * @throws ShapeError for other shapes, DTypeError for anything but floats
 */
export async function toImageData(
  x: Tensor,
): Promise<{ data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number }> {
  const { width, height, samples } = withChannels("toImageData", await pixelsOf("toImageData", x, 255), 4);
  return { data: Uint8ClampedArray.from(samples), width, height };
}

/**
 * The image in a PNG file as a tensor [channels, height, width], f32 in [0, 1]: 1 channel for grey, 2 for grey and alpha, 3 for
 * colours, 4 for colours and alpha, unless `channels` asks for something else. All depths, palettes, and colours that stand
 * for nothing are understood; animations give their default image. Needs the package `fast-png`.
 * @throws FormatError when the bytes are no PNG file, ArgumentError for bad options or without the package
 */
export async function readPng(bytes: Uint8Array | ArrayBuffer, options: ReadImageOptions = {}): Promise<Tensor<"f32">> {
  checkOptions("readPng", options, ["channels", "device"]);
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
    throw new ArgumentError(
      `readPng: expected the bytes of a file (got ${show(bytes)}, expected a Uint8Array or an ArrayBuffer).`,
    );
  }
  const pixels = await decodePng(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
  return tensorOf(withChannels("readPng", pixels, options.channels), options.device);
}

/**
 * The bytes of a PNG file: numbers are cut to [0, 1] and rounded to 8 or 16 bits. Needs the package `fast-png`.
 * @param x floats: [height, width], or [channels, height, width] with 1 (grey), 2 (grey and alpha), 3 (colours) or 4 channels
 * @throws ShapeError for other shapes, DTypeError for anything but floats, ArgumentError for bad options or without the
 * package
 */
export async function writePng(x: Tensor, options: WritePngOptions = {}): Promise<Uint8Array> {
  checkOptions("writePng", options, ["depth"]);
  const { depth = 8 } = options;
  if (depth !== 8 && depth !== 16) {
    throw new ArgumentError(`writePng: depth must be 8 or 16 (got ${show(depth)}).`);
  }
  return encodePng(await pixelsOf("writePng", x, depth === 8 ? 255 : 65535));
}
