/** Four-bit codes in bytes and 32-bit words, in the orders that exist. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import type { Numbers } from "../check.ts";

/** Which nibble of a byte comes first: the low one (ONNX, MatMulNBits) or the high one (tinygemm). */
export type NibbleOrder = "low-first" | "high-first";

/** Order of eight codes in a word: from the low nibble up (GPTQ), or 0, 2, 4, 6, 1, 3, 5, 7 (AWQ). */
export type WordOrder = "sequential" | "awq";

const WORD_ORDERS: Readonly<Record<WordOrder, readonly number[]>> = {
  sequential: [0, 1, 2, 3, 4, 5, 6, 7],
  awq: [0, 2, 4, 6, 1, 3, 5, 7],
};

const NIBBLE_ORDERS: readonly NibbleOrder[] = ["low-first", "high-first"];

function checkNibbles(name: string, codes: Numbers): void {
  for (let i = 0; i < codes.length; i++) {
    if (!(Number.isInteger(codes[i]) && codes[i] >= -8 && codes[i] <= 15)) {
      throw new ArgumentError(`${name}: not a code of four bits (got ${codes[i]} at index ${i}, expected -8...15).`);
    }
  }
}

/**
 * Codes of four bits (−8…7 or 0…15), two in a byte. An odd last code is followed by a zero nibble.
 * @throws ArgumentError for arguments out of range or an unknown order
 */
export function packNibbles(codes: Numbers, order: NibbleOrder = "low-first"): Uint8Array<ArrayBuffer> {
  checkNibbles("packNibbles", codes);
  checkChoice("packNibbles", "order", order, NIBBLE_ORDERS);
  const low = order === "low-first" ? 0 : 1;
  const bytes = new Uint8Array(Math.ceil(codes.length / 2));
  for (let i = 0; i < codes.length; i++) bytes[i >> 1] |= (codes[i] & 15) << (4 * ((i & 1) ^ low));
  return bytes;
}

/** The first `count` codes of packed bytes, as 0…15, or as −8…7 when `signed`. Throws when there are not as many. */
export function unpackNibbles(
  bytes: Numbers,
  count: number,
  { order = "low-first", signed = false }: { readonly order?: NibbleOrder; readonly signed?: boolean } = {},
): Int8Array<ArrayBuffer> {
  checkChoice("unpackNibbles", "order", order, NIBBLE_ORDERS);
  if (!(Number.isSafeInteger(count) && count >= 0 && count <= 2 * bytes.length)) {
    throw new ShapeError(`unpackNibbles: not that many codes (got count ${count}, expected 0...${2 * bytes.length}).`);
  }
  const low = order === "low-first" ? 0 : 1;
  return Int8Array.from({ length: count }, (_, i) => {
    const code = (bytes[i >> 1] >> (4 * ((i & 1) ^ low))) & 15;
    return signed && code > 7 ? code - 16 : code;
  });
}

/**
 * Codes of four bits, eight in a 32-bit word. The count must be a multiple of 8.
 * @throws ArgumentError for arguments out of range or an unknown order; ShapeError unless the codes fill words of 8
 */
export function packWords(codes: Numbers, order: WordOrder): Uint32Array<ArrayBuffer> {
  checkNibbles("packWords", codes);
  checkChoice("packWords", "order", order, Object.keys(WORD_ORDERS) as WordOrder[]);
  if (codes.length % 8 !== 0) {
    throw new ShapeError(`packWords: words hold 8 codes (got ${codes.length} codes, expected a multiple).`);
  }
  const places = WORD_ORDERS[order];
  const words = new Uint32Array(codes.length / 8);
  for (let w = 0; w < words.length; w++) {
    for (let place = 0; place < 8; place++) words[w] |= (codes[8 * w + places[place]] & 15) << (4 * place);
  }
  return words;
}

/**
 * The codes 0…15 of 32-bit words.
 * @throws ArgumentError for an unknown order
 */
export function unpackWords(words: Numbers, order: WordOrder): Uint8Array<ArrayBuffer> {
  checkChoice("unpackWords", "order", order, Object.keys(WORD_ORDERS) as WordOrder[]);
  const places = WORD_ORDERS[order];
  const codes = new Uint8Array(8 * words.length);
  for (let w = 0; w < words.length; w++) {
    for (let place = 0; place < 8; place++) codes[8 * w + places[place]] = (words[w] >>> (4 * place)) & 15;
  }
  return codes;
}

/**
 * Zero points as GPTQ checkpoints of version 1 store them, z − 1 modulo 16, and back. Version 2 stores z itself.
 * Forgetting this is a known source of wrong weights.
 * @throws ArgumentError for an unknown direction or arguments out of range
 */
export function gptqZeros(zeros: Numbers, direction: "toStored" | "fromStored"): Uint8Array<ArrayBuffer> {
  checkChoice("gptqZeros", "direction", direction, ["toStored", "fromStored"]);
  checkNibbles("gptqZeros", zeros);
  const shift = direction === "toStored" ? 15 : 1;
  return Uint8Array.from(zeros, (z) => (z + shift) & 15);
}
