/** Every method for whole functions on one collection of problems, and what the curvature methods promise besides. */
import {
  empiricalFisher,
  exactHessian,
  gaussNewton,
  gaussNewtonOperator,
  gradientNormalizedNewton,
  hessianOperator,
  iterate,
  jacobian,
  lbfgs,
  leastSquares,
  levenbergMarquardt,
  minimize,
  minimizers,
  newtonCg,
  powerHessian,
  weightedGaussNewton,
  type Problem,
} from "@ansatz/optim";
import {
  add,
  ArgumentError,
  concat,
  cos,
  log,
  matmul,
  memory,
  mul,
  sin,
  slice,
  softmax,
  logsumexp,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
  type Tensor,
} from "@ansatz/tensor";
import { toMatrix } from "@ansatz/tensor/linear";
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

describe("second derivatives", () => {
  const f = (x: Tensor): Tensor => sum(add(mul(square(x), cos(x)), mul(part(x, 0, 1), part(x, 1, 2))));
  const x0 = [0.3, -0.7, 1.1];
  const difference = async (map: (x: Tensor) => Tensor): Promise<number[][]> => {
    const h = 1e-5;
    const columns: number[][] = [];
    for (let j = 0; j < 3; j++) {
      const at = (s: number): Promise<number[]> => numbers(map(vector(...x0.map((v, i) => v + (i === j ? s * h : 0)))));
      const [plus, minus] = [await at(1), await at(-1)];
      columns.push(plus.map((v, i) => (v - minus[i]) / (2 * h)));
    }
    return columns[0].map((_, i) => columns.map((c) => c[i]));
  };

  test("are those of finite differences, as matrices and as operators", async () => {
    const { grad } = await import("@ansatz/tensor");
    const want = (await difference(grad(f))).flat();
    const x = vector(...x0);
    for (const got of [await numbers(exactHessian(f)(x)), await numbers(toMatrix(hessianOperator(f)(x)))]) {
      got.forEach((v, i) => expect(v).toBeCloseTo(want[i], 7));
    }
    const u = (y: Tensor): Tensor => concat([sin(y), square(part(y, 0, 2))]);
    const J = await difference(u);
    (await numbers(jacobian(u, x))).forEach((v, i) => expect(v).toBeCloseTo(J.flat()[i], 8));
    const JtJ = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => J.reduce((s, row) => s + row[i] * row[j], 0)));
    for (const got of [await numbers(gaussNewton(u)(x)), await numbers(toMatrix(gaussNewtonOperator(u)(x)))]) {
      got.forEach((v, i) => expect(v).toBeCloseTo(JtJ[i], 8));
    }
  });

  test("for linear residuals the approximations are exact up to what they leave out", async () => {
    const A = tensor(
      [
        [1, 2],
        [3, -1],
        [0.5, 1],
      ],
      { dtype: "f64" },
    );
    const x = vector(0.4, -0.3);
    const u = (y: Tensor): Tensor => sub(matmul(A, y), vector(1, 0, -1));
    const quartic = (y: Tensor): Tensor => mul(square(sum(square(u(y)))), 0.25);
    const [p, q] = [await numbers(powerHessian(u, 4)(x)), await numbers(exactHessian(quartic)(x))];
    p.forEach((v, i) => expect(v).toBeCloseTo(q[i], 10));
    // The exact Hessian of log-sum-exp is the weighted Gauss-Newton matrix minus the outer product of the gradient.
    const lse = (y: Tensor): Tensor => logsumexp(u(y));
    const { grad } = await import("@ansatz/tensor");
    const g = await numbers(grad(lse)(x));
    const weighted = await numbers(weightedGaussNewton(A, (y) => softmax(u(y), 0))(x));
    const exact = await numbers(exactHessian(lse)(x));
    exact.forEach((v, k) => expect(v).toBeCloseTo(weighted[k] - g[Math.floor(k / 2)] * g[k % 2], 10));
    const samples = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "f64" },
    );
    expect(await numbers(empiricalFisher(() => samples)(x))).toEqual([5, 7, 7, 10]);
  });

  test("powers of a residual that is zero are finite", async () => {
    const H = await numbers(powerHessian((x) => x, 3)(vector(0, 0)));
    expect(H.every(Number.isFinite)).toBe(true);
  });
});

