/** Sizes at the edges of blocks: compiled and plain operations give the same bits where none of them is fused. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as linalg from "@ansatz/tensor/linalg";
import { positive, relativeError, uniform } from "./matrices.ts";

beforeAll(() => T.configure({ precision: "strict" }));
afterAll(() => T.configure({ precision: "default" }));

type Solver = (a: Tensor, b: Tensor) => Tensor;

const functions: readonly (readonly [string, Solver])[] = [
  ["cholesky", (a) => linalg.cholesky(a)],
  ["lu", (_, b) => T.add(linalg.lu(b).u, T.sum(T.mul(linalg.lu(b).l, linalg.lu(b).rows)))],
  ["solve", (a, b) => linalg.solve(a, b)],
  ["triangularSolve", (a, b) => linalg.triangularSolve(a, b, { lower: false })],
  ["qr", (_, b) => linalg.qr(b).r],
  ["eigh", (a) => linalg.eigh(a).vectors],
  ["svd", (_, b) => T.add(linalg.svd(b).u, T.transpose(linalg.svd(b).v).slice([null, [0, 1]]))],
  ["pinv", (_, b) => linalg.pinv(b)],
];

describe.each(functions)("%s", (_, f) => {
  test.each([1, 3, 9, 25, 67])("of size %i has the same bits on both devices", async (n) => {
    const [a, b] = [positive(n, n), uniform(n + 1, [n, n + 5])];
    const on = async (device: "cpu" | "js"): Promise<ArrayLike<number>> =>
      await f(await T.to(a, device), await T.to(b, device)).data();
    const [got, want] = [await on("cpu"), await on("js")];
    expect(got).toEqual(want);
    expect(Array.from(got).every(Number.isFinite)).toBe(true);
  });
});

test("factors and solutions across several blocks", async () => {
  const [a, x] = [positive(5, 200), uniform(6, [200, 70])];
  const l = linalg.cholesky(a);
  expect(await relativeError(T.matmul(l, T.transpose(l)), a)).toBeLessThan(2e-15);
  const { rows, l: lower, u } = linalg.lu(a);
  expect(await relativeError(T.matmul(lower, u), T.take(a, rows, 0))).toBeLessThan(5e-15);
  expect(await relativeError(linalg.solve(a, T.matmul(a, x)), x)).toBeLessThan(1e-11);
});
