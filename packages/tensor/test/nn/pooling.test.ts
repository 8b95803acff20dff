import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import {
  adaptiveAvgPool,
  adaptiveMaxPool,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "@ansatz/tensor/nn";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";
import { grid, pool, type Grid } from "./naive.ts";

const devices = await testDevices();
const MAX = [maxPool1d, maxPool2d, maxPool3d];
const AVG = [avgPool1d, avgPool2d, avgPool3d];
const put = ({ shape, data }: Grid, device: string): Tensor => T.tensor(data, { shape, dtype: "f32", device });
const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);

describe.each(devices)("pooling on %s", (device) => {
  const rounds = device === "webgpu" ? 3 : 12;
  test.each([1, 2, 3])("%d axes", async (rank) => {
    const r = seeded(rank);
    for (let i = 0; i < rounds; i++) {
      const per = (from: number, to: number): number[] => Array.from({ length: rank }, () => r.int(from, to));
      const size = per(1, 4);
      const stride = per(1, 4);
      const dilation = per(1, 2);
      const padding = size.map((n): [number, number] => [r.int(0, Math.floor(n / 2)), r.int(0, Math.floor(n / 2))]);
      const x = grid([2, r.int(1, 2), ...size.map((n) => 2 * n + r.int(0, 3))], () => r.int(-40, 40) / 4);
      const what = JSON.stringify([x.shape, size, stride, padding, dilation]);
      const largest = pool(x, size, { stride, padding, dilation }, (inside) => Math.max(...inside));
      const y = MAX[rank - 1](put(x, device), size, { stride, padding, dilation });
      expect(y.shape, what).toEqual(largest.shape);
      expect([...(await y.data())], what).toEqual([...largest.data]);
      const whole = pool(x, size, { stride, padding, dilation: per(1, 1) }, (inside, outside) =>
        sum(inside) / (inside.length + outside)); // prettier-ignore
      const part = pool(x, size, { stride, padding, dilation: per(1, 1) }, (inside) => sum(inside) / inside.length);
      const average = AVG[rank - 1];
      expectClose(await average(put(x, device), size, { stride, padding }).data(), whole.data, { absolute: 1e-5 });
      const counted = average(put(x, device), size, { stride, padding, countPadding: false });
      expectClose(await counted.data(), part.data, { absolute: 1e-5 }, what);
    }
  });

  test("pooling to a size", async () => {
    const r = seeded(5);
    for (const [shape, size] of [
      [[2, 1, 10], [4]],
      [
        [1, 2, 7, 6],
        [3, 2],
      ],
      [
        [1, 1, 5, 4],
        [5, 7],
      ],
      [
        [1, 1, 3, 4, 5],
        [2, 4, 1],
      ],
    ]) {
      const x = grid(shape, () => r.int(-40, 40) / 4);
      const want = (f: (v: number[]) => number): Grid =>
        grid([shape[0], shape[1], ...size], ([n, c, ...i]) => {
          const values: number[] = [];
          const visit = (a: number, at: number[]): void => {
            if (a === size.length) {
              const strides = shape.map((_, d) => shape.slice(d + 1).reduce((p, q) => p * q, 1));
              values.push(x.data[[n, c, ...at].reduce((s, p, d) => s + p * strides[d], 0)]);
              return;
            }
            const length = shape[a + 2];
            for (let p = Math.floor((i[a] * length) / size[a]); p < Math.ceil(((i[a] + 1) * length) / size[a]); p++) {
              visit(a + 1, [...at, p]);
            }
          };
          visit(0, []);
          return f(values);
        });
      const mean = want((v) => sum(v) / v.length);
      const average = adaptiveAvgPool(put(x, device), size);
      expect(average.shape).toEqual(mean.shape);
      expectClose(await average.data(), mean.data, { absolute: 1e-5 });
      const largest = want((v) => Math.max(...v));
      expect([...(await adaptiveMaxPool(put(x, device), size).data())]).toEqual([...largest.data]);
    }
  });

  test("NaN and infinities", async () => {
    const x = T.tensor([NaN, 1, 2, -Infinity, 5, Infinity], { shape: [1, 1, 6], device });
    expect([...(await maxPool1d(x, 2).data())]).toEqual([NaN, 2, Infinity]);
    expect([...(await maxPool1d(x, 3, { padding: 1, stride: 3 }).data())]).toEqual([NaN, 5]);
    const y = T.tensor([1, 2, 3, 4, Infinity], { shape: [1, 1, 5], device });
    // Windows of 2, 2 and 2 elements out of 5: [0,1], [1,2,3], [3,4].
    expect([...(await adaptiveAvgPool(y, [3]).data())]).toEqual([1.5, 3, Infinity]);
  });
});

