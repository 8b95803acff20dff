/** Second derivatives and their approximations, and Newton's method with gradient-normalised smoothness. */
import {
  empiricalFisher,
  exactHessian,
  gaussNewton,
  gaussNewtonOperator,
  gradientNormalizedNewton,
  hessianOperator,
  iterate,
  jacobian,
  leastSquares,
  minimize,
  powerHessian,
  weightedGaussNewton,
} from "@ansatz/optim";
import {
  add,
  concat,
  cos,
  log,
  matmul,
  mul,
  sin,
  slice,
  softmax,
  logsumexp,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
} from "@ansatz/tensor";
import { toMatrix } from "@ansatz/tensor/linear";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const part = (x: Tensor, a: number, b: number): Tensor => slice(x, [[a, b]]);

const rosenbrock = (x: Tensor): Tensor =>
  concat([mul(sub(part(x, 1, 2), square(part(x, 0, 1))), 10), sub(1, part(x, 0, 1))]);

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
