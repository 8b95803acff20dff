/** Empty stacks, and numbers whose squares overflow or vanish. */
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as linalg from "@ansatz/tensor/linalg";
import { positive, relativeError, uniform } from "./matrices.ts";

const functions: readonly (readonly [string, (a: Tensor) => Tensor])[] = [
  ["cholesky", linalg.cholesky],
  ["lu", (a) => linalg.lu(a).u],
  ["qr", (a) => linalg.qr(a).q],
  ["eigh", (a) => linalg.eigh(a).vectors],
  ["svd", (a) => linalg.svd(a).v],
  ["solve", (a) => linalg.solve(a, a)],
  ["triangularSolve", (a) => linalg.triangularSolve(a, a)],
  ["lstsq", (a) => linalg.lstsq(a, a)],
  ["det", linalg.det],
  ["slogdet", (a) => linalg.slogdet(a).logAbs],
  ["pinv", linalg.pinv],
  ["cond", linalg.cond],
  ["matrixRank", linalg.matrixRank],
];

describe.each(functions)("%s", (_, f) => {
  test.each(["f32", "c128"] as const)("of no matrices of %s", async (dtype) => {
    const y = f(T.zeros([2, 0, 3, 3], { dtype }));
    expect(y.shape.slice(0, 2)).toEqual([2, 0]);
    expect(await y.data()).toHaveLength(0);
  });

  test.each(["f64", "c64"] as const)("of a matrix without rows or columns of %s is an error", (dtype) => {
    expect(() => f(T.zeros([0, 0], { dtype }))).toThrow("with at least one of each");
  });
});

describe.each([1e-150, 1e150])("scaled by %d", (scale) => {
  const n = 40;
  const [a, x] = [positive(1, n), uniform(2, [n, 3])];
  const scaled = T.mul(a, scale);

  test("factors scale", async () => {
    expect(await relativeError(linalg.cholesky(scaled), T.mul(linalg.cholesky(a), Math.sqrt(scale)))).toBeLessThan(
      1e-13,
    );
    for (const part of ["l", "u"] as const) {
      const want = T.mul(linalg.lu(a)[part], part === "l" ? 1 : scale);
      expect(await relativeError(linalg.lu(scaled)[part], want)).toBeLessThan(1e-13);
    }
    const { q, r } = linalg.qr(scaled);
    expect(await relativeError(q, linalg.qr(a).q)).toBeLessThan(1e-12);
    expect(await relativeError(r, T.mul(linalg.qr(a).r, scale))).toBeLessThan(1e-13);
    expect(await relativeError(linalg.eigvalsh(scaled), T.mul(linalg.eigvalsh(a), scale))).toBeLessThan(1e-13);
    expect(await relativeError(linalg.svd(scaled).s, T.mul(linalg.svdvals(a), scale))).toBeLessThan(1e-13);
    expect(await linalg.cond(scaled).item()).toBeCloseTo(Number(await linalg.cond(a).item()), 8);
  });

  test("solutions do not", async () => {
    const b = T.matmul(scaled, x);
    for (const y of [linalg.solve(scaled, b), linalg.lstsq(scaled, b), T.matmul(linalg.pinv(scaled), b)]) {
      expect(await relativeError(y, x)).toBeLessThan(1e-11);
    }
    const { sign, logAbs } = linalg.slogdet(scaled);
    expect(await sign.item()).toBe(1);
    const want = Number(await linalg.slogdet(a).logAbs.item()) + n * Math.log(scale);
    expect(Number(await logAbs.item()) / want).toBeCloseTo(1, 14);
  });
});

test("rows of very different sizes, and zeros", async () => {
  const rows = T.tensor(Float64Array.from({ length: 40 }, (_, i) => 10 ** -i));
  const graded = T.mul(uniform(1, [40, 40]), T.unsqueeze(rows, 1));
  const { q, r } = linalg.qr(graded);
  expect(await relativeError(T.matmul(q, r), graded)).toBeLessThan(1e-14);
  const zeros = T.zeros([40, 30], { dtype: "f64" });
  expect(await linalg.matrixRank(zeros).item()).toBe(0);
  for (const y of [linalg.pinv(zeros), linalg.qr(zeros).r, linalg.lu(zeros).u]) {
    expect((await y.data()).every((value) => value === 0)).toBe(true);
  }
});
