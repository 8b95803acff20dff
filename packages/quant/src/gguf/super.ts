/**
 * GGUF super-blocks of 256 values, for reading: Q4_K and Q6_K. Their encoders are searches that other builds do not
 * repeat bit for bit, so files are written in the other formats.
 * @see ggml-org/ggml, reference dequantisers
 */
import type { BlockFormat } from "./block.ts";
import { readHalf } from "./block.ts";

const BLOCK = 256;

/** Scale and minimum of part `j` of 8, six bits each, from the 12 bytes that begin at byte 4. */
function scaleAndMin(from: Uint8Array, j: number): readonly [scale: number, min: number] {
  const at = (i: number): number => from[4 + i];
  return j < 4
    ? [at(j) & 63, at(j + 4) & 63]
    : [(at(j + 4) & 15) | ((at(j - 4) >> 6) << 4), (at(j + 4) >> 4) | ((at(j) >> 6) << 4)];
}

/** Q4_K: eight parts of 32 values with 6-bit scales and minima; x = d·scale·q − dmin·min. */
export const Q4_K: BlockFormat = {
  name: "Q4_K",
  type: 12,
  block: BLOCK,
  bytes: 144,
  decode(from, to) {
    const d = readHalf(from, 0);
    const dmin = readHalf(from, 2);
    for (let j = 0; j < 8; j++) {
      const [scale, min] = scaleAndMin(from, j);
      const s = Math.fround(d * scale);
      const m = Math.fround(dmin * min);
      const base = 16 + 32 * (j >> 1);
      for (let i = 0; i < 32; i++) {
        const q = (from[base + i] >> (4 * (j & 1))) & 15;
        to[32 * j + i] = Math.fround(s * q) - m;
      }
    }
  },
};

/** Q6_K: sixteen parts of 16 values with 8-bit scales; x = d·scale·(q − 32). */
export const Q6_K: BlockFormat = {
  name: "Q6_K",
  type: 14,
  block: BLOCK,
  bytes: 210,
  decode(from, to) {
    const d = readHalf(from, 208);
    for (let i = 0; i < BLOCK; i++) {
      const half = i >> 7;
      const quarter = (i >> 5) & 3;
      const lane = i & 31;
      const low = (from[64 * half + 32 * (quarter & 1) + lane] >> (4 * (quarter >> 1))) & 15;
      const high = (from[128 + 32 * half + lane] >> (2 * quarter)) & 3;
      const scale = (from[192 + (i >> 4)] << 24) >> 24;
      to[i] = Math.fround(d * scale) * ((low | (high << 4)) - 32);
    }
  },
};
