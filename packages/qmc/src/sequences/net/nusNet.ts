/** Nets with nested uniform scrambling: points are scrambled one by one, and interlaced afterwards. */
import type { Key } from "@ansatz/tensor/random";
import { mix } from "../../words.ts";
import type { PointArray } from "../base.ts";
import { forBlocks, prepare, type Cell, type Generator } from "./generate.ts";
import { bitOf, digitMask, type NetMatrices } from "./matrices.ts";
import { nusTables, reverse32, scrambleFirst, scrambleNumbers, scrambleSecond, type NusTables } from "./nusHash.ts";
import { scrambleByTree, type NusFlips } from "./nusTree.ts";

/** One replication of a net with nested scrambling. */
export interface NusNet {
  /** Coordinates of the result. */
  readonly dimension: number;
  /** Calls `visit` with fractions of 64 bits of consecutive points; the arrays are used again afterwards. */
  words(first: number, end: number, visit: (at: number, count: number, hi: Uint32Array, lo: Uint32Array) => void): void;
  /** Writes numbers of 32 digits at once, without words in between; absent where that is not possible. */
  readonly numbers?: (target: Float64Array, offset: number, first: number, end: number, half: number) => void;
}

/** Coordinates whose tables are made together: 64 of them take 512 kB. */
const TILE = 64;

/**
 * @param matrices unscrambled, alpha d coordinates
 * @param bits digits of the result
 */
export function nusNet(
  matrices: NetMatrices,
  how: { readonly key: Key } | { readonly flips: NusFlips },
  alpha: number,
  bits: number,
  gray: boolean,
  shift: { readonly hi: Uint32Array; readonly lo: Uint32Array } | undefined,
): NusNet {
  const source = matrices.dimension;
  const dimension = source / alpha;
  const zero = { hi: new Uint32Array(source), lo: new Uint32Array(source) };
  const straight = prepare(matrices, zero, gray);
  // Digits beyond the first word are made only where the result shows them.
  const wide = Math.ceil(bits / alpha) > 32;
  const scramble =
    "key" in how ? hashScramble(matrices, how.key, straight, wide) : treeScramble(how.flips, straight, bits);
  const size = 2 ** straight.blockBits;
  const hi = new Uint32Array(size * source);
  const lo = new Uint32Array(size * source);
  const outHi = alpha === 1 ? hi : new Uint32Array(size * dimension);
  const outLo = alpha === 1 ? lo : new Uint32Array(size * dimension);
  const [keepHi, keepLo] = digitMask(bits);
  const direct = "key" in how && alpha === 1 && bits === 32 && shift === undefined;
  return {
    dimension,
    numbers: direct ? (scramble as HashScramble).numbers : undefined,
    words(first, end, visit) {
      scramble(first, end, hi, lo, (at, count) => {
        if (alpha > 1) interlaceWords(hi, lo, outHi, outLo, count * dimension, alpha, bits);
        if (shift !== undefined) {
          for (let i = 0; i < count * dimension; i++) {
            outHi[i] ^= shift.hi[i % dimension];
            outLo[i] ^= shift.lo[i % dimension];
          }
        }
        if (bits < 32 || (bits > 32 && bits < 64)) {
          for (let i = 0; i < count * dimension; i++) {
            outHi[i] &= keepHi;
            outLo[i] &= keepLo;
          }
        }
        visit(at, count, outHi, outLo);
      });
    },
  };
}

type Scramble = (
  first: number,
  end: number,
  hi: Uint32Array,
  lo: Uint32Array,
  visit: (at: number, count: number) => void,
) => void;

type HashScramble = Scramble & { numbers: NonNullable<NusNet["numbers"]> };

