/** Every method of the registry minimises every problem of one small collection. */
import * as optim from "@ansatz/optim";
import { asyncOptimizers, optimizers } from "@ansatz/optim";
import {
  add,
  compile,
  disposeTree,
  exp,
  logsumexp,
  matmul,
  mean,
  mul,
  scope,
  slice,
  softplus,
  square,
  sub,
  sum,
  tensor,
  valueAndGrad,
  type Tensor,
} from "@ansatz/tensor";
import { describe, expect, test } from "vitest";

interface Problem {
  readonly name: string;
  readonly start: () => { x: Tensor };
  readonly loss: (params: { x: Tensor }) => Tensor;
  /** The least value, known in closed form. */
  readonly least: number;
  /** How close to it counts as minimised. */
  readonly within: number;
}

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });

const problems: readonly Problem[] = [
  {
    name: "a quadratic bowl of condition 100",
    start: () => ({ x: vector(1, -2, 3) }),
    // sum a (x - c)^2 with a = 1, 10, 100
    loss: ({ x }) => sum(mul(square(sub(x, vector(0.5, -1, 0.25))), vector(1, 10, 100))),
    least: 0,
    within: 1e-3,
  },
  {
    name: "Rosenbrock's valley",
    start: () => ({ x: vector(-0.5, 1) }),
    loss: ({ x }) => {
      const [a, b] = [slice(x, [0]), slice(x, [1])];
      return add(square(sub(1, a)), mul(square(sub(b, square(a))), 10));
    },
    least: 0,
    within: 1e-2,
  },
  {
    name: "logistic regression",
    start: () => ({ x: vector(0, 0) }),
    // Points (1, 0), (-1, 0) of one label each in equal numbers: the loss is least at x = 0 for the second coordinate,
    // and the penalty bounds the first.
    loss: ({ x }) => {
      const points = tensor(
        [
          [1, 1],
          [1, -1],
          [-1, 1],
          [-1, -1],
        ],
        { dtype: "f64" },
      );
      const margins = mul(matmul(points, x), vector(1, 1, -1, -1));
      return add(mean(softplus(mul(margins, -1))), mul(sum(square(x)), 0.05));
    },
    // min over u of log(1 + e^-u) + u^2 / 20, where u / 10 = 1 / (1 + e^u).
    least: leastLogistic(),
    within: 1e-3,
  },
  {
    name: "a log-sum-exp",
    start: () => ({ x: vector(2, -1) }),
    // log(e^x + e^-x + e^y + e^-y) is least, log 4, at the origin.
    loss: ({ x }) =>
      logsumexp(
        matmul(
          tensor(
            [
              [1, 0],
              [-1, 0],
              [0, 1],
              [0, -1],
            ],
            { dtype: "f64" },
          ),
          x,
        ),
      ),
    least: Math.log(4),
    within: 1e-3,
  },
  {
    name: "a steep and flat exponential",
    start: () => ({ x: vector(1.5) }),
    // e^x - x is least, 1, at 0.
    loss: ({ x }) => sum(sub(exp(x), x)),
    least: 1,
    within: 1e-3,
  },
];

function leastLogistic(): number {
  let u = 0;
  for (let i = 0; i < 50; i++) {
    const s = 1 / (1 + Math.exp(u));
    u -= (u / 10 - s) / (1 / 10 + s * (1 - s));
  }
  return Math.log1p(Math.exp(-u)) + (u * u) / 20;
}

async function minimise(
  create: (rate: number) => optim.Optimizer,
  problem: Problem,
  rate: number,
  decay: number,
  steps: number,
): Promise<number> {
  const method = create(rate);
  const gradient = valueAndGrad(problem.loss);
  const run = compile(
    (params: { x: Tensor }, buffers: optim.Buffers, ...numbers: Tensor[]) =>
      method.update(params, gradient(params).grad, buffers, numbers) as never,
    { donate: [0, 1] },
  ) as (...args: unknown[]) => { params: { x: Tensor }; buffers: optim.Buffers };
  let params = problem.start();
  let { buffers } = method.init(params);
  for (let step = 1; step <= steps; step++) {
    const learningRate = rate * decay ** (step - 1);
    ({ params, buffers } = run(params, buffers, ...method.numbers(step, { learningRate })));
  }
  const value = await scope(() => problem.loss(params)).item();
  disposeTree(params);
  disposeTree(buffers);
  return value as number;
}

