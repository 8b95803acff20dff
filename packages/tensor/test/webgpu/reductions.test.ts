/** Reduction kernels: every way of sharing an output, split blocks, several accumulators. */
import { describe, expect, test } from "vitest";
import { reductionLanes } from "../../src/backend/webgpu/spread.ts";
import { ExprBuilder } from "../../src/kernel/expr.ts";
import { finishKernel } from "../../src/kernel/kernel.ts";
import { expectSameAsOracle, openBackend } from "./harness.ts";
import { runGpu, runOracle, type Launch } from "./launch.ts";
import { fold, randomReduction, REDUCTION_PARTS, REDUCTION_SHAPES } from "./randomReduction.ts";

describe("reductions equal the oracle", () => {
  const names = Object.keys(REDUCTION_PARTS);
  for (const [what, shape] of Object.entries(REDUCTION_SHAPES)) {
    names.forEach((name, i) => {
      test(`${what}: ${name}`, async (context) => {
        const backend = await openBackend(context);
        const launch = randomReduction(i + 1, [name], shape);
        await expectSameAsOracle(backend, launch);
      });
    });
    test(`${what}: all at once`, async (context) => {
      const backend = await openBackend(context);
      await expectSameAsOracle(backend, randomReduction(99, ["argmax", "sum f32", "any"], shape));
    });
  }
});

describe("reductions", () => {
  test("the shapes above cover every number of lanes", () => {
    const lanes = Object.values(REDUCTION_SHAPES).map(({ parallel, reduced, vector, block }) => {
      const count = (sizes: readonly number[]): number => sizes.reduce((a, n) => a * n, 1);
      const length = count(reduced.slice(1)) * Math.min(block ?? Infinity, reduced[0]);
      return reductionLanes(vector, count(parallel), length);
    });
    expect([...new Set(lanes)].sort((x, y) => x - y)).toEqual([1, 16, 64, 256]);
    expect(reductionLanes("parallel", 10_000, 1000)).toBe(1);
  });

  test("a long float sum is as exact as a tree", async (context) => {
    const backend = await openBackend(context);
    const b = new ExprBuilder();
    const n = 100_000;
    const part = fold(b, 0, "f32", 0, b.load("f32", 0), (x, y) => b.add(x, y));
    const kernel = finishKernel({
      dims: 1,
      reduceDims: 1,
      accesses: [
        { dtype: "f32", use: "load", classes: ["0", "1"] },
        { dtype: "f32", use: "store", classes: ["k", "0"] },
      ],
      params: [],
      stores: [{ access: 1, value: b.acc("f32", 0) }],
      reduce: part,
      vector: "reduce",
      split: false,
    });
    const data = Float32Array.from({ length: n }, (_, i) => Math.fround(1 + ((i * 7919) % 1000) / 1000));
    const launch: Launch = {
      kernel,
      sizes: [1, n],
      accesses: [
        { slot: 0, offset: 0, strides: [0, 1] },
        { slot: 1, offset: 0, strides: [0, 0] },
      ],
      operands: [
        { dtype: "f32", data },
        { dtype: "f32", data: new Float32Array(1) },
      ],
    };
    const exact = data.reduce((sum, x) => sum + x, 0);
    const [, [sum]] = await runGpu(backend, launch);
    // 391 additions per lane and 8 merges, each off by at most half an ulp.
    expect(Math.abs(sum - exact) / exact).toBeLessThan(399 * 2 ** -24);
    const [, [oracle]] = runOracle(launch);
    expect(Math.abs(sum - oracle) / exact).toBeLessThan(1e-4);
  });
});