function hashScramble(matrices: NetMatrices, key: Key, straight: Generator, wide: boolean): HashScramble {
  const d = matrices.dimension;
  const zero = new Uint32Array(d);
  const reversed = prepare({ ...matrices, hi: matrices.hi.map(reverse32) }, { hi: zero, lo: zero }, straight.gray);
  const seeds = Uint32Array.from({ length: d }, (_, j) => mix(key.fold(j).k0 ^ key.fold(j).k1));
  const kept = new Map<number, NusTables>();
  const tablesOf = (tile: number): NusTables => {
    let tables = kept.get(tile);
    if (tables === undefined) {
      tables = nusTables(key, tile * TILE, Math.min(TILE, d - tile * TILE));
      // One tile is kept for short reads; more would be much memory for high dimensions.
      if (d <= TILE) kept.set(tile, tables);
    }
    return tables;
  };
  const allTables = (): NusTables[] => Array.from({ length: Math.ceil(d / TILE) }, (_, tile) => tablesOf(tile));
  const words: Scramble = (first, end, hi, lo, visit) => {
    const all = allTables();
    forBlocks(reversed, first, end, (from, to, at, highHi, highLo) => {
      all.forEach((tables, tile) => {
        const start = tile * TILE;
        scrambleFirst(tables, reversed.lowHi, highHi, hi, d, start, Math.min(TILE, d - start), from, to);
      });
      for (let r = from, o = 0; wide && r < to; r++) {
        for (let j = 0; j < d; j++, o++) {
          lo[o] = scrambleSecond(reversed.lowLo[r * d + j] ^ highLo[j], hi[o], seeds[j]);
        }
      }
      visit(at, to - from);
    });
  };
  return Object.assign(words, {
    numbers(target: Float64Array, offset: number, first: number, end: number, half: number) {
      const all = allTables();
      forBlocks(reversed, first, end, (from, to, at, highHi) => {
        all.forEach((tables, tile) => {
          const start = tile * TILE;
          const count = Math.min(TILE, d - start);
          const place = offset + at * d;
          scrambleNumbers(tables, reversed.lowHi, highHi, target, place, d, start, count, from, to, 0.5 + half);
        });
      });
    },
  });
}

function treeScramble(flips: NusFlips, straight: Generator, bits: number): Scramble {
  const d = straight.matrices.dimension;
  const depth = Math.min(53, bits);
  const word = { hi: 0, lo: 0 };
  return (first, end, hi, lo, visit) => {
    forBlocks(straight, first, end, (from, to, at, highHi, highLo) => {
      for (let r = from, o = 0; r < to; r++) {
        for (let j = 0; j < d; j++, o++) {
          const k = r * d + j;
          scrambleByTree(flips, j, straight.lowHi[k] ^ highHi[j], straight.lowLo[k] ^ highLo[j], depth, word);
          hi[o] = word.hi;
          lo[o] = word.lo;
        }
      }
      visit(at, to - from);
    });
  };
}

function interlaceWords(
  hi: Uint32Array,
  lo: Uint32Array,
  outHi: Uint32Array,
  outLo: Uint32Array,
  count: number,
  alpha: number,
  bits: number,
): void {
  for (let i = 0; i < count; i++) {
    let [x, y] = [0, 0];
    for (let a = 0; a < bits; a++) {
      const from = i * alpha + (a % alpha);
      const bit = bitOf(hi[from], lo[from], Math.floor(a / alpha));
      if (a < 32) x |= bit << (31 - a);
      else y |= bit << (63 - a);
    }
    outHi[i] = x;
    outLo[i] = y;
  }
}

/** Writes the points of a net with nested scrambling as numbers. */
export function writeNusPoints(
  net: NusNet,
  cell: Cell,
  target: PointArray,
  offset: number,
  first: number,
  end: number,
): void {
  const d = net.dimension;
  const centre = cell.place === "centre";
  const most = target instanceof Float32Array ? (centre ? 23 : 24) : centre ? 52 : 53;
  const digits = Math.min(cell.bits, most);
  const half = centre ? 2 ** -(digits + 1) : 0;
  const [keepHi, keepLo] = digitMask(digits);
  if (digits === 32 && target instanceof Float64Array && net.numbers !== undefined) {
    net.numbers(target, offset, first, end, half);
    return;
  }
  net.words(first, end, (at, count, hi, lo) => {
    const o = offset + at * d;
    if (digits <= 32 && target instanceof Float64Array) {
      const add = half + 0.5;
      for (let i = 0; i < count * d; i++) target[o + i] = ((hi[i] & keepHi) ^ 0x80000000) * 2 ** -32 + add;
    } else if (digits <= 32) {
      const drop = 32 - digits;
      const s = 2 ** -digits;
      for (let i = 0; i < count * d; i++) target[o + i] = (hi[i] >>> drop) * s + half;
    } else {
      for (let i = 0; i < count * d; i++) {
        target[o + i] = hi[i] * 2 ** -32 + (((lo[i] & keepLo) >>> 0) * 2 ** -64 + half);
      }
    }
  });
}
