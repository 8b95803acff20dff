/** Runs iterative reconstructions. */
import { ArgumentError, checkOptions, DTypeError, isComplex, mul, type Tensor } from "@ansatz/tensor";
import { checkCount, checkNonNegative, checkPositive, checkShaped } from "../check.ts";
import { length, read } from "../vector.ts";
import type {
  Algorithm,
  ReconstructionOptions,
  ReconstructionProblem,
  ReconstructionRecord,
  ReconstructionResult,
  ReconstructionState,
  ReconstructionStatus,
} from "./base.ts";

const OPTIONS = ["maxIterations", "tolerance", "residualTolerance", "discrepancy", "signal"];

/**
 * Runs an algorithm and yields its state before the first and after every iteration; the generator's return value is the result.
 *
 * States are yours: nothing in them is disposed. {@link reconstruct} runs to the end and disposes what is over.
 * @throws ArgumentError, ShapeError, DTypeError when operator, data and options do not fit, or data are not finite
 * @example
 * for await (const { iteration, x, residualNorm } of iterateReconstruction(sirt(), { operator, data })) show(await x.data());
 */
export async function* iterateReconstruction(
  algorithm: Algorithm,
  problem: ReconstructionProblem,
  options: ReconstructionOptions = {},
): AsyncGenerator<ReconstructionState, ReconstructionResult, void> {
  const { name } = algorithm;
  checkOptions(name, options, OPTIONS);
  const { maxIterations = 100, tolerance = 0, residualTolerance = 0, discrepancy, signal } = options;
  checkCount(name, "maxIterations", maxIterations, 0);
  checkNonNegative(name, "tolerance", tolerance);
  checkNonNegative(name, "residualTolerance", residualTolerance);
  const target = discrepancy === undefined ? -1 : discrepancyOf(name, discrepancy);
  const size = await checkProblem(algorithm, problem);
  let state = await algorithm.init(problem);
  const history: ReconstructionRecord[] = [];
  let least = Infinity;
  const record = (): void => {
    history.push({ residualNorm: state.residualNorm, change: state.change });
    least = Math.min(least, state.residualNorm);
  };
  const finish = (status: ReconstructionStatus): ReconstructionResult => ({
    value: state.x === problem.start ? mul(state.x, 1) : state.x,
    status,
    message: sentence(name, status, state, size),
    iterations: state.iteration,
    history,
    citations: algorithm.citations,
  });
  record();
  yield state;
  for (;;) {
    if (state.failure !== undefined) return finish(state.failure);
    if (algorithm.watchesResidual && state.residualNorm > 10 * least && state.residualNorm > size)
      return finish("diverged");
    if (state.residualNorm <= target) return finish("discrepancy");
    if (state.residualNorm <= residualTolerance * size && residualTolerance > 0) return finish("converged");
    if (state.change <= tolerance && tolerance > 0) return finish("converged");
    if (state.converged === true) return finish("converged");
    if (state.iteration >= maxIterations) return finish("max-iterations");
    if (signal?.aborted === true) return finish("aborted");
    state = await algorithm.step(problem, state);
    if (state.failure === undefined) record();
    yield state;
  }
}

/**
 * Reconstructs an image.
 *
 * The result has the status, the history of residuals, and the image, which is the last finite one after a failure.
 * @throws ArgumentError, ShapeError, DTypeError when operator, data and options do not fit, or data are not finite
 * @example
 * const { value, message } = await reconstruct(sirt({ lower: 0 }), { operator: projector(geometry), data: sinogram });
 */
export async function reconstruct(
  algorithm: Algorithm,
  problem: ReconstructionProblem,
  options: ReconstructionOptions = {},
): Promise<ReconstructionResult> {
  const states = iterateReconstruction(algorithm, problem, options);
  const keep = new Set<Tensor>([problem.data, ...(problem.start === undefined ? [] : [problem.start])]);
  let last: ReconstructionState | undefined;
  for (;;) {
    const { done, value } = await states.next();
    const alive = new Set(done === true ? [value.value] : tensorsOf(value));
    if (last !== undefined) for (const t of tensorsOf(last)) if (!alive.has(t) && !keep.has(t)) t.dispose();
    if (done === true) return value;
    last = value;
  }
}

function tensorsOf({ x, vectors, solver }: ReconstructionState): Tensor[] {
  return [x, ...Object.values(vectors), ...(solver === undefined ? [] : Object.values(solver.vectors))];
}

function discrepancyOf(name: string, discrepancy: { readonly delta: number; readonly tau?: number }): number {
  checkOptions(`${name}: discrepancy`, discrepancy, ["delta", "tau"]);
  const { delta, tau = 1.05 } = discrepancy;
  checkNonNegative(name, "discrepancy.delta", delta);
  checkPositive(name, "discrepancy.tau", tau);
  return tau * delta;
}

/** Throws unless everything fits; gives the norm of the data. */
async function checkProblem(algorithm: Algorithm, problem: ReconstructionProblem): Promise<number> {
  const { name } = algorithm;
  checkOptions(name, problem, ["operator", "data", "start"]);
  const { operator, data, start } = problem;
  if (typeof operator?.apply !== "function" || typeof operator.adjoint !== "function") {
    throw new ArgumentError(`${name}: operator is none (got ${typeof operator}, expected one such as projector(...)).`);
  }
  if (isComplex(operator.dtype) && !algorithm.complex) {
    throw new DTypeError(`${name}: the method is for real images (got an operator of ${operator.dtype}).`);
  }
  checkField(name, "data", data, operator.range, operator.dtype);
  if (start !== undefined) {
    checkField(name, "start", start, operator.domain, operator.dtype);
    await checkSize(name, "start", start);
  }
  return checkSize(name, "data", data);
}

function checkField(name: string, field: string, value: Tensor, shape: readonly number[], dtype: string): void {
  checkShaped(name, field, value, shape);
  if (value.dtype !== dtype) {
    throw new DTypeError(
      `${name}: ${field} has another data type than the operator (got ${value.dtype}, expected ${dtype}).`,
    );
  }
}

async function checkSize(name: string, field: string, value: Tensor): Promise<number> {
  const size = await read(() => length(value));
  if (!Number.isFinite(size)) {
    throw new ArgumentError(`${name}: ${field} is not finite (got norm ${size}). Remove NaN and infinities first.`);
  }
  return size;
}

function sentence(name: string, status: ReconstructionStatus, state: ReconstructionState, size: number): string {
  const { iteration, residualNorm } = state;
  const done = `${iteration} ${iteration === 1 ? "iteration" : "iterations"}`;
  const attained = size > 0 ? `relative residual ${(residualNorm / size).toPrecision(3)}` : `residual ${residualNorm}`;
  switch (status) {
    case "converged":
      return `${name} converged after ${done}, ${attained}.`;
    case "discrepancy":
      return `${name} reached the level of the noise after ${done}, ${attained}.`;
    case "max-iterations":
      return `${name} ended after ${done}, ${attained}.`;
    case "diverged":
      return `${name} diverged in ${done}, ${attained}. Use a smaller step or relaxation.`;
    case "breakdown":
      return `${name} broke down after ${done}, ${attained}: the operator is singular along its last direction.`;
    case "non-finite":
      return `${name} met a value that is not finite after ${done}. The image is the last finite one, ${attained}.`;
    case "aborted":
      return `${name} was aborted after ${done}, ${attained}.`;
  }
}
