/** Packing of temporaries: blocks whose lifetimes do not overlap share addresses. */

import { parts } from "./parts.ts";

/** A temporary and the steps (inclusive) in which it lives. */
export interface TempRequest {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Addresses are multiples of this. */
export const ALIGN = 64;
/**
 * So many of the largest temporaries get the best place there is, which takes quadratic time; the others a fast one, where that is
 * part of the program.
 */
const CAREFUL = 512;

/**
 * Offsets for all requests inside one block. Cost: O(n log n) for n requests.
 *
 * The largest are placed one by one, each at the lowest address that is free during its whole life. What is left when
 * there are many lies behind them, in blocks that are taken over in the order of time.
 */
export function packTemps(requests: readonly TempRequest[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(requests.length).fill(0);
  const order = requests.map((_, i) => i).sort((a, b) => requests[b].bytes - requests[a].bytes || a - b);
  const careful = parts.placeInTime === undefined ? order.length : CAREFUL;
  const top = placeLargest(requests, order.slice(0, careful), offsets);
  return { offsets, bytes: parts.placeInTime?.(requests, order.slice(careful), offsets, top) ?? top };
}

/** Bytes that a request occupies. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

/** Places requests in the given order, each against all before it. @returns end of what they occupy */
function placeLargest(requests: readonly TempRequest[], order: readonly number[], offsets: number[]): number {
  /** Placed requests by their start. */
  const placed: number[] = [];
  let top = 0;
  for (const i of order) {
    const { bytes, first, last } = requests[i];
    const need = aligned(bytes);
    let start = 0;
    for (const other of placed) {
      const r = requests[other];
      if (r.last < first || r.first > last) continue;
      if (offsets[other] >= start + need) break;
      start = Math.max(start, offsets[other] + aligned(r.bytes));
    }
    offsets[i] = start;
    let at = placed.length;
    while (at > 0 && offsets[placed[at - 1]] > start) at--;
    placed.splice(at, 0, i);
    top = Math.max(top, start + need);
  }
  return top;
}
