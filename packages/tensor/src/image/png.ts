/** PNG files, by the package `fast-png`. */
import type * as FastPng from "fast-png";
import { ArgumentError, FormatError } from "../errors.ts";
import type { Pixels } from "./pixels.ts";

async function library(name: string): Promise<typeof FastPng> {
  try {
    return await import("fast-png");
  } catch {
    throw new ArgumentError(`${name}: the package fast-png is not installed (got none). Run \`npm install fast-png\`.`);
  }
}

/** Samples of less than 8 bits, most significant first, every row in whole bytes. */
function unpacked({ width, height, data, depth }: FastPng.DecodedPng): Uint8Array {
  const out = new Uint8Array(width * height);
  const perRow = Math.ceil((width * depth) / 8);
  const mask = (1 << depth) - 1;
  for (let i = 0; i < out.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const bit = column * depth;
    out[i] = (data[row * perRow + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
  }
  return out;
}

/** Colours of a palette in place of their numbers. */
function colored(indices: ArrayLike<number>, palette: readonly (readonly number[])[]): Uint8Array {
  const channels = palette[0].length;
  const out = new Uint8Array(indices.length * channels);
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] >= palette.length) {
      throw new FormatError(
        `readPng: a pixel's color is not in the palette (got ${indices[i]}, expected below ${palette.length}).`,
      );
    }
    out.set(palette[indices[i]], i * channels);
  }
  return out;
}

/** An alpha channel for images in which one color stands for nothing. */
function keyed({ width, height, channels, samples, most }: Pixels, key: ArrayLike<number>): Pixels {
  const out = new (most > 255 ? Uint16Array : Uint8Array)(width * height * (channels + 1));
  for (let i = 0; i < width * height; i++) {
    let same = true;
    for (let c = 0; c < channels; c++) {
      const value = samples[i * channels + c];
      out[i * (channels + 1) + c] = value;
      same &&= value === key[c];
    }
    out[i * (channels + 1) + channels] = same ? 0 : most;
  }
  return { width, height, channels: channels + 1, samples: out, most };
}

/** Reads the samples of a file. @throws FormatError when it is no PNG */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const { decode } = await library("readPng");
  let png: FastPng.DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new FormatError(`readPng: not a PNG file (got ${String(error)}, expected one that can be decoded).`);
  }
  const { width, height, depth, palette, transparency } = png;
  const raw = depth < 8 ? unpacked(png) : png.data;
  if (palette !== undefined && palette.length > 0) {
    return { width, height, channels: palette[0].length, samples: colored(raw, palette), most: 255 };
  }
  const pixels = { width, height, channels: png.channels, samples: raw, most: 2 ** depth - 1 };
  return transparency !== undefined && transparency.length > 0 ? keyed(pixels, transparency) : pixels;
}

/** The bytes of a file with these samples, of 8 or 16 bits. */
export async function encodePng({ width, height, channels, samples, most }: Pixels): Promise<Uint8Array> {
  const { encode } = await library("writePng");
  return encode({ width, height, channels, data: samples, depth: most === 255 ? 8 : 16 });
}
