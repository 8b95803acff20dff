/** The compiled routines by themselves: any split of their work units, offsets, and no byte outside their outputs. */
import { afterAll, describe, expect, test } from "vitest";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn, shaderErrors } from "@ansatz/webgpu-testing/dawn";
import type { JsOperand, RoutineOperand } from "../../src/backend/backend.ts";
import { halvesCpu } from "../../src/backend/cpu/fftHalves.ts";
import { cpuSplit, fftCpu } from "../../src/backend/cpu/fftRoutine.ts";
import { fftGpu, gpuSplit } from "../../src/backend/webgpu/fft.wgsl.ts";
import { halvesGpu } from "../../src/backend/webgpu/fftHalves.wgsl.ts";
import { reverseBits, splitLength } from "../../src/fft/factor.ts";
import { fftOracle } from "../../src/fft/oracle.ts";
import type { FftAttr } from "../../src/fft/steps.ts";
import { tableLayout, tableValues } from "../../src/fft/tables.ts";
import { largest, naiveDft } from "./naive.ts";
import { expectClose } from "@ansatz/tensor/testing";
import { arrayOf, firstDifference, prepare, randomSource, type Floats } from "../cpu/launch.ts";

function operand(shape: readonly number[], dtype: "f32" | "f64", offset = 0): RoutineOperand {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return { slot: 0, offset, strides, shape, dtype };
}

