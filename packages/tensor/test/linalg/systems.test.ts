import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { traceKernels } from "@ansatz/tensor/debug";
import { tril, triu } from "@ansatz/tensor/indexing";
import { cholesky, det, inv, lu, slogdet, solve, triangularSolve } from "@ansatz/tensor/linalg";
import { gradcheck } from "@ansatz/tensor/testing";
import { positive, relativeError, tangentError, uniform } from "./matrices.ts";

const types = ["f32", "f64"] as const;
const tolerance = { f32: 2e-6, f64: 1e-13 };

describe.each(types)("factors of %s", (dtype) => {
  test.each([1, 2, 31, 32, 33, 70])("L L^T is the matrix of size %i", async (n) => {
    const a = positive(n, n, [2], dtype);
    const l = cholesky(a);
    expect([l.dtype, l.shape]).toEqual([dtype, [2, n, n]]);
    expect(await relativeError(T.matmul(l, T.transpose(l)), a)).toBeLessThan(tolerance[dtype]);
    const data = await l.data();
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(data[i * n + j]).toBe(0);
    for (let i = 0; i < n; i++) expect(data[i * n + i]).toBeGreaterThan(0);
  });

  test.each([
    [1, 1],
    [3, 3],
    [33, 33],
    [70, 70],
    [40, 7],
    [7, 40],
    [70, 35],
    [35, 70],
  ])("L U is the permuted matrix of %i rows and %i columns", async (m, n) => {
    const a = uniform(m + n, [2, m, n], dtype);
    const { rows, l, u } = lu(a);
    const k = Math.min(m, n);
    expect([l.shape, u.shape, rows.shape]).toEqual([
      [2, m, k],
      [2, k, n],
      [2, m],
    ]);
    const order = await rows.data();
    const source = await a.data();
    const permuted = Array.from({ length: 2 * m * n }, (_, i) => {
      const row = Math.floor(i / n);
      return source[(Math.floor(row / m) * m + order[row]) * n + (i % n)];
    });
    const want = T.tensor(permuted, { shape: [2, m, n], dtype });
    expect(await relativeError(T.matmul(l, u), want)).toBeLessThan(tolerance[dtype]);
    expect(Math.max(...(await l.data()).map(Math.abs))).toBe(1);
  });

  test.each([1, 5, 33, 70])("systems of size %i", async (n) => {
    const a = uniform(n, [n, n], dtype).add(T.mul(T.eye(n, n, { dtype }), 3));
    const x = uniform(n + 1, [3, n, 2], dtype);
    const b = T.matmul(a, x);
    expect(await relativeError(solve(a, b), x)).toBeLessThan(50 * tolerance[dtype]);
    expect(await relativeError(T.matmul(inv(a), a), T.eye(n, n, { dtype }))).toBeLessThan(50 * tolerance[dtype]);
    const unit = T.tensor(new Array<number>(n).fill(1), { dtype });
    expect(await relativeError(solve(a, T.matmul(a, unit)), unit)).toBeLessThan(50 * tolerance[dtype]);
  });
});

describe("triangular systems", () => {
  test.each(
    [true, false].flatMap((lower) =>
      [true, false].flatMap((transpose) => [true, false].map((unitDiagonal) => ({ lower, transpose, unitDiagonal }))),
    ),
  )("%o: the other triangle is not read, and gradients", async (options) => {
    const n = 5;
    const a = uniform(3, [n, n]).add(T.mul(T.eye(n, n, { dtype: "f64" }), 2)) as Tensor<"f64">;
    const b = uniform(4, [n, 2]);
    const x = triangularSolve(a, b, options);
    const full = await a.data();
    const triangle = full.map((v, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      if (i === j) return options.unitDiagonal ? 1 : v;
      return i > j === options.lower ? v : 0;
    });
    const matrix = T.tensor(triangle, { shape: [n, n] });
    const product = T.matmul(options.transpose ? T.transpose(matrix) : matrix, x);
    expect(await relativeError(product, b)).toBeLessThan(1e-14);
    const f = (p: Tensor, q: Tensor): Tensor => triangularSolve(p, q, options);
    await gradcheck(f, [a, b], { tolerance: 1e-7 });
    expect(await tangentError(f, [a, b])).toBeLessThan(1e-8);
  });

  test.each([31, 32, 33, 70])("of size %i, in blocks", async (n) => {
    const a = T.add(T.mul(uniform(n, [2, n, n]), 0.3), T.eye(n, n, { dtype: "f64" }));
    const [lower, upper] = [tril(a), triu(a)];
    for (const k of [1, 2, 5]) {
      const x = uniform(k, [n, k]);
      for (const transpose of [false, true]) {
        const product = (m: Tensor): Tensor => T.matmul(transpose ? T.transpose(m) : m, x);
        const want = T.broadcastTo(x, [2, n, k]);
        expect(await relativeError(triangularSolve(a, product(lower), { transpose }), want)).toBeLessThan(1e-9);
        const options = { lower: false, transpose };
        expect(await relativeError(triangularSolve(a, product(upper), options), want)).toBeLessThan(1e-9);
      }
    }
  });
});

