/** The same functions of complex matrices. */
import { tril, triu } from "@ansatz/tensor/indexing";
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import {
  cholesky,
  cond,
  det,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  lu,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  svdvals,
  triangularSolve,
} from "@ansatz/tensor/linalg";
import { gradcheck } from "@ansatz/tensor/testing";
import { uniform } from "./matrices.ts";

const types = ["c64", "c128"] as const;
const real = { c64: "f32", c128: "f64" } as const;
const tolerance = { c64: 3e-6, c128: 3e-14 };

type ComplexType = (typeof types)[number];

const random = (seed: number, shape: readonly number[], dtype: ComplexType = "c128"): Tensor =>
  T.complex(uniform(seed, shape, real[dtype]), uniform(seed + 100, shape, real[dtype]));

const adjoint = (x: Tensor): Tensor => T.conj(T.transpose(x));
const one = (n: number): Tensor => T.eye(n, n, { dtype: "f64" });
const positive = (x: Tensor): Tensor =>
  T.add(T.matmul(x, adjoint(x)), T.eye(x.shape.at(-1)!, x.shape.at(-1), { dtype: x.dtype === "c64" ? "f32" : "f64" }));
const scaled = (x: Tensor, s: Tensor): Tensor => T.mul(x, T.unsqueeze(s, -2));

/** Largest magnitude of a difference, relative to that of the second. */
async function error(got: Tensor, want: Tensor): Promise<number> {
  expect(got.shape).toEqual(T.add(got, want).shape);
  const largest = async (x: Tensor): Promise<number> => Math.max(...(await T.abs(x).data()));
  return (await largest(T.sub(got, want))) / Math.max(1e-300, await largest(want));
}

const orthogonality = async (x: Tensor): Promise<number> => await error(T.matmul(adjoint(x), x), one(x.shape.at(-1)!));

