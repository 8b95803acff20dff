/** What a run leaves behind. */
import type { Citation, Tensor } from "@ansatz/tensor";
import { showLevel, type Level } from "../level.ts";

/** How sampling ended. */
export type SampleStatus =
  /** All levels were walked. */
  | "completed"
  /** A value that is not finite came from the model or appeared in the signal. */
  | "non-finite"
  /** The abort signal was raised. */
  | "aborted"
  /** An adaptive run used up its model calls. */
  | "max-evaluations"
  /** An adaptive run would have needed steps below its smallest. */
  | "step-too-small";

/** One completed step, without tensors. */
export interface StepRecord {
  /** Number of the level reached, from 1. */
  readonly step: number;
  readonly level: Level;
  /** Model calls up to here. */
  readonly evaluations: number;
}

/** Where a value that is not finite was found. */
export interface NonFinite {
  /** Number of the step in progress, from 0. */
  readonly step: number;
  /** `"model output"`, or `"signal"` when the update itself overflowed. */
  readonly argument: "model output" | "signal";
  /** Level of the model call, or level reached. */
  readonly level: Level;
}

/** The result of sampling. */
export interface SampleResult {
  /** The last finite signal. It is yours; after a failure in the first step it is the initial tensor itself. */
  readonly value: Tensor;
  readonly status: SampleStatus;
  /** A sentence that says what happened. */
  readonly message: string;
  /** Completed steps. */
  readonly iterations: number;
  /** The level of `value`. */
  readonly level: Level;
  readonly history: readonly StepRecord[];
  readonly cost: {
    /** Model calls. */
    readonly evaluations: number;
    /** Tries that an adaptive run threw away. */
    readonly rejected: number;
  };
  /** Present with status `non-finite`. */
  readonly failure?: NonFinite;
  /** The signal after every step, with `trajectory: true`. The last one is `value`. */
  readonly trajectory?: readonly Tensor[];
  readonly sampler: string;
  /** The papers behind the sampler, the denoiser and the schedule. */
  readonly citations: readonly Citation[];
}

const ADVICE: Record<SampleStatus, string> = {
  completed: "",
  "non-finite": " Check the model's output range, take more steps, or lower the order or the guidance weight.",
  aborted: "",
  "max-evaluations": " Loosen rtol and atol, or raise maxEvaluations.",
  "step-too-small": " Loosen rtol and atol: the model may not be smooth enough for them.",
};

/** The sentence of a result. */
export function sentence(result: Omit<SampleResult, "message" | "value" | "history" | "citations">): string {
  const { sampler, status, iterations, cost, failure, level } = result;
  const done = `${plural(iterations, "step")} and ${plural(cost.evaluations, "model call")}`;
  const tries = cost.rejected > 0 ? ` (${plural(cost.rejected, "try", "tries")} rejected)` : "";
  switch (status) {
    case "completed":
      return `${sampler} finished after ${done}${tries}.`;
    case "non-finite":
      return (
        `${sampler} stopped after ${done}: the ${failure?.argument} of step ${failure?.step} is not finite at level ` +
        `${failure === undefined ? "?" : showLevel(failure.level)}. The value is the last finite signal.${ADVICE[status]}`
      );
    case "aborted":
      return `${sampler} was aborted after ${done}, at level ${showLevel(level)}.`;
    default:
      return `${sampler} gave up (${status}) after ${done}${tries}, at level ${showLevel(level)}.${ADVICE[status]}`;
  }
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
