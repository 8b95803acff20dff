/** Every kind of generated shader passes the complete validation of Dawn's null backend, which needs no GPU at all. */
import { afterAll, describe, expect, test } from "vitest";
import { createDawn, shaderErrors } from "@ansatz/webgpu-testing/dawn";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import type { GpuRoutine, RoutineOperand } from "../../src/backend/backend.ts";
import { conv2dGpu, conv2dWeightGradientGpu } from "../../src/backend/webgpu/conv.wgsl.ts";
import { kernelDispatch } from "../../src/backend/webgpu/dispatch.ts";
import { FILL_WGSL } from "../../src/backend/webgpu/fill.wgsl.ts";
import { gemmGpu } from "../../src/backend/webgpu/gemm.wgsl.ts";
import { writtenBuffers } from "../../src/backend/webgpu/programs.ts";
import { scatterAddGpu } from "../../src/backend/webgpu/scatter.wgsl.ts";
import { kernelToWgsl } from "../../src/backend/webgpu/wgsl.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { DTypeError, InternalError } from "../../src/errors.ts";
import { ExprBuilder } from "../../src/kernel/expr.ts";
import { finishKernel, type Kernel } from "../../src/kernel/kernel.ts";
import { stepOf } from "./launch.ts";
import { randomMap } from "./randomKernel.ts";
import { randomReduction, REDUCTION_SHAPES } from "./randomReduction.ts";

const nothing = await createDawn({ backend: "null" });
let device: Promise<GPUDevice> | undefined;

afterAll(() => {
  if (nothing.status === "ready") nothing.release();
});

function operand(shape: readonly number[], dtype: DType = "f32"): RoutineOperand {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, n) => a * n, 1));
  return { slot: 0, offset: 0, strides, shape, dtype };
}

function routineShaders(
  gpu: GpuRoutine,
  inputs: readonly RoutineOperand[],
  output: RoutineOperand,
  attr: unknown,
): string[] {
  return (gpu(inputs, [output], attr)?.dispatches ?? []).map((d) => d.wgsl());
}

const CONV = { stride: [1, 1], low: [0, 0], dilation: [1, 1], inputDilation: [1, 1], groups: 1 };

/** Shader texts by name. */
function allShaders(): Map<string, string> {
  const shaders = new Map([["fill", FILL_WGSL]]);
  const add = (name: string, texts: readonly (string | undefined)[]): void => {
    texts.forEach((text, i) => shaders.set(`${name} ${i}`, text ?? ""));
  };
  for (let seed = 1; seed <= 40; seed++) {
    add(`map ${seed}`, [kernelDispatch(stepOf(randomMap(seed)))?.wgsl()]);
  }
  for (const name of Object.keys(REDUCTION_SHAPES)) {
    const step = stepOf(randomReduction(7, ["argmax", "sum f32", "any"], REDUCTION_SHAPES[name]));
    add(`reduce, ${name}`, [kernelDispatch(step)?.wgsl()]);
  }
  for (const [m, n] of [
    [8, 8],
    [20, 8],
    [2, 2],
    [600, 600],
    [600, 20],
  ]) {
    for (const k of [4, 4000]) {
      add(
        `matmul ${m} ${k} ${n}`,
        routineShaders(gemmGpu, [operand([1, m, k]), operand([1, k, n])], operand([1, m, n]), null),
      );
    }
  }
  const [x, w, y] = [operand([2, 3, 20, 20]), operand([4, 3, 3, 3]), operand([2, 4, 18, 18])];
  add("conv2d", routineShaders(conv2dGpu, [x, w], y, CONV));
  add("conv2d weight gradient", routineShaders(conv2dWeightGradientGpu, [x, y], w, CONV));
  // In vectors of four, from workgroup memory and without.
  const [large, weights, result] = [operand([1, 256, 10, 5]), operand([2112, 4, 3, 3]), operand([1, 2112, 9, 4])];
  const groups = { ...CONV, low: [1, 1], groups: 64 };
  add("conv2d in vectors", routineShaders(conv2dGpu, [large, weights], result, groups));
  add("conv2d weight gradient in vectors", routineShaders(conv2dWeightGradientGpu, [large, result], weights, groups));
  const direct = [operand([2, 3, 32, 32]), operand([32, 3, 3, 3]), operand([2, 32, 32, 32])];
  add("conv2d in vectors, direct", routineShaders(conv2dGpu, direct.slice(0, 2), direct[2], { ...CONV, low: [1, 1] }));
  for (const dtype of ["f32", "i32", "u32"] as const) {
    for (const size of [3, 300]) {
      const inputs = [operand([20, 4], dtype), operand([20], "i32")];
      add(
        `scatterAdd ${dtype} ${size}`,
        routineShaders(scatterAddGpu, inputs, operand([size, 4], dtype), { axis: 0, size }),
      );
    }
  }
  return shaders;
}

