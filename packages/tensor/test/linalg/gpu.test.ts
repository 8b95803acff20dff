/** Factorizations on the GPU, in single precision, against those of the CPU and by what they must fulfil. */
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import * as L from "@ansatz/tensor/linalg";
import { testDevices } from "../support/devices.ts";
import { relativeError, uniform } from "./matrices.ts";

const devices = await testDevices();
const gpu = devices.includes("webgpu");
const kinds = ["f32", "c64"] as const;
type Kind = (typeof kinds)[number];

/** Numbers of a kind, on the CPU. */
function matrix(kind: Kind, seed: number, shape: readonly number[]): Tensor {
  const re = uniform(seed, shape, "f32") as Tensor;
  return kind === "f32" ? re : T.complex(re, uniform(seed + 1, shape, "f32") as Tensor);
}

const adjoint = (x: Tensor): Tensor => (T.isComplex(x.dtype) ? T.conj(T.transpose(x)) : T.transpose(x));
const product = (...xs: readonly Tensor[]): Tensor => xs.reduce((x, y) => T.matmul(x, y));
const eye = (n: number, like: Tensor): Tensor => T.eye(n, n, { dtype: like.dtype as "f32" });
/** Positive definite. */
const definite = (x: Tensor): Tensor => T.add(product(x, adjoint(x)), eye(x.shape[x.ndim - 2], x));
const hermitian = (x: Tensor): Tensor => T.mul(T.add(x, adjoint(x)), 0.5);
/** A diagonal that dominates. */
const heavy = (x: Tensor): Tensor => T.add(x, T.mul(eye(x.shape[x.ndim - 1], x), x.shape[x.ndim - 1] / 2));
const scaled = (x: Tensor, s: Tensor): Tensor => T.mul(x, T.unsqueeze(s, -2));

/** What a function gives on the GPU, on the CPU. */
async function there(f: (...x: Tensor[]) => readonly Tensor[], ...inputs: Tensor[]): Promise<Tensor[]> {
  const moved = await Promise.all(inputs.map((x) => T.to(x, "webgpu")));
  const results = f(...moved);
  for (const y of results) expect(y.device).toBe("webgpu");
  return await Promise.all(T.together([...results]).map((y) => T.to(y, "cpu")));
}

/** Compares with the CPU, which works in double precision. */
async function compare(f: (...x: Tensor[]) => readonly Tensor[], inputs: Tensor[], tolerance: number): Promise<void> {
  const [got, want] = [await there(f, ...inputs), f(...inputs)];
  for (const [i, y] of got.entries()) {
    expect([y.dtype, y.shape]).toEqual([want[i].dtype, want[i].shape]);
    expect(await relativeError(y, want[i]), `result ${i}`).toBeLessThan(tolerance);
  }
}

async function expectOrthonormal(x: Tensor): Promise<void> {
  const gram = product(adjoint(x), x);
  const one = T.broadcastTo(eye(x.shape[x.ndim - 1], x), gram.shape);
  expect(await relativeError(gram, one)).toBeLessThan(2e-5);
}

const allNaN = async (x: Tensor): Promise<boolean> => [...(await x.data())].every(Number.isNaN);

