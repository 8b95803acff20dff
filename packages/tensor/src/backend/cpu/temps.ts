/** Packing of temporaries: blocks whose lifetimes do not overlap share addresses. */

/** A temporary and the steps (inclusive) in which it lives. */
export interface TempRequest {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const ALIGN = 64;

interface Block {
  readonly start: number;
  readonly end: number;
  /** Last request that looked at the block. */
  seen: number;
}

/**
 * Offsets for all requests inside one block, largest first, each at the lowest address that is free during its whole
 * life. Cost: per request, the number of blocks alive in each of its steps.
 */
export function packTemps(requests: readonly TempRequest[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(requests.length).fill(0);
  const order = requests.map((_, i) => i).sort((a, b) => requests[b].bytes - requests[a].bytes || a - b);
  const alive = new Map<number, Block[]>();
  let bytes = 0;
  for (const i of order) {
    const { bytes: size, first, last } = requests[i];
    const need = Math.ceil(size / ALIGN) * ALIGN;
    const others: Block[] = [];
    for (let step = first; step <= last; step++) {
      for (const block of alive.get(step) ?? []) {
        if (block.seen === i) continue;
        block.seen = i;
        others.push(block);
      }
    }
    others.sort((a, b) => a.start - b.start);
    let start = 0;
    for (const other of others) {
      if (other.end <= start) continue;
      if (other.start >= start + need) break;
      start = other.end;
    }
    offsets[i] = start;
    const block = { start, end: start + need, seen: -1 };
    for (let step = first; step <= last; step++) {
      const list = alive.get(step);
      if (list === undefined) alive.set(step, [block]);
      else list.push(block);
    }
    bytes = Math.max(bytes, block.end);
  }
  return { offsets, bytes };
}
