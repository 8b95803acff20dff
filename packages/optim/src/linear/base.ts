/** What a linear solver is, what it is given, and what comes back. */
import type { Citation, Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";

/** An approximate inverse: an operator, or a function, which may be asynchronous. It must not change between calls. */
export type Preconditioner = LinearOperator | ((r: Tensor) => Tensor | Promise<Tensor>);

/** A system `A x = b`, or for some solvers the least-squares problem `min |A x - b|`. */
export interface LinearProblem {
  readonly operator: LinearOperator;
  readonly rhs: Tensor;
  /** First guess; zeros when left out. */
  readonly start?: Tensor;
  /** Approximate inverse of the operator; the identity when left out. */
  readonly preconditioner?: Preconditioner;
}

/** A problem with everything filled in. */
export interface FullProblem extends LinearProblem {
  readonly start: Tensor;
  /** Applies the preconditioner. */
  readonly precondition: (r: Tensor) => Tensor | Promise<Tensor>;
  /** Whether there is one. */
  readonly preconditioned: boolean;
}

/** How a run ended. */
export type LinearStatus =
  | "converged"
  | "least-squares"
  | "max-iterations"
  | "breakdown"
  | "not-definite"
  | "non-finite"
  | "aborted";

/** State between two iterations. */
export interface LinearState {
  /** Iterations done. */
  readonly iteration: number;
  readonly x: Tensor;
  /** What the solver keeps besides. */
  readonly vectors: Readonly<Record<string, Tensor>>;
  /** Numbers that the solver keeps. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Lists of numbers that the solver keeps. */
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  /** What is worth telling about the run, such as how often a safeguard acted; becomes part of the result. */
  readonly notes?: Readonly<Record<string, number>>;
  /** `|b - A x|` as the recursion has it. */
  readonly residualNorm: number;
  /** `|A* (b - A x)|`, for solvers of least-squares problems. */
  readonly normalResidualNorm?: number;
  /** Set when the solver cannot go on; `x` is then its last good point. */
  readonly failure?: "breakdown" | "not-definite" | "non-finite";
  /** Applications so far: `apply`, `adjoint`, `precondition`. */
  readonly cost: LinearCost;
}

/** Applications of operators. */
export interface LinearCost {
  readonly apply: number;
  readonly adjoint: number;
  readonly precondition: number;
}

/** A solver. All functions are pure. */
export interface LinearSolver {
  readonly name: string;
  readonly citations: readonly Citation[];
  /** What the operator must be. */
  readonly requires: "positive-definite" | "symmetric" | "square" | "any";
  /** Whether a preconditioner is used; giving one to a solver that does not use it is an error. */
  readonly preconditions: boolean;
  init(problem: FullProblem): Promise<LinearState>;
  step(problem: FullProblem, state: LinearState): Promise<LinearState>;
  /** Brings `x` up to date, for solvers that do not form it in every step. */
  finish?(problem: FullProblem, state: LinearState): Promise<LinearState>;
}

/** Options of {@link import("./solve.ts").solveLinear}. */
export interface LinearOptions {
  /** Converged when `|b - A x| <= tolerance |b|`; 1e-6 for f32 and c64, 1e-10 for f64 and c128 when left out. */
  readonly tolerance?: number;
  /** Most iterations; twice the number of unknowns, at least 100, when left out. */
  readonly maxIterations?: number;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

/** Result of a run. */
export interface LinearResult {
  /** The last good point. */
  readonly value: Tensor;
  readonly status: LinearStatus;
  /** The status as a sentence. */
  readonly message: string;
  readonly iterations: number;
  /** `|b - A x| / |b|` of the recursion, from the start on; absolute for b = 0. */
  readonly history: readonly number[];
  /** `|b - A x| / |b|` computed from the result; absolute for b = 0. */
  readonly residual: number;
  readonly cost: LinearCost;
  /** What the solver noted about the run, such as how often a safeguard acted. */
  readonly notes?: Readonly<Record<string, number>>;
  readonly citations: readonly Citation[];
}
