/** Nested uniform scrambling with an explicit tree of flips. */
import type { Key } from "@ansatz/tensor/random";
import { bitOf } from "./matrices.ts";

/**
 * Whether digit `depth` (from 0) of a coordinate is flipped, given the digits before it as an integer below 2^depth whose
 * most significant bit is the first digit.
 */
export type NusFlips = (coordinate: number, depth: number, prefix: number) => 0 | 1;

/** Levels of the tree whose nodes share the 64 bits of one draw. */
const LEVELS = 6;

/** Draws that are kept: those of the first three groups of levels, which many points meet. */
const KEPT_GROUPS = 3;

interface Coordinate {
  /** One key for each group of levels. */
  readonly keys: readonly Key[];
  readonly draws: readonly Map<number, Key>[];
  /** The draw that was used last: the levels of a path follow each other. */
  last: { readonly group: number; readonly top: number; readonly words: Key } | undefined;
}

/** Flips by Threefry: one bit for each node, built when it is met. A draw has the bits of a subtree of six levels. */
export function threefryFlips(key: Key): NusFlips {
  const coordinates = new Map<number, Coordinate>();
  return (coordinate, depth, prefix) => {
    let tree = coordinates.get(coordinate);
    if (tree === undefined) {
      const draws = Array.from({ length: KEPT_GROUPS }, () => new Map<number, Key>());
      tree = { keys: key.fold(coordinate).split(Math.ceil(64 / LEVELS)), draws, last: undefined };
      coordinates.set(coordinate, tree);
    }
    const group = Math.floor(depth / LEVELS);
    const width = 2 ** (depth - group * LEVELS);
    const top = Math.floor(prefix / width);
    if (tree.last?.group !== group || tree.last.top !== top) {
      let words = tree.draws[group]?.get(top);
      if (words === undefined) {
        words = tree.keys[group].fold(top);
        tree.draws[group]?.set(top, words);
      }
      tree.last = { group, top, words };
    }
    const { words } = tree.last;
    // Nodes of a subtree are numbered level by level: 63 of them.
    const bit = width - 1 + (prefix - top * width);
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
