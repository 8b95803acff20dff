/** Iterates of first-order methods with fixed steps, flows, and two one-dimensional worst cases. */
import {
  accelerationFlow,
  gradientDescent,
  heavyBall,
  integrateFlow,
  item,
  iterate,
  minimize,
  nesterov,
  nesterovConvex,
  tripleMomentum,
  type Minimizer,
  type MinimizeState,
  type Problem,
} from "@ansatz/optim";
import { add, less, matmul, mul, softplus, square, sub, sum, tensor, where, type Tensor } from "@ansatz/tensor";
import { expect } from "vitest";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

interface Quadratic {
  readonly kind: "quadratic";
  readonly a: readonly number[];
  readonly x_star: readonly number[];
}
interface Softplus {
  readonly kind: "softplus";
  readonly A: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly x_star: readonly number[];
}
interface FlowCase {
  readonly t: readonly number[];
  readonly x: readonly (readonly number[])[];
  readonly z: readonly (readonly number[])[];
  readonly V0: number;
  readonly V: readonly number[];
}
interface Row {
  readonly problem: Quadratic | Softplus;
  readonly mu: number;
  readonly L: number;
  readonly x0: readonly number[];
  readonly f_star: number;
  readonly iterates: Readonly<
    Record<string, { steps: readonly number[]; x: readonly (readonly number[])[]; f_minus_fstar: readonly number[] }>
  >;
  readonly item_A: readonly number[];
  readonly flow: FlowCase;
  readonly flow_triple: FlowCase;
}
interface GoldenFile {
  readonly tolerance: { readonly rel: number; readonly abs: number; readonly flow_rel: number };
  readonly cases: readonly Row[];
  readonly heavy_ball_counterexample: {
    readonly runs: readonly {
      readonly x0: number;
      readonly x: Readonly<Record<string, number>>;
      readonly last3: readonly number[];
      readonly converges: boolean;
    }[];
  };
  readonly nesterov_convex_huber: {
    readonly rows: readonly { readonly n: number; readonly f_xn: number; readonly bound: number }[];
  };
}

const vector = (values: readonly number[]): Tensor => tensor([...values], { dtype: "f64" });

function problemOf({ problem, mu, x0, f_star }: Row): Problem<Tensor> {
  const known = { start: vector(x0), least: f_star, solution: vector(problem.x_star) };
  if (problem.kind === "quadratic") {
    const [a, star] = [vector(problem.a), vector(problem.x_star)];
    return { ...known, value: (x) => mul(sum(mul(a, square(sub(x, star)))), 0.5) };
  }
  if (problem.kind !== "softplus") throw new Error(`unknown problem ${(problem as { kind: string }).kind}`);
  const A = tensor(problem.A as number[][], { dtype: "f64" });
  const b = vector(problem.b);
  return { ...known, value: (x) => add(mul(sum(square(x)), mu / 2), sum(softplus(sub(matmul(A, x), b)))) };
}

type Method = {
  readonly make: (mu: number, L: number) => Minimizer;
  readonly read?: (s: MinimizeState<Tensor>) => Tensor;
};
const METHODS: Readonly<Record<string, Method>> = {
  "gd_2/(L+mu)": { make: (mu, L) => gradientDescent({ mu, L }) },
  "gd_1/L": { make: (mu, L) => gradientDescent({ mu, L, step: 1 / L }) },
  nesterov_strongly_convex: { make: (mu, L) => nesterov({ mu, L }) },
  nesterov_convex_fista: { make: (_, L) => nesterovConvex({ L }) },
  "nesterov_convex_k/(k+3)": { make: (_, L) => nesterovConvex({ L, weights: "linear" }) },
  heavy_ball_polyak: { make: (mu, L) => heavyBall({ mu, L }) },
  triple_momentum_x: { make: (mu, L) => tripleMomentum({ mu, L }) },
  triple_momentum_xi: { make: (mu, L) => tripleMomentum({ mu, L }), read: ({ vectors }) => vectors["xi"] },
  item_z: { make: (mu, L) => item({ mu, L }) },
};

async function checkIterates(golden: Row, name: string, tolerance: GoldenFile["tolerance"]): Promise<void> {
  const { make, read = (s: MinimizeState<Tensor>): Tensor => s.x } = METHODS[name];
  const { steps, x, f_minus_fstar: gaps } = golden.iterates[name];
  const problem = problemOf(golden);
  let at = 0;
  for await (const state of iterate(make(golden.mu, golden.L), problem, {
    maxIterations: steps[steps.length - 1],
    gradientTolerance: 0,
  })) {
    if (state.iteration !== steps[at]) continue;
    const point = read(state);
    expectCloseNorm(`iterate ${state.iteration}`, await point.data(), x[at], tolerance);
    const gap = ((await problem.value?.(point).item()) as number) - golden.f_star;
    // The gap is a difference of values.
    expect(Math.abs(gap - gaps[at])).toBeLessThanOrEqual(
      tolerance.rel * Math.abs(gaps[at]) + tolerance.abs + 1e-15 * golden.f_star,
    );
    if (name === "item_z") expectCloseNorm("A", [state.numbers["A"]], [golden.item_A[at]], tolerance);
    at++;
  }
  expect(at).toBe(steps.length);
}