describe.each(types)("factors of %s", (dtype) => {
  const limit = tolerance[dtype];

  test.each([1, 2, 5, 40, 75])("of size %i, Hermitian", async (n) => {
    const x = random(n, [2, n, n], dtype);
    const p = positive(x);
    const l = cholesky(p);
    expect(await error(T.matmul(l, adjoint(l)), p)).toBeLessThan(limit);
    const parts = await T.asReal(l).data();
    for (let at = 0; at < parts.length / 2; at++) {
      const [i, j] = [Math.floor(at / n) % n, at % n];
      if (i === j) expect([parts[2 * at] > 0, parts[2 * at + 1] === 0]).toEqual([true, true]);
      if (i < j) expect([parts[2 * at] === 0, parts[2 * at + 1] === 0]).toEqual([true, true]);
    }
    const a = T.add(x, adjoint(x));
    const { values, vectors } = eigh(a);
    expect(values.dtype).toBe(real[dtype]);
    expect(await error(T.matmul(scaled(vectors, values), adjoint(vectors)), a)).toBeLessThan(limit);
    expect(await orthogonality(vectors)).toBeLessThan(limit);
    expect(await error(eigvalsh(a), values)).toBeLessThan(limit);
    const ascending = await values.data();
    for (let i = 0; i < 2 * n; i++) if (i % n > 0) expect(ascending[i]).toBeGreaterThanOrEqual(ascending[i - 1]);
  });

  test.each([[1, 1], [1, 4], [4, 1], [5, 5], [40, 40], ...(dtype === "c128" ? [[75, 75]] : []), [37, 12], [12, 37]])(
    "of %i rows and %i columns",
    async (m, n) => {
      const a = random(m + n, [2, m, n], dtype);
      const k = Math.min(m, n);
      const { rows, l, u } = lu(a);
      const order = await rows.data();
      for (let s = 0; s < 2; s++) {
        const [got, given] = [T.matmul(l, u), a].map((x) => T.slice(x, [s, null, null]));
        const at = T.tensor(order.slice(s * m, (s + 1) * m));
        expect(await error(got, T.take(given, at, 0))).toBeLessThan(limit);
      }
      for (const complete of [false, true]) {
        const { q, r } = qr(a, { complete });
        expect(q.shape).toEqual([2, m, complete ? m : k]);
        expect(await error(T.matmul(q, r), a)).toBeLessThan(limit);
        expect(await orthogonality(q)).toBeLessThan(limit);
        const parts = await T.asReal(r).data();
        const height = r.shape[1];
        for (let at = 0; at < parts.length / 2; at++) {
          const [i, j] = [Math.floor(at / n) % height, at % n];
          if (i > j) expect([parts[2 * at], parts[2 * at + 1]].every((x) => x === 0)).toBe(true);
          if (i === j) expect([parts[2 * at] > 0, parts[2 * at + 1] === 0]).toEqual([true, true]);
        }
      }
      const found = svd(a);
      expect(found.s.dtype).toBe(real[dtype]);
      expect(await error(T.matmul(scaled(found.u, found.s), adjoint(found.v)), a)).toBeLessThan(limit);
      const full = svd(a, { full: true });
      expect([full.u.shape, full.v.shape]).toEqual([
        [2, m, m],
        [2, n, n],
      ]);
      for (const x of [found.u, found.v, full.u, full.v]) expect(await orthogonality(x)).toBeLessThan(limit);
      expect(await error(svdvals(a), found.s)).toBeLessThan(limit);
      const inverse = pinv(a);
      expect(await error(T.matmul(T.matmul(a, inverse), a), a)).toBeLessThan(30 * limit);
    },
  );

  test("systems and determinants", async () => {
    const [a, x] = [random(3, [2, 9, 9], dtype), random(4, [9, 3], dtype)];
    const want = T.broadcastTo(x, [2, 9, 3]);
    expect(await error(solve(a, T.matmul(a, x)), want)).toBeLessThan(200 * limit);
    expect(await error(T.matmul(inv(a), a), one(9))).toBeLessThan(200 * limit);
    const product = T.mul(det(a), det(x.slice([[0, 3], null])));
    expect(product.dtype).toBe(dtype);
    const b = random(5, [9, 9], dtype);
    expect(await error(det(T.matmul(a, b)), T.mul(det(a), det(b)))).toBeLessThan(100 * limit);
    const { sign, logAbs } = slogdet(a);
    expect([sign.dtype, logAbs.dtype]).toEqual([dtype, real[dtype]]);
    expect(await error(T.mul(sign, T.exp(logAbs)), det(a))).toBeLessThan(20 * limit);
  });

  test("least squares", async () => {
    const [a, b] = [random(5, [2, 9, 4], dtype), random(6, [9, 2], dtype)];
    expect(await error(lstsq(a, b), T.matmul(pinv(a), b))).toBeLessThan(50 * limit);
    const y = random(7, [4], dtype);
    expect(
      await error(lstsq(adjoint(a), y), T.squeeze(T.matmul(pinv(adjoint(a)), T.unsqueeze(y, 1)), -1)),
    ).toBeLessThan(50 * limit);
  });
});

test("a system of complex numbers with a known solution", async () => {
  const parts = (x: number[][][]): Tensor => T.asComplex(T.tensor(x, { dtype: "f64" }));
  const a = parts([
    [
      [0, 1],
      [1, 0],
    ],
    [
      [1, 0],
      [0, 1],
    ],
  ]);
  // det = i * i - 1.
  expect(await T.asReal(det(a)).data()).toEqual(Float64Array.of(-2, 0));
  const b = T.asComplex(T.tensor([[1, 1], [2, 0]], { dtype: "f64" })); // prettier-ignore
  const x = await T.asReal(solve(a, b)).data();
  [1.5, -0.5, 0.5, -0.5].forEach((value, i) => expect(x[i]).toBeCloseTo(value, 14));
});

