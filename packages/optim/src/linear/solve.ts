/** Runs linear solvers. */
import {
  ArgumentError,
  checkOptions,
  DTypeError,
  isTensor,
  mul,
  ShapeError,
  showShape,
  zerosLike,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { checkCount, checkNonNegative } from "../check.ts";
import { read } from "../vector.ts";
import type {
  FullProblem,
  LinearOptions,
  LinearProblem,
  LinearResult,
  LinearSolver,
  LinearState,
  LinearStatus,
} from "./base.ts";
import { length, residual, unknowns } from "./tools.ts";

/**
 * Solves `A x = b` and yields the state after every iteration; the generator's return value is the result.
 *
 * States are yours: nothing in them is disposed. {@link solveLinear} runs to the end and disposes what is over.
 */
export async function* iterateLinear(
  solver: LinearSolver,
  problem: LinearProblem,
  options: LinearOptions = {},
): AsyncGenerator<LinearState, LinearResult, void> {
  const states = drive(solver, problem, options);
  const first = await states.next();
  return first.done === true ? first.value : yield* states;
}

/** The same with the state before the first iteration. */
async function* drive(
  solver: LinearSolver,
  problem: LinearProblem,
  options: LinearOptions,
): AsyncGenerator<LinearState, LinearResult, void> {
  const { name } = solver;
  checkOptions(name, options, ["tolerance", "maxIterations", "signal"]);
  const full = filled(solver, problem);
  const { operator, rhs } = full;
  const single = operator.dtype === "f32" || operator.dtype === "c64";
  const { tolerance = single ? 1e-6 : 1e-10, signal } = options;
  const { maxIterations = Math.max(100, 2 * unknowns(full.start)) } = options;
  checkNonNegative(name, "tolerance", tolerance);
  checkCount(name, "maxIterations", maxIterations, 0);
  const size = await read(() => length(rhs));
  if (!Number.isFinite(size)) {
    throw new ArgumentError(`${name}: the right-hand side is not finite (got norm ${size}).`);
  }
  const normalSize = await normalSizeOf(full, solver);
  const relative = (norm: number): number => (size > 0 ? norm / size : norm);
  let state = await solver.init(full);
  const history = [relative(state.residualNorm)];
  const finish = async (status: LinearStatus): Promise<LinearResult> => {
    const last = (await solver.finish?.(full, state)) ?? state;
    const value = last.x === full.start ? mul(last.x, 1) : last.x;
    const { iteration: iterations, cost } = last;
    const attained = relative(await read(() => length(residual(full, value))));
    return {
      value,
      status,
      message: sentence(status, iterations, attained),
      iterations,
      history,
      residual: attained,
      cost,
      ...(last.notes === undefined ? {} : { notes: last.notes }),
      citations: solver.citations,
    };
  };
  yield state;
  for (;;) {
    if (state.failure !== undefined) return finish(state.failure);
    if (state.residualNorm <= tolerance * size) return finish("converged");
    const { normalResidualNorm } = state;
    if (normalResidualNorm !== undefined && normalResidualNorm <= tolerance * normalSize)
      return finish("least-squares");
    if (state.iteration >= maxIterations) return finish("max-iterations");
    if (signal?.aborted === true) return finish("aborted");
    state = await solver.step(full, state);
    if (state.failure === undefined) history.push(relative(state.residualNorm));
    yield state;
  }
}

/**
 * Solves `A x = b`, or the least-squares problem, with an iterative solver.
 *
 * The result has the status, the history of the recursion's residuals, and the residual computed from the result itself,
 * which rounding keeps above the recursion's in ill-conditioned problems.
 * @throws ArgumentError, ShapeError, DTypeError when operator, right-hand side, start and preconditioner do not fit
 * @example
 * const { value, message } = await solveLinear(cg(), { operator: poissonOperator({ size: 63 }), rhs: b });
 */
export async function solveLinear(
  solver: LinearSolver,
  problem: LinearProblem,
  options: LinearOptions = {},
): Promise<LinearResult> {
  const steps = drive(solver, problem, options);
  const keep = new Set<Tensor>([problem.rhs, ...(problem.start === undefined ? [] : [problem.start])]);
  let last: LinearState | undefined;
  for (;;) {
    const { done, value } = await steps.next();
    const alive = new Set<Tensor>(done === true ? [value.value] : [value.x, ...Object.values(value.vectors)]);
    if (last !== undefined) {
      for (const t of [last.x, ...Object.values(last.vectors)]) if (!alive.has(t) && !keep.has(t)) t.dispose();
    }
    if (done === true) return value;
    last = value;
  }
}

async function normalSizeOf({ operator, rhs }: FullProblem, { requires }: LinearSolver): Promise<number> {
  return requires === "any" ? read(() => length(operator.adjoint(rhs))) : 0;
}

/** Checks a problem and fills in what is missing. */
function filled(solver: LinearSolver, problem: LinearProblem): FullProblem {
  const { name, requires, preconditions } = solver;
  checkOptions(name, problem, ["operator", "rhs", "start", "preconditioner"]);
  const { operator, rhs, start, preconditioner } = problem;
  checkOperator(name, "operator", operator);
  fitting(name, "rhs", rhs, operator.range, operator.dtype);
  if (start !== undefined) fitting(name, "start", start, operator.domain, operator.dtype);
  if (requires !== "any" && showShape(operator.domain) !== showShape(operator.range)) {
    throw new ShapeError(
      `${name}: the operator is not square (got domain ${showShape(operator.domain)}, range ${showShape(operator.range)}). ` +
        `Use cgls() or lsqr() for least squares.`,
    );
  }
  if (preconditioner !== undefined && !preconditions) {
    throw new ArgumentError(
      `${name}: this solver uses no preconditioner (got one). Leave it out, or choose another solver.`,
    );
  }
  const first = start ?? onDevice(operator, rhs);
  const apply =
    preconditioner === undefined
      ? (r: Tensor): Tensor => r
      : typeof preconditioner === "function"
        ? preconditioner
        : (r: Tensor): Tensor => preconditioner.apply(r);
  if (typeof preconditioner === "object") {
    checkOperator(name, "preconditioner", preconditioner);
    for (const shape of [preconditioner.domain, preconditioner.range]) {
      if (showShape(shape) !== showShape(operator.domain)) {
        throw new ShapeError(
          `${name}: the preconditioner does not fit (got ${showShape(shape)}, expected ${showShape(operator.domain)}).`,
        );
      }
    }
  }
  return { operator, rhs, start: first, precondition: apply, preconditioned: preconditioner !== undefined };
}

/** Zeros where the right-hand side is. */
function onDevice(operator: LinearOperator, rhs: Tensor): Tensor {
  if (showShape(operator.domain) === showShape(operator.range)) return zerosLike(rhs);
  return zeros(operator.domain, { dtype: operator.dtype, device: rhs.device });
}

function checkOperator(name: string, field: string, operator: LinearOperator): void {
  if (typeof operator?.apply !== "function" || typeof operator.adjoint !== "function") {
    throw new ArgumentError(
      `${name}: ${field} is not a linear operator (got ${operator === null ? "null" : typeof operator}, expected { domain, range, dtype, apply, adjoint }).`,
    );
  }
}

function fitting(name: string, field: string, t: Tensor, shape: readonly number[], dtype: string): void {
  if (!isTensor(t)) throw new ArgumentError(`${name}: ${field} must be a tensor (got ${typeof t}).`);
  if (showShape(t.shape) !== showShape(shape)) {
    throw new ShapeError(
      `${name}: ${field} has another shape (got ${showShape(t.shape)}, expected ${showShape(shape)}).`,
    );
  }
  if (t.dtype !== dtype) {
    throw new DTypeError(`${name}: ${field} has another data type (got ${t.dtype}, expected ${dtype}).`);
  }
}

function sentence(status: LinearStatus, iterations: number, residual: number): string {
  const at = `relative residual ${residual.toExponential(2)}`;
  switch (status) {
    case "converged":
      return `Converged after ${iterations} iterations (${at}).`;
    case "least-squares":
      return `Found a least-squares solution after ${iterations} iterations (${at}).`;
    case "max-iterations":
      return `Stopped after ${iterations} iterations (${at}). Allow more with maxIterations, or use a preconditioner.`;
    case "breakdown":
      return `The recursion broke down in iteration ${iterations + 1} (${at}). Try another solver.`;
    case "not-definite":
      return `The operator or the preconditioner is not positive definite (iteration ${iterations + 1}, ${at}). Use minres() or gmres().`;
    case "non-finite":
      return `A value was not finite in iteration ${iterations + 1}. The result is the last finite point (${at}).`;
    case "aborted":
      return `Aborted after ${iterations} iterations (${at}).`;
  }
}