describe.each(kinds)("systems of %s", (kind) => {
  test.runIf(gpu).each([1, 33, 70])("Cholesky factors of size %i", async (n) => {
    await compare((x) => [L.cholesky(x)], [definite(matrix(kind, n, [2, n, n]))], 2e-6);
  });

  test
    .runIf(gpu)
    .each(
      [true, false].flatMap((lower) =>
        [true, false].flatMap((transpose) => [true, false].map((u) => [lower, transpose, u])),
      ),
    )(
    "triangular systems: lower %s, transposed %s, ones on the diagonal %s",
    async (lower, transpose, unitDiagonal) => {
      const a = heavy(T.mul(matrix(kind, 3, [2, 70, 70]), unitDiagonal ? 0.02 : 1));
      const options = { lower, transpose, unitDiagonal };
      await compare((x, y) => [L.triangularSolve(x, y, options)], [a, matrix(kind, 5, [70, 3])], 5e-6);
    },
  );

  test.runIf(gpu).each([
    [1, 1],
    [40, 7],
    [7, 40],
    [70, 70],
  ])("LU factors of %i x %i", async (m, n) => {
    const a = matrix(kind, m + n, [2, m, n]);
    const [rows, l, u] = await there((x) => Object.values(L.lu(x)), a);
    const orders = T.split(rows, 2);
    const permuted = T.stack(T.split(a, 2).map((x, s) => T.take(T.squeeze(x, 0), T.squeeze(orders[s], 0))));
    expect(await relativeError(product(l, u), permuted)).toBeLessThan(1e-5);
    expect(await relativeError(T.max(T.abs(l)), T.scalar(1))).toBeLessThan(1e-6);
    if (kind === "f32") expect([...(await rows.data())]).toEqual([...(await L.lu(a).rows.data())]);
  });

  test.runIf(gpu).each([1, 70])("solutions and determinants of size %i", async (n) => {
    const a = heavy(matrix(kind, n, [n, n]));
    await compare((x, y) => [L.solve(x, y), L.inv(x)], [a, matrix(kind, n + 2, [3, n, 2])], 1e-5);
    await compare((x) => Object.values(L.slogdet(x)), [a], 1e-5);
    await compare((x, y) => [L.solve(x, y)], [a, matrix(kind, 9, [n])], 1e-5);
  });

  test.runIf(gpu)("what has no answer is NaN, and does not stop others", async () => {
    const good = definite(matrix(kind, 1, [40, 40]));
    const negative = T.sub(good, T.mul(eye(40, good), 3));
    const [l] = await there((x) => [L.cholesky(x)], T.stack([negative, good]));
    const [first, second] = T.split(l, 2);
    expect(await allNaN(first)).toBe(true);
    expect(await relativeError(T.squeeze(second, 0), L.cholesky(good))).toBeLessThan(2e-6);
    // A column of zeros.
    const singular = T.mul(good, T.unsqueeze(T.astype(T.notEqual(T.iota([40]), 7), "f32"), 0));
    const [x, sign, logAbs] = await there(
      (a, b) => [L.solve(a, b), ...Object.values(L.slogdet(a))],
      T.stack([singular, good]),
      matrix(kind, 4, [40, 2]),
    );
    const [bad, fine] = T.split(x, 2);
    expect(await allNaN(bad)).toBe(true);
    expect(await relativeError(T.squeeze(fine, 0), L.solve(good, matrix(kind, 4, [40, 2])))).toBeLessThan(1e-5);
    expect([(await sign.data())[0], (await logAbs.data())[0]]).toEqual([0, -Infinity]);
    const [gap] = await there(
      (a, b) => [L.triangularSolve(a, b)],
      T.mul(eye(4, good), T.tensor([1, 0, 1, 1])),
      matrix(kind, 2, [4, 1]),
    );
    expect(Number.isNaN((await gap.data())[0])).toBe(false);
    expect(Number.isNaN([...(await gap.data())].at(kind === "f32" ? 1 : 2))).toBe(true);
  });
});

