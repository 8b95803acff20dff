/** Discrete min-max violation: what a problem is, what a search keeps, and what comes back. */
import type { Citation, Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import type { LinearOperator } from "@ansatz/tensor/linear";
import type { CsrMatrix } from "../linear/csr.ts";

/** A vector of real numbers. */
export type Vector = ArrayLike<number> | Tensor;

/** A matrix by rows, a tensor of two axes, a sparse matrix, or an operator (which is applied once per column). */
export type Matrix = readonly ArrayLike<number>[] | Tensor | CsrMatrix | LinearOperator;

/**
 * Choose `x_j` from finite sets so that the largest violation of `lower <= A x <= upper` is smallest:
 *
 *     min over x_j in levels_j of  max_k  w_k max(lower_k - (A x)_k, (A x)_k - upper_k, 0).
 *
 * With `target = b` both bounds are b, and the objective is `max_k w_k |(A x)_k - b_k|`.
 */
export interface DiscreteProblem {
  /** A, of shape [m, n]. */
  readonly matrix: Matrix;
  /** Both bounds at once. */
  readonly target?: Vector;
  /** Lower bounds; -Infinity is none. No lower bounds when left out. */
  readonly lower?: Vector;
  /** Upper bounds; Infinity is none. No upper bounds when left out. */
  readonly upper?: Vector;
  /** Positive weights of the rows; 1 when left out. */
  readonly weights?: Vector;
  /** Values that variables may have, strictly increasing: one list for all, or one list per variable. */
  readonly levels: ArrayLike<number> | readonly ArrayLike<number>[];
}

/** A problem as the search needs it: the matrix by columns and by rows, levels in one array. */
export interface Instance {
  /** Rows. */
  readonly m: number;
  /** Variables. */
  readonly n: number;
  readonly columns: CsrMatrix;
  readonly rows: CsrMatrix;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly weights: Float64Array;
  /** Levels of variable j are `levels[starts[j]]` to `levels[starts[j + 1] - 1]`. */
  readonly levels: Float64Array;
  readonly starts: Int32Array;
}

/** Value of an assignment, compared in this order. */
export interface Score {
  /** The largest weighted violation. */
  readonly objective: number;
  /** The sum of the squares of the weighted violations. */
  readonly squares: number;
}

/** An assignment with its value. */
export interface Assignment extends Score {
  /** Number of the level of every variable. */
  readonly indices: Int32Array;
}

/** State of a search between iterations: plain data. */
export interface DiscreteState {
  readonly iteration: number;
  /** Where the search is. */
  readonly current: Assignment;
  /** The best so far. */
  readonly best: Assignment;
  /** Iterations since the best, or the last new start, changed. */
  readonly stalled: number;
  /** Number of the start in use. */
  readonly start: number;
  /** How well every pair of operators has done, in the order of the registry. */
  readonly scores: readonly number[];
  /** Moves of one or two variables evaluated so far. */
  readonly evaluations: number;
}

/** How a run ended. */
export type DiscreteStatus = "optimal" | "max-iterations" | "time-limit" | "node-limit" | "aborted";

/** Options of {@link import("./solve.ts").solveDiscrete}. */
export interface DiscreteOptions {
  /** Where random choices come from; `key(0)` when left out. */
  readonly key?: Key;
  /**
   * A first assignment, or several: values, which must be levels. The relaxation rounded to the nearest levels when left out.
   * The result is never worse than any of them.
   */
  readonly start?: Vector | readonly Vector[];
  /** Most iterations; 1000 when left out. */
  readonly maxIterations?: number;
  /** Milliseconds after which no iteration is begun; Infinity when left out. With a limit, results depend on the machine. */
  readonly timeLimit?: number;
  /** Iterations without success after which the search begins anew elsewhere; 60 when left out. */
  readonly patience?: number;
  /** Largest share of variables that an iteration sets anew, in (0, 1]; 0.3 when left out. At least two variables are. */
  readonly destroy?: number;
  /**
   * What the sum of squared violations is for: it breaks ties between equal objectives (`tie`), or besides it may not exceed
   * that of the first start (`guard`). `tie` when left out.
   */
  readonly squares?: "tie" | "guard";
  /** Whether a lower bound is computed, which shows how far the result can be from the optimum; true when left out. */
  readonly bound?: boolean;
  /**
   * Device on which all moves of two variables are evaluated at once, in f32 and with the matrix stored densely, e.g. `webgpu`.
   * Worth it for thousands of variables. On the host when left out, which of very many pairs looks at a random part.
   */
  readonly device?: string;
  /** Called whenever the best assignment changes. */
  readonly onBest?: (best: Score & { readonly iteration: number; readonly value: Float64Array }) => void;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

/** Result of a run. */
export interface DiscreteResult extends Score {
  /** The assignment: one level per variable. */
  readonly value: Float64Array;
  /** Number of the level of every variable. */
  readonly indices: Int32Array;
  /** `optimal` when the objective equals a lower bound. */
  readonly status: DiscreteStatus;
  /** The status as a sentence. */
  readonly message: string;
  /** No assignment has a smaller objective than this; 0 when no bound was computed. */
  readonly bound: number;
  /** `objective - bound`, relative to the objective. */
  readonly gap: number;
  /** Value of the first start. */
  readonly started: Score;
  readonly iterations: number;
  /** The best objective before the first iteration and after every one. */
  readonly history: readonly number[];
  readonly cost: { readonly evaluations: number };
  readonly citations: readonly Citation[];
}
