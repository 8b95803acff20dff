/** The driver: a sampler, a denoiser and levels, step by step. */
import { ArgumentError, checkOptions, distinctCitations, isTensor, type Citation, type Tensor } from "@ansatz/tensor";
import type { Level } from "../level.ts";
import { asPrediction, describeDenoiser, type Denoiser, type DenoiserFunction } from "../predictions/denoiser.ts";
import { conversion, PREDICTIONS, type Prediction } from "../predictions/table.ts";
import type { BeginOptions, Run, RunState, Sampler } from "../samplers/base.ts";
import { breather } from "./breathe.ts";
import { allFinite } from "./finite.ts";
import { sentence, type NonFinite, type SampleResult, type SampleStatus, type StepRecord } from "./result.ts";

/** Options of {@link iterate}. */
export interface IterateOptions<C = unknown> extends BeginOptions {
  readonly sampler: Sampler;
  readonly denoiser: Denoiser<C>;
  /** From noisy to clean; n steps have n + 1 levels. */
  readonly levels: readonly Level[];
  /** Initial noisy signal on the first level. It stays yours. Left out when a state is resumed. */
  readonly x?: Tensor;
  /** State of an interrupted run to continue instead; its tensors then belong to the run. */
  readonly resume?: RunState;
  /** Handed to the denoiser with every call. */
  readonly context?: C;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
  /**
   * Whether the initial signal, every model output and every new signal are looked through for NaN and infinities, one
   * reduction and one read each; true when left out. Without it such values end up in the result unnoticed.
   */
  readonly checkFinite?: boolean;
}

/** What {@link iterate} yields after every step. */
export interface SampleStep extends StepRecord {
  /** The signal on `level`. Valid until the next step is asked for; the last one is the result's value and yours. */
  readonly x: Tensor;
  /**
   * Estimate of the clean signal from the step's last model call; `x` itself after a step without one. Valid until the
   * next step is asked for.
   */
  readonly denoised: Tensor;
  /** The signal before the step; `x` itself after a step of length zero. Valid until the next step is asked for. */
  readonly previous: Tensor;
  /** State from which the run can be resumed. Valid until the next step is asked for. */
  readonly state: RunState;
}

/** Names of the options of {@link iterate}. */
export const ITERATE_OPTIONS = [
  "sampler",
  "denoiser",
  "levels",
  "x",
  "resume",
  "context",
  "signal",
  "checkFinite",
  "schedule",
  "key",
  "noise",
  "inputs",
] as const;

/**
 * Runs a sampler and yields after every step; the generator's return value is the result.
 *
 * Denoisers may be synchronous or not. What they return belongs to the run and is disposed. Between the calls the event
 * loop gets a turn every few milliseconds. Leaving the loop early frees everything but the `x` yielded last.
 * @throws ArgumentError, ShapeError, DTypeError for wrong use: at the call, or from the step in which it shows. Values
 *   that are not finite are no error: they end the run with status `non-finite`
 * @example
 * for await (const { step, level, denoised } of iterate({ sampler: ddim(), denoiser, levels, x })) {
 *   draw(await denoised.data());
 * }
 */
export function iterate<C = unknown>(options: IterateOptions<C>): AsyncGenerator<SampleStep, SampleResult, void> {
  const name = "iterate";
  checkOptions(name, options, ITERATE_OPTIONS);
  return iterateAs(name, options);
}

/** {@link iterate} under the name of another function, with options that it has checked. */
export function iterateAs<C>(name: string, options: IterateOptions<C>): AsyncGenerator<SampleStep, SampleResult, void> {
  return drive(name, prepare(name, options));
}

interface Prepared<C> {
  readonly run: Run;
  /** The denoiser as every prediction that a sampler may ask for. */
  readonly calls: Readonly<Record<Prediction, DenoiserFunction<C>>>;
  readonly options: IterateOptions<C>;
}

function prepare<C>(name: string, options: IterateOptions<C>): Prepared<C> {
  const { sampler, denoiser, levels, x, resume, schedule, key, noise, inputs } = options;
  if (typeof sampler?.begin !== "function") {
    throw new ArgumentError(`${name}: not a sampler (got ${typeof sampler}, expected one such as ddim()).`);
  }
  const { predict } = describeDenoiser(name, denoiser);
  if ((x === undefined) === (resume === undefined)) {
    throw new ArgumentError(
      `${name}: a run starts from x or from a saved state (got ${x === undefined ? "neither" : "both"}, expected one).`,
    );
  }
  const begin = { schedule, key, noise, inputs };
  const run = resume === undefined ? sampler.begin(levels, x as Tensor, begin) : sampler.resume(levels, resume, begin);
  const calls = Object.fromEntries(PREDICTIONS.map((to) => [to, asPrediction(denoiser, to)]));
  if (!run.done) {
    // Says at once that, for example, an epsilon model cannot start from pure noise.
    const first = run.needs();
    conversion(predict, first.predict, first.level);
  }
  return { run, calls: calls as Prepared<C>["calls"], options };
}

async function* drive<C>(name: string, prepared: Prepared<C>): AsyncGenerator<SampleStep, SampleResult, void> {
  const { run, calls, options } = prepared;
  const { signal, context } = options;
  const check = options.checkFinite ?? true;
  const history: StepRecord[] = [];
  const breathe = breather();
  let completed = run.step;
  let kept: Tensor | undefined;
  let finished = false;
  const finish = (status: SampleStatus, value: Tensor, level: Level, failure?: NonFinite): SampleResult => {
    finished = true;
    const { evaluations, rejected } = run;
    run.release(value);
    const facts = {
      status,
      iterations: completed,
      level,
      cost: { evaluations, rejected },
      failure,
      sampler: options.sampler.name,
    };
    return { ...facts, value, history, message: sentence(facts), citations: citationsOf(options) };
  };
  try {
    if (check && options.x !== undefined && !(await allFinite(options.x))) {
      throw new ArgumentError(
        `${name}: the initial signal contains values that are not finite (got NaN or an infinity).`,
      );
    }
    while (!run.done) {
      if (signal?.aborted === true) return finish("aborted", run.x, run.level);
      const { x, level, predict, step } = run.needs();
      const output = await calls[predict](x, level, context);
      // What is no tensor is left to the run, which says so.
      if (check && isTensor(output) && !(await allFinite(output))) {
        if (output !== x) output.dispose();
        return finish("non-finite", run.x, run.level, { step, argument: "model output", level });
      }
      const before = run.step;
      const start = run.level;
      await run.give(output);
      if (run.step > before) {
        if (check && run.previous !== null && !(await allFinite(run.x))) {
          return finish("non-finite", run.previous, start, { step, argument: "signal", level: run.level });
        }
        const record = { step: run.step, level: run.level, evaluations: run.evaluations };
        history.push(record);
        completed = run.step;
        kept = run.x;
        yield {
          ...record,
          x: run.x,
          denoised: run.denoised ?? run.x,
          previous: run.previous ?? run.x,
          state: run.state(),
        };
        kept = undefined;
      }
      await breathe();
    }
    if (run.status === "non-finite") {
      return finish("non-finite", run.x, run.level, { step: run.step, argument: "signal", level: run.level });
    }
    return finish(run.status as SampleStatus, run.x, run.level);
  } finally {
    if (!finished) {
      if (kept === undefined) run.dispose();
      else run.release(kept);
    }
  }
}

function citationsOf<C>({ sampler, denoiser, schedule }: IterateOptions<C>): Citation[] {
  const model = typeof denoiser === "function" ? [] : (denoiser.citations ?? []);
  return distinctCitations(sampler.citations, model, schedule?.citations ?? []);
}
