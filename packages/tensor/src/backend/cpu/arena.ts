/**
 * CPU memory: one growable WebAssembly memory, recycled by size class, last freed first used. Pages are never given
 * back, because touching a fresh page costs more than any kernel that would use it.
 */
import { config } from "../../config.ts";
import { OutOfMemoryError } from "../../errors.ts";
import type { MemoryViews } from "../../kernel/interp.ts";

const PAGE = 65536;
const MAX_PAGES = 65536;
const INITIAL_PAGES = 64;
/** Address 0 stays unused, and vector loads may read a little before or beyond a block. */
const GUARD = 1024;
/** Grow by at least this much. */
const STEP_PAGES = 256;

/** A recycled address space. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** Current views; their length grows with the memory. */
  readonly views: MemoryViews;
  /** Address of a block of at least `bytes` bytes, aligned to 64. */
  alloc(bytes: number): number;
  free(ptr: number, bytes: number): void;
  used(): number;
  pooled(): number;
  peak(): number;
}

/** Size class of a request: eight classes per power of two, at most 12.5 % of a block is unused. */
export function sizeClass(bytes: number): number {
  if (bytes <= 64) return 64;
  const shift = Math.max(6, 31 - Math.clz32(bytes - 1) - 3);
  const unit = 2 ** shift;
  return Math.ceil(bytes / unit) * unit;
}

function createMemory(): { memory: WebAssembly.Memory; shared: boolean } {
  try {
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared: true });
    return { memory, shared: true };
  } catch {
    return { memory: new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES }), shared: false };
  }
}

/** Creates an arena. @param describe lists what is alive, for the out-of-memory message */
export function createArena(describe: () => string): Arena {
  const { memory, shared } = createMemory();
  const views: MemoryViews = viewsOf(memory.buffer);
  const pools = new Map<number, number[]>();
  let top = GUARD;
  let used = 0;
  let pooled = 0;
  let peak = 0;

  const grow = (end: number): void => {
    const have = memory.buffer.byteLength;
    if (end + GUARD <= have) return;
    const pages = Math.ceil((end + GUARD - have) / PAGE);
    const room = MAX_PAGES - have / PAGE;
    try {
      if (pages > room) throw new RangeError("address space");
      memory.grow(Math.min(room, Math.max(pages, STEP_PAGES)));
    } catch {
      throw outOfMemory(end - top, "the address space of 4 GiB is used up");
    }
    Object.assign(views, viewsOf(memory.buffer));
  };

  const outOfMemory = (bytes: number, why: string): OutOfMemoryError =>
    new OutOfMemoryError(
      `cpu: out of memory, ${why} (got a request for ${mib(bytes)} with ${mib(used)} in use, ` +
        `expected at most ${mib(config.memoryBudget)}). ${describe()} ` +
        `Free tensors with dispose(), using, scope() or compile(fn, { donate }), or raise configure({ memoryBudget }).`,
    );

  return {
    memory,
    shared,
    views,
    alloc(bytes) {
      const size = sizeClass(bytes);
      if (used + size > config.memoryBudget) throw outOfMemory(bytes, "the memory budget is used up");
      const pool = pools.get(size);
      let ptr: number;
      if (pool !== undefined && pool.length > 0) {
        ptr = pool.pop() as number;
        pooled -= size;
      } else {
        ptr = takeLarger(pools, size, (rest) => (pooled += rest));
        if (ptr === 0) {
          grow(top + size);
          ptr = top;
          top += size;
        }
      }
      used += size;
      if (used > peak) peak = used;
      return ptr;
    },
    free(ptr, bytes) {
      const size = sizeClass(bytes);
      used -= size;
      pooled += size;
      const pool = pools.get(size);
      if (pool === undefined) pools.set(size, [ptr]);
      else pool.push(ptr);
    },
    used: () => used,
    pooled: () => pooled,
    peak: () => peak,
  };
}

/** A pooled block of up to twice the size, cut to fit; 0 when there is none. Only for large requests. */
function takeLarger(pools: Map<number, number[]>, size: number, account: (bytes: number) => void): number {
  if (size < 2 ** 20) return 0;
  for (const [have, pool] of pools) {
    if (have <= size || have > 2 * size || pool.length === 0) continue;
    const rest = have - size;
    // The remainder becomes a block of its own, if its size is a class.
    if (sizeClass(rest) !== rest) continue;
    const ptr = pool.pop() as number;
    const other = pools.get(rest);
    if (other === undefined) pools.set(rest, [ptr + size]);
    else other.push(ptr + size);
    account(rest - have);
    return ptr;
  }
  return 0;
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

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
