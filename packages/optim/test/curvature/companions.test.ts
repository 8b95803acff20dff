/** L-BFGS, Newton-CG and Levenberg-Marquardt. */
import { iterate, lbfgs, leastSquares, levenbergMarquardt, minimize, newtonCg, type Problem } from "@ansatz/optim";
import {
  add,
  ArgumentError,
  concat,
  cos,
  log,
  mul,
  slice,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
} from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const part = (x: Tensor, a: number, b: number): Tensor => slice(x, [[a, b]]);

const rosenbrock = (x: Tensor): Tensor =>
  concat([mul(sub(part(x, 1, 2), square(part(x, 0, 1))), 10), sub(1, part(x, 0, 1))]);

describe("lbfgs", () => {
  /** Rosenbrock's function in many dimensions. */
  const chain = (x: Tensor): Tensor => {
    const n = x.size;
    const [a, b] = [part(x, 0, n - 1), part(x, 1, n)];
    return add(mul(sum(square(sub(b, square(a)))), 100), sum(square(sub(1, a))));
  };
  const start = (n: number): number[] => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

  test("solves a long valley with about one evaluation per iteration", async () => {
    const { status, value, iterations, cost } = await minimize(lbfgs(), { start: vector(...start(100)), value: chain });
    expect(status).toBe("converged");
    expect(Math.max(...(await numbers(value)).map((v) => Math.abs(v - 1)))).toBeLessThan(1e-6);
    expect(iterations).toBeLessThan(1000);
    expect(cost["gradients"]).toBeLessThan(1.5 * iterations + 5);
  });

  test("every accepted step satisfies both Wolfe conditions", async () => {
    const { valueAndGrad } = await import("@ansatz/tensor");
    const both = valueAndGrad(chain);
    const measure = async (x: Tensor): Promise<{ f: number; g: number[]; x: number[] }> => {
      const { value, grad } = both(x);
      return { f: Number(await value.item()), g: await numbers(grad), x: await numbers(x) };
    };
    let before = await measure(vector(...start(6)));
    for await (const state of iterate(
      lbfgs({ curvature: 0.5 }),
      { start: vector(...start(6)), value: chain },
      { maxIterations: 40, gradientTolerance: 1e-4 },
    )) {
      const now = await measure(state.x);
      const s = now.x.map((v, i) => v - before.x[i]);
      const [slope, left] = [before, now].map(({ g }) => g.reduce((t, v, i) => t + v * s[i], 0));
      expect(slope).toBeLessThan(0);
      expect(now.f).toBeLessThanOrEqual(before.f + 1e-4 * slope + 1e-12);
      expect(Math.abs(left)).toBeLessThanOrEqual(0.5 * Math.abs(slope) * (1 + 1e-9));
      expect(state.value).toBeCloseTo(now.f, 12);
      expect(Object.keys(state.vectors).length).toBe(1 + 2 * state.numbers["pairs"]);
      before = now;
    }
  });

  test("on a quadratic it needs no more steps than dimensions, nearly", async () => {
    const value = (x: Tensor): Tensor => sum(mul(square(x), vector(1, 2, 4, 8, 16)));
    const { iterations, status } = await minimize(lbfgs({ curvature: 0.1 }), { start: vector(1, 1, 1, 1, 1), value });
    expect(status).toBe("converged");
    expect(iterations).toBeLessThan(16);
  });

  test("takes trees, stays where the function is defined, and reports what it cannot improve", async () => {
    const tree: Problem<{ a: Tensor; b: Tensor[] }> = {
      start: { a: tensor([3, 4]), b: [tensor([[2]])] },
      value: ({ a, b }) => add(sum(sub(a, log(a))), sum(square(sub(b[0], 5)))),
    };
    const { value, status } = await minimize(lbfgs(), tree, { gradientTolerance: 1e-3 });
    expect(status).toBe("converged");
    expect((await numbers(value.a))[0]).toBeCloseTo(1, 3);
    expect((await numbers(value.b[0]))[0]).toBeCloseTo(5, 3);
    const uphill = {
      start: vector(1),
      value: (x: Tensor): Tensor => sum(square(x)),
      gradient: (x: Tensor): Tensor => mul(x, -2),
    };
    const failed = await minimize(lbfgs(), uphill);
    expect([failed.status, (await numbers(failed.value))[0]]).toEqual(["search-failed", 1]);
    const nowhere = { start: vector(-1), value: (x: Tensor): Tensor => sum(log(x)) };
    expect((await minimize(lbfgs(), nowhere)).status).toBe("non-finite");
  });

  test("wrong arguments are refused", () => {
    expect(() => lbfgs({ memory: 0 })).toThrow("lbfgs: memory is out of range");
    expect(() => lbfgs({ decrease: 0.6 })).toThrow("lbfgs: decrease is out of range");
    expect(() => lbfgs({ curvature: 1 })).toThrow(ArgumentError);
    expect(() => newtonCg({ maxInner: 0 })).toThrow("newtonCg: maxInner is out of range");
    expect(() => levenbergMarquardt({} as never)).toThrow("residual must be a function");
  });
});

test("newtonCg converges superlinearly, and leaves regions of negative curvature", async () => {
  const value = leastSquares(rosenbrock);
  const { history, status } = await minimize(
    newtonCg(),
    { start: vector(-1.2, 1), value },
    { gradientTolerance: 1e-12 },
  );
  expect(status).toBe("converged");
  const norms = history.map(({ gradientNorm }) => gradientNorm);
  expect(norms[norms.length - 1] / norms[norms.length - 2]).toBeLessThan(1e-3);
  const wave = (x: Tensor): Tensor => sum(cos(x));
  const { value: x } = await minimize(newtonCg(), { start: vector(0.1, 0.2), value: wave });
  for (const v of await numbers(x)) expect(Math.cos(v)).toBeCloseTo(-1, 10);
});

test("levenbergMarquardt fits an exponential, also when there are fewer residuals than unknowns", async () => {
  const { exp } = await import("@ansatz/tensor");
  const t = vector(0, 0.5, 1, 1.5, 2, 3);
  const y = mul(exp(mul(t, -1.3)), 2.5);
  const residual = (x: Tensor): Tensor => sub(mul(exp(mul(t, part(x, 1, 2))), part(x, 0, 1)), y);
  const fit = await minimize(levenbergMarquardt({ residual }), { start: vector(1, 0), value: leastSquares(residual) });
  expect(fit.status).toBe("converged");
  (await numbers(fit.value)).forEach((v, i) => expect(v).toBeCloseTo([2.5, -1.3][i], 7));
  const under = (x: Tensor): Tensor => sub(square(part(x, 0, 1)), part(x, 1, 2));
  expect(
    (await minimize(levenbergMarquardt({ residual: under }), { start: vector(1, 3), value: leastSquares(under) }))
      .status,
  ).toBe("converged");
});
