/** Copies a strided view into C order. */
import type { DataArray } from "../dtype.ts";

/**
 * Writes element `(i_1, ..., i_n)` of the view, `source[offset + sum i_d strides_d]`, to its place in C order in `target`.
 * The view must stay inside the source; strides may be zero or negative.
 */
export function gatherStrided(
  source: ArrayLike<number>,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  target: DataArray,
): void {
  const total = target.length;
  if (total === 0) return;
  const last = shape.length - 1;
  const inner = last < 0 ? 1 : shape[last];
  const step = last < 0 ? 0 : strides[last];
  const position = new Array<number>(Math.max(last, 0)).fill(0);
  let start = offset;
  for (let at = 0; at < total; at += inner) {
    for (let i = 0, from = start; i < inner; i++, from += step) target[at + i] = source[from];
    for (let d = last - 1; d >= 0; d--) {
      start += strides[d];
      if (++position[d] < shape[d]) break;
      start -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
}
