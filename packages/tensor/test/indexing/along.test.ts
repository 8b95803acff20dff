import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { indexAdd, put, scatterAddAlong, takeAlong } from "@ansatz/tensor/indexing";
import { gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { stridesOf, volume } from "../support/grid.ts";
import { seeded } from "../support/random.ts";

const devices = await testDevices();

/** Visits the positions of a shape in C order, with offsets in another array whose position on one axis is replaced. */
function along(
  shape: readonly number[],
  other: readonly number[],
  axis: number,
  visit: (i: number, offset: (p: number) => number) => void,
): void {
  const [own, strides] = [stridesOf(shape), stridesOf(other)];
  for (let i = 0; i < volume(shape); i++) {
    const at = shape.map((n, d) => Math.floor(i / own[d]) % n);
    visit(i, (p) => at.reduce((sum, q, d) => sum + (d === axis ? p : q) * strides[d], 0));
  }
}

describe.each(devices)("indexing on %s", (device) => {
  const make = (values: readonly number[], shape: readonly number[], dtype: "f32" | "i32" = "f32"): Tensor =>
    T.tensor([...values], { shape, dtype, device });

  test("takeAlong and scatterAddAlong", async () => {
    const r = seeded(1);
    for (const [shape, axis] of [
      [[5], 0],
      [[3, 4], 0],
      [[3, 4], -1],
      [[2, 3, 4], 1],
    ] as const) {
      const d = axis < 0 ? axis + shape.length : axis;
      const n = shape[d];
      const some = shape.map((m, e) => (e === d ? r.int(1, 6) : m));
      const x = Array.from({ length: volume(shape) }, () => r.int(-9, 9));
      const at = Array.from({ length: volume(some) }, () => r.int(-n - 1, n));
      const y = Array.from({ length: volume(some) }, () => r.int(-9, 9));
      const taken = new Array<number>(volume(some)).fill(NaN);
      const added = new Array<number>(volume(shape)).fill(0);
      along(some, shape, d, (i, offset) => {
        const p = at[i] < 0 ? at[i] + n : at[i];
        if (p < 0 || p >= n) return;
        taken[i] = x[offset(p)];
        added[offset(p)] += y[i];
      });
      const indices = make(at, some, "i32");
      expect([...(await takeAlong(make(x, shape), indices, axis).data())]).toEqual(taken);
      expect([...(await scatterAddAlong(make(y, some), indices, n, axis).data())]).toEqual(added);
    }
  });

  test("put: the last of several counts", async () => {
    const x = make([0, 0, 0, 0, 0, 0, 0, 0], [4, 2]);
    const values = make([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]);
    const y = put(x, make([2, -1, 2, 9, -7], [5], "i32"), values);
    expect([...(await y.data())]).toEqual([0, 0, 0, 0, 5, 6, 3, 4]);
    const columns = put(make([1, 2, 3, 4], [2, 2]), make([1], [1], "i32"), make([8, 9], [2, 1]), 1);
    expect([...(await columns.data())]).toEqual([1, 8, 3, 9]);
    const r = seeded(5);
    for (let round = 0; round < 4; round++) {
      const at = Array.from({ length: 40 }, () => r.int(-12, 12));
      const want = Array.from({ length: 10 }, (_, i) => 100 + i);
      at.forEach((p, k) => {
        const q = p < 0 ? p + 10 : p;
        if (q >= 0 && q < 10) want[q] = k;
      });
      const got = put(
        make(Array.from({ length: 10 }, (_, i) => 100 + i), [10], "i32"), // prettier-ignore
        make(at, [40], "i32"),
        T.arange(40, undefined, 1, { dtype: "i32", device }) as Tensor,
      );
      expect([...(await got.data())]).toEqual(want);
    }
  });

  test("indexAdd", async () => {
    const x = make([1, 1, 1, 1, 1, 1], [3, 2]);
    const y = indexAdd(x, make([2, 0, 2, -3, 3], [5], "i32"), make([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]));
    expect([...(await y.data())]).toEqual([1 + 3 + 7, 1 + 4 + 8, 1, 1, 1 + 1 + 5, 1 + 2 + 6]);
  });

  test("positions that are no i32", async () => {
    const at = T.tensor([0, 4294967295, 2147483648, 1], { dtype: "u32", device });
    expect([...(await takeAlong(make([5, 6], [2]), at).data())]).toEqual([5, NaN, NaN, 6]);
    expect([...(await takeAlong(make([5, 6], [2], "i32"), at).data())]).toEqual([5, 0, 0, 6]);
    expect([...(await scatterAddAlong(make([1, 2, 3, 4], [4]), at, 2).data())]).toEqual([1, 4]);
    const changed = put(make([0, 0], [2]), at, make([1, 2, 3, 4], [4]));
    expect([...(await changed.data())]).toEqual([1, 4]);
  });
});

test("derivatives", async () => {
  const r = seeded(2);
  const make = (shape: readonly number[]): Tensor<"f64"> =>
    T.tensor(
      Float64Array.from({ length: volume(shape) }, () => r.next()),
      { shape, dtype: "f64" },
    );
  const at = T.tensor([2, 0, 0, -1, 1, 1], { shape: [3, 2], dtype: "i32" });
  await gradcheck((x) => takeAlong(T.square(x), at, 0), [make([3, 2])]);
  await gradcheck((x) => scatterAddAlong(T.square(x), at, 4, 1), [make([3, 2])]);
  const rows = T.tensor([1, 0, 1], { dtype: "i32" });
  await gradcheck((x, v) => put(T.square(x), rows, T.square(v)), [make([3, 2]), make([3, 2])]);
  await gradcheck((x, v) => indexAdd(T.square(x), rows, T.square(v), 1), [make([2, 3]), make([2, 3])]);
});

test("complex numbers, bools, and nothing", async () => {
  const z = T.complex(T.tensor([1, 2, 3]), T.tensor([4, 5, 6]));
  const at = T.tensor([2, 0], { dtype: "i32" });
  expect([...(await takeAlong(z, at).data())]).toEqual([3, 6, 1, 4]);
  expect([...(await indexAdd(z, at, takeAlong(z, at)).data())]).toEqual([2, 8, 2, 5, 6, 12]);
  expect([...(await put(z, at, takeAlong(z, T.tensor([1, 1], { dtype: "i32" }))).data())]).toEqual([2, 5, 2, 5, 2, 5]);
  const b = T.tensor([true, false, false]);
  expect([...(await put(b, at, T.tensor([true, false])).data())]).toEqual([0, 0, 1]);
  const none = T.zeros([0], { dtype: "i32" });
  const x = T.tensor([1, 2]);
  const same = put(x, none, T.zeros([0]));
  expect([...(await same.data())]).toEqual([1, 2]);
  expect(same).not.toBe(x);
  expect(takeAlong(T.ones([2, 3]), T.zeros([2, 0], { dtype: "i32" })).shape).toEqual([2, 0]);
  expect([...(await scatterAddAlong(T.zeros([2, 0]), T.zeros([2, 0], { dtype: "i32" }), 2).data())]).toEqual([0, 0, 0, 0]); // prettier-ignore
  expect([...(await indexAdd(x, none, T.zeros([0])).data())]).toEqual([1, 2]);
});

test("wrong arguments", () => {
  const x = T.ones([2, 3]);
  const at = T.zeros([2, 3], { dtype: "i32" });
  const one = T.zeros([1], { dtype: "i32" });
  expect(() => takeAlong(x, T.ones([2, 3]))).toThrow(/takeAlong: indices must be integers \(got f32/);
  expect(() => takeAlong(x, one)).toThrow(/takeAlong: shapes do not fit \(got \[2,3\] and indices \[1\]/);
  expect(() => takeAlong(x, at, 2)).toThrow(T.ShapeError);
  expect(() => takeAlong(T.ones([2, 0]), at)).toThrow(/takeAlong: axis 1 is empty/);
  expect(() => scatterAddAlong(x, at, -1)).toThrow(/scatterAddAlong: size must be a non-negative integer/);
  expect(() => scatterAddAlong(x, T.zeros([2, 2], { dtype: "i32" }), 3)).toThrow(T.ShapeError);
  expect(() => scatterAddAlong(T.astype(x, "bool"), at, 3)).toThrow(T.DTypeError);
  expect(() => put(x, one, T.ones([2, 3]))).toThrow(/put: shapes do not fit .*values \[2,3\]/);
  expect(() => put(x, at, x)).toThrow(T.ShapeError);
  expect(() => put(x, one, T.ones([1, 3], { dtype: "i32" }) as never)).toThrow(/put: data types differ/);
  expect(() => indexAdd(x, one, 1 as never)).toThrow(/indexAdd: values/);
  expect(() => indexAdd(T.astype(x, "bool"), one, T.ones([1, 3], { dtype: "bool" }))).toThrow(T.DTypeError);
});