describe.each(kinds)("spectra of %s", (kind) => {
  test.runIf(gpu).each([
    [1, 1],
    [23, 18],
    [9, 23],
  ])("QR factors of %i x %i", async (m, n) => {
    const a = matrix(kind, m + n, [2, m, n]);
    await compare((x) => Object.values(L.qr(x)), [a], 2e-5);
    const [q, r] = await there((x) => Object.values(L.qr(x, { complete: true })), a);
    await expectOrthonormal(q);
    expect([q.shape, r.shape]).toEqual([
      [2, m, m],
      [2, m, n],
    ]);
    expect(await relativeError(product(q, r), a)).toBeLessThan(3e-6);
  });

  test.runIf(gpu).each([
    [1, 1],
    [7, 7],
    [9, 4],
    [4, 9],
  ])("singular values and vectors of %i x %i", async (m, n) => {
    const a = matrix(kind, m + n, [2, m, n]);
    for (const full of m === n ? [false] : [false, true]) {
      const [u, s, v] = await there((x) => Object.values(L.svd(x, { full })), a);
      await expectOrthonormal(u);
      await expectOrthonormal(v);
      const k = Math.min(m, n);
      const thin = (x: Tensor): Tensor => T.slice(x, [null, null, [0, k]]);
      expect(await relativeError(product(scaled(thin(u), s), adjoint(thin(v))), a)).toBeLessThan(5e-6);
      expect(await relativeError(s, L.svdvals(a))).toBeLessThan(3e-6);
    }
  });

  test.runIf(gpu).each([1, 9])("eigenvalues and eigenvectors of size %i", async (n) => {
    const a = hermitian(matrix(kind, n, [2, n, n]));
    const [values, vectors] = await there((x) => Object.values(L.eigh(x)), a);
    await expectOrthonormal(vectors);
    expect(await relativeError(values, L.eigvalsh(a))).toBeLessThan(3e-6);
    expect(await relativeError(product(scaled(vectors, values), adjoint(vectors)), a)).toBeLessThan(1e-5);
  });

  test.runIf(gpu)("equal and opposite eigenvalues, ranks that are not full, zeros", async () => {
    const { vectors } = L.eigh(hermitian(matrix(kind, 3, [8, 8])));
    const w = T.tensor([-2, -2, -1, 0, 0, 1, 2, 2]);
    const a = product(scaled(vectors, w), adjoint(vectors));
    const [values, v] = await there((x) => Object.values(L.eigh(x)), a);
    expect(await relativeError(values, w)).toBeLessThan(3e-6);
    expect(await relativeError(product(scaled(v, values), adjoint(v)), a)).toBeLessThan(1e-5);
    const low = product(matrix(kind, 5, [9, 2]), matrix(kind, 7, [2, 6]));
    for (const x of [low, adjoint(low), T.mul(low, 0)]) {
      const [u, s, right, inverse] = await there((y) => [...Object.values(L.svd(y)), L.pinv(y)], x);
      await expectOrthonormal(u);
      await expectOrthonormal(right);
      const again = product(scaled(u, s), adjoint(right));
      expect(await relativeError(T.add(again, 1), T.add(x, 1))).toBeLessThan(1e-5);
      expect(await relativeError(T.add(inverse, 1), T.add(L.pinv(x), 1))).toBeLessThan(1e-4);
    }
    await compare((x) => [L.matrixRank(x)], [low], 1e-9);
  });

  test.runIf(gpu)("very large and very small elements", async () => {
    for (const size of [1e30, 1e-30]) {
      const a = T.mul(matrix(kind, 3, [7, 5]), size);
      await compare((x) => [L.svdvals(x), L.qr(x).r], [a], 2e-5);
      await compare((x) => [L.eigvalsh(x)], [T.mul(hermitian(matrix(kind, 4, [5, 5])), size)], 3e-6);
    }
  });

  test.runIf(gpu)("elements that are not finite give NaN, and do not stop others", async () => {
    const a = matrix(kind, 3, [4, 4]);
    const wrong = kind === "f32" ? NaN : Infinity;
    const results = await there(
      (x) => [...Object.values(L.svd(x)), L.svdvals(x), ...Object.values(L.eigh(x)), L.pinv(x)],
      T.stack([T.where(T.equal(T.eye(4, 4), 1), wrong, a), a]),
    );
    for (const y of results) {
      const [first, second] = T.split(y, 2);
      expect(await allNaN(first)).toBe(true);
      expect((await second.data()).every(Number.isFinite)).toBe(true);
    }
  });
});

describe.each(kinds)("gradients of %s", (kind) => {
  const square = matrix(kind, 2, [6, 6]);
  const cases: Record<string, readonly [f: (...x: Tensor[]) => Tensor, ...inputs: Tensor[]]> = {
    cholesky: [(x) => L.cholesky(x), definite(square)],
    triangularSolve: [(x, y) => L.triangularSolve(x, y), heavy(square), matrix(kind, 4, [6, 2])],
    lu: [(x) => L.lu(x).l, heavy(square)],
    solve: [(x, y) => L.solve(x, y), heavy(square), matrix(kind, 4, [6, 2])],
    slogdet: [(x) => L.slogdet(x).logAbs, heavy(square)],
    qr: [(x) => L.qr(x).r, matrix(kind, 8, [7, 4])],
    lstsq: [(x, y) => L.lstsq(x, y), matrix(kind, 8, [7, 4]), matrix(kind, 4, [7, 2])],
    eigh: [(x) => L.eigh(x).values, hermitian(square)],
    svd: [(x) => L.svd(x).s, matrix(kind, 8, [7, 4])],
    pinv: [(x) => L.pinv(x), matrix(kind, 8, [7, 4])],
  };

  test.runIf(gpu).each(Object.entries(cases))("%s", async (_, [f, ...inputs]) => {
    await compare(
      (...x) => {
        const { value, pull } = T.vjp(f, ...x);
        return pull(T.mul(value, 0.5)) as unknown as Tensor[];
      },
      inputs,
      1e-4,
    );
  });
});
