import { afterAll, describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { traceKernels } from "@ansatz/tensor/debug";
import { argsort, sort, topk } from "@ansatz/tensor/sort";
import { gradcheck } from "@ansatz/tensor/testing";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn, shaderErrors } from "@ansatz/webgpu-testing/dawn";
import type { RoutineOperand } from "../../src/backend/backend.ts";
import { orderGpu, placeGpu } from "../../src/backend/webgpu/sort.wgsl.ts";
import { testDevices } from "../support/devices.ts";
import { seeded, type Random } from "../support/random.ts";

const devices = await testDevices();
const before = T.configure({});
afterAll(() => {
  T.configure(before);
});

/** Positions in sorted order, by an insertion that compares pairs. */
function naiveOrder(values: ArrayLike<number>, descending: boolean): number[] {
  const list = Array.from(values, (value, at) => ({ value, at }));
  const plain = list.filter(({ value }) => !Number.isNaN(value));
  const nan = list.filter(({ value }) => Number.isNaN(value));
  plain.sort((a, b) => (descending ? b.value - a.value : a.value - b.value) || a.at - b.at);
  // Differences of infinities are NaN: such lists are checked for order below.
  return [...plain, ...nan].map(({ at }) => at);
}

/** Values with repetitions, and of floats also zeros of both signs and NaN. */
function values(r: Random, count: number, dtype: DType): number[] {
  const range = r.pick([3, 100, 1e6]);
  return Array.from({ length: count }, () => {
    const value = r.int(dtype === "u32" ? 0 : -range, range);
    if (dtype === "i32") return r.int(0, 20) === 0 ? -2147483648 : value;
    if (dtype === "u32") return r.int(0, 20) === 0 ? 4294967295 : value;
    const odd = r.int(0, 30);
    return odd === 0 ? NaN : odd === 1 ? -0 : odd === 2 ? 1e-42 : value / 8;
  });
}

describe.each(devices)("sorting on %s", (device) => {
  const types = (["f32", "f64", "i32", "u32"] as const).filter((d) => T.backendOf(device).dtypes.has(d));

  test.each(types)("order, elements and the first few of %s", async (dtype) => {
    const r = seeded(1);
    const shapes = [[1], [2], [7], [40], [41], [3, 100], [2, 700], [5, 3, 4], [2, 90, 3], [1, 3000]];
    if (device === "cpu") shapes.push([40_000], [2, 33_000], [100_001]);
    for (const shape of shapes) {
      const count = shape.reduce((a, b) => a * b, 1);
      const x = T.tensor(values(r, count, dtype), { shape, dtype, device });
      const axis = r.int(0, shape.length - 1);
      const n = shape[axis];
      const ordered = await T.transpose(x, axis, -1).data();
      for (const descending of [false, true]) {
        const order = argsort(x, { axis, descending });
        const sorted = sort(x, { axis, descending });
        expect([order.dtype, order.shape, sorted.dtype, sorted.shape]).toEqual(["i32", shape, dtype, shape]);
        const [got, moved] = [await T.transpose(order, axis, -1).data(), await T.transpose(sorted, axis, -1).data()];
        const k = r.pick([1, Math.min(n, 5), Math.min(n, 64), Math.min(n, 65), n]);
        const best = topk(x, k, { axis, smallest: !descending });
        const [bestAt, bestValues] = [await T.transpose(best.indices, axis, -1).data(), await T.transpose(best.values, axis, -1).data()]; // prettier-ignore
        for (let row = 0; row < count / n; row++) {
          const from = ordered.subarray(row * n, (row + 1) * n);
          const want = naiveOrder(from, descending);
          const what = `${dtype} ${shape.join()} axis ${axis} ${descending}`;
          expect(Array.from(got.subarray(row * n, (row + 1) * n)), what).toEqual(want);
          const elements = want.map((i) => from[i]);
          expect(Array.from(moved.subarray(row * n, (row + 1) * n)), what).toEqual(elements);
          expect(Array.from(bestAt.subarray(row * k, (row + 1) * k)), `${what} first ${k}`).toEqual(want.slice(0, k));
          expect(Array.from(bestValues.subarray(row * k, (row + 1) * k))).toEqual(elements.slice(0, k));
        }
      }
    }
  });

  test("zeros are equal, infinities at the ends, NaN last in both directions", async () => {
    const x = T.tensor([NaN, 0, Infinity, -0, -Infinity, -1, NaN, 1e-45], { device });
    expect([...(await argsort(x).data())]).toEqual([4, 5, 1, 3, 7, 2, 0, 6]);
    expect([...(await argsort(x, { descending: true }).data())]).toEqual([2, 7, 1, 3, 5, 4, 0, 6]);
    expect([...(await sort(x).data())].slice(0, 5)).toEqual([-Infinity, -1, 0, -0, Math.fround(1e-45)]);
    expect([...(await topk(x, 3, { smallest: true }).indices.data())]).toEqual([4, 5, 1]);
  });

  test("views are sorted as what they show", async () => {
    const x = T.flip(T.transpose(T.tensor([3, 1, 2, 9, 8, 7], { shape: [2, 3], device })), 0);
    expect([...(await sort(x, { axis: 0 }).data())]).toEqual([1, 7, 2, 8, 3, 9]);
    expect([...(await argsort(x, { axis: 1, descending: true }).data())]).toEqual([1, 0, 1, 0, 1, 0]);
  });

  test("gradients go back to where elements came from", async () => {
    const x = T.tensor([3, 1, 2, 5, 4, 6], { shape: [2, 3], device });
    const w = T.tensor([1, 10, 100, 2, 20, 200], { shape: [2, 3], device });
    const g = T.grad((y: Tensor) => T.sum(T.mul(sort(y), w)))(x);
    expect([...(await g.data())]).toEqual([100, 1, 10, 20, 2, 200]);
    const h = T.grad((y: Tensor) => T.sum(T.mul(topk(y, 1, { axis: 0 }).values, T.slice(w, [[0, 1]]))))(x);
    expect([...(await h.data())]).toEqual([0, 0, 0, 1, 10, 100]);
  });
});

