/** The interface of a sampler: a stepper that asks for model outputs and leaves the model call to its caller. */
import type { Citation, Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import type { Level } from "../level.ts";
import type { Plan } from "../plan/plan.ts";
import type { Prediction } from "../predictions/table.ts";
import type { Schedule } from "../schedules/base.ts";

/** A source of standard normal noise. It returns a new tensor of that shape, dtype and device, which the run disposes. */
export type NoiseSource = (draw: {
  /** Number of the step, from 0. */
  readonly step: number;
  readonly from: Level;
  readonly to: Level;
  readonly shape: readonly number[];
  readonly dtype: "f32" | "f64";
  readonly device: string;
}) => Tensor;

/** What a run may need beside levels and the initial signal; samplers take what they need of it. */
export interface BeginOptions {
  /** Levels between the listed ones, for methods that look between (F-PNDM, adaptive steps). */
  readonly schedule?: Schedule;
  /** Randomness of stochastic samplers: step i draws from `key.fold(i)`. */
  readonly key?: Key;
  /** Noise handed in instead of a key. */
  readonly noise?: NoiseSource;
  /** Further signals that a method starts from, by name (such as `second` for BDIA). They stay yours. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
}

/** A model call that a run waits for. */
export interface ModelCall {
  /** Where to evaluate. It belongs to the run and is valid until `give`. */
  readonly x: Tensor;
  /** The noise level of `x`, with the model's time. */
  readonly level: Level;
  /** The quantity that `give` expects. */
  readonly predict: Prediction;
  /** Number of the step in progress, from 0. */
  readonly step: number;
  /** Number of the call, from 0. */
  readonly evaluation: number;
}

/** How a run ended, or that it has not. */
export type RunStatus = "running" | "completed" | "non-finite" | "max-evaluations" | "step-too-small";

/** The complete state of a run as a plain tree of numbers and tensors: save it, load it, and `resume`. */
export interface RunState {
  /** Name of the sampler. */
  readonly sampler: string;
  /** Where the sampler stands, in its own terms. */
  readonly position: Readonly<Record<string, number>>;
  /** Completed steps. */
  readonly step: number;
  /** Model calls so far. */
  readonly evaluations: number;
  /** Tensors that the rest of the run needs. They belong to the run; copy their values before going on. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/**
 * A run in progress. Call `needs`, evaluate the model, `give` the output, until `done`:
 *
 * ```ts
 * while (!run.done) {
 *   const { x, level, predict } = run.needs();
 *   await run.give(await model(x, level, predict));
 * }
 * const result = run.release();
 * ```
 */
export interface Run {
  readonly done: boolean;
  readonly status: RunStatus;
  /** Completed steps. A step of length zero needs no model call and completes together with its neighbour. */
  readonly step: number;
  /** Number of steps, where it is known beforehand. */
  readonly steps: number | undefined;
  /** Model calls so far: exact. */
  readonly evaluations: number;
  /** Tries that were thrown away (adaptive steps); their model calls are counted. */
  readonly rejected: number;
  /** The current signal; it belongs to the run until `release`. */
  readonly x: Tensor;
  /** The level of `x`. */
  readonly level: Level;
  /** Estimate of the clean signal from the last completed step; null before the first. Valid until `needs`. */
  readonly denoised: Tensor | null;
  /** The signal before the last completed step; null before the first. Valid until `needs`. */
  readonly previous: Tensor | null;
  /** The model call that is due. */
  needs(): ModelCall;
  /**
   * Takes the output of that call, and with it the tensor: the run disposes it. The promise is pending only where the
   * method has to read values (adaptive steps).
   */
  give(output: Tensor): void | Promise<void>;
  /** The state at this moment. */
  state(): RunState;
  /** Ends the run and frees everything but `keep` (by default `x`), which then belongs to the caller. */
  release(keep?: Tensor): Tensor;
  /** Ends the run and frees everything. */
  dispose(): void;
}

/** A sampler: a value without state, made by a factory. */
export interface Sampler {
  readonly name: string;
  /**
   * Order of convergence in the largest step of half log-SNR, as measured by the tests; 0.5 where noise is added, 0 where
   * the method does not converge to the probability flow.
   */
  readonly order: number;
  readonly citations: readonly Citation[];
  /**
   * Starts a run.
   * @param levels from noisy to clean (inversions: from clean to noisy); `x` lies on the first
   * @param x initial noisy signal (f32 or f64); it stays the caller's
   */
  begin(levels: readonly Level[], x: Tensor, options?: BeginOptions): Run;
  /**
   * Continues a run from a saved state on the same levels, with the same options; the state's tensors then belong to
   * the run.
   */
  resume(levels: readonly Level[], state: RunState, options?: BeginOptions): Run;
}

/** A sampler whose coefficients depend on the levels alone. */
export interface PlannedSampler extends Sampler {
  /** Everything the sampler will do on these levels. */
  plan(levels: readonly Level[], options?: Pick<BeginOptions, "schedule" | "inputs">): Plan;
}
