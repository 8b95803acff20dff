/** Adaptive runs: tries of an embedded pair, an error norm, and a step that follows from it. */
import {
  abs,
  ArgumentError,
  div,
  max,
  maximum,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@ansatz/tensor";
import { halfLogSnr, type Level } from "../level.ts";
import { linear } from "../plan/linear.ts";
import { checkSignal } from "../plan/start.ts";
import { checkOutput, convert } from "../predictions/denoiser.ts";
import type { Prediction } from "../predictions/table.ts";
import type { Schedule } from "../schedules/base.ts";
import type { ModelCall, Run, RunState, RunStatus } from "./base.ts";
import type { Stage } from "./dpmSolverSinglestep.ts";

/** One try between two levels. */
export interface AdaptiveStep {
  /** Stages of the higher order; the last one gives its solution. */
  readonly stages: readonly Stage[];
  /** The lower order's solution from the same predictions. */
  readonly lower: Stage;
}

/** Tolerances and limits. */
interface AdaptiveControl {
  readonly order: number;
  readonly atol: number;
  readonly rtol: number;
  readonly initialStep: number;
  readonly safety: number;
  readonly timeTolerance: number;
  readonly maxEvaluations: number;
  readonly minStep: number;
  readonly reuse: boolean;
}

/** What an adaptive run integrates. */
interface AdaptiveProblem {
  readonly name: string;
  readonly control: AdaptiveControl;
  readonly prediction: Prediction;
  readonly schedule: Schedule;
  readonly first: Level;
  readonly last: Level;
  pair(from: Level, to: Level): AdaptiveStep;
}

/** Starts from a signal, or from a saved state. */
export function startAdaptive(problem: AdaptiveProblem, from: { x: Tensor } | { state: RunState }): Run {
  const { name, control, prediction, schedule } = problem;
  const end = halfLogSnr(problem.last);
  const foreign = "x" in from ? checkSignal(name, from.x) : null;
  const saved = "state" in from ? restore(name, from.state) : null;

  let level = saved?.level ?? problem.first;
  let h = saved?.h ?? Math.min(control.initialStep, end - halfLogSnr(problem.first));
  let step = saved?.step ?? 0;
  let evaluations = saved?.evaluations ?? 0;
  let rejected = saved?.rejected ?? 0;
  let x = saved?.x ?? (foreign as Tensor);
  // The lower-order solution of the last accepted try, part of the error's scale.
  let lower = saved?.lower ?? x;
  let predictions: Tensor[] = saved?.predictions ?? [];
  let status: RunStatus = "running";
  let released = false;
  let previous: Tensor | null = null;
  let denoised: Tensor | null = null;

  const free = (tensor: Tensor | null): void => {
    if (tensor !== null && tensor !== foreign) tensor.dispose();
  };
  const target = (): Level => {
    const lambda = halfLogSnr(level) + h;
    return lambda >= end ? problem.last : schedule.levelAt(lambda);
  };
  let to = target();
  let attempt = problem.pair(level, to);
  const after = (stage: Stage): Tensor => {
    const terms = stage.weights.map((weight, i): [number, Tensor] => [weight, predictions[i]]);
    return linear([[stage.base, x], ...terms.filter(([weight]) => weight !== 0)]).eval();
  };
  let point = predictions.length === 0 ? x : after(attempt.stages[predictions.length - 1]);

  // What an accepted step no longer needs stays until the next call: `denoised` may still be computed from it.
  let remains: Tensor[] = [];
  const clearStep = (): void => {
    denoised?.dispose();
    remains.forEach(free);
    remains = [];
    previous = denoised = null;
  };
  const begin = (): void => {
    if (h < control.minStep) status = "step-too-small";
    const calls = control.order - predictions.length;
    if (status === "running" && evaluations + calls > control.maxEvaluations) status = "max-evaluations";
    if (status !== "running") return;
    to = target();
    attempt = problem.pair(level, to);
    point = predictions.length === 0 ? x : after(attempt.stages[0]);
  };
  const judge = async (): Promise<void> => {
    const high = after(attempt.stages[attempt.stages.length - 1]);
    const low = after(attempt.lower);
    const error = await errorNorm(high, low, lower, control);
    if (!Number.isFinite(error)) {
      high.dispose();
      low.dispose();
      status = "non-finite";
      return;
    }
    const rest = (): number => end - halfLogSnr(level);
    const next = control.safety * h * error ** (-1 / control.order);
    if (error <= 1) {
      const m = predictions[predictions.length - 1];
      const estimate = convert(m, prediction, "x0", point, attempt.stages[attempt.stages.length - 1].level);
      denoised = estimate === m ? linear([[1, m]]) : estimate;
      previous = x;
      remains = [...new Set([x, lower, point, ...predictions])];
      predictions = [];
      x = high;
      lower = low;
      level = to;
      step++;
      if (Math.abs(schedule.timeAt(halfLogSnr(level)) - schedule.timeAt(end)) <= control.timeTolerance) {
        status = "completed";
        return;
      }
    } else {
      high.dispose();
      low.dispose();
      rejected++;
      if (point !== x) point.dispose();
      const kept = control.reuse ? 1 : 0;
      for (const m of predictions.slice(kept)) m.dispose();
      predictions = predictions.slice(0, kept);
    }
    h = Math.min(next, rest());
    begin();
  };
  const due = (): void => {
    if (released || status !== "running") {
      throw new ArgumentError(`${name}: the run is over (got another call, expected none). Check \`done\` first.`);
    }
  };

  const finish = (keep: Tensor | null): void => {
    released = true;
    for (const tensor of [x, lower, point, denoised, ...remains, ...predictions]) if (tensor !== keep) free(tensor);
  };

  return {
    get done() {
      return status !== "running";
    },
    get status() {
      return status;
    },
    get step() {
      return step;
    },
    steps: undefined,
    get evaluations() {
      return evaluations;
    },
    get rejected() {
      return rejected;
    },
    get x() {
      return x;
    },
    get level() {
      return level;
    },
    get denoised() {
      return denoised;
    },
    get previous() {
      return previous;
    },
    needs(): ModelCall {
      due();
      clearStep();
      return {
        x: point,
        level: attempt.stages[predictions.length].level,
        predict: prediction,
        step,
        evaluation: evaluations,
      };
    },
    give(output: Tensor): void | Promise<void> {
      due();
      checkOutput(name, output, point);
      const shared = output === point || output === x || output === lower || predictions.includes(output);
      predictions.push((shared ? linear([[1, output]]) : output).eval());
      evaluations++;
      if (predictions.length === attempt.stages.length) return judge();
      const next = after(attempt.stages[predictions.length - 1]);
      if (point !== x) point.dispose();
      point = next;
      return undefined;
    },
    state(): RunState {
      const tensors: Record<string, Tensor> = { x, lower };
      predictions.forEach((m, i) => (tensors[`prediction${i}`] = m));
      return {
        sampler: name,
        position: { ...level, h, rejected },
        step,
        evaluations,
        tensors,
      };
    },
    release(keep: Tensor = x): Tensor {
      finish(keep);
      return keep;
    },
    dispose(): void {
      finish(null);
    },
  };
}

interface Saved {
  readonly level: Level;
  readonly h: number;
  readonly step: number;
  readonly evaluations: number;
  readonly rejected: number;
  readonly x: Tensor;
  readonly lower: Tensor;
  readonly predictions: Tensor[];
}

function restore(name: string, state: RunState): Saved {
  const { h, rejected, ...level } = state.position;
  const { x, lower } = state.tensors;
  if (
    state.sampler !== name ||
    ![level.alpha, level.sigma, h, rejected].every(Number.isFinite) ||
    x === undefined ||
    lower === undefined
  ) {
    throw new ArgumentError(
      `${name}: the state does not belong to this run (got sampler ${JSON.stringify(state.sampler)}, expected ` +
        `${JSON.stringify(name)} with alpha, sigma, h, rejected and the tensors x and lower).`,
    );
  }
  const predictions: Tensor[] = [];
  for (let i = 0; state.tensors[`prediction${i}`] !== undefined; i++) {
    predictions.push(checkSignal(name, state.tensors[`prediction${i}`]));
  }
  const { step, evaluations } = state;
  return {
    level: { alpha: level.alpha, sigma: level.sigma, time: level.time },
    h,
    step,
    evaluations,
    rejected,
    x: checkSignal(name, x),
    lower: checkSignal(name, lower),
    predictions,
  };
}

/** `max over the batch (axis 0) of rms((high - low) / max(atol, rtol max(|low|, |previous|)))`. */
async function errorNorm(high: Tensor, low: Tensor, previous: Tensor, control: AdaptiveControl): Promise<number> {
  const scale = maximum(mul(maximum(abs(low), abs(previous)), control.rtol), control.atol);
  const samples = high.ndim === 0 ? 1 : high.shape[0];
  const scaled = reshape(div(sub(high, low), scale), [samples, -1]);
  const norm = max(sqrt(mean(square(scaled), { axis: 1 })));
  const value = Number(await norm.item());
  norm.dispose();
  return value;
}
