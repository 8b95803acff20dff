/** Posterior sampling with a diffusion prior: what is given, what a method is, and what comes back. */
import type { Citation, Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import type { Denoiser, Level } from "@ansatz/samplers";
import type { Likelihood } from "./likelihood.ts";
import type { Measurement } from "./measurement.ts";

/** Draw from `p(x | y)`, with `p(x)` given by a denoiser and `p(y | x)` by a likelihood. */
export interface PosteriorProblem<C = unknown> {
  /** The prior. It is called with a batch [particles, ...shape] and a level. */
  readonly denoiser: Denoiser<C>;
  readonly likelihood: Likelihood;
  /** From noisy to clean, the last one without noise; see `levelsFromSigmas` and the other grids of `@ansatz/samplers`. */
  readonly levels: readonly Level[];
  /** Mean of the prior, of the likelihood's shape; 0 when left out. Only the start needs it. */
  readonly mean?: Tensor;
  /**
   * Variance of the prior's elements, or its covariance [n, n] for small problems; 0 when left out. Only the start needs it, where the
   * noise of the first level is added to it.
   */
  readonly variance?: number | Tensor;
  /** Handed to the denoiser with every call. */
  readonly context?: C;
}

/** What every step of a run can use. */
export interface PosteriorRun {
  readonly problem: PosteriorProblem;
  readonly measurement: Measurement;
  readonly levels: readonly Level[];
  readonly particles: number;
  readonly key: Key;
  readonly device: string;
  /** The estimate of the clean signal for `x = x0 + (sigma / alpha) n`. */
  denoise(x: Tensor, level: Level): Tensor | Promise<Tensor>;
}

/** What a step made. */
export interface Moved {
  /** New particles, [particles, ...shape]. */
  readonly x: Tensor;
  /** What is added to the logarithm of every particle's weight; NaN and infinities mark particles that are lost. */
  readonly increments: Float64Array;
  /** Calls of the denoiser. */
  readonly evaluations: number;
}

/** First particles. */
export interface Started {
  readonly x: Tensor;
  /** First logarithms of the weights. */
  readonly logWeights: Float64Array;
  /** Logarithm of the integral that the start is the density of; undefined where it is unknown. */
  readonly logNormalizer: number | undefined;
}

/** A method of posterior sampling. Particles are in the units of the clean signal, `x0 + (sigma / alpha) n`. */
export interface PosteriorSampler {
  readonly name: string;
  readonly citations: readonly Citation[];
  /** Resampled when the effective share of the particles falls below this; 0 for methods without weights. */
  readonly threshold: number;
  /** Throws unless the method can be used on a problem; gives the levels that it walks. */
  plan(problem: PosteriorProblem, measurement: Measurement): readonly Level[];
  start(run: PosteriorRun): Promise<Started>;
  /** From level `index` to the next one. */
  step(run: PosteriorRun, x: Tensor, index: number): Promise<Moved>;
}

/** State between two steps. Its tensor is never changed. */
export interface PosteriorState {
  /** Steps done. */
  readonly iteration: number;
  /** The level that the particles are on. */
  readonly level: Level;
  /** [particles, ...shape], in the units of the clean signal. */
  readonly x: Tensor;
  /** Logarithms of the weights, not normalised; -Infinity for particles that are lost. */
  readonly logWeights: Float64Array;
  /** Logarithm of the evidence up to here, without the current weights; undefined where it is unknown. */
  readonly logNormalizer: number | undefined;
  /** Which of the first particles every one descends from. */
  readonly ancestors: Int32Array;
  /** Effective number of particles, before every resampling. */
  readonly effective: number;
  readonly resamples: number;
  readonly evaluations: number;
}

/** How a run ended. */
export type PosteriorStatus = "finished" | "collapsed" | "aborted";

/** Options of a run. */
export interface PosteriorOptions {
  readonly key: Key;
  /** Number of particles; 100 when left out. */
  readonly particles?: number;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

/** How healthy an ensemble is. */
export interface PosteriorDiagnostics {
  /** Effective number of particles `(sum w)^2 / sum w^2` after every step, before any resampling. */
  readonly effective: readonly number[];
  /** How often the ensemble was resampled. */
  readonly resamples: number;
  /** First particles that have descendants at the end: near 1, the ensemble says little about uncertainty. */
  readonly ancestors: number;
  /** Particles that were lost to values that are not finite. */
  readonly lost: number;
  /** Steps walked; more than the levels ask for where a method had to take smaller ones. */
  readonly steps: number;
  /** Systems of equations that conjugate gradients did not solve to their tolerance. */
  readonly unsolved: number;
}

/** Result of a run. */
export interface PosteriorResult {
  /** [particles, ...shape]. It is yours. */
  readonly value: Tensor;
  /** Weights of the particles, of sum 1; all 0 after a collapse. */
  readonly weights: Float64Array;
  /** `ln p(y)`, as far as the particles tell; undefined for methods without weights, and where constants are unknown. */
  readonly logEvidence: number | undefined;
  /** `collapsed` when no particle was left. */
  readonly status: PosteriorStatus;
  /** The status as a sentence. */
  readonly message: string;
  readonly iterations: number;
  readonly diagnostics: PosteriorDiagnostics;
  readonly cost: { readonly evaluations: number };
  readonly citations: readonly Citation[];
}
