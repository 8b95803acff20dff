/** Matrices that are divided, among them those in whose halves nearly nothing, or nearly everything, is equal. */
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { eigh, eigvalsh, qr, svd, svdvals } from "@ansatz/tensor/linalg";
import { orthogonality, relativeError, uniform } from "./matrices.ts";

const n = 64;
const half = n / 2;

function matrix(f: (i: number, j: number) => number): Tensor {
  const data = Float64Array.from({ length: n * n }, (_, at) => f(Math.floor(at / n), at % n));
  return T.tensor(data, { shape: [n, n] });
}

/** d on the diagonal, e above it. */
const bidiagonal = (d: (i: number) => number, e: (i: number) => number): Tensor =>
  matrix((i, j) => (i === j ? d(i) : j === i + 1 ? e(i) : 0));

const scaled = (x: Tensor, s: Tensor): Tensor => T.mul(x, T.unsqueeze(s, -2));

/** Largest difference, relative to the largest of the values. */
async function difference(got: Tensor, want: Tensor, values: Tensor): Promise<number> {
  const scale = Math.max(1e-300, ...(await T.abs(values).data()));
  return Math.max(...(await T.abs(T.sub(got, want)).data())) / scale;
}

/** Singular values of one's choice. */
function withValues(f: (i: number) => number): Tensor {
  const s = T.tensor(Float64Array.from({ length: n }, (_, i) => f(i)));
  return T.matmul(scaled(qr(uniform(1, [n, n])).q, s), T.transpose(qr(uniform(2, [n, n])).q));
}

const matrices: readonly (readonly [string, Tensor])[] = [
  ["random numbers", uniform(3, [n, n])],
  ["random numbers, of odd size", uniform(4, [n + 3, n + 3])],
  ["ones", T.ones([n, n], { dtype: "f64" })],
  ["zeros", T.zeros([n, n], { dtype: "f64" })],
  ["rank 2", T.matmul(uniform(5, [n, 2]), uniform(6, [2, n]))],
  ["equal values", withValues((i) => 1 + (i % 3))],
  ["nearly equal values", withValues((i) => (i < half ? 1 + 1e-14 * i : 1e-15 * i))],
  ["falling values", withValues((i) => 2 ** -i)],
  [
    "a Jordan block",
    bidiagonal(
      () => 1,
      () => 1,
    ),
  ],
  [
    "a nearly diagonal block",
    bidiagonal(
      () => 1,
      () => 1e-9,
    ),
  ],
  [
    "zeros on the diagonal",
    bidiagonal(
      (i) => Number(i % 3 > 0),
      () => 0.5,
    ),
  ],
  [
    "a block of zeros",
    bidiagonal(
      (i) => Number(i < half),
      (i) => (i < half ? 0.5 : 0),
    ),
  ],
  [
    "a block whose squares vanish",
    bidiagonal(
      (i) => (i < half ? 1 : 1e-200),
      (i) => (i < half ? 0.5 : 1e-200),
    ),
  ],
  ["a Hilbert matrix", matrix((i, j) => 1 / (i + j + 1))],
  ["a graded matrix", matrix((i, j) => (1 + Math.sin(7 * i * j + i)) * 10 ** (-(i + j) / 5))],
  ["a Wilkinson matrix", matrix((i, j) => (i === j ? Math.abs(i - half) : Number(Math.abs(i - j) === 1)))],
  [
    "glued Wilkinson matrices",
    matrix((i, j) => {
      if (i === j) return Math.abs((i % 21) - 10);
      return Math.abs(i - j) !== 1 ? 0 : Math.min(i, j) % 21 === 20 ? 1e-9 : 1;
    }),
  ],
  ["tiny numbers", T.mul(uniform(3, [n, n]), 1e-150)],
  ["huge numbers", T.mul(uniform(3, [n, n]), 1e150)],
];

describe.each(matrices)("%s", (_, a) => {
  test("singular values and vectors", async () => {
    const { u, s, v } = svd(a);
    expect(await difference(T.matmul(scaled(u, s), T.transpose(v)), a, s)).toBeLessThan(1e-14);
    for (const x of [u, v]) expect(await orthogonality(x)).toBeLessThan(3e-14);
    // By other steps.
    expect(await relativeError(svdvals(a), s)).toBeLessThan(2e-14);
  });

  test("eigenvalues and eigenvectors of the symmetric part", async () => {
    const symmetric = T.add(a, T.transpose(a));
    const { values, vectors } = eigh(symmetric);
    const again = T.matmul(scaled(vectors, values), T.transpose(vectors));
    expect(await difference(again, symmetric, values)).toBeLessThan(1e-14);
    expect(await orthogonality(vectors)).toBeLessThan(3e-14);
    expect(await relativeError(eigvalsh(symmetric), values)).toBeLessThan(2e-14);
  });
});
