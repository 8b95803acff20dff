/**
 * Points in blocks: point i of a sequence is made of a part of the low digits of i, the same in every block of `size` points,
 * and one of the high digits, the same for all points of a block.
 */
import { slice, type Tensor } from "@ansatz/tensor";
import type { Axes } from "./base.ts";

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

/** Rows that one unit of a kernel makes, where there are so many: what a row of units costs is shared by them. */
export const GROUP = 8;

/** How kernels lay out their results: `axes` of a tensor of points, each of which is one of `copies` in a row. */
export interface Layout {
  readonly axes: Axes;
  readonly copies: number;
}

/** The types of a {@link Layout} as attributes. */
export const LAYOUT: { readonly axes: "i32"; readonly copies: "i32" } = { axes: "i32", copies: "i32" };

/** A {@link Layout} as kernels get it. */
export interface LayoutAttrs {
  readonly axes: number;
  readonly copies: number;
}

/** Shape of points of r replications, of so many blocks and rows, `width` numbers in a row. */
export function pointsShape(
  r: number,
  blocks: number,
  rows: number,
  width: number,
  { axes, copies }: LayoutAttrs,
): number[] {
  const shape = [blocks * rows * copies, width / copies];
  return axes === 2 ? shape : [r, ...shape];
}

/** The range itself from the points of its blocks; `all` is disposed where it has others. */
export function cutToRange(all: Tensor, { skip }: Cover, count: number): Tensor {
  const axis = all.ndim - 2;
  if (all.shape[axis] === count) return all;
  const range = slice(all, axis === 0 ? [[skip, skip + count]] : [null, [skip, skip + count]]);
  // What is disposed here lives until its heirs are computed.
  all.dispose();
  return range;
}
