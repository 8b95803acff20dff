/** What the browser test runs inside the page. */
import { doubling } from "./doubling.ts";

export interface PageReport {
  architecture: string;
  doubled: number[];
}

export async function computeOnGpu(n: number): Promise<PageReport> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error("no adapter in the page");
  const device = await adapter.requestDevice();
  return { architecture: adapter.info.architecture, doubled: await doubling(device, n) };
}

/**
 * A module made by hand: it imports a shared memory of one page and exports `sum(): i32`, which loads the first four
 * 32-bit integers of that memory as one SIMD vector, adds the vector to itself and returns lane 3.
 */
// prettier-ignore
const SIMD_MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, // type 0: () -> i32
  0x02, 0x09, 0x01, 0x01, 0x65, 0x01, 0x6d, 0x02, 0x03, 0x01, 0x01, // import e.m: memory, shared, 1 to 1 pages
  0x03, 0x02, 0x01, 0x00, // function 0 has type 0
  0x07, 0x07, 0x01, 0x03, 0x73, 0x75, 0x6d, 0x00, 0x00, // export function 0 as "sum"
  0x0a, 0x16, 0x01, 0x14, 0x00, // code: one body of 20 bytes without locals
  0x41, 0x00, 0xfd, 0x00, 0x04, 0x00, // i32.const 0; v128.load align=16 offset=0
  0x41, 0x00, 0xfd, 0x00, 0x04, 0x00, // again
  0xfd, 0xae, 0x01, // i32x4.add
  0xfd, 0x1b, 0x03, // i32x4.extract_lane 3
  0x0b, // end
);

export interface WasmReport {
  isolated: boolean;
  shared: boolean;
  lane: number;
}

export function simdOnSharedMemory(values: number[]): WasmReport {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  new Int32Array(memory.buffer).set(values);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(SIMD_MODULE), { e: { m: memory } });
  const sum = instance.exports.sum as () => number;
  return { isolated: crossOriginIsolated, shared: memory.buffer instanceof SharedArrayBuffer, lane: sum() };
}

export function isolation(): { isolated: boolean; hasSharedArrayBuffer: boolean } {
  return { isolated: crossOriginIsolated, hasSharedArrayBuffer: "SharedArrayBuffer" in globalThis };
}