describe("gradientNormalizedNewton", () => {
  const value = leastSquares(rosenbrock);

  test("values fall, steps are at most gamma long for semi-definite curvature, gamma is a power of 2", async () => {
    const method = gradientNormalizedNewton({ curvature: gaussNewton(rosenbrock) });
    let before = { x: [-1.2, 1], f: Infinity };
    for await (const { x, value: f = NaN, numbers: n } of iterate(method, { start: vector(-1.2, 1), value })) {
      const now = await numbers(x);
      expect(f).toBeLessThan(before.f);
      // gamma was doubled after the step that it bounds.
      expect(Math.hypot(...now.map((v, i) => v - before.x[i]))).toBeLessThanOrEqual((n["gamma"] / 2) * (1 + 1e-12));
      expect(Number.isInteger(Math.log2(n["gamma"]))).toBe(true);
      before = { x: now, f };
    }
  });

  test("a matrix and an operator give the same iterates, with a metric too", async () => {
    for (const metric of [
      undefined,
      tensor(
        [
          [2, 0.5],
          [0.5, 1],
        ],
        { dtype: "f64" },
      ),
    ]) {
      const points: number[][][] = [];
      for (const curvature of [gaussNewton(rosenbrock), gaussNewtonOperator(rosenbrock)]) {
        const found: number[][] = [];
        const method = gradientNormalizedNewton({ curvature, metric, innerTolerance: 1e-13 });
        for await (const { x } of iterate(method, { start: vector(-1.2, 1), value }, { maxIterations: 8 }))
          found.push(await numbers(x));
        points.push(found);
      }
      points[0].forEach((p, k) => p.forEach((v, i) => expect(v).toBeCloseTo(points[1][k][i], 8)));
    }
  });

  test("an indefinite Hessian shrinks the step until it is regularised enough", async () => {
    // cos has negative curvature at 0.1 and its minimum at pi.
    const f = (x: Tensor): Tensor => sum(cos(x));
    const { status, value: x } = await minimize(gradientNormalizedNewton({ curvature: exactHessian(f) }), {
      start: vector(0.1),
      value: f,
    });
    expect(status).toBe("converged");
    expect(Math.abs((await numbers(x))[0])).toBeCloseTo(Math.PI, 6);
  });

  test("a search that fails leaves the point", async () => {
    // The gradient has the wrong sign: nothing decreases.
    const f = (x: Tensor): Tensor => sum(square(x));
    const problem = { start: vector(1, 2), value: f, gradient: (x: Tensor): Tensor => mul(x, -2) };
    const {
      status,
      value: x,
      message,
      cost,
    } = await minimize(gradientNormalizedNewton({ curvature: exactHessian(f) }), problem);
    expect(status).toBe("search-failed");
    expect(await numbers(x)).toEqual([1, 2]);
    expect(cost["solves"]).toBe(40);
    expect(message).toContain("No acceptable step was found in iteration 1");
  });

  test("works in f32 to the precision of f32, and stays where the function is defined", async () => {
    const start = tensor([-1.2, 1]) as Tensor;
    const { value: x } = await minimize(
      gradientNormalizedNewton({ curvature: gaussNewton(rosenbrock) }),
      { start, value },
      { gradientTolerance: 1e-4 },
    );
    for (const v of await numbers(x)) expect(v).toBeCloseTo(1, 3);
    const f = (y: Tensor): Tensor => sum(sub(y, log(y)));
    const result = await minimize(gradientNormalizedNewton({ curvature: exactHessian(f), gamma: 1e3 }), {
      start: vector(5),
      value: f,
    });
    expect(result.status).toBe("converged");
    expect((await numbers(result.value))[0]).toBeCloseTo(1, 7);
  });

  test("wrong arguments are refused", async () => {
    const curvature = exactHessian(value);
    expect(() => gradientNormalizedNewton({} as never)).toThrow("curvature must be a function");
    expect(() => gradientNormalizedNewton({ curvature, gamma: 0 })).toThrow("gamma is out of range");
    expect(() => gradientNormalizedNewton({ curvature, metric: vector(1) })).toThrow("metric must be a matrix");
    const bad = gradientNormalizedNewton({
      curvature,
      metric: tensor(
        [
          [1, 2],
          [2, 1],
        ],
        { dtype: "f64" },
      ),
    });
    await expect(minimize(bad, { start: vector(1, 2), value })).rejects.toThrow("metric is not positive definite");
    const method = gradientNormalizedNewton({ curvature });
    await expect(
      minimize(method, { start: { a: vector(1), b: vector(2) }, value: () => vector(1) } as never),
    ).rejects.toThrow("must be one vector");
    await expect(minimize(method, { start: vector(1, 1), gradient: (x: Tensor) => x })).rejects.toThrow(
      "needs its value",
    );
  });
});

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
