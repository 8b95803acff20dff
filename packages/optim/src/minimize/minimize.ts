/** Runs methods that minimise. */
import { ArgumentError, checkOptions, grad, treeLeaves, type Tensor, type Tree } from "@ansatz/tensor";
import { checkCount, checkNonNegative } from "../check.ts";
import { read } from "../vector.ts";
import { checkParams, matching } from "../trees.ts";
import type { Minimizer, MinimizeResult, MinimizeState, Oracle, Problem, Progress, Status } from "./base.ts";
import { certify } from "./certificate.ts";
import { cycleDetector } from "./cycle.ts";

/** Options of {@link minimize}. */
export interface MinimizeOptions {
  /** Most iterations; 1000 when left out. */
  readonly maxIterations?: number;
  /** Converged when the norm of the gradient is at most this; 1e-8 when left out. */
  readonly gradientTolerance?: number;
  /**
   * Converged when the value is at most this far above `problem.least`, which must be known; not used when left out. Methods
   * that compute no values cost one more evaluation per iteration then.
   */
  readonly valueTolerance?: number;
  /** Longest cycle to look for (at most 16), status `cycle` when one is found; 0, not at all, when left out. */
  readonly maxPeriod?: number;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ["maxIterations", "gradientTolerance", "valueTolerance", "maxPeriod", "signal"];

/** Checks a problem and fills its gradient in. */
export function oracle<P extends Tree>(name: string, problem: Problem<P>): Oracle<P> {
  checkOptions(name, problem, ["start", "value", "gradient", "solution", "least", "distance"]);
  const { start, value, gradient, solution } = problem;
  checkParams(name, start);
  if (typeof gradient !== "function" && typeof value !== "function") {
    throw new ArgumentError(`${name}: the problem needs a value or a gradient (got neither, expected a function).`);
  }
  if (solution !== undefined) matching(name, "solution", start, solution);
  return { ...problem, gradient: gradient ?? (grad(value as (x: P) => never) as (x: P) => P) };
}

/** What a tolerance of the value demands. */
function aimOf<P extends Tree>(
  name: string,
  { value, least }: Problem<P>,
  valueTolerance: number | undefined,
): { readonly value: (x: P) => Tensor; readonly most: number } | undefined {
  if (valueTolerance === undefined) return undefined;
  if (value === undefined || least === undefined) {
    throw new ArgumentError(
      `${name}: valueTolerance needs the problem's value and least (got no ${value === undefined ? "value" : "least"}).`,
    );
  }
  return { value, most: least + valueTolerance };
}

/**
 * Minimises a function and yields the state after every iteration; the generator's return value is the result.
 *
 * States are yours: nothing in them is disposed. {@link minimize} runs to the end and disposes what is over.
 */
export async function* iterate<P extends Tree>(
  method: Minimizer,
  problem: Problem<P>,
  options: MinimizeOptions = {},
): AsyncGenerator<MinimizeState<P>, MinimizeResult<P>, void> {
  const states = drive(method, problem, options);
  const first = await states.next();
  return first.done === true ? first.value : yield* states;
}

/** The same with the state before the first iteration. */
async function* drive<P extends Tree>(
  method: Minimizer,
  problem: Problem<P>,
  options: MinimizeOptions,
): AsyncGenerator<MinimizeState<P>, MinimizeResult<P>, void> {
  const { name } = method;
  checkOptions(name, options, OPTIONS);
  const { maxIterations = 1000, gradientTolerance = 1e-8, valueTolerance, maxPeriod = 0, signal } = options;
  checkCount(name, "maxIterations", maxIterations, 0);
  checkNonNegative(name, "gradientTolerance", gradientTolerance);
  if (valueTolerance !== undefined) checkNonNegative(name, "valueTolerance", valueTolerance);
  checkCount(name, "maxPeriod", maxPeriod, 0);
  const full = oracle(name, problem);
  const aim = aimOf(name, problem, valueTolerance);
  const cycles = cycleDetector<P>(Math.min(maxPeriod, 16));
  const history: Progress[] = [];
  let state = await method.init(full);
  const note = ({ iteration, gradientNorm, value }: MinimizeState<P>): void => {
    history.push({ iteration, gradientNorm, ...(value === undefined ? {} : { value }) });
  };
  note(state);
  const finish = async (status: Status, period?: number): Promise<MinimizeResult<P>> => {
    const certificate = await certify(method, full, state);
    return {
      value: state.x,
      status,
      message: sentence(status, state, period),
      iterations: state.iteration,
      history,
      cost: state.cost,
      ...(certificate === undefined ? {} : { certificate }),
      ...(period === undefined ? {} : { period }),
      state,
      citations: method.citations,
    };
  };
  yield state;
  for (;;) {
    if (state.failure !== undefined) return finish(state.failure);
    const { gradientNorm, value, iteration } = state;
    if (gradientNorm <= gradientTolerance) return finish("converged");
    if (aim !== undefined) {
      const { x } = state;
      const reached = value ?? (await read(() => aim.value(x)));
      if (reached <= aim.most) return finish("converged");
    }
    const period = await cycles(state.x);
    if (period > 0) return finish("cycle", period);
    if (iteration >= maxIterations) return finish("max-iterations");
    if (signal?.aborted === true) return finish("aborted");
    state = await method.step(full, state);
    note(state);
    yield state;
  }
}

/**
 * Minimises a function: runs a method until the gradient is small enough, and says what came out, what it cost and, where
 * the method has a guarantee, the bound beside what was reached.
 *
 * A gradient that is not finite ends the run with status `non-finite` and the last finite point.
 * @throws ArgumentError, DTypeError for wrong use
 * @example
 * const result = await minimize(tripleMomentum({ mu: 1, L: 100 }), { start, value: loss });
 * console.log(result.message, result.certificate);
 */
export async function minimize<P extends Tree>(
  method: Minimizer,
  problem: Problem<P>,
  options: MinimizeOptions = {},
): Promise<MinimizeResult<P>> {
  const steps = drive(method, problem, options);
  const keep = new Set([
    ...treeLeaves(problem.start),
    ...(problem.solution === undefined ? [] : treeLeaves(problem.solution)),
  ]);
  let last: MinimizeState<P> | undefined;
  for (;;) {
    const { done, value } = await steps.next();
    const state = done === true ? value.state : value;
    if (last !== undefined && last !== state) {
      const alive = new Set(leavesOf(state));
      for (const t of leavesOf(last)) if (!alive.has(t) && !keep.has(t)) t.dispose();
    }
    if (done === true) return value;
    last = state;
  }
}

function leavesOf<P extends Tree>({ x, vectors }: MinimizeState<P>): ReturnType<typeof treeLeaves> {
  return [...treeLeaves(x), ...Object.values(vectors).flatMap((v) => treeLeaves(v))];
}

function sentence<P extends Tree>(status: Status, { iteration, gradientNorm }: MinimizeState<P>, period = 0): string {
  const norm = gradientNorm.toExponential(2);
  switch (status) {
    case "converged":
      return `Converged after ${iteration} iterations (gradient norm ${norm}).`;
    case "max-iterations":
      return `Stopped after ${iteration} iterations with gradient norm ${norm}. Allow more with maxIterations.`;
    case "search-failed":
      return `No acceptable step was found in iteration ${iteration + 1} (gradient norm ${norm}). The point may be as good as rounding allows.`;
    case "non-finite":
      return `The gradient or the value was not finite in iteration ${iteration + 1}. The result is the last finite point.`;
    case "cycle":
      return `The iterates repeat with period ${period} at gradient norm ${norm}: this method does not converge here.`;
    case "aborted":
      return `Aborted after ${iteration} iterations.`;
  }
}
