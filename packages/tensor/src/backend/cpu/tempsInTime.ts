/** Packing of very many temporaries, in blocks that are taken over in the order of time. */
import { ALIGN, aligned, type TempRequest } from "./temps.ts";

/** Classes of sizes per octave. */
const CLASSES = 4;

/** Places requests from `bottom` on as they begin, in blocks of those that have ended. @returns end of what they occupy */
export function placeInTime(
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