test.each([true, false].flatMap((lower) => [true, false].map((transpose) => ({ lower, transpose }))))(
  "triangular systems, %o: the transpose is not conjugated",
  async (options) => {
    const n = 6;
    const [a, x] = [T.add(random(3, [n, n]), one(n)), random(4, [n, 2])];
    const mask = T.tensor(
      Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return Number(i === j || i > j === options.lower);
      }),
      { shape: [n, n], dtype: "f64" },
    );
    const triangle = T.mul(a, mask);
    const b = T.matmul(options.transpose ? T.transpose(triangle) : triangle, x);
    expect(await error(triangularSolve(a, b, options), x)).toBeLessThan(1e-12);
  },
);

test("systems of several blocks", async () => {
  const n = 75;
  const a = T.add(random(3, [n, n]), T.mul(one(n), n / 2));
  const x = random(4, [n, 5]);
  expect(await error(solve(a, T.matmul(a, x)), x)).toBeLessThan(1e-13);
  for (const lower of [true, false]) {
    for (const unitDiagonal of [true, false]) {
      const part = lower ? tril(a, unitDiagonal ? -1 : 0) : triu(a, unitDiagonal ? 1 : 0);
      const triangle = unitDiagonal ? T.add(T.mul(part, 0.02), one(n)) : part;
      const given = unitDiagonal ? T.mul(a, 0.02) : a;
      const got = triangularSolve(given, T.matmul(triangle, x), { lower, unitDiagonal });
      expect(await error(got, x)).toBeLessThan(1e-13);
    }
  }
});

test("special matrices", async () => {
  const lowRank = T.matmul(random(1, [60, 3]), random(2, [3, 50]));
  expect(await matrixRank(lowRank).item()).toBe(3);
  const zeros = T.zeros([30, 30], { dtype: "c128" });
  expect(await matrixRank(zeros).item()).toBe(0);
  for (const a of [lowRank, zeros, T.mul(random(3, [60, 60]), 1e-150), T.mul(random(3, [60, 60]), 1e150)]) {
    const { u, s, v } = svd(a);
    expect(await error(T.matmul(scaled(u, s), adjoint(v)), a)).toBeLessThan(1e-13);
    for (const x of [u, v]) expect(await orthogonality(x)).toBeLessThan(1e-13);
    const { q, r } = qr(a);
    expect(await error(T.matmul(q, r), a)).toBeLessThan(1e-13);
    expect(await orthogonality(q)).toBeLessThan(1e-13);
    const gram = T.add(a.slice([[0, 30], [0, 30]]), adjoint(a.slice([[0, 30], [0, 30]]))); // prettier-ignore
    const { values, vectors } = eigh(gram);
    expect(await error(T.matmul(scaled(vectors, values), adjoint(vectors)), gram)).toBeLessThan(1e-13);
    expect(await orthogonality(vectors)).toBeLessThan(1e-13);
  }
});

test.each([NaN, Infinity])("ends with NaN for %d in an imaginary part", async (value) => {
  const a = T.complex(uniform(1, [30, 30]), T.mul(one(30), value));
  for (const x of [eigh(a).vectors, svd(a).u, pinv(a), solve(a, a), cholesky(a)]) {
    expect((await T.asReal(x).data()).some(Number.isNaN)).toBe(true);
  }
  for (const x of [
    eigvalsh(T.mul(a, T.complex(T.tensor(0, { dtype: "f64" }), T.tensor(1, { dtype: "f64" })))),
    svdvals(a),
  ]) {
    expect((await x.data()).every(Number.isNaN)).toBe(true);
  }
  expect(await cond(a).item()).toBeNaN();
});

test("what is not Hermitian counts by its Hermitian part", async () => {
  const x = random(1, [5, 5]);
  const part = T.mul(T.add(x, adjoint(x)), 0.5);
  expect(await error(eigvalsh(x), eigvalsh(part))).toBeLessThan(1e-14);
  const p = T.add(positive(x), T.mul(T.sub(x, adjoint(x)), 10));
  expect(await error(cholesky(p), cholesky(positive(x)))).toBeLessThan(1e-13);
});