test("derivatives of all orders", async () => {
  const r = seeded(2);
  const x = T.tensor(
    Float64Array.from({ length: 20 }, () => r.next() * 4),
    { shape: [4, 5], dtype: "f64" },
  );
  for (const axis of [0, 1]) {
    await gradcheck((y) => sort(T.square(y), { axis, descending: true }), [x]);
    await gradcheck((y) => topk(T.square(y), 2, { axis }).values, [x]);
    await gradcheck(
      (y) => T.grad((u: Tensor) => T.sum(T.sin(sort(u, { axis }).mul(T.arange(20).reshape([4, 5])))))(y),
      [x],
      { tolerance: 1e-5 },
    );
  }
});

test("threads change nothing", async () => {
  const r = seeded(3);
  for (const dtype of ["f32", "f64"] as const) {
    const long = T.tensor(values(r, 300_000, dtype), { dtype });
    const rows = T.tensor(values(r, 300_000, dtype), { shape: [600, 500], dtype });
    const run = async (): Promise<string> => {
      const results = await Promise.all([argsort(long), argsort(rows), topk(rows, 9).indices].map((y) => y.data()));
      return results.map((y) => Buffer.from(y.buffer).toString("base64")).join();
    };
    T.configure({ threads: 1 });
    const want = await run();
    T.configure({ threads: 3 });
    for (let round = 0; round < 3; round++) {
      expect((await run()) === want).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

test("wrong arguments, and nothing to sort", async () => {
  expect(() => sort(T.scalar(1))).toThrow(T.ShapeError);
  expect(() => argsort(T.ones([3], { dtype: "bool" }))).toThrow(T.DTypeError);
  expect(() => sort(T.ones([3]), { descending: "yes" as never })).toThrow(T.ArgumentError);
  expect(() => sort(T.ones([3]), { reverse: true } as never)).toThrow(T.ArgumentError);
  for (const k of [0, 4, 1.5]) expect(() => topk(T.ones([3]), k)).toThrow(T.ArgumentError);
  expect(() => topk(T.ones([3]), 1, { descending: true } as never)).toThrow(T.ArgumentError);
  expect(sort(T.zeros([2, 0])).shape).toEqual([2, 0]);
  expect(argsort(T.zeros([0, 2])).shape).toEqual([0, 2]);
  expect(topk(T.zeros([0, 4]), 2).values.shape).toEqual([0, 2]);
  expect(await argsort(T.zeros([2, 0])).data()).toHaveLength(0);
});

const nothing = await createDawn({ backend: "null" });
afterAll(() => {
  if (nothing.status === "ready") nothing.release();
});

test("shaders are valid", async (context) => {
  const device = await readyOrSkip(nothing, context).device();
  const operand = (shape: readonly number[], dtype: RoutineOperand["dtype"]): RoutineOperand => ({
    slot: 0,
    offset: 0,
    strides: shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1)),
    shape,
    dtype,
  });
  const [long, short, at] = [operand([2, 3000], "f32"), operand([2, 5], "f32"), operand([2, 5], "i32")];
  for (const dtype of ["f32", "i32", "u32"] as const) {
    for (const descending of [false, true]) {
      const { dispatches } = orderGpu([{ ...long, dtype }], [at], { descending, count: 5 })!;
      for (const { wgsl } of dispatches) expect(await shaderErrors(device, wgsl())).toEqual([]);
    }
  }
  for (const { wgsl } of placeGpu([short, at], [long], null)!.dispatches) {
    expect(await shaderErrors(device, wgsl())).toEqual([]);
  }
  expect(orderGpu([operand([4], "f64")], [operand([4], "i32")], { descending: false, count: 4 })).toBe(null);
});

test("topk searches once, whichever result is read first", async () => {
  const x = T.tensor(
    Float32Array.from({ length: 60 }, (_, i) => (i * 37) % 61),
    { shape: [3, 20], device: "js" },
  );
  for (const order of [["values", "indices"] as const, ["indices", "values"] as const]) {
    const found = topk(x, 4);
    const seen: string[] = [];
    const stop = traceKernels({ level: 1, device: "js", sink: ({ steps }) => seen.push(...steps) });
    for (const name of order) await found[name].data();
    stop();
    expect(seen.filter((step) => step.startsWith("argsort")).length).toBe(1);
  }
});
