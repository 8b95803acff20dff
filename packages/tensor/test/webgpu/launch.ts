/** Kernels with data, run on the oracle and on a WebGPU backend. Works in Node and in a browser. */
import type { KernelStep, PlanSpec, Slot, Step, View } from "../../src/backend/backend.ts";
import type { WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { dtypeInfo, type RealDType as DType } from "../../src/dtype.ts";
import type { Ty } from "../../src/kernel/expr.ts";
import { interpret } from "../../src/kernel/interp.ts";
import { layoutOf, type Kernel } from "../../src/kernel/kernel.ts";

export type Data = Uint8Array | Int32Array | Uint32Array | Float32Array;

/** One buffer of a launch; a written one starts with the given contents on both sides. */
export interface Operand {
  readonly dtype: DType;
  readonly data: Data;
}

/** A kernel with everything that a launch needs. `accesses` refer to `operands` by slot (-1 for iota). */
export interface Launch {
  readonly kernel: Kernel;
  readonly sizes: readonly number[];
  readonly block?: number;
  readonly accesses: readonly View[];
  readonly operands: readonly Operand[];
  readonly params?: readonly number[];
}

/** Copies of all operands after the oracle ran the launch. */
export function runOracle(launch: Launch): Data[] {
  const { kernel, sizes, operands, params = [] } = launch;
  const layout = layoutOf(kernel);
  const start: number[] = [];
  let bytes = 4 * layout.words;
  for (const { data } of operands) {
    start.push(bytes);
    bytes += Math.ceil(data.byteLength / 8) * 8;
  }
  const memory = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  const views = {
    u8: new Uint8Array(memory),
    i32: new Int32Array(memory),
    u32: new Uint32Array(memory),
    f32: new Float32Array(memory),
    f64: new Float64Array(memory),
  };
  operands.forEach(({ data }, k) => {
    views.u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start[k]);
  });
  sizes.forEach((size, d) => (views.u32[d] = size));
  views.u32[layout.block] = launch.block ?? 0;
  launch.accesses.forEach((view, i) => {
    const { dtype } = kernel.accesses[i];
    const unit = dtype === null ? 1 : dtypeInfo(dtype).bytes;
    const word = layout.accesses[i];
    views.i32[word] = view.offset * unit + (dtype === null ? 0 : start[view.slot]);
    view.strides.forEach((s, d) => (views.i32[word + 1 + d] = s * unit));
  });
  params.forEach((value, i) => putParam(views, layout.params[i], kernel.params[i], value));
  interpret(kernel, () => views)(0, 0, sizes[0], 0);
  return operands.map(
    ({ dtype, data }, k) => new (dtypeInfo(dtype).array)(memory, start[k], data.length).slice() as Data,
  );
}

function putParam(views: { f32: Float32Array; i32: Int32Array }, word: number, ty: Ty, value: number): void {
  if (ty === "f32") views.f32[word] = value;
  else views.i32[word] = value;
}

/** Copies of all operands after the device ran the steps. Operands are the plan's inputs, in slot order. */
export async function runSteps(
  backend: WebGPUBackend,
  steps: readonly Step[],
  operands: readonly Operand[],
  scalars: readonly number[] = [],
  temps: readonly Slot[] = [],
): Promise<Data[]> {
  const slots = operands.map(({ dtype, data }): Slot => ({
    dtype,
    size: data.length,
    kind: "input",
    first: 0,
    last: 0,
  }));
  const plan: PlanSpec = { steps, slots: [...slots, ...temps], scalars: scalars.length };
  const storages = operands.map(({ dtype, data }) => {
    const storage = backend.alloc(data.length * backend.elementBytes(dtype));
    backend.write(storage, dtype, data);
    return storage;
  });
  const executable = backend.compile(plan);
  executable.run([...storages, ...temps.map(() => null)], scalars);
  const results = await Promise.all(
    operands.map(async ({ dtype, data }, i) => {
      const buffer = await backend.read(storages[i], dtype, data.length);
      return new (dtypeInfo(dtype).array)(buffer) as Data;
    }),
  );
  for (const storage of storages) backend.free(storage);
  executable.release();
  return results;
}

/** The launch as a step whose parameters are all scalars of the plan. */
export function stepOf(launch: Launch): KernelStep {
  return {
    kind: "kernel",
    kernel: launch.kernel,
    sizes: launch.sizes,
    block: launch.block ?? 0,
    accesses: launch.accesses,
    params: (launch.params ?? []).map((_, index) => ({ kind: "scalar", index })),
  };
}

/** Copies of all operands after the device ran the launch. */
export function runGpu(backend: WebGPUBackend, launch: Launch): Promise<Data[]> {
  return runSteps(backend, [stepOf(launch)], launch.operands, launch.params);
}

/** How results are compared. */
export interface Comparing {
  /** Read subnormals as zeros of their sign on both sides: WGSL allows that of arithmetic. */
  readonly flush?: boolean;
}

/** Bits of every element, with one pattern for all NaNs. */
function bitsOf(data: Data, { flush = false }: Comparing = {}): Uint32Array {
  if (!(data instanceof Float32Array)) return Uint32Array.from(data);
  return new Uint32Array(data.slice().buffer).map((b) => {
    if ((b & 0x7fffffff) > 0x7f800000) return 0x7fc00000;
    return flush && (b & 0x7f800000) === 0 ? b & 0x80000000 : b;
  });
}

/** The first element in which two arrays differ (NaN equals NaN), in words, or undefined. */
export function firstDifference(actual: Data, expected: Data, comparing: Comparing = {}): string | undefined {
  if (actual.length !== expected.length) return `got ${actual.length} elements, expected ${expected.length}`;
  const a = bitsOf(actual, comparing);
  const b = bitsOf(expected, comparing);
  const at = a.findIndex((bits, i) => bits !== b[i]);
  if (at < 0) return undefined;
  return `differs at ${at}: got ${show(actual[at], a[at])}, expected ${show(expected[at], b[at])}`;
}

function show(value: number, bits: number): string {
  return `${Object.is(value, -0) ? "-0" : value} (0x${bits.toString(16)})`;
}
