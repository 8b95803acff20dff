/** What an iterative reconstruction is, what it is given, and what comes back. */
import type { Citation, Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import type { LinearState } from "@ansatz/optim/linear";

/** Find x from `A x ~ b`. */
export interface ReconstructionProblem {
  readonly operator: LinearOperator;
  /** b, of the operator's range and data type. */
  readonly data: Tensor;
  /** First image; what the algorithm starts from when left out (zeros, or ones for MLEM). */
  readonly start?: Tensor;
}

/** State between two iterations. Its tensors are never changed. */
export interface ReconstructionState {
  /** Iterations done. */
  readonly iteration: number;
  readonly x: Tensor;
  /** `|A x - b|`. */
  readonly residualNorm: number;
  /** `|x - x_before| / |x|`; infinite before the first iteration. */
  readonly change: number;
  /** What the algorithm keeps besides. */
  readonly vectors: Readonly<Record<string, Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** State of a linear solver that does the work. */
  readonly solver?: LinearState;
  /** Set by algorithms with a criterion of their own. */
  readonly converged?: boolean;
  /** Set when the algorithm cannot go on; `x` is then its last good image. */
  readonly failure?: "non-finite" | "breakdown";
}

/** An iterative reconstruction. All functions are pure. */
export interface Algorithm {
  readonly name: string;
  readonly citations: readonly Citation[];
  /** Whether the residual may not grow tenfold over its least value; a run in which it does has diverged. */
  readonly watchesResidual: boolean;
  /** Whether complex operators are possible. */
  readonly complex: boolean;
  init(problem: ReconstructionProblem): Promise<ReconstructionState>;
  step(problem: ReconstructionProblem, state: ReconstructionState): Promise<ReconstructionState>;
}

/** How a run ended. */
export type ReconstructionStatus =
  | "converged"
  | "discrepancy"
  | "max-iterations"
  | "diverged"
  | "breakdown"
  | "non-finite"
  | "aborted";

/** Options of a run. */
export interface ReconstructionOptions {
  /** Most iterations; 100 when left out. */
  readonly maxIterations?: number;
  /** Converged when `|x - x_before| <= tolerance |x|`; 0, never, when left out. */
  readonly tolerance?: number;
  /** Converged when `|A x - b| <= residualTolerance |b|`; 0, never, when left out. */
  readonly residualTolerance?: number;
  /** Morozov's principle: ends when `|A x - b| <= tau delta`, delta the norm of the noise; tau is 1.05 when left out. */
  readonly discrepancy?: { readonly delta: number; readonly tau?: number };
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

/** Numbers of one iteration. */
export interface ReconstructionRecord {
  readonly residualNorm: number;
  readonly change: number;
}

/** Result of a run. */
export interface ReconstructionResult {
  /** The last good image. It is yours. */
  readonly value: Tensor;
  readonly status: ReconstructionStatus;
  /** The status as a sentence. */
  readonly message: string;
  readonly iterations: number;
  /** One record per state, the first one included. */
  readonly history: readonly ReconstructionRecord[];
  readonly citations: readonly Citation[];
}
