/** What a training run says while it runs and leaves behind. */
import type { Citation, Tree } from "@ansatz/tensor";
import type { TrainState } from "./state.ts";

/** How training ended. */
export type TrainStatus =
  /** All steps were taken. */
  | "completed"
  /** The abort signal was raised. */
  | "aborted"
  /** The loss or the gradient was not finite. */
  | "non-finite";

/** What {@link import("./train.ts").train} yields after every step. */
export interface TrainStep<P extends Tree = Tree> {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Number of steps when the run is complete. */
  readonly steps: number;
  /** Number of the pass over the data that the step belonged to, from 1. */
  readonly epoch: number;
  /** Loss of the step's batch, before the update. */
  readonly loss: number;
  /** Loss averaged over the last steps, with weights that decay exponentially. */
  readonly smoothedLoss: number;
  /** Euclidean norm of the gradient. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Examples per second, over the last steps. */
  readonly samplesPerSecond: number;
  /** Estimated seconds until the run is complete. */
  readonly eta: number;
  /** State after the step. Valid until the next step is asked for; the last one is yours. */
  readonly state: TrainState<P>;
}

/** Where a value that is not finite was found. */
export interface TrainFailure {
  /** Number of the step that failed, from 1. */
  readonly step: number;
  readonly argument: "loss" | "gradient";
  /** The loss of that step. */
  readonly loss: number;
}

/** The result of training. */
export interface TrainResult<P extends Tree = Tree> {
  readonly status: TrainStatus;
  /** A sentence that says what happened. */
  readonly message: string;
  /** The last state, finite whatever the status. It is yours. */
  readonly state: TrainState<P>;
  /** Steps taken, those before a resumption included. */
  readonly iterations: number;
  /** Present with status `non-finite`. */
  readonly failure?: TrainFailure;
  /** The papers behind the optimiser. */
  readonly citations: readonly Citation[];
}

/** The sentence of a result. */
export function sentence(
  result: Pick<TrainResult, "status" | "state" | "iterations" | "failure">,
  steps: number,
): string {
  const { status, state, iterations, failure } = result;
  const loss = iterations === 0 ? "" : `, smoothed loss ${Number(state.smoothedLoss.toPrecision(4))}`;
  switch (status) {
    case "completed":
      return `Training finished after ${count(iterations)}${loss}.`;
    case "aborted":
      return `Training was aborted after ${iterations} of ${count(steps)}${loss}.`;
    default:
      return (
        `Training stopped after ${iterations} of ${count(steps)}${loss}: the ${failure?.argument} of step ${failure?.step} is ` +
        `not finite. The state is the last finite one. Lower the learning rate, or check the data for extreme values.`
      );
  }
}

function count(steps: number): string {
  return `${steps} ${steps === 1 ? "step" : "steps"}`;
}
