/**
 * Points of digital nets in base 2, as tables from which a kernel makes them. Point i is the sum over F_2 of the columns that
 * the digits of i select: the sum of one part for the low digits of i, the same in every block of 2^b points, and one for the
 * high digits, the same for all points of a block.
 */
import { blockBitsFor } from "../cover.ts";
import type { NetMatrices } from "./matrices.ts";

/** Fractions of 64 bits: (hi 2^32 + lo) 2^-64. */
export interface Words {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
}

/** One randomised net, ready to generate. */
export interface Blocks {
  readonly matrices: NetMatrices;
  readonly gray: boolean;
  /** log2 of the number of points in a block. */
  readonly blockBits: number;
  /** The part of the low digits: point r, coordinate j at r d + j. */
  readonly low: Words;
  /** What is added to every point. */
  readonly shift: Words;
}

/** Prepares a net; `shift` is added to every point. */
export function prepareBlocks(matrices: NetMatrices, shift: Words, gray: boolean): Blocks {
  const d = matrices.dimension;
  const blockBits = blockBitsFor(d, matrices.columns);
  const size = 2 ** blockBits;
  const low = { hi: new Uint32Array(size * d), lo: new Uint32Array(size * d) };
  for (let r = 1; r < size; r++) {
    const index = gray ? r ^ (r >>> 1) : r;
    const top = 31 - Math.clz32(index);
    const rest = index ^ (1 << top);
    // The point of `rest` is known: in Gray order it is the point of another r.
    const from = gray ? grayInverse(rest) : rest;
    for (let j = 0; j < d; j++) {
      low.hi[r * d + j] = low.hi[from * d + j] ^ matrices.hi[j * matrices.columns + top];
      low.lo[r * d + j] = low.lo[from * d + j] ^ matrices.lo[j * matrices.columns + top];
    }
  }
  return { matrices, gray, blockBits, low, shift };
}

function grayInverse(g: number): number {
  let r = g;
  for (let s = 1; s < 32; s *= 2) r ^= r >>> s;
  return r;
}

/**
 * Writes the part of the high digits of blocks first, …, first + count - 1, each `copies` times one after another, at
 * `offset` of both arrays.
 */
export function writeHigh(net: Blocks, first: number, count: number, copies: number, out: Words, offset: number): void {
  const { matrices, blockBits } = net;
  const d = matrices.dimension;
  const hi = net.shift.hi.slice();
  const lo = net.shift.lo.slice();
  let [nowHigh, nowLow] = [0, 0];
  const addColumns = (changed: number, from: number): void => {
    for (let rest = changed; rest !== 0; rest &= rest - 1) {
      const c = from + 31 - Math.clz32(rest & -rest);
      for (let j = 0, at = c; j < d; j++, at += matrices.columns) {
        hi[j] ^= matrices.hi[at];
        lo[j] ^= matrices.lo[at];
      }
    }
  };
  for (let b = 0, o = offset; b < count; b++) {
    // Indices may have up to 53 digits: two halves.
    const index = (first + b) * 2 ** blockBits;
    let [high, low] = [Math.floor(index / 4294967296), index >>> 0];
    if (net.gray) [high, low] = [high ^ (high >>> 1), low ^ ((low >>> 1) | (high << 31))];
    addColumns(low ^ nowLow, 0);
    addColumns(high ^ nowHigh, 32);
    [nowHigh, nowLow] = [high, low];
    for (let copy = 0; copy < copies; copy++, o += d) {
      out.hi.set(hi, o);
      out.lo.set(lo, o);
    }
  }
}
