/** What a method that minimises a function is, what it is given, and what comes back. */
import type { Citation, Tensor, Tree } from "@ansatz/tensor";

/** A function to minimise, and what is known about it. Its functions are pure. */
export interface Problem<P extends Tree = Tree> {
  /** Where to start: a tensor or a tree of f32 or f64 tensors. */
  readonly start: P;
  /** The function: a scalar tensor. May be left out for methods that only look at gradients. */
  readonly value?: (x: P) => Tensor;
  /** Its gradient; derived from `value` when left out. */
  readonly gradient?: (x: P) => P;
  /** A minimiser, when it is known: for exact certificates and monitors. */
  readonly solution?: P;
  /** The least value, when it is known. */
  readonly least?: number;
  /** An upper bound of the distance from the start to a minimiser. */
  readonly distance?: number;
}

/** How a run ended. */
export type Status = "converged" | "max-iterations" | "search-failed" | "non-finite" | "cycle" | "aborted";

/** State between two iterations: plain data and trees of tensors. */
export interface MinimizeState<P extends Tree = Tree> {
  /** Iterations done. */
  readonly iteration: number;
  /** The present point, which is the method's result when it ends here. */
  readonly x: P;
  /** What the method keeps besides. */
  readonly vectors: Readonly<Record<string, P>>;
  /** Numbers that the method keeps. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Euclidean norm of the last gradient that was computed; infinite before the first. */
  readonly gradientNorm: number;
  /** Value at `x`, for methods that compute it. */
  readonly value?: number;
  /** Set when the method cannot go on; `x` is then its last good point. */
  readonly failure?: "search-failed" | "non-finite";
  /** Evaluations so far, by kind. */
  readonly cost: Readonly<Record<string, number>>;
}

/** A problem with its gradient filled in. */
export interface Oracle<P extends Tree> extends Problem<P> {
  readonly gradient: (x: P) => P;
}

/** What a method knows to hold after n iterations. */
export interface Guarantee {
  /** What is bounded: the gap `f(x_n) - f*`, or the distance `|x_n - x*|`. */
  readonly measure: "gap" | "distance";
  /**
   * The bound.
   * @param distance `|x_0 - x*|`
   * @param gap `f(x_0) - f*`
   */
  readonly bound: (n: number, distance: number, gap: number) => number;
  /** Where it is proved. */
  readonly source: string;
}

/** A method that minimises. All functions are pure. */
export interface Minimizer {
  readonly name: string;
  readonly citations: readonly Citation[];
  /** Strong convexity that the method was told, 0 without. */
  readonly mu?: number;
  /** What it guarantees for functions that are as convex and as smooth as it was told; absent when nothing is known. */
  readonly guarantee?: Guarantee;
  /** State before the first iteration. */
  init<P extends Tree>(problem: Oracle<P>): MinimizeState<P> | Promise<MinimizeState<P>>;
  /** One iteration. */
  step<P extends Tree>(problem: Oracle<P>, state: MinimizeState<P>): MinimizeState<P> | Promise<MinimizeState<P>>;
}

/** What was guaranteed, and what came out. */
export interface Certificate {
  readonly measure: "gap" | "distance";
  /** What the method guarantees after this many iterations. */
  readonly bound: number;
  /** What was reached, or an upper bound of it where `exact` is false. */
  readonly achieved: number;
  /** Whether `achieved` was computed from a known solution or least value. */
  readonly exact: boolean;
  /** Where the guarantee is proved. */
  readonly source: string;
}

/** What is known after an iteration. */
export interface Progress {
  readonly iteration: number;
  readonly gradientNorm: number;
  readonly value?: number;
}

/** Result of a run. */
export interface MinimizeResult<P extends Tree = Tree> {
  /** The last good point. */
  readonly value: P;
  readonly status: Status;
  /** The status as a sentence. */
  readonly message: string;
  readonly iterations: number;
  readonly history: readonly Progress[];
  /** Evaluations by kind. */
  readonly cost: Readonly<Record<string, number>>;
  /** Absent when the method guarantees nothing, or too little is known about the problem. */
  readonly certificate?: Certificate;
  /** Length of the cycle, for status `cycle`. */
  readonly period?: number;
  readonly state: MinimizeState<P>;
  readonly citations: readonly Citation[];
}
