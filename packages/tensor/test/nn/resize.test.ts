import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { resize } from "@ansatz/tensor/nn";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";
import { grid, interpolate, type Grid } from "./naive.ts";

const devices = await testDevices();
const put = ({ shape, data }: Grid, device: string): Tensor => T.tensor(data, { shape, dtype: "f32", device });

const middle = (i: number, n: number, m: number): number => Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / m - 0.5));
const corners = (i: number, n: number, m: number): number => (m === 1 ? 0 : (i * (n - 1)) / (m - 1));
const first = (i: number, n: number, m: number): number => Math.floor((i * n) / m);

describe.each(devices)("resizing on %s", (device) => {
  test.each([
    [[5], [8]],
    [[6], [3]],
    [[1], [4]],
    [
      [3, 4],
      [7, 9],
    ],
    [
      [3, 4],
      [6, 8],
    ],
    [
      [4, 6],
      [2, 5],
    ],
    [
      [2, 3, 4],
      [3, 1, 6],
    ],
  ])("%j to %j", async (from, to) => {
    const r = seeded(from.length);
    const x = grid([2, 3, ...from], () => r.int(-40, 40) / 4);
    const run = async (options: Parameters<typeof resize>[2], place: typeof middle): Promise<void> => {
      const want = interpolate(x, to, place);
      const y = resize(put(x, device), to, options);
      expect(y.shape).toEqual(want.shape);
      expectClose(await y.data(), want.data, { absolute: 2e-6 });
    };
    await run({}, middle);
    await run({ alignCorners: true }, corners);
    await run({ mode: "nearest" }, first);
  });
});

test("values worked out by hand", async () => {
  const x = T.tensor([0, 1, 2, 3], { shape: [1, 1, 2, 2] });
  expect([...(await resize(x, [2, 4]).data())]).toEqual([0, 0.25, 0.75, 1, 2, 2.25, 2.75, 3]);
  expect([...(await resize(x, [2, 3], { alignCorners: true }).data())]).toEqual([0, 0.5, 1, 2, 2.5, 3]);
  expect([...(await resize(x, [3, 2], { mode: "nearest" }).data())]).toEqual([0, 1, 0, 1, 2, 3]);
});

test("data types", async () => {
  const x = T.tensor([1, 2], { shape: [1, 1, 2], dtype: "i32" });
  expect(resize(x, [4], { mode: "nearest" }).dtype).toBe("i32");
  expect(resize(x, [4]).dtype).toBe("f32");
  expect(resize(x, [2]).dtype).toBe("f32");
});

test("gradients", async () => {
  const r = seeded(3);
  const values = Float64Array.from({ length: 24 }, () => r.next());
  const x = T.tensor(values, { shape: [1, 2, 3, 4], dtype: "f64" });
  for (const size of [
    [5, 8],
    [2, 3],
  ]) {
    // prettier-ignore
    await gradcheck((y) => resize(T.square(y), size), [x]);
    await gradcheck((y) => resize(T.square(y), size, { alignCorners: true }), [x]);
    await gradcheck((y) => resize(T.square(y), size, { mode: "nearest" }), [x]);
  }
});

test("wrong arguments", () => {
  const x = T.zeros([1, 2, 6]);
  expect(() => resize(x, [2, 2])).toThrow(/resize: x does not fit \(got \[1,2,6\]/);
  expect(() => resize(x, [1.5])).toThrow(T.ArgumentError);
  expect(() => resize(x, 3 as never)).toThrow(/resize: size must be an array/);
  expect(() => resize(x, [3], { mode: "cubic" as never })).toThrow(/resize: unknown mode \(got "cubic"/);
  expect(() => resize(x, [3], { mode: "nearest", alignCorners: true })).toThrow(T.ArgumentError);
  expect(() => resize(x, [3], { alignCorners: 1 as never })).toThrow(T.ArgumentError);
  expect(() => resize(x, [3], { align: true } as never)).toThrow(T.ArgumentError);
  expect(() => resize(T.astype(x, "c64"), [3])).toThrow(T.DTypeError);
  expect(() => resize(T.zeros([1, 1, 0]), [3])).toThrow(T.ShapeError);
});