/** The same for methods whose steps are asynchronous, until the problem is minimised. */
async function minimiseAsync(method: optim.AsyncOptimizer, problem: Problem, steps: number): Promise<number> {
  const gradient = compile(
    (params: { x: Tensor }) => valueAndGrad(problem.loss)(params) as never,
  ) as unknown as (params: { x: Tensor }) => { value: Tensor; grad: { x: Tensor } };
  let params = problem.start();
  let state = method.init(params);
  let value = Infinity;
  for (let step = 0; step < steps && value - problem.least >= problem.within; step++) {
    const found = gradient(params);
    value = (await found.value.item()) as number;
    if (!(value < 1e6)) break;
    ({ params, state } = await method.step(params, found.grad, state));
  }
  disposeTree(params);
  return value;
}

for (const problem of problems) {
  describe(problem.name, () => {
    test.each(asyncOptimizers)("$name", async ({ create }) => {
      let best = Infinity;
      // Near the minimum the gradients in the window are small, and a step is the rate over the damping times the gradient.
      const runs = [1, 1000].flatMap((damping) => [1, 0.3, 0.1, 0.03, 0.01, 0.003].map((rate) => [rate, damping]));
      for (const [rate, damping] of runs) {
        const value = await minimiseAsync(create(rate * damping, damping), problem, 600);
        expect(value, `below the minimum at rate ${rate}`).toBeGreaterThanOrEqual(problem.least - 1e-12);
        best = Math.min(best, value);
        if (best - problem.least < problem.within) break;
      }
      expect(best - problem.least).toBeLessThan(problem.within);
    });
    test.each(optimizers)("$name", async ({ create }) => {
      let best = Infinity;
      // Constant rates, then falling ones, which methods with steps of fixed length need, and more time.
      const runs = [
        { decay: 1, steps: 600 },
        { decay: 0.9993, steps: 8000 },
      ].flatMap((run) => [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001].map((rate) => ({ ...run, rate })));
      for (const { rate, decay, steps } of runs) {
        if (best - problem.least < problem.within) break;
        const value = await minimise(create, problem, rate, decay, steps);
        expect(Number.isNaN(value) || value >= problem.least - 1e-12, `below the minimum at rate ${rate}`).toBe(true);
        best = Math.min(best, Number.isNaN(value) ? Infinity : value);
      }
      expect(best - problem.least).toBeLessThan(problem.within);
    });
  });
}

describe("the registry", () => {
  test("has unique names, and citations for every method", () => {
    const names = [...optimizers, ...asyncOptimizers].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { create } of [...optimizers, ...asyncOptimizers]) {
      const { citations } = create(0.1);
      expect(citations.length).toBeGreaterThan(0);
      for (const { title, authors, year, url } of citations) {
        expect(title.length * authors.length).toBeGreaterThan(0);
        expect(year).toBeGreaterThan(1800);
        expect(url).toMatch(/^https:\/\//);
      }
    }
  });

  test("holds every exported factory", () => {
    const runners = new Set([
      "minimize",
      "iterate",
      "accelerationFlow",
      "integrateFlow",
      "fisherInverse",
      "fisherWindow",
      "pruneWeights",
      "ravel",
      "unravel",
      "matrixSensing",
      "rebalance",
      "empiricalFisher",
      "exactHessian",
      "gaussNewton",
      "gaussNewtonOperator",
      "hessianOperator",
      "jacobian",
      "leastSquares",
      "powerHessian",
      "weightedGaussNewton",
    ]);
    const helpers = new Set([
      "elementwise",
      "emaUpdate",
      "emaWeight",
      "allFinite",
      "checkedStep",
      "saveState",
      "loadState",
    ]);
    const reacting = new Set(["plateau"]);
    const factories = Object.entries(optim)
      .filter(
        ([name, value]) =>
          typeof value === "function" && !helpers.has(name) && !reacting.has(name) && !runners.has(name),
      )
      .map(([name]) => name);
    const listed = [
      ...optimizers,
      ...asyncOptimizers,
      ...optim.transforms,
      ...optim.schedules,
      ...optim.minimizers,
    ].map(({ factory }) => factory);
    expect(new Set(listed)).toEqual(new Set(factories));
  });
});
