/** Total variation of complex images. */
import { gradientNorm, gradientOperator, totalVariation, type Regularizer } from "@ansatz/inverse";
import { abs, add, complex, mul, real, square, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const noise = (seed: number, shape: readonly number[]): Tensor => {
  const [a, b] = key(seed).split(2);
  return complex(normal(a, shape, { dtype: "f64" }), normal(b, shape, { dtype: "f64" }));
};
const distance = async (a: Tensor, b: Tensor): Promise<number> => Number(await sum(square(abs(sub(a, b)))).item());
const energy = async (f: Regularizer, z: Tensor, x: Tensor): Promise<number> =>
  (await distance(x, z)) / 2 + 0.7 * Number(await f.value?.(x).item());

describe.each([true, false])("isotropic: %s", (isotropic) => {
  const cases: readonly [string, Regularizer, readonly number[]][] = [
    ["image", totalVariation({ weight: 0.4, isotropic, tolerance: 1e-11, iterations: 1000 }), [5, 6]],
    ["volume", totalVariation({ weight: 0.4, isotropic, tolerance: 1e-11, iterations: 1000 }), [3, 4, 4]],
    ["field", gradientNorm(0.4, { isotropic }), gradientOperator([4, 5]).range],
  ];

  test.each(cases)("%s: the proximal map is a minimum", async (_, f, shape) => {
    const z = noise(1, shape);
    const x = await f.prox(z, 0.7);
    const least = await energy(f, z, x);
    expect(least).toBeLessThan(await energy(f, z, z));
    // Of a strongly convex function: it grows by half the squared distance at least.
    for (const seed of [2, 3, 4]) {
      for (const size of [1, 1e-2]) {
        const other = add(x, mul(noise(seed, shape), size));
        const growth = (await energy(f, z, other)) - least;
        expect(growth).toBeGreaterThan(0.49 * (await distance(other, x)) - 1e-9);
      }
    }
  });

  test.each(cases)("%s: a phase of all numbers stays", async (_, f, shape) => {
    const z = real(noise(1, shape));
    const phase = complex(tensor(Math.cos(0.7), { dtype: "f64" }), tensor(Math.sin(0.7), { dtype: "f64" }));
    const turned = await f.prox(mul(phase, z), 0.7);
    expect(await distance(turned, mul(phase, await f.prox(z, 0.7)))).toBeLessThan(1e-10);
  });
});
