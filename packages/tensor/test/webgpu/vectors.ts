/** Small plans over vectors. */
import type { KernelStep, Slot, Storage } from "../../src/backend/backend.ts";
import type { WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr } from "../../src/kernel/expr.ts";
import { finishKernel, type Kernel } from "../../src/kernel/kernel.ts";
import type { Data } from "./launch.ts";

/** A map over contiguous f32 vectors: `body(b, loads, params)`. */
export function vectorMap(
  inputs: number,
  params: number,
  body: (b: ExprBuilder, x: Expr[], p: Expr[]) => Expr,
): Kernel {
  const b = new ExprBuilder();
  const x = Array.from({ length: inputs }, (_, i) => b.load("f32", i));
  const p = Array.from({ length: params }, (_, i) => b.param("f32", i));
  return finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: [
      ...x.map(() => ({ dtype: "f32", use: "load", classes: ["1"] }) as const),
      { dtype: "f32", use: "store", classes: ["1"] },
    ],
    params: p.map(() => "f32" as const),
    stores: [{ access: inputs, value: body(b, x, p) }],
    vector: "parallel",
    split: false,
  });
}

export const ADD: Kernel = vectorMap(2, 0, (b, [x, y]) => b.add(x, y));
export const SCALE: Kernel = vectorMap(1, 1, (b, [x], [p]) => b.mul(x, p));

export function step(kernel: Kernel, n: number, slots: readonly number[], scalars: readonly number[] = []): KernelStep {
  return {
    kind: "kernel",
    kernel,
    sizes: [n],
    block: 0,
    accesses: slots.map((slot) => ({ slot, offset: 0, strides: [1] })),
    params: scalars.map((index) => ({ kind: "scalar", index })),
  };
}

export function slot(size: number, kind: Slot["kind"], first = 0, last = 0, dtype: DType = "f32"): Slot {
  return { dtype, size, kind, first, last };
}

export function put(backend: WebGPUBackend, data: Data): Storage {
  const storage = backend.alloc(4 * data.length);
  backend.write(storage, "f32", data);
  return storage;
}

export async function get(backend: WebGPUBackend, storage: Storage, n: number): Promise<number[]> {
  return [...new Float32Array(await backend.read(storage, "f32", n))];
}

export const vector = (...values: number[]): Float32Array => Float32Array.from(values);