test("integers", async () => {
  const x = T.tensor([-5, -7, -2147483648, -3], { shape: [1, 1, 4], dtype: "i32" });
  const largest = maxPool1d(x, 3, { padding: 1, stride: 2 });
  expect([largest.dtype, ...(await largest.data())]).toEqual(["i32", -5, -3]);
  const u = T.tensor([5, 4294967295], { shape: [1, 1, 2], dtype: "u32" });
  expect([...(await maxPool1d(u, 2, { padding: 1, stride: 1 }).data())]).toEqual([5, 4294967295, 4294967295]);
  const mean = avgPool1d(x.slice([null, null, [0, 2]]), 2);
  expect([mean.dtype, ...(await mean.data())]).toEqual(["f32", -6]);
  expect(adaptiveAvgPool(x, [4]).dtype).toBe("f32");
});

test("gradients", async () => {
  const r = seeded(9);
  // Distinct values: the maximum has a derivative.
  const values = Float64Array.from({ length: 2 * 5 * 6 }, (_, i) => ((i * 37) % 60) / 10 + r.next() / 100);
  const x = T.tensor(values, { shape: [1, 2, 5, 6], dtype: "f64" });
  const options = { stride: [2, 1], padding: 1 };
  await gradcheck((y) => maxPool2d(y, [2, 3], options), [x]);
  await gradcheck((y) => avgPool2d(T.square(y), [2, 3], options), [x]);
  await gradcheck((y) => avgPool2d(y, 3, { padding: 1, countPadding: false }), [x]);
  await gradcheck((y) => adaptiveMaxPool(y, [3, 4]), [x]);
  await gradcheck((y) => adaptiveAvgPool(T.square(y), [3, 4]), [x]);
  const tied = T.tensor([2, 2, 1, 2, 2], { shape: [1, 1, 5] });
  const g = T.grad((y: Tensor) => T.sum(maxPool1d(y, 5)))(tied);
  expect([...(await g.data())].reduce((a, b) => a + b, 0)).toBe(1);
});

test("wrong arguments", () => {
  const x = T.zeros([1, 2, 6]);
  expect(() => maxPool2d(x, 2)).toThrow(/maxPool2d: x needs 4 axes/);
  expect(() => maxPool1d(x, 0)).toThrow(/maxPool1d: size must be an integer of at least 1/);
  expect(() => maxPool1d(x, 2, { padding: 2 })).toThrow(/maxPool1d: padding must be at most half the window/);
  expect(() => maxPool1d(x, 7)).toThrow(T.ShapeError);
  expect(() => maxPool1d(x, 2, { countPadding: true } as never)).toThrow(T.ArgumentError);
  expect(() => maxPool1d(T.astype(x, "bool"), 2)).toThrow(T.DTypeError);
  expect(() => avgPool1d(x, 2, { dilation: 2 } as never)).toThrow(T.ArgumentError);
  expect(() => avgPool1d(x, 2, { countPadding: 1 as never })).toThrow(T.ArgumentError);
  expect(() => avgPool1d(T.astype(x, "c64"), 2)).toThrow(T.DTypeError);
  expect(() => adaptiveAvgPool(x, [2, 2])).toThrow(T.ShapeError);
  expect(() => adaptiveAvgPool(x, [])).toThrow(T.ArgumentError);
  expect(() => adaptiveMaxPool(x, [0])).toThrow(T.ArgumentError);
  expect(() => adaptiveMaxPool(T.zeros([1, 2, 0]), [2])).toThrow(T.ShapeError);
});
