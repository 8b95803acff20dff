/** What is done to the words of a net one by one: scrambling by a tree, interlacing, a shift; and numbers from words. */
import type { PointArray } from "../base.ts";
import type { Words } from "./blocks.ts";
import type { Cell } from "./generate.ts";
import { bitOf, digitMask } from "./matrices.ts";
import { scrambleByTree, type NusFlips } from "./nusTree.ts";

/** Steps of one replication, in this order. */
export interface WordSteps {
  /** Coordinates of the words that come in, alpha for each of the result. */
  readonly dimension: number;
  readonly alpha: number;
  /** Digits of the result. */
  readonly bits: number;
  readonly flips?: NusFlips;
  readonly shift?: Words;
}

/** Digits that are scrambled by a tree at most. */
const TREE_DEPTH = 53;

/** The words after all steps; `words` is changed. */
export function applySteps({ dimension, alpha, bits, flips, shift }: WordSteps, words: Words): Words {
  if (flips !== undefined) scrambleWords(flips, words, dimension, Math.min(TREE_DEPTH, bits));
  const out = alpha === 1 ? words : interlaceWords(words, alpha, bits);
  const d = dimension / alpha;
  const [keepHi, keepLo] = digitMask(bits);
  for (let i = 0; i < out.hi.length; i++) {
    out.hi[i] = (out.hi[i] ^ (shift === undefined ? 0 : shift.hi[i % d])) & keepHi;
    out.lo[i] = (out.lo[i] ^ (shift === undefined ? 0 : shift.lo[i % d])) & keepLo;
  }
  return out;
}

function scrambleWords(flips: NusFlips, { hi, lo }: Words, d: number, depth: number): void {
  const word = { hi: 0, lo: 0 };
  for (let i = 0; i < hi.length; i++) {
    scrambleByTree(flips, i % d, hi[i], lo[i], depth, word);
    hi[i] = word.hi;
    lo[i] = word.lo;
  }
}

function interlaceWords({ hi, lo }: Words, alpha: number, bits: number): Words {
  const count = hi.length / alpha;
  const out = { hi: new Uint32Array(count), lo: new Uint32Array(count) };
  for (let i = 0; i < count; i++) {
    let [x, y] = [0, 0];
    for (let a = 0; a < bits; a++) {
      const from = i * alpha + (a % alpha);
      const bit = bitOf(hi[from], lo[from], Math.floor(a / alpha));
      if (a < 32) x |= bit << (31 - a);
      else y |= bit << (63 - a);
    }
    out.hi[i] = x;
    out.lo[i] = y;
  }
  return out;
}

/** Writes words as numbers at `offset` of `target`. */
export function writeNumbers({ hi, lo }: Words, { bits, place }: Cell, target: PointArray, offset: number): void {
  const centre = place === "centre";
  const most = target instanceof Float32Array ? (centre ? 23 : 24) : centre ? 52 : 53;
  const digits = Math.min(bits, most);
  const half = centre ? 2 ** -(digits + 1) : 0;
  const [keepHi, keepLo] = digitMask(digits);
  for (let i = 0; i < hi.length; i++) {
    target[offset + i] = ((hi[i] & keepHi) >>> 0) * 2 ** -32 + (((lo[i] & keepLo) >>> 0) * 2 ** -64 + half);
  }
}
