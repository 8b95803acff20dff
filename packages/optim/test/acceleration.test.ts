/** First-order methods with fixed steps: their guarantees, and the flows behind them. */
import {
  accelerationFlow,
  gradientDescent,
  heavyBall,
  integrateFlow,
  item,
  iterate,
  minimize,
  minimizers,
  nesterov,
  nesterovConvex,
  optimizedGradient,
  tripleMomentum,
  type Minimizer,
  type Problem,
} from "@ansatz/optim";
import { add, ArgumentError, div, memory, mul, square, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { describe, expect, test } from "vitest";
import { softplusProblem } from "./support/softplus.ts";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "f64" });
const unused = { value: sum, residual: (x: Tensor): Tensor => x };
const firstOrder = minimizers.filter(({ create }) => create(1, 10, 5, unused).guarantee !== undefined);

function quadratic(...a: number[]): Problem<Tensor> {
  const weights = vector(...a);
  const solution = vector(...a.map((_, i) => (i % 3) - 1));
  return {
    start: vector(...a.map((_, i) => 2 - (i % 4))),
    value: (x) => mul(sum(mul(weights, square(sub(x, solution)))), 0.5),
    solution,
    least: 0,
  };
}

/** A problem with its solution, found to the last digits. */
async function solved(problem: Problem<Tensor>, mu: number, L: number): Promise<Problem<Tensor>> {
  const { value: x } = await minimize(tripleMomentum({ mu, L }), problem, {
    maxIterations: 5000,
    gradientTolerance: 1e-13,
  });
  const least = (await problem.value?.(x).item()) as number;
  return { ...problem, solution: x, least };
}

describe("guarantees hold", () => {
  test.each(firstOrder)("$name", async ({ create }) => {
    const cases: [Problem<Tensor>, number, number][] = [
      [quadratic(1, 3, 10, 30, 100), 1, 100],
      [await solved(softplusProblem(5, 6, 12, 0.5, 40), 0.5, 40), 0.5, 40],
    ];
    for (const [problem, mu, L] of cases) {
      for (const n of [1, 2, 3, 5, 10, 20, 40]) {
        const options = { maxIterations: n, gradientTolerance: 0 };
        const { certificate, iterations } = await minimize(create(mu, L, n, unused), problem, options);
        expect(iterations).toBe(n);
        expect(certificate?.exact).toBe(true);
        const { bound, achieved } = certificate as NonNullable<typeof certificate>;
        expect(achieved).toBeLessThanOrEqual(bound * (1 + 1e-9) + 1e-13);
        // And are not vacuous: an order of magnitude of slack per step at most.
        expect(bound).toBeGreaterThan(0);
      }
    }
  });

  test("without a known solution, gradients bound what was reached from above", async () => {
    const mu = 1;
    const { start, value } = quadratic(1, 5, 20);
    const exact = await minimize(tripleMomentum({ mu, L: 20 }), quadratic(1, 5, 20), {
      maxIterations: 12,
      gradientTolerance: 0,
    });
    const upper = await minimize(
      tripleMomentum({ mu, L: 20 }),
      { start, value },
      { maxIterations: 12, gradientTolerance: 0 },
    );
    expect(upper.certificate?.exact).toBe(false);
    expect(upper.certificate?.achieved).toBeGreaterThanOrEqual(exact.certificate?.achieved as number);
    expect(upper.certificate?.bound).toBeGreaterThanOrEqual(exact.certificate?.bound as number);
    // Nothing is known about a convex function without a distance.
    const convex = nesterovConvex({ L: 20 });
    expect((await minimize(convex, { start, value }, { maxIterations: 3 })).certificate).toBeUndefined();
    const bounded = await minimize(
      convex,
      { ...quadratic(1, 5, 20), solution: undefined, distance: 9 },
      { maxIterations: 3 },
    );
    expect(bounded.certificate?.bound).toBeCloseTo((2 * 20 * 81) / 16, 10);
    expect((await minimize(heavyBall({ mu, L: 20 }), { start, value })).certificate).toBeUndefined();
  });

  test("optimizedGradient's is attained by a Huber function", async () => {
    const { where, less } = await import("@ansatz/tensor");
    const n = 5;
    const bound = (
      await minimize(optimizedGradient({ L: 1, steps: n }), quadratic(1), { maxIterations: n, gradientTolerance: 0 })
    ).certificate?.bound as number;
    const R = (await minimize(optimizedGradient({ L: 1, steps: n }), quadratic(1), { maxIterations: 0 })).state;
    expect(R.iteration).toBe(0);
    // Kim and Fessler 2016: the worst Huber threshold is R / (2 theta_N^2 - 1 + 1) with f = L R^2 / (2 theta_N^2).
    const theta2 = 9 / (2 * bound);
    const t = 3 / theta2;
    const huber = (x: Tensor): Tensor => sum(where(less(x, t), mul(square(x), 0.5), sub(mul(x, t), (t * t) / 2)));
    const { certificate } = await minimize(
      optimizedGradient({ L: 1, steps: n }),
      { start: vector(3), value: huber, solution: vector(0), least: 0 },
      { maxIterations: n, gradientTolerance: 0 },
    );
    expect(certificate?.achieved).toBeCloseTo(certificate?.bound as number, 10);
  });
});

