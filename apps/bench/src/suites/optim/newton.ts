/** Newton's method with gradient-normalised smoothness: the authors' runs again, and what first-order methods need. */
import {
  exactHessian,
  gradientDescent,
  gradientNormalizedNewton,
  iterate,
  nesterovConvex,
  powerHessian,
  weightedGaussNewton,
  type Curvature,
  type Minimizer,
} from "@ansatz/optim";
import {
  concat,
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
  type Tensor,
} from "@ansatz/tensor";
import { checkSignal } from "../../cli/io.ts";
import type { Curve, Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Iterations end at this distance from the least value. */
const GAP = 1e-8;

/** A run of the authors' code (epfml/grad-norm-smooth, in double precision): gamma at some of its iterations. */
interface Known {
  readonly name: string;
  readonly curvature: Curvature;
  /** Iterations, and the exponents of gamma in them; the last is the one that came close enough. */
  readonly at: readonly number[];
  readonly exponents: readonly number[];
}

interface NewtonProblem {
  readonly id: string;
  readonly title: string;
  readonly start: Tensor;
  readonly value: (x: Tensor) => Tensor;
  readonly least: number;
  readonly known: readonly Known[];
  /** First-order methods to draw beside. */
  readonly others: readonly { readonly name: string; readonly method: Minimizer }[];
}

/** The generator that the authors' runs were made with: uniform numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** `mu log sum exp((A x - b) / mu)`, with columns of A shifted so that it is least at 0. */
function logSumExp(
  seed: number,
  rows: number,
  dim: number,
  mu: number,
): Pick<NewtonProblem, "start" | "value" | "least" | "others"> & { readonly curvatures: readonly Curvature[] } {
  const next = generator(seed);
  const uniform = (): number => 2 * next() - 1;
  const A = Array.from({ length: rows }, () => Array.from({ length: dim }, uniform));
  const b = Array.from({ length: rows }, uniform);
  const weights = b.map((v) => Math.exp(-v / mu));
  const total = weights.reduce((s, v) => s + v, 0);
  const mean = A[0].map((_, j) => A.reduce((s, row, i) => s + (weights[i] / total) * row[j], 0));
  const shifted = A.map((row) => row.map((v, j) => v - mean[j]));
  const [At, bt] = [tensor(shifted, { dtype: "f64" }) as Tensor, tensor(b, { dtype: "f64" }) as Tensor];
  const u = (x: Tensor): Tensor => mul(sub(matmul(At, x), bt), 1 / mu);
  const value = (x: Tensor): Tensor => mul(logsumexp(u(x)), mu);
  // The second derivative is a weighted mean of outer products of rows, less one of a mean.
  const L = Math.max(...shifted.map((row) => row.reduce((s, a) => s + a * a, 0))) / mu;
  return {
    start: ones([dim], { dtype: "f64" }) as Tensor,
    value,
    least: mu * Math.log(total),
    curvatures: [exactHessian(value), weightedGaussNewton(At, (x) => softmax(u(x), 0), mu)],
    others: [
      { name: "gradient descent", method: gradientDescent({ L }) },
      { name: "Nesterov's method", method: nesterovConvex({ L }) },
    ],
  };
}

function problems(): NewtonProblem[] {
  const [one, tenth] = [logSumExp(901, 40, 12, 1), logSumExp(902, 60, 20, 0.1)];
  const part = (x: Tensor, a: number, b: number): Tensor => slice(x, [[a, b]]);
  const residual = (x: Tensor): Tensor =>
    concat([mul(sub(part(x, 1, 2), square(part(x, 0, 1))), 10), sub(1, part(x, 0, 1))]);
  const fifth = (x: Tensor): Tensor => mul(pow(sum(square(residual(x))), 2.5), 1 / 5);
  const [exact, approximate] = ["exact Hessian", "weighted Gauss-Newton"];
  return [
    {
      id: "lse-1",
      title: "log-sum-exp of 40 terms, mu = 1",
      ...one,
      known: [
        { name: exact, curvature: one.curvatures[0], at: [0, 1, 2, 3, 4, 5, 6], exponents: [0, 1, 2, 3, 4, 5, 6] },
        {
          name: approximate,
          curvature: one.curvatures[1],
          at: [0, 1, 2, 3, 4, 5, 7],
          exponents: [0, 1, 2, 3, 4, 5, 7],
        },
      ],
    },
    {
      id: "lse-0.1",
      title: "log-sum-exp of 60 terms, mu = 0.1",
      ...tenth,
      known: [
        {
          name: exact,
          curvature: tenth.curvatures[0],
          at: [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 25],
          exponents: [0, 1, 2, 2, 0, 1, 1, -1, 0, 0, 3],
        },
        {
          name: approximate,
          curvature: tenth.curvatures[1],
          at: [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 94],
          exponents: [0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 3],
        },
      ],
    },
    {
      id: "rosenbrock-5",
      title: "fifth power of Rosenbrock's residual",
      start: tensor([-2, 2], { dtype: "f64" }) as Tensor,
      value: fifth,
      least: 0,
      others: [],
      known: [
        {
          name: exact,
          curvature: exactHessian(fifth),
          at: [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 56],
          exponents: [0, 1, 2, 2, 2, 2, 1, 1, -1, -1, 0, -1, -1, -2],
        },
        {
          name: "Gauss-Newton and Fisher",
          curvature: powerHessian(residual, 5),
          at: [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 57],
          exponents: [0, 1, 2, 2, 2, 2, 1, 2, -1, -1, -1, -1, -1, -2],
        },
      ],
    },
  ];
}

/** Distances from the least value by iteration, to 1e-8, and gamma before every iteration where the method has one. */
async function follow(
  method: Minimizer,
  { start, value, least }: NewtonProblem,
  most: number,
  signal: AbortSignal,
): Promise<{ readonly gaps: number[]; readonly gammas: number[] }> {
  const gapOf = async (x: Tensor): Promise<number> => Number(await value(x).item()) - least;
  const gaps = [await gapOf(start)];
  const gammas = [1];
  const options = { maxIterations: most, gradientTolerance: 0, signal };
  for await (const state of iterate(method, { start, value }, options)) {
    gaps.push(state.value === undefined ? await gapOf(state.x) : state.value - least);
    gammas.push(state.numbers["gamma"] ?? Number.NaN);
    if (gaps[gaps.length - 1] < GAP) break;
  }
  checkSignal(signal);
  return { gaps, gammas };
}

/** Most iterations of a first-order method. */
const MOST = 2000;

/** The runs. */
export const newton: Figure = {
  id: "newton",
  title: "Newton's method with gradient-normalised smoothness, to 1e-8: the authors' runs, and first-order methods",
  async run({ signal, report }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const problem of problems()) {
      const curveOf = (name: string, gaps: readonly number[]): Curve => ({
        name,
        x: "iterations",
        y: `distance from the least value, ${problem.title}`,
        points: gaps.flatMap((gap, k): [number, number][] => (k > 0 && gap > 1e-12 ? [[k, gap]] : [])),
      });
      for (const { name, curvature, at, exponents } of problem.known) {
        report(`${problem.title}: ${name}`);
        const { gaps, gammas } = await follow(gradientNormalizedNewton({ curvature }), problem, 200, signal);
        const iterations = gaps.length - 1;
        const id = `newton.${problem.id}.${name.toLowerCase().replaceAll(" ", "-")}`;
        const common = { unit: "", better: "equal" } as const;
        rows.push(
          makeRow({
            ...common,
            id,
            title: `${problem.title}, ${name}: iterations, the authors' code takes ${at[at.length - 1]}`,
            value: iterations,
            target: { relation: "=", value: at[at.length - 1] },
            curves: [curveOf(name, gaps)],
          }),
          makeRow({
            ...common,
            id: `${id}.gamma`,
            title: `${problem.title}, ${name}: iterations whose gamma is not the authors', of ${at.length}`,
            value: at.filter((k, i) => gammas[k] !== 2 ** exponents[i]).length,
            target: { relation: "=", value: 0 },
          }),
        );
      }
      for (const { name, method } of problem.others) {
        report(`${problem.title}: ${name}`);
        const { gaps } = await follow(method, problem, MOST, signal);
        const arrived = gaps[gaps.length - 1] < GAP;
        rows.push(
          makeRow({
            id: `newton.${problem.id}.${name.toLowerCase().replaceAll(/[ ']/g, "-")}`,
            title: `${problem.title}, ${name}: iterations`,
            unit: "",
            better: "less",
            value: gaps.length - 1,
            ...(arrived ? {} : { note: `still ${gaps[gaps.length - 1].toExponential(1)} away` }),
            curves: [curveOf(name, gaps)],
          }),
        );
      }
    }
    return rows;
  },
};
