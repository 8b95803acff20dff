/** Newton's method with gradient-normalised smoothness. */
import {
  add,
  ArgumentError,
  isTensor,
  matmul,
  mul,
  scope,
  ShapeError,
  showShape,
  tensor,
  treeLeaves,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { linearOperator } from "@ansatz/tensor/linear";
import { checkFunction, checkPositive, settings, type Check, type Fields } from "../../check.ts";
import { GRADIENT_NORMALIZED_PAPER } from "../../citation.ts";
import { cholesky, choleskySolve, forwardSolve } from "../../dense.ts";
import { cg } from "../../linear/cg.ts";
import { solveLinear } from "../../linear/solve.ts";
import type { Minimizer, MinimizeState, Oracle } from "../../minimize/base.ts";
import { combination, read } from "../../vector.ts";

/** Second derivatives at a point, or an approximation: a matrix [d, d], or an operator from vectors to vectors. */
export type Curvature = (x: Tensor) => Tensor | LinearOperator;

/** Options of {@link gradientNormalizedNewton}. */
export interface GradientNormalizedOptions {
  /** See {@link import("./hessians.ts")} for exact ones, Gauss-Newton and Fisher matrices. */
  readonly curvature: Curvature;
  /** Symmetric positive definite matrix B of the norm `sqrt(h^T B h)`, [d, d]; the identity when left out. */
  readonly metric?: Tensor;
  /** First value of gamma, > 0; 1 when left out. */
  readonly gamma?: number;
  /** Added to gamma in the regularisation, > 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** Relative residual of the inner solves, for operators; 1e-10 when left out. */
  readonly innerTolerance?: number;
}

const checkOptionalMatrix: Check = (name, field, value) => {
  if (value !== null && (value as Tensor)?.ndim !== 2) {
    throw new ArgumentError(`${name}: ${field} must be a matrix [d, d] (got ${typeof value}).`);
  }
};

const FIELDS: Fields<{ [K in keyof GradientNormalizedOptions]-?: GradientNormalizedOptions[K] | null }> = {
  curvature: [null, checkFunction],
  metric: [null, checkOptionalMatrix],
  gamma: [1, checkPositive],
  epsilon: [1e-8, checkPositive],
  innerTolerance: [1e-10, checkPositive],
};

/** Least gamma after an accepted step, and most trials of a step. */
const [LEAST, TRIALS] = [1e-9, 40];

/**
 * Newton's method regularised by the norm of the gradient (Semenov, Jaggi and Doikov 2025, algorithm 1).
 *
 * With `|h| = sqrt(h^T B h)` and the dual norm `|g|* = sqrt(g^T B^-1 g)`, a trial solves `(H + lambda B) D = -g` for
 * `lambda = |g|* / (gamma + epsilon)` and is accepted when `f(x) - f(x + D) >= |grad f(x + D)|*^2 / (8 lambda)`; then gamma
 * doubles, otherwise it halves. For H positive semi-definite, `|D| <= gamma`.
 *
 * A matrix that is not positive definite after regularisation, and values that are not finite, are trials that failed. After
 * 40 of them the status is `search-failed` and the point stays. In f32 the test allows for 4 units in the last place of f,
 * since it compares differences of nearly equal values.
 *
 * One factorisation (on the host, in double precision) or inner CG solve and one gradient per trial.
 * @throws ArgumentError for a value outside its range; from the run, for a start that is no vector
 * @example
 * const method = gradientNormalizedNewton({ curvature: exactHessian(f) });
 * const { value } = await minimize(method, { start, value: f });
 */
export function gradientNormalizedNewton(options: GradientNormalizedOptions): Minimizer {
  const name = "gradientNormalizedNewton";
  const all = settings(name, options, FIELDS);
  const {
    metric,
    gamma: first,
    epsilon,
    innerTolerance,
  } = all as { metric: Tensor | null; gamma: number; epsilon: number; innerTolerance: number };
  const curvature = all.curvature as Curvature;
  let factor: Promise<Metric> | undefined;
  const metricOf = (x: Tensor): Promise<Metric> => (factor ??= prepareMetric(name, metric, x));

  return {
    name,
    citations: [GRADIENT_NORMALIZED_PAPER],
    async init<P extends Tree>(problem: Oracle<P>): Promise<MinimizeState<P>> {
      const x = vectorOf(name, problem);
      const g = scope(() => problem.gradient(problem.start)) as P;
      const { dualNorm } = await metricOf(x);
      const size = dualNorm(await numbersOf(only(g)));
      const value = await read(() => (problem.value as (x: P) => Tensor)(problem.start));
      return {
        iteration: 0,
        x: problem.start,
        vectors: { gradient: g },
        numbers: { gamma: first },
        gradientNorm: size,
        value,
        cost: { values: 1, gradients: 1, solves: 0 },
        ...(Number.isFinite(size + value) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step<P extends Tree>(problem: Oracle<P>, state: MinimizeState<P>): Promise<MinimizeState<P>> {
      const x = only(state.x);
      const { B, dualNorm } = await metricOf(x);
      const g = await numbersOf(only(state.vectors["gradient"]));
      const before = state.value as number;
      const slack = x.dtype === "f32" ? 4 * 2 ** -24 * Math.abs(before) : 0;
      const H = scope(() => curvature(x));
      const dense = isTensor(H) ? await rowsOf(name, H, g.length) : null;
      if (isTensor(H)) H.dispose();
      let { gamma } = state.numbers;
      const cost = { ...state.cost };
      for (let trial = 0; trial < TRIALS; trial++, gamma /= 2) {
        const lambda = state.gradientNorm / (gamma + epsilon);
        cost["solves"]++;
        const D =
          dense === null
            ? await solveOperator(H as LinearOperator, metric, lambda, only(state.vectors["gradient"]), innerTolerance)
            : solveDense(dense, B, lambda, g, x);
        if (D === null) continue;
        const next = scope(() => like(state.x, combination([1, x], [1, D])));
        D.dispose();
        cost["values"]++;
        const value = await read(() => (problem.value as (x: P) => Tensor)(next));
        // A worse value need not pay for a gradient.
        if (!(value <= before + slack)) {
          only(next).dispose();
          continue;
        }
        cost["gradients"]++;
        const fresh = scope(() => problem.gradient(next)) as P;
        const size = dualNorm(await numbersOf(only(fresh)));
        if (Number.isFinite(size) && before - value + slack >= size ** 2 / (8 * lambda)) {
          return {
            iteration: state.iteration + 1,
            x: next,
            vectors: { gradient: fresh },
            numbers: { gamma: Math.max(2 * gamma, LEAST) },
            gradientNorm: size,
            value,
            cost,
          };
        }
        for (const t of [only(next), only(fresh)]) t.dispose();
      }
      return { ...state, cost, failure: "search-failed" };
    },
  };
}

/** A norm: its matrix, null for the identity, and the norm of gradients. */
interface Metric {
  readonly B: Float64Array[] | null;
  readonly dualNorm: (g: Float64Array) => number;
}

async function prepareMetric(name: string, metric: Tensor | null, x: Tensor): Promise<Metric> {
  if (metric === null) return { B: null, dualNorm: (g) => Math.hypot(...g) };
  const B = await rowsOf(name, metric, x.size);
  const L = cholesky(B);
  if (L === null) throw new ArgumentError(`${name}: metric is not positive definite.`);
  return { B, dualNorm: (g) => Math.hypot(...forwardSolve(L, g)) };
}

/** The one vector that a problem is about. */
function vectorOf<P extends Tree>(name: string, { start, value }: Oracle<P>): Tensor {
  const leaves = treeLeaves(start);
  if (leaves.length !== 1 || leaves[0].ndim !== 1) {
    throw new ArgumentError(
      `${name}: the start must be one vector (got ${leaves.length} tensors, first of shape ${showShape(leaves[0].shape)}). Use ravel().`,
    );
  }
  if (value === undefined) throw new ArgumentError(`${name}: the problem needs its value (got none).`);
  return leaves[0];
}

/** The only tensor of a tree. */
function only(tree: Tree): Tensor {
  return treeLeaves(tree)[0];
}

/** A tensor in the place of the only one of a tree. */
function like<P extends Tree>(tree: P, x: Tensor): P {
  if (isTensor(tree)) return x as Tree as P;
  const [[k, inside]] = Object.entries(tree) as [string, Tree][];
  return (Array.isArray(tree) ? [like(inside, x)] : { [k]: like(inside, x) }) as Tree as P;
}

async function numbersOf(x: Tensor): Promise<Float64Array> {
  return Float64Array.from(await x.data(), Number);
}

async function rowsOf(name: string, matrix: Tensor, d: number): Promise<Float64Array[]> {
  if (showShape(matrix.shape) !== showShape([d, d])) {
    throw new ShapeError(
      `${name}: a matrix does not fit (got shape ${showShape(matrix.shape)}, expected [${d},${d}]).`,
    );
  }
  const values = await numbersOf(matrix);
  return Array.from({ length: d }, (_, i) => values.slice(i * d, (i + 1) * d));
}

function solveDense(
  H: Float64Array[],
  B: Float64Array[] | null,
  lambda: number,
  g: Float64Array,
  x: Tensor,
): Tensor | null {
  const L = cholesky(H.map((row, i) => row.map((v, j) => v + lambda * (B === null ? (i === j ? 1 : 0) : B[i][j]))));
  if (L === null) return null;
  const D = choleskySolve(L, g).map((v) => -v);
  return tensor(x.dtype === "f64" ? D : Float32Array.from(D), { device: x.device }) as Tensor;
}

async function solveOperator(
  H: LinearOperator,
  metric: Tensor | null,
  lambda: number,
  g: Tensor,
  tolerance: number,
): Promise<Tensor | null> {
  const apply = (v: Tensor): Tensor => add(H.apply(v), mul(metric === null ? v : matmul(metric, v), lambda));
  const operator = linearOperator({ domain: H.domain, range: H.range, dtype: H.dtype, apply, adjoint: apply });
  const rhs = scope(() => mul(g, -1));
  const { value, status } = await solveLinear(cg(), { operator, rhs }, { tolerance });
  rhs.dispose();
  if (status === "converged" || status === "max-iterations") return value;
  value.dispose();
  return null;
}
