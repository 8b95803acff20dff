import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { cond, eigh, eigvalsh, lstsq, matrixRank, pinv, qr, svd, svdvals } from "@ansatz/tensor/linalg";
import { gradcheck } from "@ansatz/tensor/testing";
import { orthogonality, positive, relativeError, tangentError, uniform } from "./matrices.ts";

const types = ["f32", "f64"] as const;
const tolerance = { f32: 2e-6, f64: 2e-14 };
const shapes = [
  [1, 1],
  [1, 4],
  [4, 1],
  [5, 5],
  [40, 40],
  [37, 12],
  [12, 37],
];

/** x diag(s). */
const scaled = (x: Tensor, s: Tensor): Tensor => T.mul(x, T.unsqueeze(s, -2));

describe.each(types)("factors of %s", (dtype) => {
  test.each(shapes)("Q R of %i rows and %i columns", async (m, n) => {
    const a = uniform(m + n, [2, m, n], dtype);
    for (const complete of [false, true]) {
      const { q, r } = qr(a, { complete });
      const k = complete ? m : Math.min(m, n);
      expect([q.shape, r.shape]).toEqual([
        [2, m, k],
        [2, k, n],
      ]);
      expect(await relativeError(T.matmul(q, r), a)).toBeLessThan(tolerance[dtype]);
      expect(await orthogonality(q)).toBeLessThan(tolerance[dtype]);
      const upper = await r.data();
      upper.forEach((v, at) => {
        const [i, j] = [Math.floor(at / n) % k, at % n];
        if (i > j) expect(v).toBe(0);
        if (i === j) expect(v).toBeGreaterThan(0);
      });
    }
  });

  test.each(shapes)("U S V^T of %i rows and %i columns", async (m, n) => {
    const a = uniform(m + n, [2, m, n], dtype);
    const k = Math.min(m, n);
    const { u, s, v } = svd(a);
    expect([u.shape, s.shape, v.shape]).toEqual([
      [2, m, k],
      [2, k],
      [2, n, k],
    ]);
    expect(await relativeError(T.matmul(scaled(u, s), T.transpose(v)), a)).toBeLessThan(tolerance[dtype]);
    const full = svd(a, { full: true });
    expect([full.u.shape, full.v.shape]).toEqual([
      [2, m, m],
      [2, n, n],
    ]);
    for (const x of [u, v, full.u, full.v]) expect(await orthogonality(x)).toBeLessThan(tolerance[dtype]);
    const values = await s.data();
    for (let i = 0; i < 2 * k; i++) {
      expect(values[i]).toBeGreaterThanOrEqual(0);
      if (i % k > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
    }
    expect(await relativeError(svdvals(a), s)).toBeLessThan(tolerance[dtype]);
    expect(await relativeError(full.s, s)).toBeLessThan(tolerance[dtype]);
  });

  test.each([1, 2, 5, 40])("V W V^T of size %i", async (n) => {
    const x = uniform(n, [2, n, n], dtype);
    const a = T.add(x, T.transpose(x));
    const { values, vectors } = eigh(a);
    expect(await relativeError(T.matmul(scaled(vectors, values), T.transpose(vectors)), a)).toBeLessThan(
      tolerance[dtype],
    );
    expect(await orthogonality(vectors)).toBeLessThan(tolerance[dtype]);
    const w = await values.data();
    for (let i = 0; i < 2 * n; i++) if (i % n > 0) expect(w[i]).toBeGreaterThanOrEqual(w[i - 1]);
    expect(await relativeError(eigvalsh(a), values)).toBeLessThan(tolerance[dtype]);
  });
});

describe("special matrices", () => {
  test("eigenvalues of the second difference are known", async () => {
    const n = 50;
    const data = Array.from({ length: n * n }, (_, at) => {
      const gap = Math.abs(Math.floor(at / n) - (at % n));
      return gap === 0 ? 2 : gap === 1 ? -1 : 0;
    });
    const want = Float64Array.from({ length: n }, (_, i) => 2 - 2 * Math.cos((Math.PI * (i + 1)) / (n + 1)));
    const a = T.tensor(data, { shape: [n, n], dtype: "f64" });
    expect(await relativeError(eigvalsh(a), T.tensor(want))).toBeLessThan(1e-14);
    expect(await relativeError(svdvals(a), T.flip(T.tensor(want)))).toBeLessThan(1e-14);
  });

  const zeros = T.zeros([6, 4], { dtype: "f64" });
  const graded = T.tensor(
    Array.from({ length: 36 }, (_, i) => 10 ** -(Math.floor(i / 6) + (i % 6)) * (1 + (i % 5))),
    {
      shape: [6, 6],
      dtype: "f64",
    },
  );
  const shift = T.tensor(
    Array.from({ length: 36 }, (_, i) => Number((i % 6) - Math.floor(i / 6) === 1)),
    {
      shape: [6, 6],
      dtype: "f64",
    },
  );
  const lowRank = T.matmul(uniform(1, [30, 3]), uniform(2, [3, 20]));
  test.each<[string, Tensor]>([
    ["zeros", zeros],
    ["the identity", T.eye(7, 7, { dtype: "f64" })],
    ["a graded matrix", graded],
    ["a shift, with zeros on its diagonal", shift],
    ["ones", T.ones([9, 5], { dtype: "f64" })],
    ["low rank", lowRank],
    ["tiny numbers", T.mul(uniform(3, [8, 8]), 1e-200)],
    ["huge numbers", T.mul(uniform(3, [8, 8]), 1e200)],
  ])("%s", async (_, a) => {
    const { u, s, v } = svd(a);
    const product = T.matmul(scaled(u, s), T.transpose(v));
    expect(await relativeError(product, a)).toBeLessThan(a === zeros ? 1 : 1e-14);
    expect(await orthogonality(u)).toBeLessThan(1e-14);
    expect(await orthogonality(v)).toBeLessThan(1e-14);
    const gram = T.add(
      T.slice(a, [
        [0, 4],
        [0, 4],
      ]),
      T.transpose(
        T.slice(a, [
          [0, 4],
          [0, 4],
        ]),
      ),
    );
    const { values, vectors } = eigh(gram);
    expect(await orthogonality(vectors)).toBeLessThan(1e-14);
    const again = T.matmul(scaled(vectors, values), T.transpose(vectors));
    expect(await relativeError(again, gram)).toBeLessThan(a === zeros ? 1 : 1e-14);
  });

  test("bidiagonal matrices with every choice of zeros on the diagonal", async () => {
    const n = 5;
    const data = Array.from({ length: 2 ** n }, (_, zeros) =>
      Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        if (i === j) return (zeros >> i) % 2 === 1 ? 0 : i - 2.5;
        return j === i + 1 ? 1 + i / 4 : 0;
      }),
    ).flat();
    const a = T.tensor(data, { shape: [2 ** n, n, n], dtype: "f64" });
    // The transposed ones are no longer bidiagonal where the reduction finds them.
    for (const x of [a, T.transpose(a)]) {
      const { u, s, v } = svd(x);
      expect(await relativeError(T.matmul(scaled(u, s), T.transpose(v)), x)).toBeLessThan(1e-14);
      expect(await orthogonality(u)).toBeLessThan(1e-14);
      expect(await orthogonality(v)).toBeLessThan(1e-14);
      expect(await relativeError(svdvals(x), s)).toBeLessThan(1e-14);
      // A zero on the diagonal makes the determinant zero.
      const smallest = await T.min(s, { axis: -1 }).data();
      smallest.forEach((value, zeros) => expect(value < 1e-15).toBe(zeros > 0));
    }
  });

  test("rank, condition and pseudoinverse", async () => {
    expect(await matrixRank(lowRank).item()).toBe(3);
    expect(await matrixRank(lowRank, { tolerance: 0.9 }).item()).toBeLessThan(3);
    expect(
      await cond(
        T.tensor(
          [
            [2, 0],
            [0, 8],
          ],
          { dtype: "f64" },
        ),
      ).item(),
    ).toBeCloseTo(4, 14);
    const p = pinv(lowRank);
    expect(await relativeError(T.matmul(T.matmul(lowRank, p), lowRank), lowRank)).toBeLessThan(1e-13);
    expect(await relativeError(T.matmul(T.matmul(p, lowRank), p), p)).toBeLessThan(1e-12);
    const projector = T.matmul(lowRank, p);
    expect(await relativeError(T.transpose(projector), projector)).toBeLessThan(1e-13);
  });

  test("least squares satisfies the normal equations, and is shortest", async () => {
    const [a, b] = [uniform(5, [2, 9, 4]), uniform(6, [9, 2])];
    const x = lstsq(a, b);
    const residual = T.matmul(T.transpose(a), T.sub(T.matmul(a, x), b));
    expect(Math.max(...(await residual.data()).map(Math.abs))).toBeLessThan(1e-13);
    expect(await relativeError(x, T.matmul(pinv(a), b))).toBeLessThan(1e-13);
    const wide = T.transpose(a);
    const y = uniform(7, [4]);
    expect(await relativeError(lstsq(wide, y), T.matmul(pinv(wide), y))).toBeLessThan(1e-13);
  });
});