describe("determinants", () => {
  test("of known matrices", async () => {
    const a = T.tensor(
      [
        [0, 2],
        [3, 4],
      ],
      { dtype: "f64" },
    );
    expect(await det(a).item()).toBeCloseTo(-6, 14);
    const { sign, logAbs } = slogdet(a);
    expect([await sign.item(), await logAbs.item()]).toEqual([-1, Math.log(3) + Math.log(2)]);
    const huge = T.mul(T.eye(400, 400, { dtype: "f64" }), -1e10);
    const found = slogdet(huge);
    expect(await found.sign.item()).toBe(1);
    expect(await found.logAbs.item()).toBeCloseTo(400 * Math.log(1e10), 8);
  });

  test("of a product", async () => {
    const [a, b] = [uniform(1, [4, 6, 6]), uniform(2, [6, 6])];
    expect(await relativeError(det(T.matmul(a, b)), T.mul(det(a), det(b)))).toBeLessThan(1e-12);
  });

  test("of a singular matrix", async () => {
    const a = T.tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype: "f64" },
    );
    const { sign, logAbs } = slogdet(a);
    expect([await det(a).item(), await sign.item(), await logAbs.item()].map((v) => Number(v) + 0)).toEqual([
      0,
      0,
      -Infinity,
    ]);
  });
});

describe("gradients", () => {
  const a = uniform(7, [2, 4, 4]).add(T.eye(4, 4, { dtype: "f64" })) as Tensor<"f64">;
  const p = positive(8, 4, [2]) as Tensor<"f64">;
  const b = uniform(9, [4, 3]);

  test.each<[string, (...x: Tensor[]) => Tensor, readonly Tensor<"f64">[]]>([
    ["cholesky", cholesky, [p]],
    ["solve", solve, [a, b]],
    ["inv", inv, [a]],
    ["det", det, [a]],
    ["slogdet", (x) => slogdet(x).logAbs, [a]],
    ["l", (x) => lu(x).l, [a]],
    ["u", (x) => lu(x).u, [a]],
    ["tall lu", (x) => T.matmul(lu(x).l, T.square(lu(x).u)), [uniform(11, [5, 3])]],
    ["wide lu", (x) => T.matmul(T.square(lu(x).l), lu(x).u), [uniform(12, [3, 5])]],
  ])("of %s", async (_, f, inputs) => {
    await gradcheck(f, inputs, { tolerance: 1e-6 });
    expect(await tangentError(f, inputs)).toBeLessThan(1e-6);
  });

  test("second derivatives of the factor", async () => {
    const t = uniform(20, p.shape);
    await gradcheck((x) => T.jvp(cholesky, [x], [t]).tangent, [p], { tolerance: 1e-5 });
  });
});

describe("what has no solution", () => {
  test("gives NaN, for its matrix only", async () => {
    const bad = T.tensor(
      [
        [
          [1, 2],
          [2, 1],
        ],
        [
          [4, 0],
          [0, 9],
        ],
      ],
      { dtype: "f64" },
    );
    expect(await cholesky(bad).data()).toEqual(Float64Array.of(NaN, NaN, NaN, NaN, 2, 0, 0, 3));
    const singular = T.tensor(
      [
        [
          [1, 2],
          [2, 4],
        ],
        [
          [2, 0],
          [0, 4],
        ],
      ],
      { dtype: "f64" },
    );
    expect(await inv(singular).data()).toEqual(Float64Array.of(NaN, NaN, NaN, NaN, 0.5, 0, 0, 0.25));
    expect(await triangularSolve(T.tensor([[0]]), T.tensor([1])).data()).toEqual(Float32Array.of(NaN));
  });

  test.each([NaN, Infinity])("ends for %d", async (value) => {
    const a = T.fullLike(uniform(1, [40, 40]), value);
    for (const x of [cholesky(a), lu(a).u, solve(a, a)]) expect((await x.data()).some(Number.isNaN)).toBe(true);
  });

  test("wrong arguments are named", () => {
    const a = uniform(1, [3, 2]);
    expect(() => cholesky(a)).toThrow("cholesky: a is not square (got [3,2], expected [..., n, n]).");
    expect(() => lu(T.tensor([1, 2]))).toThrow("lu: a is no matrix");
    expect(() => inv(T.eye(2, 2, { dtype: "i32" }))).toThrow("inv: a is no float matrix (got i32");
    expect(() => solve(uniform(1, [3, 3]), a.slice([[0, 2]]))).toThrow("solve: b does not fit");
    expect(() => solve(uniform(1, [3, 3]), uniform(1, [3], "f32"))).toThrow("solve: data types differ");
    expect(() => triangularSolve(uniform(1, [3, 3]), uniform(1, [3]), { lower: 1 as never })).toThrow("lower");
  });
});

test("factors and determinants are computed once, in whatever order they are read", async () => {
  const a = await T.to(uniform(5, [40, 40]), "js");
  const runs = async (results: readonly Tensor[]): Promise<number> => {
    const seen: string[] = [];
    const stop = traceKernels({ level: 1, device: "js", sink: ({ steps }) => seen.push(...steps) });
    for (const y of results) await y.data();
    stop();
    return seen.filter((step) => step.startsWith("lu")).length;
  };
  expect(await runs(Object.values(lu(a)))).toBe(1);
  expect(await runs(Object.values(lu(a)).reverse())).toBe(1);
  expect(await runs(Object.values(slogdet(a)))).toBe(1);
});
