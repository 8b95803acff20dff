/** Copies between typed arrays in the CPU layout and GPU buffers. They differ for bool: one byte here, one word there. */
import type { RealDType as DType } from "../../dtype.ts";
import { DeviceError, DTypeError, InternalError } from "../../errors.ts";
import type { Guard } from "./guard.ts";
import { sizeClass, type Block } from "./pool.ts";
import type { Stream } from "./stream.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

/** Data types that exist on WebGPU. All have four bytes per element there. */
export const GPU_DTYPES: ReadonlySet<DType> = new Set<DType>(["bool", "i32", "u32", "f32"]);

/** Bytes of one element of every data type on the GPU. */
export const ELEMENT_BYTES = 4;

/** Throws for data types that WebGPU does not have. */
export function requireGpuDType(dtype: DType): void {
  if (GPU_DTYPES.has(dtype)) return;
  throw new DTypeError(
    `webgpu: ${dtype} does not exist on this device (got ${dtype}, expected ${[...GPU_DTYPES].join(", ")}). ` +
      `Use astype("f32") or the cpu device.`,
  );
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The bytes that represent `data` on the GPU, in memory that a queue accepts. */
function gpuBytes(dtype: DType, data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(data);
  if (dtype === "bool") return new Uint8Array(Uint32Array.from(bytes, (b) => (b !== 0 ? 1 : 0)).buffer);
  // Not every implementation takes shared memory.
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}

/** Bytes that writes keep until it is their turn; with more, the calling thread compiles what they wait for. */
const MOST_KEPT = 32 * 2 ** 20;

/** Fills the beginning of a block from an array in the CPU layout, which may be changed afterwards. */
export function writeBlock(device: GPUDevice, stream: Stream, block: Block, dtype: DType, data: ArrayBufferView): void {
  requireGpuDType(dtype);
  const bytes = gpuBytes(dtype, data);
  if (bytes.byteLength > block.bytes || bytes.byteLength % 4 !== 0) {
    throw new InternalError(`webgpu: ${bytes.byteLength} bytes do not fit a block of ${block.bytes}.`);
  }
  if (bytes.byteLength === 0) return;
  if (stream.waiting && bytes.byteLength > MOST_KEPT) stream.finish();
  const kept = stream.waiting && bytes.buffer === data.buffer ? bytes.slice() : bytes;
  stream.add(() => device.queue.writeBuffer(block.buffer, 0, kept));
}

/** Copies blocks to the CPU through mappable buffers, which are kept for reuse up to `limit` bytes. */
export interface Reader {
  read(block: Block, dtype: DType, size: number): Promise<ArrayBuffer>;
  destroy(): void;
}

/** Makes the reader of a device. */
export function createReader(device: GPUDevice, guard: Guard, stream: Stream, limit: number): Reader {
  const idle = new Map<number, GPUBuffer[]>();
  let kept = 0;

  const take = (bytes: number): GPUBuffer => {
    const found = idle.get(bytes)?.pop();
    if (found === undefined) {
      return device.createBuffer({ size: bytes, usage: BUFFER.MAP_READ | BUFFER.COPY_DST });
    }
    kept -= bytes;
    return found;
  };
  const give = (buffer: GPUBuffer): void => {
    if (kept + buffer.size > limit) {
      buffer.destroy();
      return;
    }
    kept += buffer.size;
    const list = idle.get(buffer.size);
    if (list === undefined) idle.set(buffer.size, [buffer]);
    else list.push(buffer);
  };

  const toCpu = (dtype: DType, mapped: ArrayBuffer): ArrayBuffer =>
    dtype === "bool" ? Uint8Array.from(new Uint32Array(mapped), (w) => (w !== 0 ? 1 : 0)).buffer : mapped.slice(0);

  return {
    async read(block, dtype, size) {
      requireGpuDType(dtype);
      guard.check();
      const bytes = size * ELEMENT_BYTES;
      if (bytes > block.bytes)
        throw new InternalError(`webgpu: read of ${bytes} bytes from a block of ${block.bytes}.`);
      if (bytes === 0) {
        await guard.settle();
        return new ArrayBuffer(0);
      }
      // In the stream before the first await, so that the block may be freed or overwritten right after this call.
      const staging = guard.scoped("reading a tensor", () => take(Math.min(sizeClass(bytes), block.bytes)));
      const copied = new Promise<void>((resolve) => {
        stream.add(() => {
          guard.scoped("reading a tensor", () => {
            const encoder = device.createCommandEncoder();
            encoder.copyBufferToBuffer(block.buffer, 0, staging, 0, bytes);
            device.queue.submit([encoder.finish()]);
          });
          resolve(staging.mapAsync(MAP_READ, 0, bytes));
        });
      });
      try {
        await copied;
      } catch (cause) {
        await guard.settle();
        throw new DeviceError(
          `webgpu: a tensor could not be read (got ${cause instanceof Error ? cause.message : String(cause)}). ` +
            'Ask for a new device with `await webgpu()` of "@ansatz/tensor/webgpu".',
          { cause },
        );
      }
      const result = toCpu(dtype, staging.getMappedRange(0, bytes));
      staging.unmap();
      give(staging);
      await guard.settle();
      return result;
    },
    destroy() {
      for (const list of idle.values()) for (const buffer of list) buffer.destroy();
      idle.clear();
      kept = 0;
    },
  };
}