describe("gradients", () => {
  const square = positive(8, 4) as Tensor<"f64">;
  const tall = uniform(9, [5, 3]);
  const wide = uniform(10, [3, 5]);
  // Products do not depend on the signs of singular vectors and eigenvectors.
  const project = (x: Tensor): Tensor => T.matmul(T.square(x), T.transpose(T.square(x)));

  test.each<[string, (...x: Tensor[]) => Tensor, readonly Tensor<"f64">[]]>([
    ["q", (x) => qr(x).q, [tall]],
    ["r", (x) => qr(x).r, [tall]],
    ["q of a wide matrix", (x) => qr(x).q, [wide]],
    ["r of a wide matrix", (x) => qr(x).r, [wide]],
    ["lstsq", lstsq, [tall, uniform(11, [5, 2])]],
    ["lstsq of a wide matrix", lstsq, [wide, uniform(11, [3, 2])]],
    ["eigenvalues", (x) => eigh(x).values, [square]],
    ["eigvalsh", eigvalsh, [square]],
    ["eigenvectors", (x) => project(eigh(x).vectors), [square]],
    ["singular values", (x) => svd(x).s, [tall]],
    ["svdvals", svdvals, [wide]],
    ["u", (x) => project(svd(x).u), [tall]],
    ["v", (x) => project(svd(x).v), [tall]],
    ["u of a wide matrix", (x) => project(svd(x).u), [wide]],
    ["v of a wide matrix", (x) => project(svd(x).v), [wide]],
    ["pinv", (x) => pinv(x), [tall]],
    ["pinv of a wide matrix", (x) => pinv(x), [wide]],
    ["cond", cond, [tall]],
  ])("of %s", async (_, f, inputs) => {
    await gradcheck(f, inputs, { tolerance: 1e-6 });
    expect(await tangentError(f, inputs)).toBeLessThan(1e-6);
  });
});

