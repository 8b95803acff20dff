/** Runs of Newton's method with gradient-normalised smoothness. */
import {
  exactHessian,
  gradientNormalizedNewton,
  powerHessian,
  weightedGaussNewton,
  type Curvature,
  type MinimizeState,
} from "@ansatz/optim";
import {
  add,
  concat,
  eye,
  grad,
  logsumexp,
  matmul,
  mul,
  ones,
  pow,
  slice,
  softmax,
  square,
  sub,
  sum,
  tensor,
  transpose,
  type Tensor,
} from "@ansatz/tensor";
import { expect } from "vitest";
import { lcg } from "../support/softplus.ts";
import { expectCloseNorm, type GoldenCase, type GoldenReader } from "@ansatz/golden";

interface Run {
  readonly iterations: number;
  readonly k: readonly number[];
  readonly f: readonly number[];
  readonly grad_norm: readonly number[];
  readonly gamma: readonly number[];
  readonly linear_solves: readonly number[];
  readonly x_last: readonly number[];
}

interface Row extends Readonly<Record<string, unknown>> {
  readonly problem: string;
  readonly seed?: number;
  readonly rows?: number;
  readonly dim?: number;
  readonly mu?: number;
  readonly p?: number | null;
  readonly x0: string | readonly number[];
  readonly f_star?: number;
}

interface Setup {
  readonly start: Tensor;
  readonly value: (x: Tensor) => Tensor;
  readonly least: number;
  readonly metric?: Tensor;
  readonly curvatures: Readonly<Record<string, Curvature>>;
}

const vector = (values: readonly number[]): Tensor => tensor([...values], { dtype: "f64" });

/** `|u|^p / p`, whose powers are written out so that u = 0 has derivatives for p = 2. */
function powered(residual: (x: Tensor) => Tensor, p: number): Pick<Setup, "value" | "curvatures"> {
  const value = (x: Tensor): Tensor => mul(pow(sum(square(residual(x))), p / 2), 1 / p);
  return {
    value,
    curvatures: {
      exact: exactHessian(value),
      gauss_newton_plus_fisher: powerHessian(residual, p),
      fisher_term_rank_one: powerHessian(residual, p, "fisher"),
    },
  };
}

function setupOf(golden: Row): Setup {
  const { problem, seed = 0, rows = 0, dim = 0, mu = 1, p } = golden;
  const next = lcg(seed);
  const uniform = (): number => 2 * next() - 1;
  if (problem === "logsumexp_zero" || problem === "linear_power") {
    const A0 = Array.from({ length: rows }, () => Array.from({ length: dim }, uniform));
    const b0 = Array.from({ length: rows }, uniform);
    const b = vector(b0);
    if (problem === "linear_power") {
      const A = tensor(A0, { dtype: "f64" });
      return {
        start: ones([dim], { dtype: "f64" }),
        ...powered((x) => sub(matmul(A, x), b), p as number),
        least: 0,
        metric: add(matmul(transpose(A), A), mul(eye(dim, dim, { dtype: "f64" }), 1e-8)).eval(),
      };
    }
    const weights = b0.map((v) => Math.exp(-v / mu));
    const total = weights.reduce((s, v) => s + v, 0);
    const mean = Array.from({ length: dim }, (_, j) => A0.reduce((s, row, i) => s + (weights[i] / total) * row[j], 0));
    const A = tensor(
      A0.map((row) => row.map((v, j) => v - mean[j])),
      { dtype: "f64" },
    );
    const u = (x: Tensor): Tensor => mul(sub(matmul(A, x), b), 1 / mu);
    const value = (x: Tensor): Tensor => mul(logsumexp(u(x)), mu);
    return {
      start: ones([dim], { dtype: "f64" }),
      value,
      least: golden.f_star as number,
      curvatures: {
        exact: exactHessian(value),
        weighted_gauss_newton: weightedGaussNewton(A, (x) => softmax(u(x), 0), mu),
      },
    };
  }
  const part = (x: Tensor, a: number, b: number): Tensor => slice(x, [[a, b]]);
  if (problem === "rosenbrock" || problem === "rosenbrock_power") {
    const residual = (x: Tensor): Tensor =>
      concat([mul(sub(part(x, 1, 2), square(part(x, 0, 1))), 10), sub(1, part(x, 0, 1))]);
    const start = vector(golden.x0 as readonly number[]);
    if (problem === "rosenbrock_power") return { start, ...powered(residual, p as number), least: 0 };
    const value = (x: Tensor): Tensor => sum(square(residual(x)));
    return { start, value, least: 0, curvatures: { exact: exactHessian(value) } };
  }
  if (problem !== "chebyshev") throw new Error(`unknown problem ${problem}`);
  const residual = (x: Tensor): Tensor =>
    concat([mul(sub(1, part(x, 0, 1)), 0.5), add(sub(part(x, 1, dim), mul(square(part(x, 0, dim - 1)), 2)), 1)]);
  const start = vector(Array.from({ length: dim }, next));
  return { start, ...powered(residual, p as number), least: 0 };
}

async function checkRun(golden: Row, name: string, rel: number): Promise<void> {
  const { start, value, least, metric, curvatures } = setupOf(golden);
  const run = golden[name] as Run;
  const curvature = curvatures[name];
  if (curvature === undefined) throw new Error(`unknown curvature ${name}`);
  const method = gradientNormalizedNewton({ curvature, metric });
  const problem = { start, value, gradient: grad(value) };
  let state: MinimizeState<Tensor> = await method.init(problem);
  for (let at = 0; ;) {
    const { iteration, value: f = NaN, gradientNorm, numbers, cost, failure } = state;
    expect(failure).toBeUndefined();
    if (iteration === run.k[at]) {
      expect(numbers["gamma"], `gamma in iteration ${iteration}`).toBe(run.gamma[at]);
      expect(cost["solves"]).toBe(run.linear_solves[at]);
      // The last gradients are differences of nearly equal numbers, as large as the rounding of the first ones allows.
      expectCloseNorm(`f in iteration ${iteration}`, [f], [run.f[at]], { rel, abs: 1e-15 * run.f[0] });
      expectCloseNorm(`gradient in iteration ${iteration}`, [gradientNorm], [run.grad_norm[at]], {
        rel,
        abs: 1e-14 * run.grad_norm[0],
      });
      at++;
    }
    if (f - least < 1e-8 || iteration > run.iterations) break;
    state = await method.step(problem, state);
    expect(state.value).toBeLessThanOrEqual(f);
  }
  expect(state.iteration).toBe(run.iterations);
  const x = Array.from(await state.x.data(), Number);
  // With more unknowns than residuals the metric's condition is about 1e9, and what the residuals do not see is rounding
  // times that; f and gamma above are not affected.
  const free = golden.problem === "linear_power" && (golden.dim ?? 0) > (golden.rows ?? 0);
  expectCloseNorm("x", x.slice(0, run.x_last.length), run.x_last, { rel: free ? 10 * rel : rel, abs: 1e-6 });
}

/** The file with runs of the method. */
export const gradientNormalized: GoldenReader = (data) => {
  const { cases, tolerance } = data as unknown as { cases: Row[]; tolerance: { rel: number } };
  return cases.flatMap((golden): GoldenCase[] =>
    Object.entries(golden)
      .filter(([, run]) => typeof run === "object" && run !== null && "linear_solves" in run)
      .map(([name]) => ({
        kind: "gradient-normalised Newton",
        name: `${name} on ${golden.problem}, seed ${golden.seed}, p = ${golden.p}`,
        run: () => checkRun(golden, name, tolerance.rel),
      })),
  );
};
