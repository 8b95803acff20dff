/** What dividing singular value and eigenvalue problems have in common: deflation, and vectors of the whole from those of halves. */
import type { Workspace } from "./workspace.ts";

/** Vectors in rows; those of the left half have elements left of column `middle`, those of the right half from there on. */
export interface Vectors {
  readonly at: number;
  readonly step: number;
}

/** Which columns of a vector have elements. */
export type Part = 0 | 1 | 2;
export const LEFT: Part = 0;
export const BOTH: Part = 1;
export const RIGHT: Part = 2;

/** Rows (x, y) become (c x - s y, c y + s x) in columns `from` to `to` - 1. */
export function rotateRows(
  data: Float64Array,
  x: number,
  y: number,
  from: number,
  to: number,
  c: number,
  s: number,
): void {
  for (let k = from; k < to; k++) {
    const [p, q] = [data[x + k], data[y + k]];
    data[x + k] = c * p - s * q;
    data[y + k] = c * q + s * p;
  }
}

/** The rows of a block and how they are combined. */
export interface Combination {
  /** Rows to combine, by number, grouped: those of the left half, those of both, those of the right half. */
  readonly rows: readonly number[];
  /** How many are of the left half, and how many of the left half or of both. */
  readonly left: number;
  readonly leftOrBoth: number;
  /** Rows that stay as they are. */
  readonly kept: readonly number[];
  /** Columns. */
  readonly from: number;
  readonly middle: number;
  readonly to: number;
}

/**
 * Replaces the rows of a block, from number `first` on: as many new ones as there are to combine, row i of the weights telling how, then
 * those that are kept.
 * @param spare room for the rows of the block
 */
export function combineRows(
  w: Workspace,
  q: Vectors,
  first: number,
  { rows, left, leftOrBoth, kept, from, middle, to }: Combination,
  weights: Vectors,
  spare: Vectors,
): void {
  const { data } = w;
  const count = rows.length;
  [...rows, ...kept].forEach((row, i) => {
    const start = q.at + row * q.step;
    data.copyWithin(spare.at + i * spare.step + from, start + from, start + to);
  });
  for (let i = 0; i < count; i++) {
    const row = q.at + (first + i) * q.step;
    for (let k = from; k < to; k++) data[row + k] = 0;
  }
  const target = q.at + first * q.step;
  w.product(
    count,
    middle - from,
    leftOrBoth,
    weights.at,
    weights.step,
    spare.at + from,
    spare.step,
    target + from,
    q.step,
  );
  const below = spare.at + left * spare.step + middle;
  w.product(
    count,
    to - middle,
    count - left,
    weights.at + left,
    weights.step,
    below,
    spare.step,
    target + middle,
    q.step,
  );
  kept.forEach((_, i) => {
    const start = spare.at + (count + i) * spare.step;
    data.copyWithin(q.at + (first + count + i) * q.step + from, start + from, start + to);
  });
}

/** Numbers of the rows that are combined, grouped by their part, and for each of `rows` its place among them. */
export function groupRows(
  rows: readonly number[],
  parts: Uint8Array,
): { readonly rows: number[]; readonly places: Int32Array; readonly left: number; readonly leftOrBoth: number } {
  const order = rows.map((_, i) => i).sort((i, j) => parts[rows[i]] - parts[rows[j]] || i - j);
  const places = new Int32Array(rows.length);
  order.forEach((i, place) => (places[i] = place));
  const upTo = (part: Part): number => rows.filter((row) => parts[row] <= part).length;
  return { rows: order.map((i) => rows[i]), places, left: upTo(LEFT), leftOrBoth: upTo(BOTH) };
}
