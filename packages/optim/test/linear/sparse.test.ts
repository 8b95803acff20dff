/** Sparse matrices, Poisson problems, incomplete factors and multigrid cycles. */
import {
  csrFromDense,
  csrFromTriplets,
  csrOperator,
  incompleteCholesky,
  multigridPoisson,
  poissonMatrix,
  poissonOperator,
} from "@ansatz/optim/linear";
import { asReal, full, isComplex, reshape, sub, tensor, type Tensor } from "@ansatz/tensor";
import { adjointError, toMatrix } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const draw = (k: number, shape: number[]): Tensor => normal(key(k), shape, { dtype: "f64" }) as Tensor;
const plain = async (x: Tensor): Promise<number[]> =>
  Array.from(await (isComplex(x.dtype) ? asReal(x) : x).data(), Number);
const distance = async (x: Tensor, y: Tensor): Promise<number> => Math.hypot(...(await plain(sub(x, y))));

describe("sparse matrices", () => {
  const dense = [
    [4, 0, -1, 0],
    [0, 0, 0, 0],
    [2, 5, 0, 1],
  ];
  // One long row makes the padded table too wide.
  const star = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 20 }, (__, j) => (i === j ? 2 : i === 0 ? 1 : 0)),
  );

  test.each([
    ["rows of about equal length", dense],
    ["rows of very different lengths", star],
  ])("%s", async (_, matrix) => {
    const operator = csrOperator(csrFromDense(matrix), { dtype: "f64" });
    expect(Array.from(await toMatrix(operator).data(), (v) => Number(v) + 0)).toEqual(matrix.flat());
    expect(await adjointError(operator, key(7))).toBeLessThan(1e-15);
  });

  test("triplets at one place are added, and wrong ones refused", () => {
    const { starts, indices, values } = csrFromTriplets(2, 2, [
      [1, 1, 3],
      [0, 1, 1],
      [1, 1, 4],
      [1, 0, 2],
    ]);
    expect([Array.from(starts), Array.from(indices), Array.from(values)]).toEqual([
      [0, 1, 3],
      [1, 0, 1],
      [1, 2, 7],
    ]);
    expect(() => csrFromTriplets(2, 2, [[2, 0, 1]])).toThrow("an entry lies outside (got row 2, column 0");
    expect(() => csrFromTriplets(2, 2, [[0, 0, Number.NaN]])).toThrow("an entry is not finite");
  });

  test("Poisson's matrix is that of its stencil", async () => {
    for (const dimensions of [1, 2, 3]) {
      const [a, b] = [
        toMatrix(poissonOperator({ size: 3, dimensions })),
        toMatrix(csrOperator(poissonMatrix({ size: 3, dimensions }))),
      ];
      expect(Array.from(await a.data(), (v) => Number(v) + 0)).toEqual(
        Array.from(await b.data(), (v) => Number(v) + 0),
      );
    }
    expect(() => poissonOperator({ size: 3, dimensions: 4 })).toThrow("dimensions is out of range");
  });

  test("multigrid is symmetric and positive definite", async () => {
    const matrix = await toMatrix(multigridPoisson({ size: 7, dtype: "f64" })).data();
    for (let i = 0; i < 49; i++)
      for (let j = 0; j < 49; j++) expect(matrix[i * 49 + j]).toBeCloseTo(Number(matrix[j * 49 + i]), 13);
    for (let i = 0; i < 49; i++) expect(matrix[i * 50]).toBeGreaterThan(0);
    expect(() => multigridPoisson({ size: 8 })).toThrow("one less than a power of 2 (got 8");
  });

  test("IC(0) of a tridiagonal matrix is its Cholesky factorisation", async () => {
    const { precondition } = incompleteCholesky(poissonMatrix({ size: 12, dimensions: 1 }));
    const operator = poissonOperator({ size: 12, dimensions: 1, dtype: "f64" });
    const x = draw(50, [12]).eval();
    expect(await distance(await precondition(operator.apply(x)), x)).toBeLessThan(1e-13);
    expect(() =>
      incompleteCholesky(
        csrFromDense([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toThrow("a pivot is not positive (got -3 in row 1)");
    expect(() =>
      incompleteCholesky(
        csrFromDense([
          [1, 2],
          [2, 0],
        ]),
      ),
    ).toThrow("an entry of the diagonal is missing (got none in row 1)");
    expect(() => incompleteCholesky(csrFromDense([[1, 2]]))).toThrow("not square");
    await expect(
      precondition(
        reshape(x, [12])
          .mul(1)
          .flatten()
          .add(full([12], 0, { dtype: "f64" })),
      ),
    ).resolves.toBeDefined();
    await expect(precondition(tensor([1]))).rejects.toThrow("the vector does not fit");
  });
});
