/** What papers claim of the methods, measured. */
import {
  diffGrad,
  adam,
  heavyBall,
  minimize,
  nesterov,
  tripleMomentum,
  type MinimizeResult,
  type Optimizer,
  type Problem,
} from "@ansatz/optim";
import { add, matmul, mul, ones, softplus, square, sub, sum, tensor, where, type Tensor } from "@ansatz/tensor";
import { key, uniform } from "@ansatz/tensor/random";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Derivatives of the first two functions of the diffGrad paper; its notebook forgets the first 8 of the second. */
const SLOPES: Readonly<Record<string, (x: number) => number>> = {
  F1: (x) => (x <= 0 ? 2 * (x + 0.3) : 2 * (x - 0.2)),
  F2: (x) => (x <= -0.9 ? -40 : 8 * x * Math.cos(8 * x) + Math.sin(8 * x) + 3 * x * x),
};

/** Global minima: where, and how close counts. */
const MINIMA: Readonly<Record<string, number>> = { F1: -0.3, F2: -0.643 };

async function descend(method: Optimizer, slope: (x: number) => number): Promise<number> {
  let params: { x: Tensor } = { x: tensor([-1], { dtype: "f64" }) };
  let state = method.init(params);
  for (let step = 0; step < 299; step++) {
    const [x] = await params.x.data();
    ({ params, state } = method.step(params, { x: tensor([slope(Number(x))], { dtype: "f64" }) as Tensor }, state));
  }
  return Number((await params.x.data())[0]);
}

/** diffGrad reaches the global minimum of two functions from -1 where Adam and AMSGrad do not. */
export const friction: Figure = {
  id: "friction",
  title: "diffGrad on two functions of one variable",
  async run(): Promise<Row[]> {
    const common = { learningRate: 0.1, beta1: 0.95, beta2: 0.999 };
    const methods: Readonly<Record<string, Optimizer>> = {
      adam: adam(common),
      amsgrad: adam({ ...common, amsgrad: true }),
      diffgrad: diffGrad(common),
    };
    const rows: Row[] = [];
    for (const [name, slope] of Object.entries(SLOPES)) {
      for (const [method, made] of Object.entries(methods)) {
        const distance = Math.abs((await descend(made, slope)) - MINIMA[name]);
        rows.push(
          makeRow({
            id: `friction.${name}.${method}`,
            title: `${name}: distance of ${method} from the global minimum`,
            unit: "",
            better: "less",
            value: distance,
            target: { relation: method === "diffgrad" ? "<=" : ">=", value: method === "diffgrad" ? 0.01 : 0.3 },
          }),
        );
      }
    }
    return rows;
  },
};

/** `mu / 2 |x|^2 + sum softplus(a_i x - b_i)` with curvatures between mu and L. */
async function softplusProblem(seed: number, mu: number, L: number): Promise<Problem<Tensor>> {
  const [terms, dim] = [20, 10];
  const [forA, forB] = key(seed).split(2);
  const A = uniform(forA, [terms, dim], { dtype: "f64", low: -1, high: 1 }) as Tensor;
  const b = uniform(forB, [terms], { dtype: "f64", low: -1, high: 1 }) as Tensor;
  let v = ones([dim], { dtype: "f64" }) as Tensor;
  let largest = 1;
  for (let i = 0; i < 300; i++) {
    const w = matmul(matmul(A, v), A);
    largest = Math.sqrt(Number(await sum(square(w)).item()));
    v = mul(w, 1 / largest);
  }
  const scaled = mul(A, Math.sqrt((4 * (L - mu)) / (largest * (1 + 1e-9)))).eval();
  return {
    start: ones([dim], { dtype: "f64" }) as Tensor,
    value: (x) => add(mul(sum(square(x)), mu / 2), sum(softplus(sub(matmul(scaled, x), b)))),
  };
}

/** Iterations until the value is within a billionth of the first gap. */
async function iterationsOf(
  run: (options: { readonly valueTolerance: number }) => Promise<MinimizeResult<Tensor>>,
  gap: number,
): Promise<number> {
  const { status, iterations, message } = await run({ valueTolerance: 1e-9 * gap });
  if (status !== "converged") throw new Error(`acceleration: ${message}`);
  return iterations;
}

/** Triple momentum against Nesterov's method, and the cycle of the heavy ball. */
export const acceleration: Figure = {
  id: "acceleration",
  title: "triple momentum against Nesterov's method; the cycle of the heavy ball",
  async run({ report }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const kappa of [100, 1000]) {
      const ratios: number[] = [];
      for (const seed of [0, 1, 2]) {
        report(`condition ${kappa}, problem ${seed + 1} of 3`);
        const [mu, L] = [1, kappa];
        const problem = await softplusProblem(seed, mu, L);
        const value = problem.value as (x: Tensor) => Tensor;
        const best = await minimize(tripleMomentum({ mu, L }), problem, {
          maxIterations: 4000,
          gradientTolerance: 1e-10,
        });
        const least = Number(await value(best.value).item());
        const gap = Number(await value(problem.start).item()) - least;
        const count = (method: ReturnType<typeof nesterov>): Promise<number> =>
          iterationsOf(
            (options) =>
              minimize(method, { ...problem, least }, { ...options, maxIterations: 5000, gradientTolerance: 0 }),
            gap,
          );
        ratios.push((await count(tripleMomentum({ mu, L }))) / (await count(nesterov({ mu, L }))));
      }
      rows.push(
        makeRow({
          id: `acceleration.ratio.${kappa}`,
          title: `steps of triple momentum over Nesterov's, condition ${kappa}, mean of 3`,
          unit: "",
          better: "less",
          value: ratios.reduce((a, b) => a + b, 0) / ratios.length,
          target: { relation: "<=", value: 0.75 },
        }),
      );
    }
    const gradient = (x: Tensor): Tensor =>
      where(x.less(1), mul(x, 25), where(x.less(2), add(x, 24), sub(mul(x, 25), 24)));
    const start = tensor([3.3], { dtype: "f64" }) as Tensor;
    const caught = await minimize(
      heavyBall({ mu: 1, L: 25 }),
      { start, gradient },
      { maxIterations: 400, gradientTolerance: 1e-10, maxPeriod: 5 },
    );
    rows.push(
      makeRow({
        id: "acceleration.cycle",
        title: "period of the cycle that catches the heavy ball from 3.3",
        unit: "",
        better: "less",
        value: caught.period ?? 0,
        target: { relation: "<=", value: 3 },
        note: caught.message,
      }),
    );
    return rows;
  },
};
