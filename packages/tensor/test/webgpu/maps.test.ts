/** Whole map kernels: layouts, parameters, gathers, several stores, large grids. */
import { describe, expect, test } from "vitest";
import { ExprBuilder } from "../../src/kernel/expr.ts";
import { finishKernel } from "../../src/kernel/kernel.ts";
import { expectSameAsOracle, openBackend } from "./harness.ts";
import { runGpu } from "./launch.ts";
import { randomMap } from "./randomKernel.ts";

describe("random map kernels equal the oracle", () => {
  for (let seed = 1; seed <= 60; seed++) {
    test(`seed ${seed}`, async (context) => {
      const backend = await openBackend(context);
      await expectSameAsOracle(backend, randomMap(seed));
    });
  }
});

describe("map kernels", () => {
  test("nothing is computed for empty tensors", async (context) => {
    const backend = await openBackend(context);
    const b = new ExprBuilder();
    const kernel = finishKernel({
      dims: 2,
      reduceDims: 0,
      accesses: [
        { dtype: "f32", use: "load", classes: ["k", "1"] },
        { dtype: "f32", use: "store", classes: ["k", "1"] },
      ],
      params: [],
      stores: [{ access: 1, value: b.neg(b.load("f32", 0)) }],
      vector: "parallel",
      split: false,
    });
    const results = await runGpu(backend, {
      kernel,
      sizes: [3, 0],
      accesses: [
        { slot: 0, offset: 0, strides: [0, 1] },
        { slot: 1, offset: 0, strides: [0, 1] },
      ],
      operands: [
        { dtype: "f32", data: new Float32Array(0) },
        { dtype: "f32", data: new Float32Array(0) },
      ],
    });
    expect(results[1].length).toBe(0);
  });

  test("more than 65535 workgroups", async (context) => {
    const backend = await openBackend(context);
    const n = 65535 * 256 + 1000;
    const b = new ExprBuilder();
    const at = b.iota(0);
    const kernel = finishKernel({
      dims: 1,
      reduceDims: 0,
      accesses: [
        { dtype: null, use: "iota", classes: ["1"] },
        { dtype: "i32", use: "store", classes: ["1"] },
      ],
      params: [],
      stores: [{ access: 1, value: b.mul(at, b.const("i32", 3)) }],
      vector: "parallel",
      split: false,
    });
    const [result] = await runGpu(backend, {
      kernel,
      sizes: [n],
      accesses: [
        { slot: -1, offset: 0, strides: [1] },
        { slot: 0, offset: 0, strides: [1] },
      ],
      operands: [{ dtype: "i32", data: new Int32Array(n) }],
    });
    expect((result as Int32Array).findIndex((x, i) => x !== 3 * i)).toBe(-1);
  });
});