async function checkFlow(golden: Row, triple: boolean, rel: number): Promise<void> {
  const { mu, L } = golden;
  const expected = triple ? golden.flow_triple : golden.flow;
  const flow = accelerationFlow({ mu, L, kind: triple ? "triple-momentum" : "nesterov" });
  const problem = problemOf(golden);
  const samples = integrateFlow(flow, problem, {
    times: expected.t,
    integrator: "rk4",
    // Fourth order: an error of about (L b h)^4 / 100.
    maxStep: 5e-4,
  });
  const start = { x: problem.start, z: problem.start };
  expectCloseNorm("V(0)", [await flow.lyapunov(start, problem)], [expected.V0], { rel });
  for (const [i, sample] of samples.entries()) {
    expectCloseNorm(`x(${sample.t})`, await sample.x.data(), expected.x[i], { rel });
    expectCloseNorm(`z(${sample.t})`, await sample.z.data(), expected.z[i], { rel });
    const V = await flow.lyapunov(sample, problem);
    expectCloseNorm(`V(${sample.t})`, [V], [expected.V[i]], { rel, abs: 1e-13 });
    expect(V * Math.exp(flow.rate * sample.t)).toBeLessThanOrEqual(expected.V0 * (1 + 1e-9));
  }
}

/** `f'(x) = 25 x | x + 24 | 25 x - 24` with breaks at 1 and 2. */
function kinked(x: Tensor): Tensor {
  return where(less(x, 1), mul(x, 25), where(less(x, 2), add(x, 24), sub(mul(x, 25), 24)));
}

async function checkHeavyBall(
  run: GoldenFile["heavy_ball_counterexample"]["runs"][number],
  rel: number,
): Promise<void> {
  const problem = { start: vector([run.x0]), gradient: kinked };
  const method = heavyBall({ mu: 1, L: 25 });
  for await (const { iteration, x } of iterate(method, problem, { maxIterations: 30, gradientTolerance: 0 })) {
    const expected = run.x[String(iteration)];
    if (expected !== undefined) expectCloseNorm(`x${iteration}`, await x.data(), [expected], { rel, abs: 1e-12 });
  }
  const { status, period, value } = await minimize(method, problem, { maxPeriod: 5, gradientTolerance: 1e-12 });
  expect(status).toBe(run.converges ? "converged" : "cycle");
  if (!run.converges) {
    expect(period).toBe(3);
    const [x] = await value.data();
    expect(Math.min(...run.last3.map((y) => Math.abs(x - y)))).toBeLessThan(1e-9);
  }
}

async function checkHuber({ n, f_xn, bound }: { n: number; f_xn: number; bound: number }): Promise<void> {
  const t = 4 / (n * n + 5 * n + 6);
  const huber = (x: Tensor): Tensor => sum(where(less(x, t), mul(square(x), 0.5), sub(mul(x, t), (t * t) / 2)));
  const { certificate } = await minimize(
    nesterovConvex({ L: 1, weights: "linear" }),
    { start: vector([1]), value: huber, solution: vector([0]), least: 0 },
    { maxIterations: n, gradientTolerance: 0 },
  );
  expectCloseNorm("value", [certificate?.achieved ?? NaN], [f_xn], { rel: 1e-12 });
  expectCloseNorm("bound", [certificate?.bound ?? NaN], [bound], { rel: 1e-14 });
  // The worst case is attained.
  expectCloseNorm("attained", [certificate?.achieved ?? NaN], [bound], { rel: 1e-11 });
}

/** The file with iterates, flows and worst cases. */
export const acceleration: GoldenReader = (data) => {
  const file = data as unknown as GoldenFile;
  const kind = "acceleration";
  return [
    ...file.cases.flatMap((golden, i): GoldenCase[] => {
      const where = `problem ${i} (${golden.problem.kind})`;
      return [
        ...Object.keys(golden.iterates).map((name) => ({
          kind,
          name: `${name}, ${where}`,
          run: () => checkIterates(golden, name, file.tolerance),
        })),
        ...[false, true].map((triple) => ({
          kind,
          name: `${triple ? "flow_triple" : "flow"}, ${where}`,
          run: () => checkFlow(golden, triple, file.tolerance.flow_rel),
        })),
      ];
    }),
    ...file.heavy_ball_counterexample.runs.map((run) => ({
      kind,
      name: `heavy ball from ${run.x0}`,
      run: () => checkHeavyBall(run, file.tolerance.rel),
    })),
    ...file.nesterov_convex_huber.rows.map((row) => ({
      kind,
      name: `Huber function, n = ${row.n}`,
      run: () => checkHuber(row),
    })),
  ];
};
