/** Codes of any width, packed into 32-bit words without gaps. */
import { checkInteger } from "../check.ts";
import type { Numbers } from "../check.ts";

/**
 * Codes as a stream of `bits`-bit fields, low bits first; negative codes as two's complement.
 * @throws ArgumentError for bits out of range
 */
export function packBits(codes: Numbers, bits: number): Uint32Array<ArrayBuffer> {
  checkInteger("packBits", "bits", bits, 1, 16);
  const words = new Uint32Array(Math.ceil((codes.length * bits) / 32));
  const mask = 2 ** bits - 1;
  for (let i = 0, at = 0; i < codes.length; i++, at += bits) {
    const word = Math.floor(at / 32);
    const shift = at % 32;
    const code = codes[i] & mask;
    words[word] |= code << shift;
    if (shift + bits > 32) words[word + 1] |= code >>> (32 - shift);
  }
  return words;
}

/**
 * The first `count` codes of packed words.
 * @throws ArgumentError for bits or count out of range
 */
export function unpackBits(words: Numbers, bits: number, count: number, signed: boolean): Int8Array | Uint8Array {
  checkInteger("unpackBits", "bits", bits, 1, 8);
  checkInteger("unpackBits", "count", count, 0, Math.floor((words.length * 32) / bits));
  const codes = signed ? new Int8Array(count) : new Uint8Array(count);
  const mask = 2 ** bits - 1;
  for (let i = 0, at = 0; i < count; i++, at += bits) {
    const word = Math.floor(at / 32);
    const shift = at % 32;
    let code = words[word] >>> shift;
    if (shift + bits > 32) code |= words[word + 1] << (32 - shift);
    code &= mask;
    codes[i] = signed && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
  }
  return codes;
}
