/**
 * GPU buffers recycled by size class, last in first out. Sizes are rounded up to one of eight classes per power of two,
 * so that a block is at most one eighth larger than what was asked for.
 */
import { OutOfMemoryError } from "../../errors.ts";
import type { MemoryUse } from "../backend.ts";
import type { Guard } from "./guard.ts";
import type { Stream } from "./stream.ts";
import { BUFFER } from "./usage.ts";

/** A buffer of the pool. */
export interface Block {
  readonly buffer: GPUBuffer;
  /** Real size of the buffer. */
  readonly bytes: number;
  /** Serial number, never used again. */
  readonly id: number;
  /** Made by somebody else, who keeps it, or who has handed it over to be destroyed. */
  readonly foreign?: "borrowed" | "adopted";
}

/** Hands out and takes back storage buffers. */
export interface Pool {
  take(bytes: number): Block;
  /** A block that is somebody else's buffer, never handed out again. */
  wrap(buffer: GPUBuffer, foreign: NonNullable<Block["foreign"]>): Block;
  /** Takes a block back. Work that was submitted before may still use it: the queue keeps the order. */
  give(block: Block): void;
  /** Destroys recycled blocks, oldest first, until at most `bytes` are left. */
  trim(bytes: number): void;
  memory(): MemoryUse;
}

const SMALLEST = 256;

/** The size of the block that holds `bytes`. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}

/** Makes the pool of a device that keeps at most `limit` bytes for reuse. */
export function createPool(device: GPUDevice, guard: Guard, stream: Stream, limit: number): Pool {
  const free = new Map<number, Block[]>();
  // The same blocks in the order in which they came back.
  const order = new Map<number, Block>();
  const largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  let nextId = 0;
  let used = 0;
  let pooled = 0;
  let peak = 0;

  const roundUp = (bytes: number): number => {
    const size = sizeClass(bytes);
    // Shaders may take four elements at a time.
    return size > largest ? Math.min(largest, Math.ceil(bytes / 16) * 16) : size;
  };

  const create = (bytes: number): Block => {
    const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
    const buffer = guard.scoped(`allocation of ${bytes} bytes`, () => device.createBuffer({ size: bytes, usage }));
    return { buffer, bytes, id: nextId++ };
  };

  const trim = (bytes: number): void => {
    for (const [id, block] of order) {
      if (pooled <= bytes) return;
      order.delete(id);
      // The oldest block of a class is the first of its list.
      free.get(block.bytes)?.shift();
      pooled -= block.bytes;
      // After everything that still uses it.
      stream.add(() => block.buffer.destroy());
    }
  };

  return {
    trim,
    take(bytes) {
      if (bytes > largest) {
        throw new OutOfMemoryError(
          `webgpu: a tensor is too large for one GPU buffer (got ${bytes} bytes, expected at most ${largest}). ` +
            `Split it, or use the cpu device.`,
        );
      }
      const size = roundUp(bytes);
      let block = free.get(size)?.pop();
      if (block === undefined) {
        block = create(size);
      } else {
        order.delete(block.id);
        pooled -= size;
      }
      used += size;
      peak = Math.max(peak, used);
      return block;
    },
    wrap(buffer, foreign) {
      if (foreign === "adopted") {
        used += buffer.size;
        peak = Math.max(peak, used);
      }
      return { buffer, bytes: buffer.size, id: nextId++, foreign };
    },
    give(block) {
      if (block.foreign !== undefined) {
        if (block.foreign === "borrowed") return;
        used -= block.bytes;
        // After everything that still uses it.
        stream.add(() => block.buffer.destroy());
        return;
      }
      const list = free.get(block.bytes);
      if (list === undefined) free.set(block.bytes, [block]);
      else list.push(block);
      order.set(block.id, block);
      used -= block.bytes;
      pooled += block.bytes;
      if (pooled > limit) trim(limit);
    },
    memory: () => ({ used, pooled, peak }),
  };
}
