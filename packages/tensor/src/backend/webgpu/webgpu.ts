/** The WebGPU backend: tensors in GPU buffers, fused kernels and routines as compute shaders. */
import { requireFunction } from "../../errors.ts";
import { capBuffers } from "../../graph/capBuffers.ts";
import type { Backend, DispatchTime, Storage } from "../backend.ts";
import { createExecutable } from "./executable.ts";
import { createGuard, lostError } from "./guard.ts";
import { createPool } from "./pool.ts";
import { createProfiler } from "./profile.ts";
import { createProgramCache } from "./programs.ts";
import { blockOf, type GpuStorage } from "./storage.ts";
import { createStream } from "./stream.ts";
import { createReader, ELEMENT_BYTES, GPU_DTYPES, requireGpuDType, writeBlock } from "./transfer.ts";

/** A backend on a GPU device. */
export interface WebGPUBackend extends Backend {
  readonly name: "webgpu";
  readonly device: GPUDevice;
  /** Most buffers that one kernel can use. */
  readonly maxBuffers: number;
  /** Destroys recycled buffers until at most `bytes` of them are left. */
  trim(bytes: number): void;
  /**
   * Times every dispatch from now on, until the returned function is called; its promise is fulfilled when the times of
   * everything run before have been reported, and rejected with the device's failure if there is one. Meanwhile the
   * dispatches do not share passes, so that all of them together take somewhat longer.
   *
   * The GPU's own clock is used where the device has the feature `timestamp-query`, which `webgpu()` asks for.
   */
  profile(sink: (time: DispatchTime) => void): () => Promise<void>;
  /** A storage that is somebody else's buffer; an adopted one is destroyed with it. The caller has checked that it fits. */
  wrap(buffer: GPUBuffer, foreign: "borrowed" | "adopted"): Storage;
  /** Submits work that waits for shaders to be compiled: compiles them on the calling thread. */
  submit(): void;
  /** Waits until all work is done. @throws DeviceError for errors of work submitted so far */
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
  const stream = createStream(guard.fail);
  const profiler = createProfiler(device, guard);
  const pool = createPool(device, guard, stream, POOL_LIMIT);
  const programs = createProgramCache(device, guard, PROGRAMS, language);
  const reader = createReader(device, guard, stream, STAGING_LIMIT);

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
    wrap(buffer, foreign) {
      guard.check();
      const block = pool.wrap(buffer, foreign);
      const storage: GpuStorage = { backend, bytes: buffer.size, ptr: 0, buffer, block, freed: false };
      return storage;
    },
    free(storage) {
      const block = blockOf(backend, storage);
      storage.freed = true;
      pool.give(block);
    },
    write(storage, dtype, data) {
      guard.check();
      writeBlock(device, stream, blockOf(backend, storage), dtype, data);
    },
    read: async (storage, dtype, size) => reader.read(blockOf(backend, storage), dtype, size),
    compile(plan) {
      guard.check();
      return createExecutable(
        { device, guard, pool, stream, profiler, programs, blockOf: (s: Storage) => blockOf(backend, s) },
        plan,
      );
    },
    kernels: () => programs.size,
    memory: () => pool.memory(),
    trim: (bytes) => pool.trim(bytes),
    profile(sink) {
      requireFunction("profile", sink);
      // What was run before does not belong to it, even if it still waits for its shader.
      stream.finish();
      const stop = profiler.watch(sink);
      return async () => {
        stream.finish();
        await stop();
      };
    },
    submit: () => stream.finish(),
    async settle() {
      await new Promise<void>((resolve) => stream.add(resolve));
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
