/** What the stopping criteria share: problems, states, results and the drivers. */
import { AnsatzError, ArgumentError } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkNumber } from "../check.ts";
import type { Citation } from "../citation.ts";
import type { Integrand } from "../integrands/base.ts";
import type { Combination } from "../integrands/sensitivity.ts";

/** Error that is allowed. */
export interface ToleranceOptions {
  /** Absolute tolerance >= 0; 1e-2 when left out. */
  readonly absoluteTolerance?: number;
  /** Relative tolerance in [0, 1); 0 when left out. */
  readonly relativeTolerance?: number;
  /** Whether the larger (`"either"`, the default) or the smaller (`"both"`) of the tolerances counts. */
  readonly mode?: "either" | "both";
}

/** Names of {@link ToleranceOptions}. */
export const TOLERANCE_OPTIONS: readonly string[] = ["absoluteTolerance", "relativeTolerance", "mode"];

/** The allowed error as a function of the value. */
export type Tolerance = (value: number) => number;

/** Checks {@link ToleranceOptions}. */
export function toleranceOf(name: string, options: ToleranceOptions): Tolerance {
  const { absoluteTolerance: absolute = 1e-2, relativeTolerance: relative = 0, mode = "either" } = options;
  checkNumber(name, "absoluteTolerance", absolute, 0);
  checkNumber(name, "relativeTolerance", relative, 0, 1);
  checkChoice(name, "mode", mode, ["either", "both"]);
  const least = mode === "either" ? Math.max(absolute, relative) : Math.min(absolute, relative);
  if (!(least > 0)) {
    throw new ArgumentError(
      `${name}: the tolerance is 0 (got absoluteTolerance ${absolute} and relativeTolerance ${relative}, mode "${mode}", expected a positive one).`,
    );
  }
  return mode === "either"
    ? (value) => Math.max(absolute, Math.abs(value) * relative)
    : (value) => Math.min(absolute, Math.abs(value) * relative);
}

/** What is to be integrated. */
export interface CubatureProblem {
  readonly integrand: Integrand;
  /** Key of the randomisation. */
  readonly key: Key;
  /** Quantities made of the integrals; the integrals themselves when left out. */
  readonly combined?: Combination;
}

/** Where an iteration stands. Arrays have one entry for each quantity. */
export interface CubatureState {
  /** Points so far (of the largest level or of one replication). */
  readonly size: number;
  /** Evaluations of the integrand so far. */
  readonly evaluations: number;
  readonly value: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Which quantities are within their tolerance. */
  readonly finished: readonly boolean[];
  readonly status: "running" | "converged" | "max-points" | "non-finite";
  /** What the status means, as a sentence. */
  readonly message: string;
  readonly warnings: readonly string[];
}

/** A stopping criterion: how points are added, and when it is enough. States are not changed by steps. */
export interface Criterion {
  readonly name: string;
  readonly citations: readonly Citation[];
  init(problem: CubatureProblem): CubatureState;
  step(state: CubatureState): Promise<CubatureState>;
  done(state: CubatureState): boolean;
}

/** Result of {@link integrate}. */
export interface CubatureResult extends CubatureState {
  readonly iterations: number;
  readonly history: readonly CubatureState[];
  readonly cost: { readonly evaluations: number };
  readonly citations: readonly Citation[];
}

