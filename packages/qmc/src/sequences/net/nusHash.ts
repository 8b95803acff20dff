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

/** Digits that the table holds. */
const TOP = 10;
const LEAVES = 2 ** TOP;

/** Scrambling of several coordinates. Tables are indexed by the first ten digits in reverse, coordinate by coordinate. */
export interface NusTables {
  /** Scrambled first ten digits, left-aligned. */
  readonly top: Uint32Array;
  /** Seed of the subtree. */
  readonly seeds: Uint32Array;
}

/** Tables of `count` coordinates; 8 kB each. */
export function nusTables(key: Key, first: number, count: number): NusTables {
  const top = new Uint32Array(count * LEAVES);
  const seeds = new Uint32Array(count * LEAVES);
  for (let j = 0; j < count; j++) {
    const { k0, k1 } = key.fold(first + j);
    const at = j * LEAVES;
    // Level by level: entry p of a level is the scrambled prefix of the reversed prefix p.
    for (let depth = 0; depth < TOP; depth++) {
      const size = 2 ** depth;
      for (let p = 0; p < size; p++) {
        // A leading one tells nodes of different depths apart.
        const flip = mix(mix(p + size + k0) ^ k1) >>> 31;
        const above = top[at + p];
        const bit = 1 << (31 - depth);
        top[at + p] = flip === 0 ? above : above | bit;
        top[at + p + size] = flip === 0 ? above | bit : above;
      }
    }
    for (let p = 0; p < LEAVES; p++) seeds[at + p] = mix(mix(p + LEAVES + k0) ^ k1);
  }
  return { top, seeds };
}

const REVERSED = new Uint32Array(2048);
for (let x = 0; x < 2048; x++) REVERSED[x] = reverse32(x) >>> 21;
const MIDDLE = REVERSED.map((x) => x << 11);

/** The word with its bits in reverse. */
export function reverse32(x: number): number {
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

/** A permutation of words in which bit b of the result depends on bits 0 … b of `x` only. */
function nested(x: number, seed: number): number {
  x ^= Math.imul(x, 0x3d20adea);
  x = (x + seed) | 0;
  x = Math.imul(x, (seed >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  return x ^ Math.imul(x, 0x53a22864);
}

/**
 * Scrambles rows of `count` coordinates. `low` and `high` give the reversed first words as low[(from + r) stride + j] ^
 * high[j]; results go to out[r stride + j].
 */
export function scrambleFirst(
  tables: NusTables,
  low: Uint32Array,
  high: Uint32Array,
  out: Uint32Array,
  stride: number,
  firstCoordinate: number,
  count: number,
  from: number,
  to: number,
): void {
  const { top, seeds } = tables;
  for (let j = 0; j < count; j++) {
    const h = high[firstCoordinate + j] | 0;
    const table = j * LEAVES;
    let o = firstCoordinate + j;
    for (let r = from, k = from * stride + o; r < to; r++, k += stride, o += stride) {
      const v = low[k] ^ h;
      const leaf = table + (v & (LEAVES - 1));
      const w = nested(v >>> TOP, seeds[leaf]);
      out[o] = top[leaf] | MIDDLE[w & 2047] | REVERSED[(w >>> 11) & 2047];
    }
  }
}

/**
 * The same, with the first 32 digits written as numbers: coordinate j of row r goes to target[offset + (r - from) stride + j], and
 * `add` is 1/2 (for the sign of the word) plus where in its cell a number lies.
 */
export function scrambleNumbers(
  tables: NusTables,
  low: Uint32Array,
  high: Uint32Array,
  target: Float64Array,
  offset: number,
  stride: number,
  firstCoordinate: number,
  count: number,
  from: number,
  to: number,
  add: number,
): void {
  const { top, seeds } = tables;
  for (let j = 0; j < count; j++) {
    const h = high[firstCoordinate + j] | 0;
    const table = j * LEAVES;
    let o = offset + firstCoordinate + j;
    for (let r = from, k = from * stride + firstCoordinate + j; r < to; r++, k += stride, o += stride) {
      const v = low[k] ^ h;
      const leaf = table + (v & (LEAVES - 1));
      const w = nested(v >>> TOP, seeds[leaf]);
      const word = top[leaf] | MIDDLE[w & 2047] | REVERSED[(w >>> 11) & 2047];
      target[o] = (word ^ 0x80000000) * 2 ** -32 + add;
    }
  }
}

/** The second word: its flips depend on the whole scrambled first word. */
export function scrambleSecond(second: number, scrambledFirst: number, seed: number): number {
  return reverse32(nested(reverse32(second), mix(scrambledFirst ^ seed)));
}