describe("gradients", () => {
  // Magnitudes do not depend on the phases of singular vectors and eigenvectors; their products do not either.
  const squares = (x: Tensor): Tensor => T.real(T.mul(x, T.conj(x)));
  const hermitian = (x: Tensor): Tensor => T.add(x, adjoint(x));
  const joint = (x: Tensor): Tensor => {
    const { u, v } = svd(x);
    return T.matmul(u, adjoint(v));
  };
  const projector = (x: Tensor): Tensor => {
    const { vectors } = eigh(hermitian(x));
    const first = T.slice(vectors, [null, [0, 2]]);
    return T.matmul(T.mul(first, T.tensor([1, 3], { dtype: "f64" })), adjoint(first));
  };
  const lowRank = (x: Tensor): Tensor => {
    const { u, v } = svd(x);
    return T.matmul(T.mul(u, T.tensor([1, 3], { dtype: "f64" })), adjoint(v));
  };
  const [square, tall, wide] = [[3, 3], [4, 2], [2, 4]]; // prettier-ignore

  test.each<[string, (...x: Tensor[]) => Tensor, readonly number[][]]>([
    ["cholesky", (x) => cholesky(positive(x)), [square]],
    ["cholesky of what is not Hermitian", (x) => cholesky(T.add(x, T.mul(one(3), 9))), [square]],
    ["solve", solve, [square, [3, 2]]],
    ["inv", inv, [square]],
    ["triangularSolve", (a, b) => triangularSolve(T.add(a, T.mul(one(3), 2)), b), [square, [3, 2]]],
    [
      "triangularSolve, transposed",
      (a, b) => triangularSolve(T.add(a, T.mul(one(3), 2)), b, { lower: false, transpose: true }),
      [square, [3, 2]],
    ],
    ["det", det, [square]],
    ["slogdet's logarithm", (x) => slogdet(x).logAbs, [square]],
    ["slogdet's sign", (x) => slogdet(x).sign, [square]],
    ["l", (x) => lu(x).l, [square]],
    ["u", (x) => lu(x).u, [square]],
    ["tall lu", (x) => T.matmul(lu(x).l, T.square(lu(x).u)), [tall]],
    ["wide lu", (x) => T.matmul(T.square(lu(x).l), lu(x).u), [wide]],
    ["q", (x) => qr(x).q, [tall]],
    ["r", (x) => qr(x).r, [tall]],
    ["q of a wide matrix", (x) => qr(x).q, [wide]],
    ["r of a wide matrix", (x) => qr(x).r, [wide]],
    ["lstsq", lstsq, [tall, [4, 2]]],
    ["lstsq of a wide matrix", lstsq, [wide, [2, 2]]],
    ["eigenvalues", (x) => eigh(x).values, [square]],
    ["eigvalsh", eigvalsh, [square]],
    ["eigenvectors", (x) => squares(eigh(hermitian(x)).vectors), [square]],
    ["a spectral projector", projector, [square]],
    ["singular values", (x) => svd(x).s, [tall]],
    ["svdvals", svdvals, [wide]],
    ["u", (x) => squares(svd(x).u), [tall]],
    ["v", (x) => squares(svd(x).v), [wide]],
    ["u and v together", joint, [tall]],
    ["u and v together, weighted", lowRank, [tall]],
    ["u and v of a wide matrix", lowRank, [wide]],
    ["pinv", (x) => pinv(x), [tall]],
    ["pinv of a wide matrix", (x) => pinv(x), [wide]],
    ["cond", cond, [tall]],
  ])("of %s", async (_, f, shapes) => {
    const inputs = shapes.flatMap((shape, i) => [uniform(7 + i, shape), uniform(17 + i, shape)]);
    const parts = (...x: Tensor[]): Tensor => {
      const y = f(...shapes.map((__, i) => T.complex(x[2 * i], x[2 * i + 1])));
      return y.dtype === "c128" ? T.asReal(y) : y;
    };
    await gradcheck(parts, inputs, { tolerance: 1e-5 });
  });
});
