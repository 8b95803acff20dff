/** Packing of temporaries: blocks whose lifetimes do not overlap share addresses. */

/** A temporary and the steps (inclusive) in which it lives. */
export interface TempRequest {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const ALIGN = 64;
/** So many of the largest temporaries get the best place there is, which takes quadratic time; the others a fast one. */
const CAREFUL = 512;
/** Classes of sizes per octave, for those others. */
const CLASSES = 4;

/**
 * Offsets for all requests inside one block. Cost: O(n log n) for n requests.
 *
 * The largest are placed one by one, each at the lowest address that is free during its whole life. What is left when
 * there are many lies behind them, in blocks that are taken over in the order of time.
 */
export function packTemps(requests: readonly TempRequest[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(requests.length).fill(0);
  const order = requests.map((_, i) => i).sort((a, b) => requests[b].bytes - requests[a].bytes || a - b);
  const top = placeLargest(requests, order.slice(0, CAREFUL), offsets);
  return { offsets, bytes: placeInTime(requests, order.slice(CAREFUL), offsets, top) };
}

function aligned(bytes: number): number {
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

/** Places requests from `bottom` on as they begin, in blocks of those that have ended. @returns end of what they occupy */
function placeInTime(
  requests: readonly TempRequest[],
  which: readonly number[],
  offsets: number[],
  bottom: number,
): number {
  const starting = [...which].sort((a, b) => requests[a].first - requests[b].first || a - b);
  const ending = [...which].sort((a, b) => requests[a].last - requests[b].last || a - b);
  /** Starts of free blocks by class. */
  const free = new Map<number, number[]>();
  /** Class of the block of each request. */
  const held = new Int32Array(requests.length);
  let top = bottom;
  let ended = 0;
  for (const i of starting) {
    const { bytes, first } = requests[i];
    for (; requests[ending[ended]].last < first; ended++) {
      const done = ending[ended];
      const list = free.get(held[done]);
      if (list === undefined) free.set(held[done], [offsets[done]]);
      else list.push(offsets[done]);
    }
    const own = classOf(bytes);
    // A block of up to twice the size will do.
    let taken = own;
    while (taken < own + CLASSES && (free.get(taken)?.length ?? 0) === 0) taken++;
    const found = free.get(taken)?.pop();
    held[i] = found === undefined ? own : taken;
    offsets[i] = found ?? top;
    if (found === undefined) top += classBytes(own);
  }
  return top;
}

/** Number of the smallest class that holds so many bytes. */
function classOf(bytes: number): number {
  const units = aligned(bytes) / ALIGN;
  const octave = Math.floor(Math.log2(units));
  return octave * CLASSES + Math.ceil((units / 2 ** octave - 1) * CLASSES);
}

/** Bytes of a class. */
function classBytes(c: number): number {
  const octave = Math.floor(c / CLASSES);
  return aligned(2 ** octave * (1 + (c % CLASSES) / CLASSES) * ALIGN);
}
