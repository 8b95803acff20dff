/** The WebGPU backend: tensors in GPU buffers, fused kernels and routines as compute shaders. */
import { capBuffers } from "../../graph/capBuffers.ts";
import type { Backend, Storage } from "../backend.ts";
import { createExecutable } from "./executable.ts";
import { createGuard, lostError } from "./guard.ts";
import { createPool } from "./pool.ts";
import { createProgramCache } from "./programs.ts";
import { blockOf, type GpuStorage } from "./storage.ts";
import { createReader, ELEMENT_BYTES, GPU_DTYPES, requireGpuDType, writeBlock } from "./transfer.ts";

/** A backend on a GPU device. */
export interface WebGPUBackend extends Backend {
  readonly name: "webgpu";
  readonly device: GPUDevice;
  /** Most buffers that one kernel can use. */
  readonly maxBuffers: number;
  /** Destroys recycled buffers until at most `bytes` of them are left. */
  trim(bytes: number): void;
  /** Waits until all submitted work is done. @throws DeviceError for errors of work submitted so far */
  settle(): Promise<void>;
  /** Destroys the device and all tensors on it. Every later use throws a DeviceError. */
  destroy(): void;
}

/** Recycled buffers are kept up to this size. */
const POOL_LIMIT = 512 * 2 ** 20;
/** Buffers for reading are kept up to this size. */
const STAGING_LIMIT = 64 * 2 ** 20;
const PROGRAMS = 4096;

/**
 * Makes the backend of a WebGPU device.
 *
 * The caller keeps the device (and in Node the adapter and the GPU instance) referenced while the backend is in use;
 * `webgpu()` of `@ansatz/tensor/webgpu` does so.
 *
 * Errors of the device become visible at the next `run`, `alloc`, `write` or `read`; `read` waits for everything
 * submitted before it.
 * @param language optional features of WGSL that the device's compiler has (`gpu.wgslLanguageFeatures`)
 */
export function createWebGPUBackend(device: GPUDevice, language: ReadonlySet<string> = new Set()): WebGPUBackend {
  const guard = createGuard(device);
  const pool = createPool(device, guard, POOL_LIMIT);
  const programs = createProgramCache(device, guard, PROGRAMS, language);
  const reader = createReader(device, guard, STAGING_LIMIT);

  const backend: WebGPUBackend = {
    name: "webgpu",
    device,
    dtypes: GPU_DTYPES,
    maxBuffers: device.limits.maxStorageBuffersPerShaderStage,
    capBuffers: (graph) => capBuffers(graph, device.limits.maxStorageBuffersPerShaderStage),
    elementBytes(dtype) {
      requireGpuDType(dtype);
      return ELEMENT_BYTES;
    },
    alloc(bytes) {
      guard.check();
      const block = pool.take(bytes);
      const storage: GpuStorage = { backend, bytes, ptr: 0, buffer: block.buffer, block, freed: false };
      return storage;
    },
    free(storage) {
      const block = blockOf(backend, storage);
      storage.freed = true;
      pool.give(block);
    },
    write(storage, dtype, data) {
      guard.check();
      writeBlock(device, blockOf(backend, storage), dtype, data);
    },
    read: async (storage, dtype, size) => reader.read(blockOf(backend, storage), dtype, size),
    compile(plan) {
      guard.check();
      return createExecutable({ device, guard, pool, programs, blockOf: (s: Storage) => blockOf(backend, s) }, plan);
    },
    kernels: () => programs.size,
    memory: () => pool.memory(),
    trim: (bytes) => pool.trim(bytes),
    async settle() {
      await device.queue.onSubmittedWorkDone();
      await guard.settle();
    },
    destroy() {
      guard.fail(lostError("destroyed", "destroy() was called"));
      reader.destroy();
      device.destroy();
    },
  };
  return backend;
}
