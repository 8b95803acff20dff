/** Every operator and every algorithm of the registry. */
import * as inverse from "@ansatz/inverse";
import {
  algorithms,
  ellipsePhantom,
  evenAngles,
  operators,
  parallelBeam,
  projector,
  reconstruct,
  relativeError,
} from "@ansatz/inverse";
import { add, astype, imag, isComplex, mul, real, type Tensor } from "@ansatz/tensor";
import { adjointError } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

test.each([...operators, ...algorithms])("$name names an exported factory", ({ factory }) => {
  expect(inverse).toHaveProperty(factory);
});

test.each([operators, algorithms])("every name is used once", (...entries) => {
  const names = entries.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(operators)("$name", ({ create }) => {
  test.each([
    ["f32", 1e-6],
    ["f64", 1e-12],
  ] as const)("the adjoint matches in %s", async (dtype, limit) => {
    const a = create(dtype);
    for (const seed of [1, 2, 3]) expect(await adjointError(a, key(seed))).toBeLessThanOrEqual(limit);
  });
});

const geometry = parallelBeam({
  image: { rows: 16, columns: 16, pixel: 0.125 },
  angles: evenAngles(24),
  detectors: 25,
  spacing: 0.125,
});
const image = ellipsePhantom(
  [
    { value: 1, a: 0.6, b: 0.8, x: 0, y: 0.1, degrees: 20 },
    { value: -0.5, a: 0.2, b: 0.3, x: 0.2, y: 0, degrees: 0 },
  ],
  geometry.image,
  { supersample: 4, dtype: "f64" },
);

describe.each(algorithms)("$name", ({ create }) => {
  const operator = projector(geometry, { dtype: "f64" });
  const data = operator.apply(image);

  test("reconstructs from clean data", async () => {
    const result = await reconstruct(create(geometry, "f64"), { operator, data }, { maxIterations: 60 });
    expect(result.history.at(-1)?.residualNorm).toBeLessThan(0.05 * result.history[0].residualNorm);
    expect(await relativeError(result.value, image)).toBeLessThan(0.2);
  });

  test("stops at once when aborted", async () => {
    const result = await reconstruct(create(geometry, "f64"), { operator, data }, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: "aborted", iterations: 0 });
  });
});

test("operators are linear", async () => {
  for (const { create } of operators) {
    const a = create("f64");
    const [x, y] = key(5)
      .split(2)
      .map((k) => astype(normal(k, a.domain, { dtype: "f64" }), a.dtype));
    const parts = async (t: Tensor): Promise<number[]> =>
      isComplex(t.dtype) ? [...(await read(real(t))), ...(await read(imag(t)))] : read(t);
    const together = await parts(a.apply(add(mul(x, 2), y)));
    const apart = await parts(add(mul(a.apply(x), 2), a.apply(y)));
    for (const [i, value] of together.entries()) expect(value).toBeCloseTo(apart[i], 10);
  }
});
