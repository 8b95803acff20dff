/**
 * Runs a kernel as WebAssembly and through the oracle on equal memories and compares everything they leave behind.
 */
import { expect } from "vitest";
import { emitKernel } from "../../src/backend/cpu/emit.ts";
import { findCold } from "../../src/backend/cpu/emitCold.ts";
import { copiesTogether, evaluateTogether } from "../../src/backend/cpu/emitTogether.ts";
import { useReductions } from "../../src/backend/cpu/emitReduce.ts";
import { instantiateKernel } from "./instantiate.ts";
import { parts } from "../../src/backend/cpu/parts.ts";
import { dtypeInfo, type RealDType as DType } from "../../src/dtype.ts";
import { interpret, type MemoryViews } from "../../src/kernel/interp.ts";
import { layoutOf, type Kernel } from "../../src/kernel/kernel.ts";

useReductions();
parts.findCold = findCold;
parts.together = { copies: copiesTogether, evaluate: evaluateTogether };

/** Where an access is in memory: `base` in bytes and `strides` in elements (plain integers for iota). */
export interface Place {
  readonly base: number;
  readonly strides: readonly number[];
}

export interface Launch {
  readonly kernel: Kernel;
  readonly sizes: readonly number[];
  readonly block: number;
  readonly places: readonly Place[];
  readonly params: readonly number[];
  /** Range of the first loop, and the points where the WebAssembly run is cut in pieces. */
  readonly lo: number;
  readonly hi: number;
  readonly cuts?: readonly number[];
}

export function viewsOf(buffer: ArrayBufferLike): MemoryViews {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** Parameter blocks are written at this byte; buffers lie above {@link DATA}. */
const PARAMS = 64;
export const DATA = 4096;

/** A memory with a bump allocator. Unused bytes are 0xa5. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly views: MemoryViews;
  top: number = DATA;

  constructor(pages = 8) {
    this.memory = new WebAssembly.Memory({ initial: pages });
    this.views = viewsOf(this.memory.buffer);
    this.views.u8.fill(0xa5, DATA);
  }

  /** Room for `count` elements, filled with `data` when given; returns the byte address. */
  place(dtype: DType, count: number, data?: ArrayLike<number>): number {
    const { bytes, array } = dtypeInfo(dtype);
    const address = Math.ceil(this.top / 8) * 8;
    this.top = address + bytes * count + 8;
    const missing = this.top - this.views.u8.length;
    if (missing > 0) {
      const old = this.views.u8.length;
      this.memory.grow(Math.ceil(missing / 65536));
      Object.assign(this.views, viewsOf(this.memory.buffer));
      this.views.u8.fill(0xa5, old);
    }
    if (data) new array(this.memory.buffer as ArrayBuffer, address, count).set(data);
    return address;
  }
}

export function writeParams(views: MemoryViews, launch: Launch, pp: number): void {
  const { kernel, sizes, block, places, params } = launch;
  const layout = layoutOf(kernel);
  const word = pp / 4;
  views.u32.set(sizes, word);
  views.u32[word + layout.block] = block;
  places.forEach(({ base, strides }, i) => {
    const { dtype } = kernel.accesses[i];
    const bytes = dtype === null ? 1 : dtypeInfo(dtype).bytes;
    views.u32[word + layout.accesses[i]] = base;
    strides.forEach((stride, d) => (views.i32[word + layout.accesses[i] + 1 + d] = stride * bytes));
  });
  params.forEach((value, i) => {
    const at = word + layout.params[i];
    const ty = kernel.params[i];
    if (ty === "f64") views.f64[at / 2] = value;
    else if (ty === "f32") views.f32[at] = value;
    else views.i32[at] = value;
  });
}

