/** The interface of GGUF block formats, and the half-precision numbers that they contain. */
import { decodeFloat, encodeFloat } from "../formats/float.ts";

/** How a block of consecutive values lies in bytes. */
export interface BlockFormat {
  /** The name in GGUF files. */
  readonly name: string;
  /** The type's number in GGUF files. */
  readonly type: number;
  /** Values in a block. */
  readonly block: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Writes one block; `x` has `block` float32 values, `to` has `bytes` bytes of zeros. Left out where decode only. */
  readonly encode?: (x: Float32Array, to: Uint8Array) => void;
  /** Reads one block into `to`. */
  readonly decode: (from: Uint8Array, to: Float32Array) => void;
}

/** The half-precision number at a byte offset. */
export function readHalf(from: Uint8Array, offset: number): number {
  return decodeFloat([from[offset] | (from[offset + 1] << 8)], "f16")[0];
}

/** Writes a number in half precision at a byte offset; beyond 65504 it becomes infinite. */
export function writeHalf(to: Uint8Array, offset: number, value: number): void {
  const [code] = encodeFloat([value], "f16", { saturate: false });
  to[offset] = code & 255;
  to[offset + 1] = code >> 8;
}

/** The number of largest absolute value, first one wins. */
export function largestOf(x: Float32Array): number {
  let largest = 0;
  for (const v of x) if (Math.abs(v) > Math.abs(largest)) largest = v;
  return largest;
}

/** fl32(1/d), or 0 for d = 0: block formats multiply by the reciprocal. */
export function reciprocal(d: number): number {
  return d === 0 ? 0 : Math.fround(1 / d);
}

/** fl32(fl32(a·b) + c). */
export function scaled(a: number, b: number, c: number): number {
  return Math.fround(Math.fround(a * b) + c);
}
