import type { KernelFunction } from "../../src/kernel/interp.ts";

/** The function of a module written by `emitKernel` (or another module with the same import and export) on a memory. */
export function instantiateKernel(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): KernelFunction {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports.run as KernelFunction;
}
