/** Sorting in plain JavaScript. All operands are contiguous, rows along the last axis. */
import type { JsOperand } from "../backend/backend.ts";

/** What the routine is told. */
export interface OrderAttr {
  readonly descending: boolean;
  /** How many positions are wanted, from the front. */
  readonly count: number;
}

/** Rows of an operand and their length. */
export function lastRows(shape: readonly number[]): { readonly rows: number; readonly n: number } {
  return { rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), n: shape[shape.length - 1] };
}

/** Oracle of sorted order: the positions of the elements of every row, NaN last, equal ones in their order. */
export function orderOracle([x]: readonly JsOperand[], [y]: readonly JsOperand[], attr: unknown): void {
  const { descending, count } = attr as OrderAttr;
  const { rows, n } = lastRows(x.shape);
  for (let row = 0; row < rows; row++) {
    const value = (i: number): number => x.data[x.offset + row * n + i];
    const order = Array.from({ length: n }, (_, i) => i);
    order.sort((i, j) => {
      const [a, b] = [value(i), value(j)];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return a === b ? 0 : a < b === descending ? 1 : -1;
    });
    for (let i = 0; i < count; i++) y.data[y.offset + row * count + i] = order[i];
  }
}

/** Oracle of placing: zeros, and element i of x at the position that element i of the second input names. */
export function placeOracle([x, at]: readonly JsOperand[], [y]: readonly JsOperand[]): void {
  const { rows, n } = lastRows(y.shape);
  const { n: count } = lastRows(x.shape);
  for (let i = 0; i < rows * n; i++) y.data[y.offset + i] = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) {
      const from = row * count + i;
      y.data[y.offset + row * n + at.data[at.offset + from]] = x.data[x.offset + from];
    }
  }
}
