/**
 * Nested uniform scrambling by hashing: flips are functions of the key, the coordinate and the digits before, so that any
 * point can be made alone. The first ten digits have one hashed bit for each node of the tree; below, each of the 1024
 * subtrees has its own seed for a nested hash (multiplications and additions carry from earlier digits to later ones only,
 * when the digits are read in reverse).
 *
 * Sources: A. Owen, MCQMC 1995 (the scrambling); S. Laine and T. Karras, EGSR 2011 (the nested hash); constants by
 * N. Vegdahl, "Building a better LK hash", 2021.
 */
import type { Key } from "@ansatz/tensor/random";
import { mix } from "../../words.ts";

/** Digits that the tables hold. */
export const TOP = 10;
export const LEAVES: number = 2 ** TOP;

/** Scrambling of all coordinates. */
export interface NestedTables {
  /**
   * By the first ten digits in reverse, coordinate by coordinate: the scrambled ten digits, left-aligned, and below them 22
   * bits, the seed of the subtree.
   */
  readonly leaves: Uint32Array;
  /** Seed of the second word of each coordinate, whose flips depend on the whole scrambled first word too. */
  readonly second: Uint32Array;
}

/** Tables of `count` coordinates; 4 kB each. */
export function nestedTables(key: Key, count: number): NestedTables {
  const leaves = new Uint32Array(count * LEAVES);
  for (let j = 0; j < count; j++) {
    const { k0, k1 } = key.fold(j);
    const at = j * LEAVES;
    // Level by level: entry p of a level is the scrambled prefix of the reversed prefix p.
    for (let depth = 0; depth < TOP; depth++) {
      const size = 2 ** depth;
      for (let p = 0; p < size; p++) {
        // A leading one tells nodes of different depths apart.
        const flip = mix(mix(p + size + k0) ^ k1) >>> 31;
        const above = leaves[at + p];
        const bit = 1 << (31 - depth);
        leaves[at + p] = flip === 0 ? above : above | bit;
        leaves[at + p + size] = flip === 0 ? above | bit : above;
      }
    }
    for (let p = 0; p < LEAVES; p++) leaves[at + p] |= mix(mix(p + LEAVES + k0) ^ k1) >>> TOP;
  }
  const second = Uint32Array.from({ length: count }, (_, j) => mix(key.fold(j).k0 ^ key.fold(j).k1));
  return { leaves, second };
}

/** The word with its bits in reverse. */
export function reverse32(x: number): number {
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
