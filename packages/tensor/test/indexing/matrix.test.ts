import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { diag, diagonal, roll, tril, triu } from "@ansatz/tensor/indexing";
import { gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { volume } from "../support/grid.ts";

const devices = await testDevices();

describe.each(devices)("triangles, diagonals and rotations on %s", (device) => {
  const count = (shape: readonly number[], dtype: DType = "f32"): Tensor =>
    T.tensor(Array.from({ length: volume(shape) }, (_, i) => i + 1), { shape, dtype, device }); // prettier-ignore
  const dtypes = (["bool", "i32", "f32", "c64"] as const).filter((d) => T.backendOf(device).dtypes.has(d === "c64" ? "f32" : d)); // prettier-ignore

  test.each(dtypes)("triangles and diagonals of %s", async (dtype) => {
    for (const shape of [
      [3, 4],
      [2, 4, 3],
      [1, 1],
      [2, 0, 3],
    ]) {
      // prettier-ignore
      const [rows, columns] = shape.slice(-2);
      const values = Array.from({ length: volume(shape) }, (_, i) => (dtype === "bool" ? 1 : i + 1));
      const x = T.astype(count(shape), dtype);
      const parts = dtype === "c64" ? 2 : 1;
      const read = async (y: Tensor): Promise<number[]> => [...(await y.data())].filter((_, i) => i % parts === 0);
      for (const offset of [-5, -1, 0, 2, 7]) {
        const keep = (f: (i: number, j: number) => boolean): number[] =>
          values.map((v, k) => (f(Math.floor(k / columns) % rows, k % columns) ? v : 0));
        expect(await read(tril(x, offset))).toEqual(keep((i, j) => j <= i + offset));
        expect(await read(triu(x, offset))).toEqual(keep((i, j) => j >= i + offset));
        if (offset < -rows || offset > columns) continue;
        const on = values.filter((_, k) => (k % columns) - (Math.floor(k / columns) % rows) === offset);
        expect(await read(diagonal(x, offset))).toEqual(on);
        const back = diag(diagonal(x, offset), offset);
        expect(await read(diagonal(back, offset))).toEqual(on);
        expect((await read(back)).filter((v) => v !== 0)).toEqual(on);
      }
    }
  });

  test("roll", async () => {
    const x = count([2, 3]);
    const read = async (y: Tensor): Promise<number[]> => [...(await y.data())];
    expect(await read(roll(x, 1))).toEqual([6, 1, 2, 3, 4, 5]);
    expect(await read(roll(x, -8))).toEqual([3, 4, 5, 6, 1, 2]);
    expect(await read(roll(x, 1, 1))).toEqual([3, 1, 2, 6, 4, 5]);
    expect(await read(roll(x, [1, -1], [0, -1]))).toEqual([5, 6, 4, 2, 3, 1]);
    expect(await read(roll(x, 1, [0, 1]))).toEqual([6, 4, 5, 3, 1, 2]);
    expect(roll(x, 3, 1)).not.toBe(x);
    expect(roll(T.zeros([0, 2], { device }), 3, 0).shape).toEqual([0, 2]);
  });
});

test("derivatives", async () => {
  const x = T.tensor(Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), { shape: [3, 4] }) as Tensor<"f64">; // prettier-ignore
  await gradcheck((y) => tril(T.square(y), -1), [x]);
  await gradcheck((y) => triu(T.square(y), 1), [x]);
  await gradcheck((y) => diagonal(T.square(y), 1), [x]);
  await gradcheck((y) => diag(T.square(y), -1), [x]);
  await gradcheck((y) => roll(T.square(y), [1, 2], [0, 1]), [x]);
});

test("wrong arguments", () => {
  const x = T.ones([2, 3]);
  const v = T.ones([3]);
  expect(() => tril(v)).toThrow(/tril: x needs at least two axes \(got \[3\]/);
  expect(() => triu(x, 0.5)).toThrow(/triu: offset must be an integer \(got 0.5/);
  expect(() => diagonal(v)).toThrow(T.ShapeError);
  expect(() => diagonal(x, 4)).toThrow(/diagonal: offset is outside of the matrix \(got 4 for \[2,3\], expected an integer in \[-2, 3\]/); // prettier-ignore
  expect(() => diag(T.scalar(1))).toThrow(T.ShapeError);
  expect(() => diag(v, NaN)).toThrow(T.ArgumentError);
  expect(() => roll(x, 1.5)).toThrow(/roll: shift must be an integer/);
  expect(() => roll(x, [1, 2])).toThrow(/roll: without axes one shift is needed/);
  expect(() => roll(x, [1, 2], [0])).toThrow(/roll: shifts do not fit the axes/);
  expect(() => roll(x, 1, 2)).toThrow(T.ShapeError);
  expect(() => roll(x, 1, [0, 0])).toThrow(T.ShapeError);
});