/** Options of {@link integrate} and {@link iterateCubature}. */
export interface DriverOptions {
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Options of {@link integrate}. */
export interface IntegrateOptions extends DriverOptions {
  /** Called with every state. */
  readonly onProgress?: (state: CubatureState) => void;
  /** Whether a result with status "non-finite" throws; true when left out. */
  readonly throwOnFailure?: boolean;
}

/** Yields the state after every step, until the criterion is done. */
export async function* iterateCubature(
  criterion: Criterion,
  problem: CubatureProblem,
  options: DriverOptions = {},
): AsyncGenerator<CubatureState, void, undefined> {
  let state = criterion.init(problem);
  while (!criterion.done(state)) {
    options.signal?.throwIfAborted();
    state = await criterion.step(state);
    yield state;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

/**
 * Runs a criterion to its end.
 *
 * @example
 * const { value } = await integrate(cubQmcNet({ absoluteTolerance: 1e-3 }), { integrand: keister({ dimension: 3 }), key: key(7) });
 * @throws AnsatzError with code `"non-finite"` when the integrand gives NaN or an infinity, unless told otherwise
 */
export async function integrate(
  criterion: Criterion,
  problem: CubatureProblem,
  options: IntegrateOptions = {},
): Promise<CubatureResult> {
  const history: CubatureState[] = [];
  for await (const state of iterateCubature(criterion, problem, options)) {
    history.push(state);
    options.onProgress?.(state);
  }
  const last = history.at(-1) ?? criterion.init(problem);
  if (last.status === "non-finite" && (options.throwOnFailure ?? true)) {
    throw new AnsatzError("non-finite", `${criterion.name}: ${last.message}`);
  }
  return {
    ...last,
    iterations: history.length,
    history,
    cost: { evaluations: last.evaluations },
    citations: criterion.citations,
  };
}

/** The identity as a {@link Combination}. */
export function separate(outputs: number): Combination {
  return {
    outputs,
    names: Array.from({ length: outputs }, (_, k) => `integral ${k}`),
    value: (means) => Float64Array.from(means),
    bounds: (low, high) => ({ low: Float64Array.from(low), high: Float64Array.from(high) }),
    needs: (k) => [k],
  };
}

/** Bounds of quantities judged against their tolerance. */
export interface Judgement {
  readonly value: number[];
  readonly lower: number[];
  readonly upper: number[];
  readonly finished: boolean[];
}

/**
 * A quantity with bounds s- and s+ is finished when s+ - s- <= e(s-) + e(s+); the value is then
 * (s- + s+ + e(s-) - e(s+)) / 2, which is within e of everything between the bounds.
 * Source: F. J. Hickernell, L. A. Jiménez Rugama, D. Li, in Contemporary Computational Mathematics, 2018.
 */
export function judge(combined: Combination, low: ArrayLike<number>, high: ArrayLike<number>, e: Tolerance): Judgement {
  const bounds = combined.bounds(low, high);
  const [lower, upper] = [Array.from(bounds.low), Array.from(bounds.high)];
  return {
    lower,
    upper,
    value: lower.map((s, k) => 0.5 * (s + upper[k] + e(s) - e(upper[k]))),
    finished: lower.map((s, k) => upper[k] - s <= e(s) + e(upper[k])),
  };
}

/** Which integrals the unfinished quantities need. */
export function activeOutputs(combined: Combination, finished: readonly boolean[], outputs: number): boolean[] {
  const active = new Array<boolean>(outputs).fill(false);
  finished.forEach((yes, k) => {
    if (!yes) for (const output of combined.needs(k)) active[output] = true;
  });
  return active;
}

/** A state with nothing known yet. */
export function emptyState(outputs: number): CubatureState {
  return {
    size: 0,
    evaluations: 0,
    value: new Array<number>(outputs).fill(Number.NaN),
    lower: new Array<number>(outputs).fill(-Infinity),
    upper: new Array<number>(outputs).fill(Infinity),
    finished: new Array<boolean>(outputs).fill(false),
    status: "running",
    message: "Nothing is evaluated yet.",
    warnings: [],
  };
}

/** Status and sentence after a step. */
export function statusOf(
  finished: readonly boolean[],
  full: boolean,
  limit: number,
): { status: CubatureState["status"]; message: string } {
  if (finished.every(Boolean)) return { status: "converged", message: "The error bounds are within the tolerance." };
  if (full) {
    return {
      status: "max-points",
      message: `The largest number of points (${limit}) is reached with error bounds above the tolerance. Allow more points or a larger error.`,
    };
  }
  return { status: "running", message: "The error bounds are above the tolerance." };
}
