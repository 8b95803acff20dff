/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * a keyed bijection of 64-bit counters. Equal keys and counters give equal words on every device.
 */
import { mulhiU32 } from "../kernel/semantics.ts";

/** Rotation distances of the eight rounds that repeat. */
export const ROTATIONS: readonly number[] = [13, 15, 26, 6, 17, 29, 16, 24];

/** Constant of the key schedule: the third key word is `k0 ^ k1 ^ PARITY`. */
export const PARITY = 0x1bd11bda;

/** Number of rounds; key words are added before the first and after every fourth. */
export const ROUNDS = 20;

/**
 * One block: the pair `(x0, x1)` that key `(k0, k1)` gives for counter `(c0, c1)`.
 * All words are unsigned 32-bit integers. `out[at]` and `out[at + 1]` receive the result.
 */
export function threefryInto(out: Uint32Array, at: number, k0: number, k1: number, c0: number, c1: number): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 1; group <= ROUNDS / 4; group++) {
    const first = group & 1 ? 0 : 4;
    for (let r = first; r < first + 4; r++) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << ROTATIONS[r]) | (x1 >>> (32 - ROTATIONS[r]))) ^ x0;
    }
    const a = group % 3;
    x0 = (x0 + (a === 0 ? k0 : a === 1 ? k1 : k2)) | 0;
    x1 = (x1 + (a === 0 ? k1 : a === 1 ? k2 : k0) + group) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
}

/** The pair of {@link threefryInto} as a fresh tuple. */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const pair = new Uint32Array(2);
  threefryInto(pair, 0, k0, k1, c0, c1);
  return [pair[0], pair[1]];
}

/**
 * `floor(span n / 2^64)` for the 64-bit number n = `x0 2^32 + x1`: an integer in [0, span), for span in [0, 2^32).
 * The same numbers as `boundedFromBits` in `lower.ts`.
 */
export function boundedWord(x0: number, x1: number, span: number): number {
  const low = Math.imul(x0, span) >>> 0;
  const carry = low + mulhiU32(x1, span) > 4294967295 ? 1 : 0;
  return mulhiU32(x0, span) + carry;
}
