/** The GGUF block formats that are read, and those that are written. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";
import { checkFinite } from "../check.ts";
import type { Numbers } from "../check.ts";
import type { BlockFormat } from "./block.ts";
import { Q4_0, Q4_1, Q5_0, Q8_0 } from "./legacy.ts";
import { F16, F32 } from "./plain.ts";
import { Q4_K, Q6_K } from "./super.ts";
import { IQ4_NL, MXFP4, NVFP4 } from "./table.ts";

/** Every GGUF format of this package. */
export const BLOCK_FORMATS: readonly BlockFormat[] = [
  F32,
  F16,
  Q4_0,
  Q4_1,
  Q5_0,
  Q8_0,
  Q4_K,
  Q6_K,
  MXFP4,
  NVFP4,
  IQ4_NL,
];

/** The format of a name. Throws for names that are not known. */
export function blockFormat(name: string): BlockFormat {
  const found = BLOCK_FORMATS.find((format) => format.name === name);
  if (found === undefined) {
    const names = BLOCK_FORMATS.map((format) => format.name).join(", ");
    throw new ArgumentError(`blockFormat: unknown format (got ${name}, expected one of ${names}).`);
  }
  return found;
}

/**
 * The bytes of consecutive blocks.
 * @param x finite numbers, a multiple of the block; rounded to float32
 * @throws ArgumentError for formats that are only read (Q4_K, Q6_K, IQ4_NL) and for numbers that are not finite;
 * ShapeError for an incomplete block
 */
export function encodeBlocks(x: Numbers, name: string): Uint8Array<ArrayBuffer> {
  const { block, bytes, encode } = blockFormat(name);
  if (encode === undefined) {
    throw new ArgumentError(`encodeBlocks: this format is only read (got ${name}). Choose Q4_0, Q4_1, Q5_0 or Q8_0.`);
  }
  if (x.length % block !== 0) {
    throw new ShapeError(
      `encodeBlocks: ${name} has blocks of ${block} (got ${x.length} numbers, expected a multiple).`,
    );
  }
  checkFinite("encodeBlocks", "x", x);
  const values = Float32Array.from(x);
  const out = new Uint8Array((x.length / block) * bytes);
  for (let b = 0; b < x.length / block; b++) {
    encode(values.subarray(b * block, (b + 1) * block), out.subarray(b * bytes, (b + 1) * bytes));
  }
  return out;
}

/** The values of consecutive blocks, in float32. Throws a ShapeError for an incomplete block. */
export function decodeBlocks(bytes: Uint8Array, name: string): Float32Array<ArrayBuffer> {
  const format = blockFormat(name);
  if (bytes.length % format.bytes !== 0) {
    throw new ShapeError(
      `decodeBlocks: ${name} has blocks of ${format.bytes} bytes (got ${bytes.length} bytes, expected a multiple).`,
    );
  }
  const blocks = bytes.length / format.bytes;
  const x = new Float32Array(blocks * format.block);
  for (let b = 0; b < blocks; b++) {
    format.decode(
      bytes.subarray(b * format.bytes, (b + 1) * format.bytes),
      x.subarray(b * format.block, (b + 1) * format.block),
    );
  }
  return x;
}
