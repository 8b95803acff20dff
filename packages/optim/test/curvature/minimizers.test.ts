/** Every method for whole functions on one collection of problems, without leaving memory behind. */
import { leastSquares, minimize, minimizers } from "@ansatz/optim";
import { add, concat, memory, mul, sin, slice, square, sub, tensor, treeLeaves, type Tensor } from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const part = (x: Tensor, a: number, b: number): Tensor => slice(x, [[a, b]]);

const rosenbrock = (x: Tensor): Tensor =>
  concat([mul(sub(part(x, 1, 2), square(part(x, 0, 1))), 10), sub(1, part(x, 0, 1))]);

interface Known {
  readonly name: string;
  readonly residual: (x: Tensor) => Tensor;
  readonly start: Tensor;
  readonly solution: number[];
  /** Bounds of the second derivatives; absent where the function is not convex. */
  readonly bounds?: [mu: number, L: number];
}

const shifted = vector(1, -0.5, 0.25);
const known: readonly Known[] = [
  {
    name: "a quadratic of condition 100",
    residual: (x) => mul(sub(x, vector(0.5, -1, 2)), vector(1, 3, 10)),
    start: vector(1, 1, 1),
    solution: [0.5, -1, 2],
    bounds: [1, 100],
  },
  {
    name: "nonlinear least squares",
    // x + sin(x) / 10 = s + sin(s) / 10 has the only solution x = s.
    residual: (x) => sub(add(x, mul(sin(x), 0.1)), add(shifted, mul(sin(shifted), 0.1))),
    start: vector(-1, 1, 2),
    solution: [1, -0.5, 0.25],
    bounds: [0.5, 1.6],
  },
  { name: "Rosenbrock's valley", residual: rosenbrock, start: vector(-1.2, 1), solution: [1, 1] },
];

for (const { name, residual, start, solution, bounds } of known) {
  describe(name, () => {
    const value = leastSquares(residual);
    const [mu, L] = bounds ?? [1, 1000];
    const fitting = minimizers.filter(
      ({ create }) => bounds !== undefined || create(mu, L, 1, { value, residual }).mu === undefined,
    );
    test.each(fitting)("$name", async ({ create }) => {
      // Sublinear methods get the steps that they need.
      const steps = 3000;
      const method = create(mu, L, steps, { value, residual });
      const {
        status,
        value: x,
        message,
      } = await minimize(method, { start, value }, { maxIterations: steps, gradientTolerance: 1e-7 });
      expect(status, message).toMatch(/converged|max-iterations/);
      (await numbers(x)).forEach((v, i) => expect(v).toBeCloseTo(solution[i], 3));
    });
  });
}

test("minimize disposes everything but the last state", async () => {
  const n = 100;
  const weights = vector(...Array.from({ length: n }, (_, i) => 1 + (i % 7)));
  const start = vector(...Array.from({ length: n }, (_, i) => i % 5));
  const residual = (x: Tensor): Tensor => mul(sub(add(x, mul(sin(x), 0.1)), 1), weights);
  const value = leastSquares(residual);
  const own = minimizers.filter(({ create }) => create(1, 100, 4, { value, residual }).mu === undefined);
  expect(own.length).toBeGreaterThan(4);
  for (const { create, name } of own) {
    const run = async (): Promise<void> => {
      const options = { maxIterations: 4, gradientTolerance: 0 };
      const { state } = await minimize(create(1, 100, 4, { value, residual }), { start, value }, options);
      const left = [...treeLeaves(state.x), ...Object.values(state.vectors).flatMap((v) => treeLeaves(v))];
      for (const t of left) if (t !== start) t.dispose();
    };
    // Plans of first runs stay.
    for (let i = 0; i < 4; i++) await run();
    const before = memory().used;
    for (let i = 0; i < 3; i++) await run();
    // Less than one vector.
    expect(memory().used - before, name).toBeLessThan(n * 8);
  }
});
