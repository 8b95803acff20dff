/** The compiled scans by themselves: any split of their work units, offsets, no byte outside the output; and the shaders. */
import { afterAll, describe, expect, test } from "vitest";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn, shaderErrors } from "@ansatz/webgpu-testing/dawn";
import type { GpuRoutine, JsOperand, RoutineOperand } from "../../src/backend/backend.ts";
import { linearCpu, scanCpu } from "../../src/backend/cpu/scanRoutine.ts";
import { extremeGpu, linearGpu, scanGpu } from "../../src/backend/webgpu/scan.wgsl.ts";
import type { RealDType } from "../../src/dtype.ts";
import { linearOracle, scanOracle } from "../../src/scan/oracle.ts";
import type { ScanAttr } from "../../src/scan/layout.ts";
import { arrayOf, firstDifference, prepare, randomSource, type Floats } from "../cpu/launch.ts";

function operand(shape: readonly number[], dtype: RealDType, offset = 0): RoutineOperand {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return { slot: 0, offset, strides, shape, dtype };
}

function jsOperand(o: RoutineOperand, data: Floats): JsOperand {
  return { data, offset: o.offset, strides: o.strides, shape: o.shape, dtype: o.dtype };
}

const SHAPES: readonly (readonly [readonly number[], number])[] = [
  [[1], 0],
  [[7, 3], 1],
  [[9, 50], 1],
  [[3, 2500], 1],
  [[40, 7], 0],
  [[2, 1100, 5], 1],
  [[3, 20, 1100], 1],
];

describe.each(["f32", "f64"] as const)("compiled scans of %s", (dtype) => {
  test.each(SHAPES)("%j along axis %d", (shape, axis) => {
    const random = randomSource(shape[0] + axis);
    const count = shape.reduce((a, b) => a * b, 1);
    const data = [3, 1].map((offset) => random.floats(dtype, offset + count).map((v) => v / 3) as Floats);
    const inputs = [operand(shape, dtype, 3), operand(shape, dtype, 1)];
    const output = operand(shape, dtype, 2);
    const options = { relaxed: true };
    for (const reverse of [false, true]) {
      const attr: ScanAttr = { kind: "sum", axis, reverse, exclusive: reverse };
      for (const { plan, oracle, used } of [
        { plan: scanCpu(inputs, [output], attr, options)!, oracle: scanOracle, used: 1 },
        { plan: linearCpu(inputs, [output], attr, options)!, oracle: linearOracle, used: 2 },
      ]) {
        const prepared = prepare(plan, dtype, data.slice(0, used), 2 + count);
        prepared.run();
        prepared.checkGuards();
        const whole = prepared.output();
        const expected = new (arrayOf(dtype))(2 + count).fill(NaN) as Floats;
        oracle(
          inputs.map((o, i) => jsOperand(o, data[i])),
          [jsOperand(output, expected)],
          attr,
        );
        expect(firstDifference(whole, expected)).toBe(-1);
        for (const split of [[1], [2, 3]]) {
          prepared.poison();
          prepared.run(split);
          expect(firstDifference(prepared.output(), whole)).toBe(-1);
        }
      }
    }
  });
});

const nothing = await createDawn({ backend: "null" });
afterAll(() => {
  if (nothing.status === "ready") nothing.release();
});

test("shaders are valid", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  const seen = new Set<string>();
  const check = async (
    gpu: GpuRoutine,
    inputs: readonly RoutineOperand[],
    output: RoutineOperand,
    attr: object,
  ): Promise<void> => {
    for (const { key, wgsl } of gpu(inputs, [output], attr)!.dispatches) {
      if (seen.has(key)) continue;
      seen.add(key);
      expect(await shaderErrors(device, wgsl()), key).toEqual([]);
    }
  };
  for (const shape of [
    [4, 20],
    [3, 900],
    [2, 3_000_000],
  ]) {
    for (const reverse of [false, true]) {
      for (const dtype of ["f32", "i32", "u32"] as const) {
        const x = operand(shape, dtype);
        for (const kind of ["sum", "prod", "max", "min"] as const) {
          for (const exclusive of [false, true]) await check(scanGpu, [x], x, { kind, axis: 1, reverse, exclusive });
        }
        for (const kind of ["max", "min"] as const)
          await check(extremeGpu, [x], operand(shape, "i32"), { kind, axis: 1, reverse });
      }
      const x = operand(shape, "f32");
      await check(linearGpu, [x, x], x, { axis: 1, reverse });
    }
  }
  expect(seen.size).toBeGreaterThan(100);
});