describe("shaders are valid", () => {
  for (const [name, code] of allShaders()) {
    test(name, async (context) => {
      const dawn = readyOrSkip(nothing, context);
      device ??= dawn.device();
      expect(await shaderErrors(await device, code)).toEqual([]);
    });
  }
});

const scalar = { unit: 1, wide: [false, false] } as const;

function map(body: (b: ExprBuilder) => ReturnType<ExprBuilder["load"]>, dtypes: readonly DType[]): Kernel {
  return finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: dtypes.map((dtype, i) => ({ dtype, use: i === dtypes.length - 1 ? "store" : "load", classes: ["1"] })),
    params: [],
    stores: [{ access: dtypes.length - 1, value: body(new ExprBuilder()) }],
    vector: "parallel",
    split: false,
  });
}

describe("translation", () => {
  test("64-bit kernels are refused", () => {
    const wide = map((b) => b.convert("f32", b.load("f64", 0)), ["f64", "f32"]);
    expect(() => kernelToWgsl(wide, { buffers: [0, 1], lanes: 1, ...scalar })).toThrow(DTypeError);
    const inside = map((b) => b.convert("f32", b.convert("f64", b.load("f32", 0))), ["f32", "f32"]);
    expect(() => kernelToWgsl(inside, { buffers: [0, 1], lanes: 1, ...scalar })).toThrow(
      "webgpu: kernels have no 64-bit values (got f64, expected bool, i32, u32 or f32). Use f32 or the cpu device.",
    );
  });

  test("one buffer cannot have two types", () => {
    const kernel = map((b) => b.add(b.load("f32", 0), b.convert("f32", b.load("i32", 1))), ["f32", "i32", "f32"]);
    expect(() => kernelToWgsl(kernel, { buffers: [0, 0, 1], lanes: 1, ...scalar })).toThrow(InternalError);
  });

  test("equal structures give equal text, whatever the sizes", () => {
    const kernel = map((b) => b.neg(b.load("f32", 0)), ["f32", "f32"]);
    const dispatch = (n: number): ReturnType<typeof kernelDispatch> =>
      kernelDispatch({
        kind: "kernel",
        kernel,
        sizes: [n],
        block: 0,
        accesses: [
          { slot: 4, offset: n, strides: [1] },
          { slot: 2, offset: 0, strides: [1] },
        ],
        params: [],
      });
    expect(dispatch(5)?.key).toBe(dispatch(50_000)?.key);
    expect(dispatch(5)?.wgsl()).toBe(dispatch(50_000)?.wgsl());
    // Long ones are read in vectors of four, unless the end would be missed.
    expect(dispatch(80_000)?.key).toBe(dispatch(800_000)?.key);
    expect(dispatch(80_000)?.wgsl()).toBe(dispatch(800_000)?.wgsl());
    expect(dispatch(80_000)?.wgsl()).toMatch(/vec4<f32>/);
    expect(dispatch(80_001)?.key).toBe(dispatch(5)?.key);
    expect(dispatch(5)?.buffers).toEqual([4, 2]);
    expect(dispatch(0)).toBeNull();
  });

  test("convolutions are read and written in vectors where memory allows", () => {
    const shaders = allShaders();
    const loads = (name: string): number => [...(shaders.get(name) ?? "").matchAll(/array<vec4<f32>>/g)].length;
    expect(["conv2d 0", "conv2d in vectors 0", "conv2d in vectors, direct 0"].map(loads)).toEqual([0, 3, 2]);
    expect(loads("conv2d weight gradient in vectors 0")).toBe(3);
  });

  test("no shader calls a built-in that is not exact", () => {
    const inexact = /\b(exp2?|log2?|pow|a?sinh?|a?cosh?|a?tan[h2]?|inverseSqrt|fma|mix|fract|ldexp|degrees|radians)\(/;
    for (const [name, code] of allShaders()) expect(code, name).not.toMatch(inexact);
  });

  test("written buffers are read off the declarations", () => {
    const kernel = map((b) => b.neg(b.load("f32", 0)), ["f32", "f32"]);
    expect(writtenBuffers(kernelToWgsl(kernel, { buffers: [0, 1], lanes: 1, ...scalar }))).toEqual([false, true]);
    expect(writtenBuffers(kernelToWgsl(kernel, { buffers: [0, 0], lanes: 1, ...scalar }))).toEqual([true]);
  });
});
