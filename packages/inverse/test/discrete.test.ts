/** Images of few grey values. */
import { discreteReconstruction } from "@ansatz/inverse";
import { matrixOperator } from "@ansatz/tensor/linear";
import { complex, tensor } from "@ansatz/tensor";
import { expect, test } from "vitest";
import { f64, read } from "./reader/common.ts";

const operator = matrixOperator(
  f64([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]),
);

test("of images with equal largest residuals the one with the least squares is kept", async () => {
  // The first pixel cannot do better than 0.5; the others must not use that room.
  const data = f64([0.5, 0.9, 0.2]);
  const result = await discreteReconstruction({ operator, data, levels: [0, 1] }, { startIterations: 0 });
  expect(result.objective).toBeCloseTo(0.5, 12);
  expect(result.squares).toBeCloseTo(0.25 + 0.01 + 0.04, 12);
  expect((await read(result.value)).slice(1)).toEqual([1, 0]);
});

test("wrong use is refused by name", async () => {
  const data = f64([0, 0, 0]);
  const run = (changes: object, options = {}): Promise<unknown> =>
    discreteReconstruction({ operator, data, levels: [0, 1], ...changes }, options);
  await expect(run({ levels: [1, 0] })).rejects.toThrow(/levels\[1\] does not grow/);
  await expect(run({ levels: [] })).rejects.toThrow(/levels is empty/);
  await expect(run({ data: f64([0, NaN, 0]) })).rejects.toThrow(/data\[1\] is not finite/);
  await expect(run({ data: f64([0, 0]) })).rejects.toThrow(/data has another shape/);
  await expect(run({}, { startIterations: -1 })).rejects.toThrow(/startIterations is out of range/);
  const turned = matrixOperator(complex(tensor([[1]]), tensor([[1]])));
  await expect(run({ operator: turned })).rejects.toThrow(/operator is not real/);
});
