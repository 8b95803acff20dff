/**
 * GGUF blocks of 32 values with a half-precision scale: Q4_0, Q4_1, Q5_0, Q8_0.
 *
 * Codes are computed with the scale before it is rounded to half precision, in float32. The first half of a block lies
 * in the low nibbles, the second half in the high ones.
 * @see ggml-org/ggml, reference quantisers
 */
import type { BlockFormat } from "./block.ts";
import { largestOf, readHalf, reciprocal, scaled, writeHalf } from "./block.ts";
import { roundHalfAway } from "../numbers.ts";

/** Values in a block. */
const BLOCK = 32;
const HALF = BLOCK / 2;

/** Q4_0: d = m/−8 for the value m of largest size; q = min(15, ⌊x/d + 8.5⌋); x ≈ (q − 8)·d. */
export const Q4_0: BlockFormat = {
  name: "Q4_0",
  type: 2,
  block: BLOCK,
  bytes: 18,
  encode(x, to) {
    const d = Math.fround(largestOf(x) / -8);
    const inverse = reciprocal(d);
    writeHalf(to, 0, d);
    const code = (v: number): number => Math.min(15, Math.trunc(scaled(v, inverse, 8.5)));
    for (let i = 0; i < HALF; i++) to[2 + i] = code(x[i]) | (code(x[i + HALF]) << 4);
  },
  decode(from, to) {
    const d = readHalf(from, 0);
    for (let i = 0; i < HALF; i++) {
      to[i] = ((from[2 + i] & 15) - 8) * d;
      to[i + HALF] = ((from[2 + i] >> 4) - 8) * d;
    }
  },
};

/** Q4_1: d = (max − min)/15; q = min(15, ⌊(x − min)/d + ½⌋); x ≈ q·d + min. */
export const Q4_1: BlockFormat = {
  name: "Q4_1",
  type: 3,
  block: BLOCK,
  bytes: 20,
  encode(x, to) {
    const min = Math.min(...x);
    const d = Math.fround(Math.fround(Math.max(...x) - min) / 15);
    const inverse = reciprocal(d);
    writeHalf(to, 0, d);
    writeHalf(to, 2, min);
    const code = (v: number): number => Math.min(15, Math.trunc(scaled(Math.fround(v - min), inverse, 0.5)));
    for (let i = 0; i < HALF; i++) to[4 + i] = code(x[i]) | (code(x[i + HALF]) << 4);
  },
  decode(from, to) {
    const d = readHalf(from, 0);
    const min = readHalf(from, 2);
    for (let i = 0; i < HALF; i++) {
      to[i] = scaled(from[4 + i] & 15, d, min);
      to[i + HALF] = scaled(from[4 + i] >> 4, d, min);
    }
  },
};

/** Q5_0: d = m/−16; q = min(31, ⌊x/d + 16.5⌋), the fifth bits in a word of their own; x ≈ (q − 16)·d. */
export const Q5_0: BlockFormat = {
  name: "Q5_0",
  type: 6,
  block: BLOCK,
  bytes: 22,
  encode(x, to) {
    const d = Math.fround(largestOf(x) / -16);
    const inverse = reciprocal(d);
    writeHalf(to, 0, d);
    const code = (v: number): number => Math.min(31, Math.trunc(scaled(v, inverse, 16.5)));
    for (let i = 0; i < BLOCK; i++) {
      const q = code(x[i]);
      to[6 + (i % HALF)] |= (q & 15) << (i < HALF ? 0 : 4);
      to[2 + (i >> 3)] |= (q >> 4) << (i & 7);
    }
  },
  decode(from, to) {
    const d = readHalf(from, 0);
    for (let i = 0; i < BLOCK; i++) {
      const low = (from[6 + (i % HALF)] >> (i < HALF ? 0 : 4)) & 15;
      const high = (from[2 + (i >> 3)] >> (i & 7)) & 1;
      to[i] = ((low | (high << 4)) - 16) * d;
    }
  },
};

/** Q8_0: d = largest |x|/127; q = x/d rounded, ties away from zero; x ≈ q·d. */
export const Q8_0: BlockFormat = {
  name: "Q8_0",
  type: 8,
  block: BLOCK,
  bytes: 34,
  encode(x, to) {
    const d = Math.fround(Math.abs(largestOf(x)) / 127);
    const inverse = reciprocal(d);
    writeHalf(to, 0, d);
    for (let i = 0; i < BLOCK; i++) to[2 + i] = roundHalfAway(Math.fround(x[i] * inverse)) & 255;
  },
  decode(from, to) {
    const d = readHalf(from, 0);
    for (let i = 0; i < BLOCK; i++) to[i] = ((from[2 + i] << 24) >> 24) * d;
  },
};
