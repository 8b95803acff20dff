/** The training loop. */
import { emaWeight, type EmaOptions, type Optimizer } from "@ansatz/optim";
import { ArgumentError, checkOptions, tensor, treeLeaves, type Tree } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { batchOrder, exampleCount } from "./batches.ts";
import { breather, paceMeter } from "./pace.ts";
import { sentence, type TrainFailure, type TrainResult, type TrainStatus, type TrainStep } from "./result.ts";
import { startState, type TrainState } from "./state.ts";
import { compileStep, type Loss, type Trees } from "./step.ts";

/** Options of {@link train}. */
export interface TrainOptions<P extends Tree, D extends Tree> {
  /** Parameters to start from. They stay yours. Left out when a state is resumed. */
  readonly params?: P;
  /** Key of the run; needed with `params`. A resumed state has its own. */
  readonly key?: Key;
  /** State of an interrupted run to continue instead; its tensors then belong to the run. */
  readonly resume?: TrainState<P>;
  /** What is minimised. */
  readonly loss: Loss<P, D>;
  /** Number of keys that the loss draws from; 1 when left out. */
  readonly keys?: number;
  /** All examples: a tree of tensors whose first axis counts them. It stays yours. */
  readonly data: D;
  readonly optimizer: Optimizer;
  /** Examples per step. Those that do not fill a last batch are left out of an epoch, others in each. */
  readonly batchSize: number;
  /** Passes over the data; this or `steps`. */
  readonly epochs?: number;
  /** Number of steps; this or `epochs`. */
  readonly steps?: number;
  /** A number, or a function of the step (from 1); the optimiser's own when left out. */
  readonly learningRate?: number | ((step: number) => number);
  /** Keep a moving average of the parameters, with these options. */
  readonly ema?: EmaOptions;
  /** Share of the smoothed loss that is kept in each step, in [0, 1); 0.98 when left out. */
  readonly smoothing?: number;
  /** Ends the run with status `aborted`. */
  readonly signal?: AbortSignal;
}

const OPTIONS = [
  "params",
  "key",
  "resume",
  "loss",
  "keys",
  "data",
  "optimizer",
  "batchSize",
  "epochs",
  "steps",
  "learningRate",
  "ema",
  "smoothing",
  "signal",
] as const;

/**
 * Trains parameters by stochastic minimisation and yields after every step; the generator's return value is the result.
 *
 * A step is one compiled plan: batch, loss, gradient, update, average. The state's memory is reused, so that a run of any
 * length needs about twice the state, plus what the gradient needs. Order and keys follow from `key`, so equal options give
 * equal bits, also when the run was interrupted and resumed from a saved state.
 *
 * Between steps the event loop gets its turns. When the loss or the gradient is not finite, the run ends with status
 * `non-finite`, and the state before that step.
 * @throws ArgumentError, ShapeError or DTypeError for wrong use: at the call, or from the first step
 * @example
 * for await (const { step, steps, smoothedLoss, eta } of train({ params, loss, data, optimizer: adam(), batchSize: 64, epochs: 5, key: key(0) })) {
 *   showProgress(step / steps, smoothedLoss, eta);
 * }
 */
export function train<P extends Tree, D extends Tree>(
  options: TrainOptions<P, D>,
): AsyncGenerator<TrainStep<P>, TrainResult<P>, void> {
  return drive(prepare("train", options));
}

interface Prepared<P extends Tree, D extends Tree> {
  readonly options: TrainOptions<P, D>;
  readonly state: TrainState<P>;
  readonly keys: number;
  readonly examples: number;
  readonly steps: number;
  readonly smoothing: number;
}

function prepare<P extends Tree, D extends Tree>(name: string, options: TrainOptions<P, D>): Prepared<P, D> {
  checkOptions(name, options, OPTIONS);
  const { params, key, resume, loss, keys = 1, data, optimizer, batchSize, epochs, smoothing = 0.98 } = options;
  if ((params === undefined) === (resume === undefined)) {
    throw new ArgumentError(
      `${name}: a run starts from params or from a saved state (got ${params === undefined ? "neither" : "both"}, expected one).`,
    );
  }
  if ((params === undefined) !== (key === undefined)) {
    throw new ArgumentError(
      `${name}: params come with a key, a resumed state has its own (got ${key === undefined ? "no key" : "a key"}).`,
    );
  }
  if (typeof loss !== "function") {
    throw new ArgumentError(`${name}: loss must be a function (got ${typeof loss}).`);
  }
  if (typeof optimizer?.update !== "function") {
    throw new ArgumentError(`${name}: not an optimiser (got ${typeof optimizer}, expected one such as adam()).`);
  }
  checkInteger(name, "keys", keys, 0);
  const examples = exampleCount(name, data);
  checkInteger(name, "batchSize", batchSize, 1, examples);
  if ((epochs === undefined) === (options.steps === undefined)) {
    throw new ArgumentError(
      `${name}: the length is given in epochs or in steps (got ${epochs === undefined ? "neither" : "both"}, expected one).`,
    );
  }
  if (epochs !== undefined) checkInteger(name, "epochs", epochs, 0);
  else checkInteger(name, "steps", options.steps, 0);
  const steps = options.steps ?? (epochs as number) * Math.floor(examples / batchSize);
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new ArgumentError(
      `${name}: smoothing is out of range (got ${String(smoothing)}, expected a number in [0, 1)).`,
    );
  }
  // Says at once when an option is wrong.
  if (options.ema !== undefined) emaWeight(1, options.ema);
  if (steps > 0) optimizer.numbers(1, { learningRate: rate(options, 1) });
  if (resume !== undefined) checkResumed(name, resume, options);
  const state = resume ?? startState(params as P, optimizer, key as Key, options.ema !== undefined);
  return { options, state, keys, examples, steps, smoothing };
}

