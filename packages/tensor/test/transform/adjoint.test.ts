/** The gradient of a linear function is its adjoint: `<A x, y> = <x, A^T y>`, to rounding. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { seeded } from "../support/random.ts";

const r = seeded(99);
const random = (shape: readonly number[]): Tensor =>
  T.tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * r.next() - 1),
    { shape },
  );
const indices = (shape: readonly number[], from: number, to: number): Tensor =>
  T.tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.int(from, to)),
    { shape },
  );

type Linear = (x: Tensor) => Tensor;

const VIEWS: Record<string, [shape: readonly number[], f: Linear]> = {
  reshape: [[4, 6], (x) => T.reshape(x, [3, 2, 4])],
  flatten: [[2, 3, 2], T.flatten],
  permute: [[2, 3, 4], (x) => T.permute(x, [2, 0, 1])],
  transpose: [[3, 5], (x) => T.transpose(x)],
  "reshape of transpose": [[4, 6], (x) => T.reshape(T.transpose(x), [8, 3])],
  broadcastTo: [[3, 1], (x) => T.broadcastTo(x, [2, 3, 4])],
  "broadcastTo from a scalar": [[], (x) => T.broadcastTo(x, [2, 3])],
  squeeze: [[1, 3, 1], (x) => T.squeeze(x)],
  unsqueeze: [[3], (x) => T.unsqueeze(x, 1)],
  "slice with steps": [
    [7, 5],
    (x) =>
      T.slice(x, [
        [1, null, 2],
        [null, null, -2],
      ]),
  ],
  "slice with positions": [[3, 4], (x) => T.slice(x, [-1, [0, 3]])],
  "slice of nothing": [[3, 4], (x) => T.slice(x, [[2, 2]])],
  flip: [[3, 4], (x) => T.flip(x)],
  repeat: [[2, 3], (x) => T.repeat(x, 3, 1)],
  tile: [[2, 3], (x) => T.tile(x, [2, 2])],
  "split and join": [[6, 2], (x) => T.concat(T.split(x, [1, 3, 2]).toReversed())],
};

const MOVES: Record<string, [shape: readonly number[], f: Linear]> = {
  pad: [
    [2, 3],
    (x) =>
      T.pad(x, [
        [1, 2],
        [0, 3],
      ]),
  ],
  concat: [[2, 3], (x) => T.concat([x, T.mul(x, 2), T.flip(x, 1)], 1)],
  stack: [[2, 3], (x) => T.stack([x, T.mul(x, -1)], 1)],
  take: [
    [5, 3],
    (
      (at) => (x: Tensor) =>
        T.take(x, at, 0)
    )(indices([2, 4], -5, 4)),
  ],
  "take along the last axis": [
    [2, 6],
    (
      (at) => (x: Tensor) =>
        T.take(x, at, 1)
    )(indices([9], -6, 5)),
  ],
  scatterAdd: [
    [6, 3],
    (
      (at) => (x: Tensor) =>
        T.scatterAdd(x, at, 4, 0)
    )(indices([6], -4, 3)),
  ],
  "scatterAdd with positions outside": [
    [6, 3],
    (
      (at) => (x: Tensor) =>
        T.scatterAdd(x, at, 4, 0)
    )(indices([6], -9, 9)),
  ],
  "scatterAdd of several axes": [
    [2, 3, 4],
    (
      (at) => (x: Tensor) =>
        T.scatterAdd(x, at, 5, 1)
    )(indices([3, 4], 0, 4)),
  ],
  "where of a mask": [
    [3, 4],
    (
      (m) => (x: Tensor) =>
        T.where(m, x, T.mul(x, 3))
    )(T.greater(random([3, 4]), 0).eval()),
  ],
  "astype to f32 and back of what f32 holds": [[3], (x) => T.mul(T.astype(T.astype(x, "f64"), "f64"), 2)],
};

const SUMS: Record<string, [shape: readonly number[], f: Linear]> = {
  "sum of all": [[3, 4], (x) => T.sum(x)],
  "sum over the first axis": [[30, 4], (x) => T.sum(x, { axis: 0 })],
  "sum over the last axis, kept": [[3, 40], (x) => T.sum(x, { axis: -1, keepDims: true })],
  "sum over outer and inner axes": [[2, 3, 4, 5], (x) => T.sum(x, { axis: [0, 2] })],
  "sum in blocks": [[3, 9000], (x) => T.sum(x, { axis: 1 })],
  "sum of columns in blocks": [[1100, 3], (x) => T.sum(x, { axis: 0 })],
  mean: [[7, 3], (x) => T.mean(x, { axis: 0 })],
  "difference from the mean": [[5, 3], (x) => T.sub(x, T.mean(x, { axis: 1, keepDims: true }))],
};

const PRODUCTS: Record<string, [shape: readonly number[], f: Linear]> = {
  "matmul, left": [
    [5, 7],
    (
      (b) => (x: Tensor) =>
        T.matmul(x, b)
    )(random([7, 3])),
  ],
  "matmul, right": [
    [7, 5],
    (
      (a) => (x: Tensor) =>
        T.matmul(a, x)
    )(random([4, 7])),
  ],
  "matmul of batches": [
    [3, 5, 7],
    (
      (b) => (x: Tensor) =>
        T.matmul(x, b)
    )(random([3, 7, 2])),
  ],
  "matmul with broadcast batches, left": [
    [2, 1, 5, 4],
    (
      (b) => (x: Tensor) =>
        T.matmul(x, b)
    )(random([3, 4, 2])),
  ],
  "matmul with broadcast batches, right": [
    [3, 4, 2],
    (
      (a) => (x: Tensor) =>
        T.matmul(a, x)
    )(random([2, 1, 5, 4])),
  ],
  "matmul of transposes": [
    [7, 5],
    (
      (b) => (x: Tensor) =>
        T.matmul(T.transpose(x), T.transpose(b))
    )(random([3, 7])),
  ],
  "matmul with a vector": [
    [7],
    (
      (a) => (x: Tensor) =>
        T.matmul(a, x)
    )(random([4, 7])),
  ],
  dot: [
    [9],
    (
      (a) => (x: Tensor) =>
        T.dot(a, x)
    )(random([9])),
  ],
  "large matmul": [
    [65, 130],
    (
      (b) => (x: Tensor) =>
        T.matmul(x, b)
    )(random([130, 70])),
  ],
};

const CONVOLUTIONS = [
  { stride: 1, padding: 0, dilation: 1, groups: 1 },
  { stride: 2, padding: 1, dilation: 1, groups: 1 },
  {
    stride: [2, 3],
    padding: [
      [0, 2],
      [3, 1],
    ],
    dilation: [1, 2],
    groups: 1,
  },
  { stride: 3, padding: 4, dilation: 1, groups: 2 },
  { stride: 1, padding: 2, dilation: 2, groups: 4 },
  { stride: [1, 2], padding: [1, 0], dilation: [3, 1], groups: 2 },
] as const;

function checkAdjoint(f: Linear, shape: readonly number[]): void {
  const x = random(shape);
  const { value, pull } = T.vjp(f, x);
  const y = random(value.shape);
  const [back] = pull(y);
  const inner = (a: Tensor, b: Tensor): number => {
    const [u, v] = [a.dataSync() as Float64Array, b.dataSync() as Float64Array];
    return u.reduce((s, w, i) => s + w * v[i], 0);
  };
  const scale = 1 + Math.sqrt(inner(value, value) * inner(y, y));
  expect(Math.abs(inner(value, y) - inner(x, back))).toBeLessThanOrEqual(1e-12 * scale);
  // The derivative of a linear function is the function, and the adjoint of the adjoint too.
  const t = random(shape);
  const forward = T.jvp(f, [x], [t]).tangent.dataSync();
  const direct = f(t).dataSync();
  const again = T.vjp((ct: Tensor) => pull(ct)[0], y)
    .pull(t)[0]
    .dataSync();
  for (let i = 0; i < direct.length; i++) {
    expect(Math.abs(forward[i] - direct[i])).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(direct[i])));
    expect(Math.abs(again[i] - direct[i])).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(direct[i])));
  }
}

describe.each([
  ["views", VIEWS],
  ["rearrangements", MOVES],
  ["sums", SUMS],
  ["products", PRODUCTS],
] as const)("%s", (_, group) => {
  it.each(Object.entries(group))("%s", (__, [shape, f]) => {
    checkAdjoint(f, shape);
  });
});

describe("convolutions", () => {
  it.each(CONVOLUTIONS)("%j, of the input and of the weights", (options) => {
    const weights = [8, 4 / options.groups, 3, 2];
    const image = [2, 4, 9, 8];
    const w = random(weights);
    const x = random(image);
    checkAdjoint((a) => conv2d(a, w, options), image);
    checkAdjoint((a) => conv2d(x, a, options), weights);
  });
});
