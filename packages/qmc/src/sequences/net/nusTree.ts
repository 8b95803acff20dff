/** Nested uniform scrambling with an explicit tree of flips. */
import type { Key } from "@ansatz/tensor/random";
import { bitOf } from "./matrices.ts";

/**
 * Whether digit `depth` (from 0) of a coordinate is flipped, given the digits before it as an integer below 2^depth whose
 * most significant bit is the first digit.
 */
export type NusFlips = (coordinate: number, depth: number, prefix: number) => 0 | 1;

/** Flips by Threefry: one bit for each node, built when it is met. */
export function threefryFlips(key: Key): NusFlips {
  const coordinates = new Map<number, { keys: Key[]; blocks: Map<number, Key> }>();
  return (coordinate, depth, prefix) => {
    let tree = coordinates.get(coordinate);
    if (tree === undefined) {
      tree = { keys: key.fold(coordinate).split(64), blocks: new Map() };
      coordinates.set(coordinate, tree);
    }
    // One draw is 64 nodes. The upper levels are met by every point and are kept.
    const block = Math.floor(prefix / 64);
    const kept = depth <= 16 ? depth * 1024 + block : -1;
    let words = kept >= 0 ? tree.blocks.get(kept) : undefined;
    if (words === undefined) {
      words = tree.keys[depth].fold(block);
      if (kept >= 0) tree.blocks.set(kept, words);
    }
    const bit = prefix % 64;
    return ((bit < 32 ? words.k0 >>> bit : words.k1 >>> (bit - 32)) & 1) as 0 | 1;
  };
}

/** Scrambles one fraction of 64 bits in its first `bits` <= 53 digits; the result is in `out`. */
export function scrambleByTree(
  flips: NusFlips,
  coordinate: number,
  hi: number,
  lo: number,
  bits: number,
  out: { hi: number; lo: number },
): void {
  let prefix = 0;
  let [outHi, outLo] = [0, 0];
  for (let depth = 0; depth < bits; depth++) {
    const bit = bitOf(hi, lo, depth);
    const flipped = bit ^ flips(coordinate, depth, prefix);
    if (depth < 32) outHi |= flipped << (31 - depth);
    else outLo |= flipped << (63 - depth);
    prefix = 2 * prefix + bit;
  }
  out.hi = outHi >>> 0;
  out.lo = outLo >>> 0;
}
