/** Kernels as callable functions, compiled once per memory. */
import type { KernelFunction } from "../../kernel/interp.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { emitKernel } from "./emit.ts";

/** Compiled kernels by {@link Kernel.key}. */
export type KernelCache = Map<string, KernelFunction>;

const caches = new WeakMap<WebAssembly.Memory, KernelCache>();

/** The compiled kernels of a memory; they live as long as the memory. Deleting entries is safe. */
export function kernelCache(memory: WebAssembly.Memory): KernelCache {
  let cache = caches.get(memory);
  if (cache === undefined) caches.set(memory, (cache = new Map<string, KernelFunction>()));
  return cache;
}

/** Whether a memory is shared between threads. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
}

/** Makes the function of a module written by `emitKernel` (or another module with the same import and export). */
export function instantiateKernel(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): KernelFunction {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports.run as KernelFunction;
}

/**
 * The function that runs `kernel` on `memory`. Compiling takes some 0.1 ms for a small kernel; a kernel with the same key
 * that was compiled for this memory before is returned at once.
 * @param cache where to look and to keep the result; by default the cache of the memory
 */
export function compileKernel(
  kernel: Kernel,
  memory: WebAssembly.Memory,
  cache: KernelCache = kernelCache(memory),
): KernelFunction {
  let run = cache.get(kernel.key);
  if (run === undefined) {
    run = instantiateKernel(emitKernel(kernel, { shared: isShared(memory) }), memory);
    cache.set(kernel.key, run);
  }
  return run;
}
