/** Conjugate directions from functions: the safeguards, and the data that networks are trained with. */
import {
  cg,
  deepConjugateDirections,
  directionLoss,
  lanczos,
  poissonOperator,
  ritzPairs,
  ritzSamples,
  solveLinear,
  type Direction,
} from "@ansatz/optim/linear";
import { full, matmul, memory, mul, sum, tensor, zerosLike, type Tensor } from "@ansatz/tensor";
import { identityOperator, matrixOperator, toMatrix } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const N = 16;
const operator = poissonOperator({ size: N, dtype: "f64" });
const rhs = normal(key(1), [N, N], { dtype: "f64" }) as Tensor;
const solve = (direction: Direction, safeguard = true, maxIterations = 400) =>
  solveLinear(deepConjugateDirections({ direction, safeguard }), { operator, rhs }, { tolerance: 1e-6, maxIterations });
const plain = await solveLinear(cg(), { operator, rhs }, { tolerance: 1e-6 });

/** A function as good as any untrained network. */
const noise = (seed: number): Direction => {
  const matrix = normal(key(seed), [N, N], { dtype: "f64" }) as Tensor;
  return (r) => matmul(matrix, matmul(r, matrix));
};

describe("useless directions", () => {
  test.each<[string, () => Direction, number]>([
    ["zeros are replaced", () => (r) => zerosLike(r), plain.iterations],
    ["NaN is replaced", () => (r) => mul(r, NaN), plain.iterations],
    ["a constant costs at most half as much again", () => () => full([N, N], 1, { dtype: "f64" }), Infinity],
    ["nor does noise 1", () => noise(1), Infinity],
    ["nor does noise 2", () => noise(2), Infinity],
  ])("%s", async (_, make, most) => {
    const { status, iterations, notes, residual, message } = await solve(make());
    expect(status, message).toBe("converged");
    expect(residual).toBeLessThanOrEqual(1.01e-6);
    expect(iterations).toBeLessThanOrEqual(Math.min(most, 1.5 * plain.iterations));
    expect((notes?.["replaced"] ?? 0) + (notes?.["switchedAt"] ?? 0)).toBeGreaterThan(0);
  });

  test("without the safeguard the run stalls or breaks down", async () => {
    expect((await solve(noise(1), false, 100)).status).toBe("max-iterations");
    expect((await solve((r) => zerosLike(r), false)).status).toBe("breakdown");
    expect((await solve((r) => mul(r, Infinity), false)).status).toBe("non-finite");
  });

  test("what counts as a stall can be set", async () => {
    // Two smoothing steps of a coarse inverse: slow, but it falls.
    const slow: Direction = (r) => mul(matmul(r, r), 1);
    const solver = (stall: number) => deepConjugateDirections({ direction: slow, stall });
    const run = async (stall: number) =>
      (await solveLinear(solver(stall), { operator, rhs }, { tolerance: 1e-6 })).notes?.["switchedAt"] ?? Infinity;
    expect(await run(0.5)).toBe(10);
    expect(await run(1)).toBeGreaterThan(10);
  });

  test("good directions are left alone", async () => {
    const { iterations, notes } = await solve((r) => r);
    expect(notes).toEqual({ replaced: 0 });
    expect(Math.abs(iterations - plain.iterations)).toBeLessThanOrEqual(1);
  });

  test("operators that are not definite are found out", async () => {
    const indefinite = matrixOperator(
      tensor(
        [
          [1, 0],
          [0, -3],
        ],
        { dtype: "f64" },
      ),
    );
    const b = tensor([1, 2], { dtype: "f64" });
    const solver = deepConjugateDirections({ direction: (r) => mul(r, 1) });
    expect((await solveLinear(solver, { operator: indefinite, rhs: b })).status).toBe("not-definite");
  });

  test("a right-hand side of zeros takes no iteration", async () => {
    const solver = deepConjugateDirections({ direction: (r) => r });
    const { iterations, status } = await solveLinear(solver, { operator, rhs: zerosLike(rhs) });
    expect([iterations, status]).toEqual([0, "converged"]);
  });

  test("no memory is left behind", async () => {
    await (await solve(noise(3))).value.data();
    const before = memory().used;
    const { value } = await solve(noise(3));
    value.dispose();
    // The matrix of the noise lives on.
    expect(memory().used - before).toBeLessThanOrEqual(4 * N * N * 8);
  });

  test("bad options and shapes", async () => {
    expect(() => deepConjugateDirections({ direction: 3 as never })).toThrow("direction must be a function");
    expect(() => deepConjugateDirections({ direction: (r) => r, previous: -1 })).toThrow("previous");
    expect(() => deepConjugateDirections({ direction: (r) => r, stall: 2 })).toThrow("stall");
    expect(() => deepConjugateDirections({ direction: (r) => r, stall: 0.9, safeguard: false })).toThrow("stall");
    await expect(solve((r) => sum(r))).rejects.toThrow("the direction has another shape");
    expect(() => directionLoss((x) => x, rhs, sum(rhs))).toThrow("shapes do not fit");
  });
});

describe("the Lanczos process", () => {
  test("has the eigenvalues of the operator when it runs to the end", async () => {
    const small = poissonOperator({ size: 5, dimensions: 1, dtype: "f64" });
    const found = await lanczos(small, normal(key(2), [5], { dtype: "f64" }) as Tensor, 9);
    // It ends with the space.
    expect(found.vectors).toHaveLength(5);
    const { values, coefficients } = ritzPairs(found);
    values.forEach((v, k) => expect(v).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / 6), 12));
    // T c = value c
    for (const [k, c] of coefficients.entries()) {
      for (let i = 0; i < 5; i++) {
        const row =
          (found.beta[i - 1] ?? 0) * (c[i - 1] ?? 0) + found.alpha[i] * c[i] + (found.beta[i] ?? 0) * (c[i + 1] ?? 0);
        expect(row).toBeCloseTo(values[k] * c[i], 12);
      }
    }
  });

  test("samples have length 1 and lean to the low end", async () => {
    const samples = await ritzSamples(operator, { key: key(4), count: 8, steps: 40 });
    expect(samples.shape).toEqual([8, N, N]);
    const data = await samples.data();
    const matrix = await toMatrix(operator).data();
    let energy = 0;
    for (let i = 0; i < 8; i++) {
      const x = Array.from(data.slice(i * N * N, (i + 1) * N * N), Number);
      expect(Math.hypot(...x)).toBeCloseTo(1, 10);
      x.forEach((v, j) => {
        for (let k = 0; k < N * N; k++) energy += (v * Number(matrix[j * N * N + k]) * x[k]) / 8;
      });
    }
    // The mean eigenvalue is 4; the lower half has 81 of 82 parts of the weight.
    expect(energy).toBeLessThan(2.5);
  });

  test("bad input", async () => {
    await expect(lanczos(operator, zerosLike(rhs), 3)).rejects.toThrow("start has no direction");
    await expect(lanczos(operator, rhs, 0)).rejects.toThrow("steps");
    await expect(ritzSamples(operator, { key: 1 as never, count: 1, steps: 2 })).rejects.toThrow("key");
    const complex = identityOperator([2], "c64");
    await expect(ritzSamples(complex, { key: key(0), count: 1, steps: 2 })).rejects.toThrow("must be real");
  });
});
