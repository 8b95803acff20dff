/** Runs a lowering over arrays, on the oracle and as WebAssembly. */
import { instantiateKernel } from "../cpu/instantiate.ts";
import { emitKernel } from "../../src/backend/cpu/emit.ts";
import { ExprBuilder, type Expr } from "../../src/kernel/expr.ts";
import { interpret, type KernelFunction, type MemoryViews } from "../../src/kernel/interp.ts";
import { finishKernel, layoutOf, type Kernel } from "../../src/kernel/kernel.ts";

export type Float = "f32" | "f64";
export type Floats = Float32Array | Float64Array;
export type Lower = (b: ExprBuilder, x: Expr, y: Expr) => Expr;

/** A map of two inputs (the second may be unused). */
export function mapKernel(ty: Float, lower: Lower): Kernel {
  const b = new ExprBuilder();
  return finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: [
      { dtype: ty, use: "load", classes: ["1"] },
      { dtype: ty, use: "load", classes: ["1"] },
      { dtype: ty, use: "store", classes: ["1"] },
    ],
    params: [],
    stores: [{ access: 2, value: lower(b, b.load(ty, 0), b.load(ty, 1)) }],
    vector: "parallel",
    split: false,
  });
}

export function floats(ty: Float, values: Iterable<number>): Floats {
  return ty === "f32" ? Float32Array.from(values) : Float64Array.from(values);
}

const DATA = 1024;

function run(kernel: Kernel, ty: Float, inputs: readonly Floats[], oracle: boolean): Floats {
  const n = inputs[0].length;
  const size = ty === "f32" ? 4 : 8;
  const room = Math.ceil((n * size) / 16) * 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((DATA + 3 * room) / 65536) });
  const { buffer } = memory;
  const views: MemoryViews = {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
  inputs.forEach((values, i) => views[ty].set(values, (DATA + i * room) / size));
  const layout = layoutOf(kernel);
  views.u32[0] = n;
  for (let i = 0; i < 3; i++) {
    views.u32[layout.accesses[i]] = DATA + i * room;
    views.i32[layout.accesses[i] + 1] = size;
  }
  const f: KernelFunction = oracle
    ? interpret(kernel, () => views)
    : instantiateKernel(emitKernel(kernel, { shared: false }), memory);
  f(0, 0, n, 0);
  const at = (DATA + 2 * room) / size;
  return views[ty].slice(at, at + n);
}

/** Values by the oracle. */
export function evaluate(kernel: Kernel, ty: Float, x: Floats, y: Floats = x): Floats {
  return run(kernel, ty, [x, y], true);
}

/** Values by WebAssembly. */
export function evaluateWasm(kernel: Kernel, ty: Float, x: Floats, y: Floats = x): Floats {
  return run(kernel, ty, [x, y], false);
}
