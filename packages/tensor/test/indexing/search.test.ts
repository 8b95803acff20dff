import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { bincount, histogram, searchsorted } from "@ansatz/tensor/indexing";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded } from "../support/random.ts";

const devices = await testDevices();

describe.each(devices)("searching and counting on %s", (device) => {
  test("searchsorted counts what comes before", async () => {
    const r = seeded(1);
    for (const n of [0, 1, 2, 3, 7, 8, 100]) {
      const sorted = Array.from({ length: n }, () => r.int(-20, 20) / 2).sort((a, b) => a - b);
      const values = Array.from({ length: 40 }, () => r.int(-24, 24) / 2);
      values.push(Infinity, -Infinity, NaN);
      for (const right of [false, true]) {
        const got = searchsorted(T.tensor(sorted, { shape: [n], dtype: "f32", device }), T.tensor(values, { device }), {
          right,
        });
        const want = values.map((v) =>
          Number.isNaN(v) ? n : sorted.filter((s) => (right ? s <= v : s < v)).length); // prettier-ignore
        expect([got.dtype, ...(await got.data())]).toEqual(["i32", ...want]);
      }
    }
    const withNaN = T.tensor([1, 2, NaN, NaN], { device });
    const values = T.tensor([NaN, 2, 9], { device });
    expect([...(await searchsorted(withNaN, values).data())]).toEqual([2, 1, 2]);
    expect([...(await searchsorted(withNaN, values, { right: true }).data())]).toEqual([4, 2, 2]);
    const u = T.tensor([1, 5, 4294967295], { dtype: "u32", device });
    expect([...(await searchsorted(u, u).data())]).toEqual([0, 1, 2]);
  });

  test("bincount", async () => {
    const x = T.tensor([3, 0, 3, 3, -1, 5, 1], { dtype: "i32", device });
    const plain = bincount(x, 5);
    expect([plain.dtype, ...(await plain.data())]).toEqual(["i32", 1, 1, 0, 3, 0]);
    const w = T.tensor([1, 2, 3, 4, 5, 6, 7], { device });
    expect([...(await bincount(x.reshape([7]), 5, w).data())]).toEqual([2, 7, 0, 8, 0]);
  });

  test("histogram", async () => {
    const r = seeded(3);
    const values = Array.from({ length: 300 }, () => r.int(-50, 50) / 16);
    values.push(NaN, Infinity, -Infinity, 2);
    const x = T.tensor(values, { shape: [2, 152], dtype: "f32", device });
    const edges = [-2, -0.5, -0.25, 1, 2];
    const want = [0, 1, 2, 3].map(
      (i) => values.filter((v) => v >= edges[i] && (v < edges[i + 1] || (i === 3 && v === 2))).length,
    );
    const given = histogram(x, { edges: T.tensor(edges, { device }) });
    expect([given.counts.dtype, ...(await given.counts.data())]).toEqual(["i32", ...want]);
    const even = histogram(x, { bins: 4, low: -2, high: 2 });
    expect([...(await even.edges.data())]).toEqual([-2, -1, 0, 1, 2]);
    const counts = [-2, -1, 0, 1].map(
      (e, i) => values.filter((v) => v >= e && (v < e + 1 || (i === 3 && v === 2))).length,
    );
    expect([...(await even.counts.data())]).toEqual(counts);
    const density = histogram(x, { bins: 4, low: -2, high: 2, density: true }).counts;
    const total = counts.reduce((a, b) => a + b, 0);
    expectClose(await density.data(), counts.map((c) => c / total), { absolute: 1e-6 }); // prettier-ignore
    const integers = histogram(T.tensor([1, 2, 2, 3, 4, 9], { dtype: "i32", device }), { bins: 3, low: 1, high: 4 });
    expect([...(await integers.counts.data())]).toEqual([1, 2, 2]);
  });
});

test("sums of weights are differentiable", async () => {
  const x = T.tensor([0, 2, 2, 1], { dtype: "i32" });
  const w = T.tensor(Float64Array.of(1, 2, 3, 4));
  await gradcheck((v) => bincount(x, 3, T.square(v)), [w as Tensor<"f64">]);
  await gradcheck((v) => histogram(x, { bins: 3, low: 0, high: 3, weights: T.square(v) }).counts, [w as Tensor<"f64">]);
});

test("wrong arguments", () => {
  const x = T.tensor([1, 2, 3]);
  expect(() => searchsorted(T.ones([2, 2]), x)).toThrow(/searchsorted: sorted needs one axis \(got \[2,2\]/);
  expect(() => searchsorted(x, x, { side: "right" } as never)).toThrow(T.ArgumentError);
  expect(() => searchsorted(x, x, { right: 1 as never })).toThrow(T.ArgumentError);
  expect(() => searchsorted(x, T.complex(x, x))).toThrow(T.DTypeError);
  expect(() => searchsorted(3 as never, x)).toThrow(/searchsorted: sorted/);
  expect(() => bincount(x, 3)).toThrow(/bincount: x must be integers/);
  const i = T.tensor([1, 2], { dtype: "i32" });
  expect(() => bincount(i, 0)).toThrow(/bincount: size must be a positive integer \(got 0/);
  expect(() => bincount(i, 2, x)).toThrow(/bincount: weights do not fit \(got \[3\], expected \[2\]/);
  expect(() => histogram(x)).toThrow(/histogram: low and high must be finite numbers/);
  expect(() => histogram(x, { low: 2, high: 1 })).toThrow(T.ArgumentError);
  expect(() => histogram(x, { bins: 0, low: 0, high: 1 })).toThrow(/histogram: bins/);
  expect(() => histogram(x, { edges: x, bins: 3 })).toThrow(/edges exclude/);
  expect(() => histogram(x, { edges: T.tensor([1]) })).toThrow(T.ShapeError);
  expect(() => histogram(x, { low: 0, high: 1, weights: i })).toThrow(/histogram: weights do not fit/);
  expect(() => histogram(x, { range: [0, 1] } as never)).toThrow(T.ArgumentError);
  expect(() => histogram(T.complex(x, x), { low: 0, high: 1 })).toThrow(T.DTypeError);
});
