/** GGUF blocks whose codes are entries of a table: MXFP4, NVFP4, IQ4_NL. */
import { E8M0_NAN, decodeE8m0 } from "../formats/e8m0.ts";
import { decodeFloat, encodeFloat } from "../formats/float.ts";
import { exponentOf } from "../numbers.ts";
import type { BlockFormat } from "./block.ts";
import { readHalf } from "./block.ts";

/** Twice the values of E2M1, in the order of the codes. */
const E2M1_DOUBLED = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/** The levels of IQ4_NL. */
const IQ4_LEVELS = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** Code of the E2M1 number d·v/2 nearest to x; of equally near ones the first. */
function nearest(x: number, d: number): number {
  let best = 0;
  for (let code = 1; code < 16; code++) {
    const distance = Math.abs(Math.fround(Math.fround(E2M1_DOUBLED[code] * d) - x));
    if (distance < Math.abs(Math.fround(Math.fround(E2M1_DOUBLED[best] * d) - x))) best = code;
  }
  return best;
}

function largestSize(x: Float32Array): number {
  return x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
}

/** MXFP4: a power-of-two byte and 32 E2M1 numbers, halves in low and high nibbles. Ties go to the smaller number. */
export const MXFP4: BlockFormat = {
  name: "MXFP4",
  type: 39,
  block: 32,
  bytes: 17,
  encode(x, to) {
    const largest = largestSize(x);
    to[0] = largest === 0 ? 0 : Math.max(0, Math.min(E8M0_NAN - 1, exponentOf(largest) - 2 + 127));
    const d = decodeE8m0(to[0]) / 2;
    for (let i = 0; i < 16; i++) to[1 + i] = nearest(x[i], d) | (nearest(x[i + 16], d) << 4);
  },
  decode(from, to) {
    const d = decodeE8m0(from[0]) / 2;
    for (let i = 0; i < 16; i++) {
      to[i] = E2M1_DOUBLED[from[1 + i] & 15] * d;
      to[i + 16] = E2M1_DOUBLED[from[1 + i] >> 4] * d;
    }
  },
};

/** NVFP4: four parts of 16 E2M1 numbers, each with an unsigned E4M3 scale. Ties go to the smaller number. */
export const NVFP4: BlockFormat = {
  name: "NVFP4",
  type: 40,
  block: 64,
  bytes: 36,
  encode(x, to) {
    for (let part = 0; part < 4; part++) {
      const values = x.subarray(16 * part, 16 * part + 16);
      to[part] = encodeFloat([Math.fround(largestSize(values) / 6)], "e4m3fn")[0];
      const d = decodeFloat([to[part]], "e4m3fn")[0] / 2;
      for (let i = 0; i < 8; i++) to[4 + 8 * part + i] = nearest(values[i], d) | (nearest(values[i + 8], d) << 4);
    }
  },
  decode(from, to) {
    for (let part = 0; part < 4; part++) {
      const d = decodeFloat([from[part] & 127], "e4m3fn")[0] / 2;
      for (let i = 0; i < 8; i++) {
        const byte = from[4 + 8 * part + i];
        to[16 * part + i] = E2M1_DOUBLED[byte & 15] * d;
        to[16 * part + i + 8] = E2M1_DOUBLED[byte >> 4] * d;
      }
    }
  },
};

/** IQ4_NL, for reading: a half-precision scale and 32 levels of an uneven table. */
export const IQ4_NL: BlockFormat = {
  name: "IQ4_NL",
  type: 20,
  block: 32,
  bytes: 18,
  decode(from, to) {
    const d = readHalf(from, 0);
    for (let i = 0; i < 16; i++) {
      to[i] = IQ4_LEVELS[from[2 + i] & 15] * d;
      to[i + 16] = IQ4_LEVELS[from[2 + i] >> 4] * d;
    }
  },
};
