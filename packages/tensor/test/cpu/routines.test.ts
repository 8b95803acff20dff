import { describe, expect, it } from "vitest";
import type { CpuRoutine, RoutineOperand } from "../../src/backend/backend.ts";
import { hasRelaxedSimd } from "../../src/backend/cpu/asm.ts";
import { conv2dCpu, conv2dWeightGradientCpu } from "../../src/backend/cpu/convRoutine.ts";
import { gemmCpu } from "../../src/backend/cpu/gemmRoutine.ts";
import { prepare } from "./launch.ts";

function operand(shape: readonly number[], offset = 0, dtype: "f32" | "f64" | "i32" = "f32"): RoutineOperand {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return { slot: 0, offset, strides, shape, dtype };
}

const size = ({ shape }: RoutineOperand): number => shape.reduce((a, b) => a * b, 1);

/** Runs a routine on inputs 1, 2, 3, ... and returns its output, `start` unwritten elements included. */
function runRoutine(
  routine: CpuRoutine,
  inputs: readonly RoutineOperand[],
  output: RoutineOperand,
  attr: unknown = null,
): number[] {
  const plan = routine(inputs, [output], attr, { relaxed: false })!;
  const data = inputs.map((input) => Float32Array.from({ length: input.offset + size(input) }, (_, i) => i + 1));
  const prepared = prepare(plan, "f32", data, output.offset + size(output));
  prepared.run();
  return [...prepared.output()];
}

const GEOMETRY = { stride: [1, 1], low: [0, 0], dilation: [1, 1], inputDilation: [1, 1], groups: 1 };

describe("CPU routines", () => {
  it("multiplies batched matrices from and to any offset", () => {
    const c = runRoutine(gemmCpu, [operand([2, 1, 2], 1), operand([2, 2, 2])], operand([2, 1, 2], 3));
    // [2 3] [[1 2] [3 4]] and [4 5] [[5 6] [7 8]]
    expect(c).toEqual([NaN, NaN, NaN, 11, 16, 55, 64]);
  });

  it("convolves with groups", () => {
    const y = runRoutine(conv2dCpu, [operand([1, 2, 2, 2]), operand([2, 1, 1, 2])], operand([1, 2, 2, 1], 1), {
      ...GEOMETRY,
      groups: 2,
    });
    expect(y).toEqual([NaN, 1 + 2 * 2, 3 + 4 * 2, 5 * 3 + 6 * 4, 7 * 3 + 8 * 4]);
  });

  it("computes weight gradients with groups", () => {
    const inputs = [operand([1, 2, 2, 2]), operand([1, 2, 2, 1])];
    const dw = runRoutine(conv2dWeightGradientCpu, inputs, operand([2, 1, 1, 2], 1), { ...GEOMETRY, groups: 2 });
    expect(dw).toEqual([NaN, 1 + 3 * 2, 2 + 4 * 2, 5 * 3 + 7 * 4, 6 * 3 + 8 * 4]);
  });

  it("has nothing for integers", () => {
    const i32 = (shape: readonly number[]): RoutineOperand => operand(shape, 0, "i32");
    const options = { relaxed: true };
    const image = i32([1, 1, 2, 2]);
    expect(gemmCpu([i32([1, 1, 1]), i32([1, 1, 1])], [i32([1, 1, 1])], null, options)).toBe(null);
    expect(conv2dCpu([image, image], [image], GEOMETRY, options)).toBe(null);
    expect(conv2dWeightGradientCpu([image, image], [image], GEOMETRY, options)).toBe(null);
  });

  it("uses relaxed SIMD only where allowed and present", () => {
    const matrix = operand([1, 2, 2]);
    const keyOf = (relaxed: boolean): string => gemmCpu([matrix, matrix], [matrix], null, { relaxed })!.launches[0].key;
    expect(keyOf(false) === keyOf(true)).toBe(!hasRelaxedSimd());
  });
});
