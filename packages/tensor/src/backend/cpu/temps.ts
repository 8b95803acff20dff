/** Packing of temporaries: blocks whose lifetimes do not overlap share addresses. */

/** A temporary and the steps (inclusive) in which it lives. */
export interface TempRequest {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const ALIGN = 64;

/**
 * Offsets for all requests inside one block, largest first, each at the lowest address that is free during its whole
 * life. Quadratic in the number of temporaries.
 */
export function packTemps(requests: readonly TempRequest[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(requests.length).fill(0);
  const order = requests.map((_, i) => i).sort((a, b) => requests[b].bytes - requests[a].bytes || a - b);
  const placed: { start: number; end: number; first: number; last: number }[] = [];
  let bytes = 0;
  for (const i of order) {
    const { bytes: size, first, last } = requests[i];
    const need = Math.ceil(size / ALIGN) * ALIGN;
    let start = 0;
    // `placed` is sorted by start, so one pass finds the lowest gap.
    for (const p of placed) {
      if (p.last < first || p.first > last || p.end <= start) continue;
      if (p.start >= start + need) break;
      start = p.end;
    }
    offsets[i] = start;
    const block = { start, end: start + need, first, last };
    let at = placed.length;
    while (at > 0 && placed[at - 1].start > start) at--;
    placed.splice(at, 0, block);
    bytes = Math.max(bytes, block.end);
  }
  return { offsets, bytes };
}