describe("what has no answer", () => {
  test.each([NaN, Infinity])("ends with NaN for %d", async (value) => {
    const a = T.fullLike(uniform(1, [2, 20, 20]), 1).mul(T.tensor([value, 1], { shape: [2, 1, 1], dtype: "f64" }));
    for (const x of [eigh(a).vectors, svd(a).u, svdvals(a), pinv(a)]) {
      const data = await x.data();
      const half = data.length / 2;
      expect(data.subarray(0, half).every(Number.isNaN)).toBe(true);
      expect(data.subarray(half).some(Number.isNaN)).toBe(false);
    }
  });

  test.each([NaN, Infinity, -Infinity])("rank and condition of a matrix with %d", async (value) => {
    const a = T.where(T.equal(T.eye(3, 3), 1), value, T.ones([3, 3], { dtype: "f64" }));
    expect(await matrixRank(a).item()).toBe(0);
    expect(await cond(a).item()).toBe(NaN);
  });

  test("rank and condition of singular matrices and of zeros", async () => {
    const a = T.tensor([3, 0, 0, 0, 0, 0, 0, 0], { shape: [2, 2, 2], dtype: "f64" });
    expect(await matrixRank(a).data()).toEqual(Int32Array.of(1, 0));
    expect(await cond(a).data()).toEqual(Float64Array.of(Infinity, NaN));
  });

  test("wrong arguments and missing gradients are named", () => {
    const a = uniform(1, [5, 3]);
    expect(() => eigh(a)).toThrow("eigh: a is not square");
    expect(() => svd(a, { full: 1 as never })).toThrow("full");
    expect(() => pinv(a, { tolerance: -1 })).toThrow("pinv: tolerance is out of range (got -1");
    expect(() => T.grad((x: Tensor) => T.sum(svd(x, { full: true }).u))(a)).toThrow("svd: full factors");
    expect(() => T.grad((x: Tensor) => T.sum(qr(x, { complete: true }).q))(a)).toThrow("qr: a complete factorization");
  });
});
