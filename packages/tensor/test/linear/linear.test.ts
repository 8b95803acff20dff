/** Linear operators: every combination is adjoint to its adjoint and equals its matrix. */
import {
  ArgumentError,
  asReal,
  complex,
  DeviceError,
  DTypeError,
  pad,
  ShapeError,
  slice,
  sub,
  tensor,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import {
  adjointError,
  adjointOf,
  blockDiagonal,
  composition,
  diagonalOperator,
  gramOperator,
  horizontalStack,
  identityOperator,
  linearOperator,
  matrixOperator,
  operatorNorm,
  operatorSum,
  scaledOperator,
  toMatrix,
  verticalStack,
  type LinearOperator,
} from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const A = [
  [1, 2, 3],
  [4, 5, 6],
];
const B = [
  [1, -1],
  [0, 2],
  [3, 1],
];
const dense = (rows: number[][], dtype: "f32" | "f64" = "f64"): LinearOperator =>
  matrixOperator(tensor(rows, { dtype }));
const product = (x: number[][], y: number[][]): number[][] =>
  x.map((row) => y[0].map((_, j) => row.reduce((s, v, k) => s + v * y[k][j], 0)));
const turned = (x: number[][]): number[][] => x[0].map((_, j) => x.map((row) => row[j]));

const differences = (dtype: "f32" | "f64"): LinearOperator =>
  linearOperator({
    domain: [2, 8],
    range: [2, 7],
    dtype,
    apply: (x) =>
      sub(
        slice(x, [
          [0, 2],
          [1, 8],
        ]),
        slice(x, [
          [0, 2],
          [0, 7],
        ]),
      ),
    adjoint: (y) =>
      sub(
        pad(y, [
          [0, 0],
          [1, 0],
        ]),
        pad(y, [
          [0, 0],
          [0, 1],
        ]),
      ),
  });

const operators: [string, LinearOperator, number[][]][] = [
  ["matrix", dense(A), A],
  ["adjoint", adjointOf(dense(A)), turned(A)],
  ["composition", composition(dense(A), dense(B)), product(A, B)],
  ["sum", operatorSum(dense(A), dense(A), dense(turned(B))), A.map((row, i) => row.map((v, j) => 2 * v + B[j][i]))],
  ["multiple", scaledOperator(dense(A), -0.5), A.map((row) => row.map((v) => -0.5 * v))],
  [
    "identity",
    identityOperator([2], "f64"),
    [
      [1, 0],
      [0, 1],
    ],
  ],
  [
    "diagonal",
    diagonalOperator(tensor([2, -3], { dtype: "f64" })),
    [
      [2, 0],
      [0, -3],
    ],
  ],
  [
    "Gram",
    gramOperator(dense(A), 0.5),
    product(turned(A), A).map((row, i) => row.map((v, j) => v + (i === j ? 0.5 : 0))),
  ],
  ["vertical stack", verticalStack(dense(A), dense(turned(B))), [...A, ...turned(B)]],
  [
    "horizontal stack",
    horizontalStack(dense(A), dense(product(A, B))),
    A.map((row, i) => [...row, ...product(A, B)[i]]),
  ],
  ["block diagonal", blockDiagonal(dense(A), dense([[7]])), [...A.map((row) => [...row, 0]), [0, 0, 0, 7]]],
];

describe.each(operators)("%s", (_, operator, matrix) => {
  test("has its matrix, and so has its adjoint", async () => {
    expect(Array.from(await toMatrix(operator).data(), (v) => v + 0)).toEqual(matrix.flat());
    expect(Array.from(await toMatrix(adjointOf(operator)).data(), (v) => v + 0)).toEqual(turned(matrix).flat());
  });
  test("passes the adjoint test", async () => {
    expect(await adjointError(operator, key(3))).toBeLessThan(1e-14);
  });
});

test("the adjoint test finds a wrong adjoint", async () => {
  const wrong = linearOperator({ domain: [3], range: [3], apply: (x) => x, adjoint: (y) => y.mul(1.001) });
  expect(await adjointError(wrong, key(1))).toBeGreaterThan(1e-5);
  for (const dtype of ["f32", "f64"] as const) {
    expect(await adjointError(differences(dtype), key(1))).toBeLessThan(dtype === "f32" ? 1e-6 : 1e-15);
  }
  expect(await adjointError(scaledOperator(dense(A), 0), key(1))).toBe(0);
});

test("complex operators have conjugate transposes as adjoints", async () => {
  const re = tensor(A, { dtype: "f64" });
  const im = tensor(turned(B), { dtype: "f64" });
  const z = complex(re, im);
  for (const a of [
    matrixOperator(z),
    diagonalOperator(z),
    gramOperator(matrixOperator(z)),
    verticalStack(matrixOperator(z), matrixOperator(z)),
  ]) {
    expect(await adjointError(a, key(4))).toBeLessThan(1e-14);
  }
  const back = await asReal(toMatrix(adjointOf(matrixOperator(z)))).data();
  expect(Array.from(back)).toEqual([0, 1, 2].flatMap((j) => [0, 1].flatMap((i) => [A[i][j], 0 - B[j][i]])));
  const { value } = await operatorNorm(diagonalOperator(complex(tensor([3, 0, 1]), tensor([4, 2, 1]))), {
    key: key(2),
  });
  expect(value).toBeCloseTo(5, 4);
});

test("the norm of differences is 2 cos(pi / 16)", async () => {
  const { value, status } = await operatorNorm(differences("f64"), {
    key: key(5),
    maxIterations: 1000,
    tolerance: 1e-12,
  });
  expect(status).toBe("converged");
  expect(value).toBeCloseTo(2 * Math.cos(Math.PI / 16), 8);
  expect((await operatorNorm(differences("f32"), { key: key(5), maxIterations: 2 })).status).toBe("max-iterations");
  expect((await operatorNorm(scaledOperator(dense(A), 0), { key: key(5) })).value).toBe(0);
});

test("what does not fit is refused", async () => {
  const a = dense(A);
  expect(() => a.apply(zeros([2], { dtype: "f64" }) as Tensor)).toThrow(ShapeError);
  expect(() => a.apply(zeros([3]) as Tensor)).toThrow(DTypeError);
  expect(() => composition(a, a)).toThrow(
    "composition: domain of factor 1 and range of factor 2 differ (got [3] and [2])",
  );
  expect(() => operatorSum(a, dense(B))).toThrow(ShapeError);
  expect(() => operatorSum()).toThrow(ArgumentError);
  expect(() => verticalStack(a, dense(A, "f32"))).toThrow(DTypeError);
  expect(() => scaledOperator(a, Number.NaN)).toThrow("finite number");
  expect(() => adjointOf({} as never)).toThrow("not a linear operator");
  expect(() => matrixOperator(zeros([3]) as Tensor)).toThrow("not a matrix");
  expect(() => diagonalOperator(tensor([1, 2], { dtype: "i32" }))).toThrow(DTypeError);
  const lying = linearOperator({ domain: [3], range: [2], apply: (x) => x, adjoint: (y) => y });
  expect(() => lying.apply(zeros([3]) as Tensor)).toThrow(
    "operator: result of apply has another shape (got [3], expected [2])",
  );
  expect(() => linearOperator({ domain: [1], range: [1], dtype: "i32", apply: (x) => x, adjoint: (x) => x })).toThrow(
    DTypeError,
  );
  await expect(operatorNorm(a, { key: key(1), maxIterations: 0 })).rejects.toThrow("maxIterations is out of range");
});

test("work is done where the operator is, or where one says", async () => {
  const on = (device: string): LinearOperator => matrixOperator(tensor(A, { dtype: "f64", device }));
  const everywhere = differences("f64");
  const made = [
    adjointOf(on("js")),
    scaledOperator(on("js"), 2),
    gramOperator(on("js")),
    verticalStack(on("js"), on("js")),
  ];
  made.push(composition(on("js"), identityOperator([3], "f64")), operatorSum(on("js"), on("js")));
  made.push(blockDiagonal(everywhere, on("js")), horizontalStack(on("js"), on("js")));
  for (const a of made) {
    expect(a.device).toBe("js");
    expect(toMatrix(a).device).toBe("js");
    expect(await adjointError(a, key(3))).toBeLessThan(1e-14);
    expect((await operatorNorm(a, { key: key(3), maxIterations: 2 })).value).toBeGreaterThan(0);
  }
  expect(diagonalOperator(tensor([1, 2], { device: "js" })).device).toBe("js");
  expect(everywhere.device).toBeUndefined();
  expect(toMatrix(everywhere).device).toBe("cpu");
  expect(toMatrix(everywhere, { device: "js" }).device).toBe("js");
  const seen = new Set<string>();
  const watched = linearOperator({
    domain: [2],
    range: [2],
    apply: (x) => (seen.add(x.device), x),
    adjoint: (y) => (seen.add(y.device), y),
  });
  await adjointError(watched, key(1), { device: "js" });
  await operatorNorm(watched, { key: key(1), device: "js" });
  expect([...seen]).toEqual(["js"]);
  expect(() => operatorSum(on("js"), on("cpu"))).toThrow(
    "operatorSum: operators are on different devices (got js and cpu).",
  );
  expect(() => linearOperator({ domain: [1], range: [1], device: "tpu", apply: (x) => x, adjoint: (x) => x })).toThrow(
    DeviceError,
  );
});