/** Runs a launch both ways and expects equal memories; NaNs in f32 and f64 outputs count as equal. */
export function compare(arena: Arena, launch: Launch): void {
  const { kernel, lo, hi, cuts = [] } = launch;
  const words = layoutOf(kernel).words;
  if (PARAMS + 4 * words > DATA) throw new Error("parameter block too long");
  writeParams(arena.views, launch, PARAMS);
  const before = arena.memory.buffer.slice(0);

  const run = instantiateKernel(emitKernel(kernel, { shared: false }), arena.memory);
  const points = [lo, ...cuts.filter((c) => c > lo && c < hi).sort((a, b) => a - b), hi];
  // Last piece first: pieces must not depend on each other.
  for (let i = points.length - 2; i >= 0; i--) run(PARAMS, points[i], points[i + 1], 0);

  const oracle = viewsOf(before);
  interpret(kernel, () => oracle)(PARAMS, lo, hi, 0);
  const actual = arena.views;
  const kinds = new Map<number, DType>();
  kernel.stores.forEach((s) =>
    forEachAddress(launch, s.access, (a) => kinds.set(a, kernel.accesses[s.access].dtype as DType)),
  );
  for (const [address, dtype] of kinds) {
    const view = dtype === "bool" ? "u8" : dtype;
    const at = address / dtypeInfo(dtype).bytes;
    if (Number.isNaN(oracle[view][at]) && Number.isNaN(actual[view][at])) oracle[view][at] = actual[view][at] = 0;
    if (!Object.is(oracle[view][at], actual[view][at])) {
      expect.fail(`at ${address} (${dtype}): got ${actual[view][at]}, expected ${oracle[view][at]}`);
    }
  }
  const equal = Buffer.compare(new Uint8Array(before), arena.views.u8) === 0;
  if (!equal) {
    const at = actual.u8.findIndex((v, i) => v !== oracle.u8[i]);
    expect.fail(`byte ${at}: got ${actual.u8[at]}, expected ${oracle.u8[at]}; a store outside of the outputs`);
  }
}

function forEachAddress(launch: Launch, access: number, visit: (address: number) => void): void {
  const { kernel, sizes, places, lo, hi } = launch;
  const bytes = dtypeInfo(kernel.accesses[access].dtype as DType).bytes;
  const { base, strides } = places[access];
  let addresses = [base];
  for (let d = 0; d < kernel.dims; d++) {
    const [first, end] = d === 0 ? [lo, hi] : [0, sizes[d]];
    addresses = addresses.flatMap((a) =>
      Array.from({ length: Math.max(0, end - first) }, (_, i) => a + (first + i) * strides[d] * bytes),
    );
  }
  addresses.forEach(visit);
}

/** Values on which operations are likely to go wrong. */
export const SPECIAL: Record<DType, readonly number[]> = {
  bool: [0, 1, 1, 0, 255, 2],
  i32: [
    0, 1, -1, 2, -2, 7, -7, 31, 32, 33, 63, 65535, 65536, -65536, 46341, 2147483647, -2147483648, -2147483647,
    1073741824, 1e9,
  ],
  u32: [
    0, 1, 2, 3, 7, 31, 32, 33, 255, 65535, 65536, 65537, 2147483647, 2147483648, 2147483649, 4294967295, 4294967294,
    16777217,
  ],
  f32: [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    1e-45,
    -1e-45,
    1.1754943508222875e-38,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    Infinity,
    -Infinity,
    NaN,
    2147483648,
    -2147483648,
    2147483520,
    4294967296,
    4294967040,
    -2147483904,
    8388607.5,
    8388608,
    8388609,
    16777216,
    3.14159,
    1e10,
    -1e-10,
  ],
  f64: [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    Infinity,
    -Infinity,
    NaN,
    2147483648,
    2147483647,
    2147483647.5,
    -2147483648,
    -2147483648.5,
    -2147483649,
    4294967295,
    4294967295.5,
    4294967296,
    4503599627370495.5,
    4503599627370496,
    9007199254740993,
    3.4028235677973366e38,
    1e-45,
    7e-46,
    16777217,
    1e300,
    -1e-300,
  ],
};

/** A small generator of test data (xorshift32). */
export function generator(seed: number): () => number {
  let x = (seed ^ 0x9e3779b9) | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

/** Test data: half special values, half ordinary ones. */
export function sample(dtype: DType, count: number, next: () => number): number[] {
  const special = SPECIAL[dtype];
  return Array.from({ length: count }, () => {
    if (next() % 2 === 0) return special[next() % special.length];
    if (dtype === "bool") return next() & 1;
    if (dtype === "i32") return next() % 3 === 0 ? next() | 0 : (next() % 200) - 100;
    if (dtype === "u32") return next() % 3 === 0 ? next() : next() % 200;
    return ((next() % 20001) - 10000) / (next() % 3 === 0 ? 1 : 1024);
  });
}
