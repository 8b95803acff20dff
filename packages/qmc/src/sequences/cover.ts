/**
 * Points in blocks: point i of a sequence is made of a part of the low digits of i, the same in every block of `size` points,
 * and one of the high digits, the same for all points of a block.
 */
import { slice, type Tensor } from "@ansatz/tensor";

/** Numbers in the low part: both parts of a range of 2^20 points then stay in the caches. */
const BLOCK_NUMBERS = 16384;

/** Points along a row of the kernels, as least, so that vectors are full. */
const ROW = 16;

/** log2 of the number of points in a block, for d coordinates and at most 2^most points. */
export function blockBitsFor(dimension: number, most: number): number {
  return Math.max(0, Math.min(10, most, Math.floor(Math.log2(BLOCK_NUMBERS / dimension))));
}

/** Which rows of which blocks cover a range, several points to a row. */
export interface Cover {
  readonly firstBlock: number;
  readonly blocks: number;
  /** First point of the low part and number of points there. */
  readonly from: number;
  readonly points: number;
  /** Points in a row. */
  readonly copies: number;
  /** Points before the range that are made too. */
  readonly skip: number;
}

/** The cover of points first, …, end - 1. */
export function coverOf(blockBits: number, dimension: number, first: number, end: number): Cover {
  const size = 2 ** blockBits;
  const firstBlock = Math.floor(first / size);
  const blocks = Math.ceil(end / size) - firstBlock;
  const skip = first - firstBlock * size;
  if (blocks === 1) return { firstBlock, blocks, from: skip, points: end - first, copies: end - first, skip: 0 };
  let copies = 1;
  while (copies * dimension < ROW && copies < size) copies *= 2;
  return { firstBlock, blocks, from: 0, points: size, copies, skip };
}

/** The range itself from the points of its blocks; `all` is disposed. */
export function cutToRange(all: Tensor, replications: number, { blocks, points, skip }: Cover, count: number): Tensor {
  // What is disposed here lives until its heirs are computed.
  const made = blocks * points;
  const whole = all.reshape([replications, made, all.size / (replications * made)]);
  all.dispose();
  if (made === count) return whole;
  const range = slice(whole, [null, [skip, skip + count]]);
  whole.dispose();
  return range;
}