test("a tolerance of the value is met also by methods that compute no values", async () => {
  const problem = quadratic(1, 100);
  const options = { valueTolerance: 1e-3, gradientTolerance: 0, maxIterations: 500 };
  const { status, iterations, value } = await minimize(nesterov({ mu: 1, L: 100 }), problem, options);
  expect(status).toBe("converged");
  expect(iterations).toBeGreaterThan(3);
  expect(Number(await problem.value?.(value).item())).toBeLessThanOrEqual((problem.least as number) + 1e-3);
  const { start, gradient, value: f } = problem;
  await expect(
    minimize(
      nesterov({ mu: 1, L: 100 }),
      { start, ...(gradient === undefined ? {} : { gradient }), ...(f === undefined ? {} : { value: f }) },
      options,
    ),
  ).rejects.toThrow("needs the problem's value and least");
});

describe("rates", () => {
  /** Iterations until the gap is 1e-9 of the first one. */
  async function iterations(method: Minimizer, problem: Problem<Tensor>): Promise<number> {
    const first = ((await problem.value?.(problem.start).item()) as number) - (problem.least as number);
    for await (const { iteration, x } of iterate(method, problem, { maxIterations: 3000, gradientTolerance: 0 })) {
      const gap = ((await problem.value?.(x).item()) as number) - (problem.least as number);
      if (gap <= 1e-9 * first) return iteration;
    }
    return Infinity;
  }

  // On single functions Nesterov's oscillations can meet the target early: ratios lie between 0.6 and 1.
  test.each([100, 1000])(
    "triple momentum needs at most 0.75 of Nesterov's steps in the median, condition %d",
    async (L) => {
      const ratios: number[] = [];
      for (let seed = 1; seed <= 9; seed++) {
        const problem = await solved(softplusProblem(seed, 10, 20, 1, L), 1, L);
        const [triple, plain] = [tripleMomentum({ mu: 1, L }), nesterov({ mu: 1, L })];
        ratios.push((await iterations(triple, problem)) / (await iterations(plain, problem)));
      }
      ratios.sort((a, b) => a - b);
      expect(ratios[4]).toBeLessThanOrEqual(0.75);
      expect(ratios[8]).toBeLessThanOrEqual(1);
    },
  );

  test("on quadratics every method has its asymptotic factor", async () => {
    const [mu, L] = [1, 100];
    const s = 10;
    const expected: [Minimizer, number][] = [
      [gradientDescent({ mu, L }), (L - mu) / (L + mu)],
      [heavyBall({ mu, L }), (s - 1) / (s + 1)],
      [nesterov({ mu, L }), 1 - 1 / s],
      [tripleMomentum({ mu, L }), 1 - 1 / s],
    ];
    for (const [method, factor] of expected) {
      const problem = quadratic(1, 4, 25, 60, 100);
      const norms = (await minimize(method, problem, { maxIterations: 110, gradientTolerance: 0 })).history.map(
        (h) => h.gradientNorm,
      );
      // A double root turns the power into a linear factor times the power.
      const measured = (norms[110] / norms[50]) ** (1 / 60);
      expect(measured).toBeGreaterThan(factor - 0.02);
      expect(measured).toBeLessThan(factor + 0.02);
    }
  });
});