function checkResumed<P extends Tree, D extends Tree>(
  name: string,
  state: TrainState<P>,
  { optimizer, ema }: TrainOptions<P, D>,
): void {
  if (state.optimizer !== optimizer.name) {
    throw new ArgumentError(
      `${name}: the state belongs to another optimiser (got "${state.optimizer}", expected "${optimizer.name}").`,
    );
  }
  if ((state.average === null) !== (ema === undefined)) {
    throw new ArgumentError(
      `${name}: the state ${state.average === null ? "has no average" : "has an average"}, the option ema is ` +
        `${ema === undefined ? "missing" : "given"}. Resume with the options of the run.`,
    );
  }
}

function rate<P extends Tree, D extends Tree>({ learningRate, optimizer }: TrainOptions<P, D>, step: number): number {
  if (learningRate === undefined) return optimizer.rateAt?.(step) ?? optimizer.learningRate;
  return typeof learningRate === "function" ? learningRate(step) : learningRate;
}

async function* drive<P extends Tree, D extends Tree>(
  prepared: Prepared<P, D>,
): AsyncGenerator<TrainStep<P>, TrainResult<P>, void> {
  const { options, keys, examples, steps, smoothing } = prepared;
  const { data, optimizer, batchSize, signal } = options;
  const perEpoch = Math.floor(examples / batchSize);
  let state = prepared.state;
  const { key, optimizer: name } = state;
  const [forOrder, forLoss] = key.split(2);
  const { device } = treeLeaves(data)[0];
  const indicesOf = batchOrder(forOrder, examples, batchSize, device);
  const run = compileStep(options.loss, optimizer, keys);
  const breathe = breather();
  const pace = paceMeter();

  const finish = (status: TrainStatus, failure?: TrainFailure): TrainResult<P> => {
    const facts = { status, state, iterations: state.step, failure };
    return { ...facts, message: sentence(facts, steps), citations: optimizer.citations };
  };

  while (state.step < steps) {
    if (signal?.aborted === true) return finish("aborted");
    const step = state.step + 1;
    const epoch = Math.floor(state.step / perEpoch);
    const learningRate = rate(options, step);
    const words = Uint32Array.from(
      forLoss
        .fold(step)
        .split(keys)
        .flatMap(({ k0, k1 }) => [k0, k1]),
    );
    const trees: Trees<P> = { params: state.params, buffers: state.buffers, average: state.average ?? [] };
    const { next, ...measured } = run(
      trees,
      data,
      indicesOf(epoch, state.step % perEpoch),
      tensor(words, { dtype: "u32", shape: [keys, 2], device }),
      options.ema === undefined ? 0 : emaWeight(step, options.ema),
      ...optimizer.numbers(step, { learningRate }),
    );
    const loss = Number((await measured.loss.data())[0]);
    const squaredNorm = Number((await measured.squaredNorm.data())[0]);
    measured.loss.dispose();
    measured.squaredNorm.dispose();
    const { params, buffers } = next;
    const average = state.average === null ? null : (next.average as P);
    const finite = Number.isFinite(loss) && Number.isFinite(squaredNorm);
    state = {
      step: finite ? step : state.step,
      params,
      buffers,
      average,
      key,
      optimizer: name,
      ...(finite ? smooth(state, loss, smoothing) : lossOf(state)),
    };
    if (!finite) {
      return finish("non-finite", { step, argument: Number.isFinite(loss) ? "gradient" : "loss", loss });
    }
    const milliseconds = pace.step();
    yield {
      step,
      steps,
      epoch: epoch + 1,
      loss,
      smoothedLoss: state.smoothedLoss,
      gradientNorm: Math.sqrt(squaredNorm),
      learningRate,
      samplesPerSecond: (1000 * batchSize) / milliseconds,
      eta: ((steps - step) * milliseconds) / 1000,
      state,
    };
    await breathe();
  }
  return finish("completed");
}

type SmoothedLoss = Pick<TrainState, "smoothedLoss" | "smoothedWeight">;

function lossOf({ smoothedLoss, smoothedWeight }: TrainState): SmoothedLoss {
  return { smoothedLoss, smoothedWeight };
}

/** Takes a loss into the average whose weights decay by `smoothing` per step and are divided by their sum. */
function smooth(state: TrainState, loss: number, smoothing: number): SmoothedLoss {
  const smoothedWeight = smoothing * state.smoothedWeight + (1 - smoothing);
  const before = state.smoothedWeight === 0 ? 0 : state.smoothedLoss;
  return { smoothedLoss: before + ((1 - smoothing) / smoothedWeight) * (loss - before), smoothedWeight };
}

/** Options of {@link fit}. */
export interface FitOptions<P extends Tree, D extends Tree> extends TrainOptions<P, D> {
  /** Called after every step. */
  readonly onStep?: (step: TrainStep<P>) => void;
}

/** {@link train} to its end. */
export async function fit<P extends Tree, D extends Tree>(options: FitOptions<P, D>): Promise<TrainResult<P>> {
  const { onStep, ...rest } = options;
  const steps = train(rest as TrainOptions<P, D>);
  for (;;) {
    const { done, value } = await steps.next();
    if (done === true) return value;
    onStep?.(value);
  }
}
