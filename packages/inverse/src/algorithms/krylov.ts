/** Krylov methods for least squares, with Tikhonov's regularisation. */
import { add, checkOptions, concat, flatten, mul, reshape, slice, sub, zeros } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import * as linear from "@ansatz/optim/linear";
import type { LinearSolver, LinearState } from "@ansatz/optim/linear";
import { checkNonNegative } from "../check.ts";
import { evaluate, length } from "../vector.ts";
import type { Algorithm, ReconstructionProblem, ReconstructionState } from "./base.ts";
import { startOf } from "./tools.ts";

/** What a linear solver is given. */
type FullProblem = Parameters<LinearSolver["init"]>[0];

/** Options of {@link cgls} and {@link lsqr}. */
export interface KrylovOptions {
  /** Weight lambda of `|x|^2`; 0 when left out. */
  readonly damping?: number;
}

/**
 * Conjugate gradients for `min |A x - b|^2 + damping |x|^2` (Hestenes and Stiefel 1952). The fastest method without constraints,
 * and so the first to follow the noise: stop early or damp.
 *
 * One application of A and its adjoint per iteration, and one of A for the residual.
 * @throws ArgumentError for a damping below 0
 */
export function cgls(options: KrylovOptions = {}): Algorithm {
  return krylov("cgls", linear.cgls(), options);
}

/** The iterates of {@link cgls} by bidiagonalisation, which is more accurate for ill-conditioned operators (Paige and Saunders 1982). */
export function lsqr(options: KrylovOptions = {}): Algorithm {
  return krylov("lsqr", linear.lsqr(), options);
}

function krylov(name: string, solver: LinearSolver, options: KrylovOptions): Algorithm {
  checkOptions(name, options, ["damping"]);
  const { damping = 0 } = options;
  checkNonNegative(name, "damping", damping);
  const full = (problem: ReconstructionProblem): FullProblem => {
    const { operator, data } = problem;
    const rest = zeros([damping === 0 ? 0 : sizeOf(operator.domain)], {
      dtype: data.dtype,
      device: data.device,
    } as never);
    return {
      operator: damping === 0 ? operator : damped(operator, Math.sqrt(damping)),
      rhs: damping === 0 ? data : concat([flatten(data), rest]),
      start: startOf(problem),
      precondition: (r) => r,
      preconditioned: false,
    };
  };
  const stateOf = async (
    problem: ReconstructionProblem,
    inner: LinearState,
    before?: ReconstructionState,
  ): Promise<ReconstructionState> => {
    const current = (await solver.finish?.(full(problem), inner)) ?? inner;
    const { numbers } = await evaluate(() => {
      const r = sub(problem.data, problem.operator.apply(current.x));
      return {
        vectors: {},
        scalars: [length(r), length(current.x), length(before === undefined ? current.x : sub(current.x, before.x))],
      };
    });
    const [residualNorm, size, moved] = numbers;
    const failed = current.failure;
    const normal = current.normalResidualNorm ?? 1;
    return {
      iteration: current.iteration,
      x: current.x,
      residualNorm,
      change: before === undefined ? Infinity : size > 0 ? moved / size : moved,
      vectors: {},
      numbers: {},
      solver: inner,
      // Nothing is left to descend along.
      ...(normal <= 1e-30 ? { converged: true } : {}),
      ...(failed === undefined ? {} : { failure: failed === "non-finite" ? failed : "breakdown" }),
    };
  };
  return {
    name,
    citations: solver.citations,
    watchesResidual: false,
    complex: true,
    init: async (problem) => stateOf(problem, await solver.init(full(problem))),
    step: async (problem, state) =>
      stateOf(problem, await solver.step(full(problem), state.solver as LinearState), state),
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** `x -> [A x, weight x]`, a vector. */
function damped(operator: LinearOperator, weight: number): LinearOperator {
  const [m, n] = [sizeOf(operator.range), sizeOf(operator.domain)];
  return linearOperator({
    name: "damped",
    domain: operator.domain,
    range: [m + n],
    dtype: operator.dtype,
    apply: (x) => concat([flatten(operator.apply(x)), mul(flatten(x), weight)]),
    adjoint: (y) =>
      add(
        operator.adjoint(reshape(slice(y, [[0, m]]), operator.range)),
        mul(reshape(slice(y, [[m, m + n]]), operator.domain), weight),
      ),
  });
}