describe("runs", () => {
  test("condition 1 is solved in one step", async () => {
    for (const make of [nesterov, tripleMomentum, item, heavyBall, gradientDescent]) {
      const { value, certificate } = await minimize(make({ mu: 4, L: 4 }), quadratic(4, 4), {
        maxIterations: 1,
        gradientTolerance: 0,
      });
      for (const [i, v] of (await value.data()).entries()) expect(v).toBeCloseTo(i - 1, 12);
      if (certificate !== undefined) expect(certificate.achieved).toBeLessThanOrEqual(certificate.bound + 1e-12);
    }
  });

  test("item survives thousands of steps, in which its weights would overflow", async () => {
    const method = item({ mu: 0.5, L: 1 });
    const { value, state, certificate } = await minimize(method, quadratic(0.5, 1), {
      maxIterations: 3000,
      gradientTolerance: 0,
    });
    expect(Number.isFinite(state.numbers["A"])).toBe(true);
    expect((await value.data())[0]).toBeCloseTo(-1, 14);
    expect(certificate?.bound).toBe(0);
  });

  test("a gradient that is not finite ends the run with the last good point", async () => {
    const { status, value, message, iterations } = await minimize(
      gradientDescent({ L: 1, step: 1 }),
      // Infinite at 0, which is reached from 2 in two steps of 1.
      { start: vector(2), gradient: (x) => div(x, x) },
      { gradientTolerance: 0 },
    );
    expect(status).toBe("non-finite");
    expect(iterations).toBe(2);
    expect(await value.data()).toEqual(Float64Array.of(0));
    expect(message).toBe(
      "The gradient or the value was not finite in iteration 3. The result is the last finite point.",
    );
  });

  test("trees, f32, statuses, abortion", async () => {
    type P = { a: Tensor; b: Tensor[] };
    const problem: Problem<P> = {
      start: { a: tensor([3, -2]), b: [tensor([[1]])] },
      value: ({ a, b }) => add(sum(mul(square(a), tensor([1, 10]))), sum(square(sub(b[0], 4)))),
    };
    const result = await minimize(nesterov({ mu: 2, L: 20 }), problem, { gradientTolerance: 1e-4 });
    expect(result.status).toBe("converged");
    expect((await result.value.b[0].data())[0]).toBeCloseTo(4, 3);
    expect(result.cost).toEqual({ gradients: result.iterations });
    expect(result.history.length).toBe(result.iterations + 1);
    expect((await minimize(nesterov({ mu: 2, L: 20 }), problem, { maxIterations: 2 })).status).toBe("max-iterations");
    const aborted = await minimize(nesterov({ mu: 2, L: 20 }), problem, { signal: AbortSignal.abort() });
    expect([aborted.status, aborted.iterations]).toEqual(["aborted", 0]);
  });

  test("minimize disposes what is over", async () => {
    const problem = quadratic(1, 10);
    await minimize(nesterov({ mu: 1, L: 10 }), problem, { maxIterations: 3, gradientTolerance: 0 });
    const before = memory().used;
    const { state } = await minimize(nesterov({ mu: 1, L: 10 }), problem, { maxIterations: 200, gradientTolerance: 0 });
    for (const t of [state.x, ...Object.values(state.vectors)]) t.dispose();
    expect(memory().used).toBe(before);
  });

  test("wrong constants and problems are refused", async () => {
    for (const make of [nesterov, tripleMomentum, item, heavyBall]) {
      expect(() => make({ mu: 0, L: 1 })).toThrow(ArgumentError);
      expect(() => make({ mu: 0, L: 1 })).toThrow("mu is out of range");
      expect(() => make({ mu: 2, L: 1 })).toThrow("L is out of range (got L 1 < mu 2");
    }
    expect(() => gradientDescent({ L: -1 })).toThrow("gradientDescent: L is out of range");
    expect(() => nesterovConvex({ L: 1, weights: "cubic" as never })).toThrow("weights is unknown");
    expect(() => optimizedGradient({ L: 1, steps: 0 })).toThrow("steps is out of range");
    const method = nesterov({ mu: 1, L: 1 });
    await expect(minimize(method, { start: vector(1) })).rejects.toThrow("needs a value or a gradient");
    await expect(minimize(method, { start: vector(1), value: sum, speed: 1 } as never)).rejects.toThrow(
      "unknown option",
    );
    await expect(minimize(method, { start: vector(1), value: sum }, { maxIterations: -1 })).rejects.toThrow(
      "maxIterations",
    );
  });
});

describe("flows", () => {
  test("the semi-implicit steps are Nesterov's iterates", async () => {
    for (const problem of [quadratic(1, 7, 50), softplusProblem(21, 5, 9, 1, 50)]) {
      const flow = accelerationFlow({ mu: 1, L: 50 });
      const times = Array.from({ length: 200 }, (_, i) => (i + 1) * flow.timeStep);
      const samples = integrateFlow(flow, problem, { times });
      let at = 0;
      for await (const { x } of iterate(nesterov({ mu: 1, L: 50 }), problem, {
        maxIterations: 200,
        gradientTolerance: 0,
      })) {
        const [ours, theirs] = [await samples[at++].x.data(), await x.data()];
        ours.forEach((v, i) => expect(Math.abs(v - theirs[i])).toBeLessThan(1e-14));
      }
      expect(at).toBe(200);
    }
  });

  test.each(["nesterov", "triple-momentum"] as const)("%s: V falls monotonically and at its rate", async (kind) => {
    for (const problem of [quadratic(1, 7, 50), await solved(softplusProblem(22, 5, 9, 1, 50), 1, 50)]) {
      const flow = accelerationFlow({ mu: 1, L: 50, kind });
      const times = Array.from({ length: 25 }, (_, i) => (i + 1) * 0.2);
      let last = await flow.lyapunov({ x: problem.start, z: problem.start }, problem);
      const first = last;
      for (const sample of integrateFlow(flow, problem, { times, integrator: "rk4" })) {
        const V = await flow.lyapunov(sample, problem);
        expect(V).toBeLessThan(last);
        expect((V * Math.exp(flow.rate * sample.t)) / first).toBeLessThanOrEqual(1 + 1e-9);
        last = V;
      }
    }
  });

  test("wrong arguments are refused", async () => {
    const flow = accelerationFlow({ mu: 1, L: 2 });
    expect(() => accelerationFlow({ mu: 1, L: 2, kind: "heavy" as never })).toThrow("kind is unknown");
    expect(() => integrateFlow(flow, quadratic(1), { times: [1, 0.5] })).toThrow("times must increase");
    await expect(flow.lyapunov({ x: vector(1), z: vector(1) }, { start: vector(1), value: sum })).rejects.toThrow(
      "Lyapunov",
    );
  });
});
