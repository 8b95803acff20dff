/**
 * CPU memory: one growable address space. Pages are never given back, because touching a fresh page costs more than any
 * kernel that would use it; freed blocks are reused instead, last freed first used.
 *
 * Small blocks come from slabs and are recycled by size class. Larger ones are recycled by their exact size; when there is
 * none of a size, free neighbours are merged and the tightest gap is used, before the memory grows.
 */
import { config } from "../../config.ts";
import { OutOfMemoryError } from "../../errors.ts";
import type { MemoryViews } from "../../kernel/interp.ts";
import { parts } from "./parts.ts";

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65536;
const MAX_PAGES = 65536;
const INITIAL_PAGES = 64;
/** Address 0 stays unused, and vector loads may read a little before or beyond a block. */
const GUARD = 1024;
/** Grow by at least this much. */
const STEP_PAGES = 256;
/**
 * What large blocks occupy beyond whole pages: blocks that begin at the same place of a page compete for the same places of
 * the caches when a kernel walks through several of them side by side. A multiple of 64 that is none of 128.
 */
const STAGGER = 1088;
/** Blocks below this size come from slabs. */
const SMALL = 65536;
const SLAB = 2 ** 20;

/** What an address space is made of; a `WebAssembly.Memory` where there is one. */
export interface LinearMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** A recycled address space. */
export interface Arena {
  readonly memory: LinearMemory;
  readonly shared: boolean;
  /** Current views; their length grows with the memory. */
  readonly views: MemoryViews;
  /** Address of a block of at least `bytes` bytes, aligned to 64. @throws OutOfMemoryError */
  alloc(bytes: number): number;
  free(ptr: number, bytes: number): void;
  used(): number;
  pooled(): number;
  peak(): number;
}

/**
 * Bytes that a request occupies: eight classes per power of two, and whole pages and {@link STAGGER} from there on; at most
 * 1/8 is unused.
 */
export function sizeClass(bytes: number): number {
  if (bytes <= 64) return 64;
  if (bytes > 8 * PAGE) return Math.ceil((bytes - STAGGER) / PAGE) * PAGE + STAGGER;
  const unit = 2 ** Math.max(6, 31 - Math.clz32(bytes - 1) - 3);
  return Math.ceil(bytes / unit) * unit;
}

function createMemory(): { memory: LinearMemory; shared: boolean } {
  const limits = { initial: INITIAL_PAGES, maximum: MAX_PAGES };
  for (const shared of [true, false]) {
    try {
      return { memory: new WebAssembly.Memory({ ...limits, shared }), shared };
    } catch {
      // Not here.
    }
  }
  return { memory: parts.plainMemory?.(INITIAL_PAGES) ?? new WebAssembly.Memory(limits), shared: false };
}

/** A free range of addresses. */
interface Gap {
  start: number;
  end: number;
}

/** Creates an arena. @param describe a sentence about what is alive and a space, for the out-of-memory message; or nothing */
export function createArena(describe: () => string): Arena {
  const { memory, shared } = createMemory();
  const views: MemoryViews = viewsOf(memory.buffer);
  /** Free blocks by size. */
  const pools = new Map<number, number[]>();
  /** Free ranges that are no blocks, by address, never adjacent. */
  let gaps: Gap[] = [];
  let slab: Gap = { start: 0, end: 0 };
  let top = GUARD;
  let used = 0;
  let peak = 0;

  const outOfMemory = (bytes: number, why: string): OutOfMemoryError =>
    new OutOfMemoryError(
      `cpu: out of memory, ${why} is used up (got a request for ${mib(bytes)} with ${mib(used)} in use, ` +
        `expected at most ${mib(config.memoryBudget)}). ${describe()}` +
        `Free tensors with dispose(), using, scope() or compile(fn, { donate }), or raise configure({ memoryBudget }).`,
    );

  /** Makes addresses below `end` valid. */
  const grow = (end: number): boolean => {
    const have = memory.buffer.byteLength;
    if (end + GUARD <= have) return true;
    const pages = Math.ceil((end + GUARD - have) / PAGE);
    const room = MAX_PAGES - have / PAGE;
    if (pages > room) return false;
    try {
      memory.grow(Math.min(room, Math.max(pages, STEP_PAGES)));
    } catch {
      return false;
    }
    Object.assign(views, viewsOf(memory.buffer));
    return true;
  };

  /** Turns free blocks of at least `least` bytes into gaps. */
  const merge = (least: number): void => {
    const free: Gap[] = [];
    for (const [size, pool] of pools) {
      if (size < least) continue;
      for (const start of pool) free.push({ start, end: start + size });
      pools.delete(size);
    }
    if (free.length === 0) return;
    const all = [...gaps, ...free].sort((a, b) => a.start - b.start);
    gaps = [];
    for (const gap of all) {
      const last = gaps.at(-1);
      if (last !== undefined && last.end === gap.start) last.end = gap.end;
      else gaps.push(gap);
    }
  };

  /** The start of the tightest gap that holds `size` bytes; -1 when there is none. */
  const fromGaps = (size: number): number => {
    let best = -1;
    for (let i = 0; i < gaps.length; i++) {
      const room = gaps[i].end - gaps[i].start;
      if (room >= size && (best < 0 || room < gaps[best].end - gaps[best].start)) best = i;
    }
    if (best < 0) return -1;
    const gap = gaps[best];
    const { start } = gap;
    gap.start += size;
    if (gap.start === gap.end) gaps.splice(best, 1);
    return start;
  };

  /** The start of `size` bytes at the end of what is in use so far; -1 when there is no room. */
  const fromTop = (size: number): number => {
    const last = gaps.at(-1);
    const start = last !== undefined && last.end === top ? last.start : top;
    if (!grow(start + size)) return -1;
    if (start < top) gaps.pop();
    top = start + size;
    return start;
  };

  const takeLarge = (size: number): number => {
    for (const least of [SMALL + 1, 0]) {
      merge(least);
      let start = fromGaps(size);
      if (start < 0) start = fromTop(size);
      if (start >= 0) return start;
    }
    return -1;
  };

  const takeSmall = (size: number): number => {
    if (slab.end - slab.start < size) {
      const start = takeLarge(SLAB);
      if (start < 0) return -1;
      // What is left of the old slab is lost to small blocks, but not to the arena.
      if (slab.start < slab.end) release(slab.start, slab.end - slab.start);
      slab = { start, end: start + SLAB };
    }
    const { start } = slab;
    slab.start += size;
    return start;
  };

  const release = (ptr: number, size: number): void => {
    const pool = pools.get(size);
    if (pool === undefined) pools.set(size, [ptr]);
    else pool.push(ptr);
  };

  return {
    memory,
    shared,
    views,
    alloc(bytes) {
      const size = sizeClass(bytes);
      if (used + size > config.memoryBudget) throw outOfMemory(bytes, "the memory budget");
      const pool = pools.get(size);
      let ptr = pool !== undefined && pool.length > 0 ? (pool.pop() as number) : -1;
      if (ptr < 0) ptr = size > SMALL ? takeLarge(size) : takeSmall(size);
      if (ptr < 0) throw outOfMemory(bytes, "the address space of 4 GiB");
      used += size;
      if (used > peak) peak = used;
      return ptr;
    },
    free(ptr, bytes) {
      const size = sizeClass(bytes);
      used -= size;
      release(ptr, size);
    },
    used: () => used,
    pooled: () => top - GUARD - used,
    peak: () => peak,
  };
}

function viewsOf(buffer: ArrayBufferLike): MemoryViews {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** Bytes as messages show them. */
export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