function jsOperand(o: RoutineOperand, data: Floats): JsOperand {
  return { data, offset: o.offset, strides: o.strides, shape: o.shape, dtype: o.dtype };
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const CASES: readonly (readonly [readonly number[], Omit<FftAttr, "lengths">])[] = [
  [[5, 16, 2], { axis: 1, inverse: false, scale: 1, order: "natural" }],
  [[24, 16, 2], { axis: 0, inverse: true, scale: 0.5, order: "natural" }],
  [[3, 35, 5, 2], { axis: 1, inverse: false, scale: 2, order: "natural" }],
  [[2048, 2], { axis: 0, inverse: false, scale: 1, order: "natural" }],
  [[2048, 2], { axis: 0, inverse: true, scale: 1, order: "scrambled" }],
  [[4096, 3, 2], { axis: 0, inverse: false, scale: 1, order: "unscrambling" }],
  [[2, 8192, 2], { axis: 1, inverse: true, scale: 1, order: "unscrambling" }],
  [[2 ** 16, 2], { axis: 0, inverse: false, scale: 1, order: "natural" }],
];

describe.each(["f32", "f64"] as const)("transforms in %s", (dtype) => {
  test.each(CASES)("%j %j", (shape, attr) => {
    const random = randomSource(shape[0]);
    const n = shape[attr.axis];
    const lengths = splitLength(n, count(shape) / (2 * n), cpuSplit(dtype));
    const full: FftAttr = { ...attr, lengths };
    const offset = random.int(0, 5);
    const x = operand(shape, dtype, offset);
    const y = operand(shape, dtype, 2);
    const constants = operand([2 * tableLayout(lengths).size], dtype);
    const data = random.floats(dtype, offset + count(shape));
    const tables = arrayOf(dtype).from(tableValues(full)) as Floats;
    const plan = fftCpu([x, constants], [y], full, { relaxed: true })!;
    const size = 2 + count(shape);
    const prepared = prepare(plan, dtype, [data, tables], size);
    prepared.run();
    const whole = prepared.output();
    prepared.checkGuards();
    const expected = new (arrayOf(dtype))(size).fill(NaN) as Floats;
    fftOracle([jsOperand(x, data), jsOperand(constants, tables)], [jsOperand(y, expected)], full);
    expect(firstDifference(whole, expected)).toBe(-1);
    for (const split of [[1], [2, 1], [3, 5]]) {
      prepared.poison();
      prepared.run(split);
      expect(firstDifference(prepared.output(), whole)).toBe(-1);
    }
  });

  test.each(["natural", "scrambled", "unscrambling"] as const)("any number of steps, %s order", (order) => {
    const random = randomSource(9);
    for (const lengths of [[4], [2, 8], [8, 4, 2], [2, 4, 8, 4], [16, 2, 2, 2, 2]]) {
      for (const inverse of [false, true]) {
        const n = lengths.reduce((a, b) => a * b, 1);
        const attr: FftAttr = { axis: 1, lengths, inverse, scale: 1, order };
        const [x, y, constants] = [operand([3, n, 5, 2], dtype), operand([3, n, 5, 2], dtype), operand([2 * tableLayout(lengths).size], dtype)]; // prettier-ignore
        const data = random.floats(dtype, 30 * n);
        const tables = arrayOf(dtype).from(tableValues(attr)) as Floats;
        const prepared = prepare(fftCpu([x, constants], [y], attr, { relaxed: true })!, dtype, [data, tables], 30 * n);
        prepared.run([2]);
        prepared.checkGuards();
        const got = prepared.output();
        const oracle = new (arrayOf(dtype))(30 * n) as Floats;
        fftOracle([jsOperand(x, data), jsOperand(constants, tables)], [jsOperand(y, oracle)], attr);
        expect(firstDifference(got, oracle)).toBe(-1);
        for (const row of [0, 7, 14]) {
          const place = (k: number): number => 2 * ((Math.floor(row / 5) * n + k) * 5 + (row % 5));
          const reversed = (k: number): number => reverseBits(k, Math.log2(n));
          const from = (k: number): number => place(order === "unscrambling" ? reversed(k) : k);
          const to = (k: number): number => place(order === "scrambled" ? reversed(k) : k);
          const want = naiveDft(
            Float64Array.from({ length: 2 * n }, (_, i) => data[from(i >>> 1) + (i & 1)]),
            inverse ? 1 : -1,
          );
          const values = want.map((_, i) => got[to(i >>> 1) + (i & 1)]);
          expectClose(values, want, { absolute: (dtype === "f32" ? 1e-6 : 2e-15) * largest(want) }, lengths.join());
        }
      }
    }
  });

  test("halves in several work units", () => {
    const random = randomSource(3);
    for (const h of [1, 2, 3, 4, 7, 8, 9, 8190, 8193, 16389]) {
      for (const to of ["spectrum", "pairs"] as const) {
        const [from, into] = to === "spectrum" ? [h, h + 1] : [h + 1, h];
        const constants = random.floats(dtype, 2 * (Math.floor(h / 2) + 1));
        const data = random.floats(dtype, 2 * 3 * from + 1);
        const inputs = [operand([3, from, 2], dtype, 1), operand([constants.length], dtype)];
        const plan = halvesCpu(inputs, [operand([3, into, 2], dtype, 2)], { to, factor: 0.5 }, { relaxed: true })!;
        const prepared = prepare(plan, dtype, [data, constants], 2 + 6 * into);
        prepared.run();
        prepared.checkGuards();
        const whole = prepared.output();
        expect(whole.slice(2).findIndex(Number.isNaN)).toBe(-1);
        prepared.poison();
        prepared.run([2, 1]);
        expect(firstDifference(prepared.output(), whole)).toBe(-1);
      }
    }
  });
});

test("integers have no transforms", () => {
  const x = { ...operand([4, 2], "f32"), dtype: "i32" as const };
  expect(
    fftCpu([x, x], [x], { lengths: [4], axis: 0, inverse: false, scale: 1, order: "natural" }, { relaxed: true }),
  ).toBe(null);
  expect(halvesCpu([x, x], [x], { to: "pairs", factor: 1 }, { relaxed: true })).toBe(null);
  expect(fftGpu([x, x], [{ ...x, dtype: "f64" }], {})).toBe(null);
  expect(halvesGpu([x, x], [{ ...x, dtype: "f64" }], {})).toBe(null);
});

const nothing = await createDawn({ backend: "null" });
afterAll(() => {
  if (nothing.status === "ready") nothing.release();
});

test("shaders are valid", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  for (const [shape, attr] of CASES) {
    for (const more of [1, 7]) {
      const n = shape[attr.axis] * (attr.order === "natural" ? more : 1);
      const own = shape.map((size, d) => (d === attr.axis ? n : size));
      const lengths = splitLength(n, count(own) / (2 * n), gpuSplit(n));
      const operands = [operand(own, "f32"), operand([4], "f32")];
      const plan = fftGpu(operands, [operand(own, "f32")], { ...attr, lengths })!;
      expect(plan.dispatches).toHaveLength(lengths.length);
      for (const dispatch of plan.dispatches) expect(await shaderErrors(device, dispatch.wgsl())).toEqual([]);
    }
  }
  for (const to of ["spectrum", "pairs"] as const) {
    const [x, y] =
      to === "spectrum"
        ? [operand([4, 2], "f32"), operand([5, 2], "f32")]
        : [operand([5, 2], "f32"), operand([4, 2], "f32")];
    for (const dispatch of halvesGpu([x, operand([6], "f32")], [y], { to, factor: 1 })!.dispatches) {
      expect(await shaderErrors(device, dispatch.wgsl())).toEqual([]);
    }
  }
});
