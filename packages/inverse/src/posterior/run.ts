/** Runs posterior samplers. */
import { ArgumentError, checkOptions, DTypeError, mul, scope, take, tensor, type Tensor } from "@ansatz/tensor";
import { Key, uniform } from "@ansatz/tensor/random";
import { asX0, checkLevels, type Level } from "@ansatz/samplers";
import { checkCount, checkShaped } from "../check.ts";
import { length, read } from "../vector.ts";
import type {
  PosteriorOptions,
  PosteriorProblem,
  PosteriorResult,
  PosteriorRun,
  PosteriorSampler,
  PosteriorState,
  PosteriorStatus,
} from "./base.ts";
import { dtypeOf } from "./likelihood.ts";
import { measurementOf, numbersOf } from "./measurement.ts";
import { checkPrior } from "./start.ts";
import { effectiveNumber, logMeanExp, normalized, systematic } from "./weights.ts";

/**
 * Runs a sampler and yields its state after every step; the generator's return value is the result. The tensor of a state is valid until
 * the next one is asked for; the last one is the result's.
 * @throws ArgumentError, ShapeError, DTypeError when problem, method and options do not fit, or data are not finite
 */
export async function* iteratePosterior<C>(
  sampler: PosteriorSampler,
  problem: PosteriorProblem<C>,
  options: PosteriorOptions,
): AsyncGenerator<PosteriorState, PosteriorResult, void> {
  const { name } = sampler;
  checkOptions(name, options, ["key", "particles", "signal"]);
  const { key, particles = 100, signal } = options;
  if (!(key instanceof Key))
    throw new ArgumentError(`${name}: key is needed (got ${String(key)}, expected key(seed)).`);
  checkCount(name, "particles", particles);
  const device = await checkProblem(name, problem as PosteriorProblem);
  const measurement = await measurementOf(problem.likelihood);
  const effective: number[] = [];
  let lost = 0;
  let state: PosteriorState | undefined;
  try {
    const levels = sampler.plan(problem as PosteriorProblem, measurement);
    const denoise = denoiserOf(name, problem);
    const common = { problem: problem as PosteriorProblem, measurement, levels, particles, device, denoise };
    const [first, steps, picks] = key.split(3);
    const started = await sampler.start({ ...common, key: first });
    state = {
      iteration: 0,
      level: levels[0],
      ...started,
      ancestors: Int32Array.from({ length: particles }, (_, i) => i),
      effective: particles,
      resamples: 0,
      evaluations: 0,
    };
    let status: PosteriorStatus = "finished";
    for (let index = 0; index + 1 < levels.length; index++) {
      if (signal?.aborted === true) {
        status = "aborted";
        break;
      }
      const run: PosteriorRun = { ...common, key: steps.fold(index) };
      const { x, increments, evaluations } = await sampler.step(run, state.x, index);
      const logWeights = state.logWeights.map((w, i) =>
        Number.isFinite(increments[i]) ? w + increments[i] : -Infinity,
      );
      lost += logWeights.reduce((n, w, i) => n + (w === -Infinity && state?.logWeights[i] !== -Infinity ? 1 : 0), 0);
      const weights = normalized(logWeights);
      const ess = effectiveNumber(weights);
      effective.push(ess);
      if (ess === 0) {
        status = "collapsed";
        x.dispose();
        state = { ...state, logWeights, effective: 0, evaluations: state.evaluations + evaluations };
        break;
      }
      const last = index + 2 === levels.length;
      const resampled = !last && ess < sampler.threshold * particles;
      const offset = resampled
        ? (await numbersOf(uniform(picks.fold(index), [1], { dtype: "f64", device: "cpu" })))[0]
        : 0;
      const chosen = resampled ? systematic(weights, offset) : replacing(weights);
      const moved = chosen === undefined ? x : picked(x, chosen);
      const before: PosteriorState = state;
      const gained: number = resampled ? logMeanExp(logWeights) : 0;
      state = {
        iteration: index + 1,
        level: levels[index + 1],
        x: moved,
        logWeights: resampled ? new Float64Array(particles) : logWeights,
        logNormalizer: before.logNormalizer === undefined ? undefined : before.logNormalizer + gained,
        ancestors: chosen === undefined ? before.ancestors : Int32Array.from(chosen, (i) => before.ancestors[i]),
        effective: ess,
        resamples: before.resamples + (resampled ? 1 : 0),
        evaluations: before.evaluations + evaluations,
      };
      before.x.dispose();
      yield state;
    }
    const weights = normalized(state.logWeights);
    const evidence = sampler.threshold > 0 && status === "finished" ? state.logNormalizer : undefined;
    const value = state.x;
    const used = new Set(state.ancestors.filter((_, i) => weights[i] > 0)).size;
    const result: PosteriorResult = {
      value,
      weights,
      logEvidence: evidence === undefined ? undefined : evidence + logMeanExp(state.logWeights),
      status,
      message: sentence(name, status, state.iteration, particles, effectiveNumber(weights), used),
      iterations: state.iteration,
      diagnostics: {
        effective,
        resamples: state.resamples,
        ancestors: used,
        lost,
        steps: levels.length - 1,
        unsolved: measurement.unsolved(),
      },
      cost: { evaluations: state.evaluations * particles },
      citations: citationsOf(sampler, problem as PosteriorProblem),
    };
    state = undefined;
    return result;
  } finally {
    state?.x.dispose();
    measurement.dispose();
  }
}

/**
 * Draws from the posterior: particles with weights, how the run ended, and how healthy the ensemble is.
 * @throws ArgumentError, ShapeError, DTypeError when problem, method and options do not fit, or data are not finite
 * @example
 * const likelihood = gaussianLikelihood({ operator, data, sigma: 0.1 });
 * const levels = levelsFromSigmas([...karrasSigmas(50, 0.02, 10), 0]);
 * const { value, weights } = await samplePosterior(afdps(), { denoiser, likelihood, levels }, { key: key(1), particles: 200 });
 */
export async function samplePosterior<C>(
  sampler: PosteriorSampler,
  problem: PosteriorProblem<C>,
  options: PosteriorOptions,
): Promise<PosteriorResult> {
  const states = iteratePosterior(sampler, problem, options);
  for (;;) {
    const { done, value } = await states.next();
    if (done === true) return value;
  }
}

/** The denoiser for particles in the units of the clean signal. */
function denoiserOf<C>(name: string, { denoiser, context }: PosteriorProblem<C>): PosteriorRun["denoise"] {
  const estimate = asX0(denoiser);
  const checked = (made: Tensor, x: Tensor): Tensor => {
    checkShaped(name, "result of the denoiser", made, x.shape);
    if (made.dtype !== x.dtype) {
      throw new DTypeError(
        `${name}: result of the denoiser has another data type (got ${made.dtype}, expected ${x.dtype}).`,
      );
    }
    // The caller disposes what it gets, but not what it gave.
    return made === x ? mul(x, 1) : made;
  };
  return (x, level) => {
    const scaled = level.alpha === 1 ? x : mul(x, level.alpha);
    const finish = (made: Tensor): Tensor => {
      const result = checked(made, scaled);
      if (scaled !== x) scaled.dispose();
      return result;
    };
    const made = estimate(scaled, level, context);
    return made instanceof Promise ? made.then(finish) : finish(made);
  };
}

/** Which particles stand in for lost ones: the heaviest; undefined when none is lost. */
function replacing(weights: Float64Array): Int32Array | undefined {
  if (weights.every((w) => w > 0)) return undefined;
  const best = weights.indexOf(weights.reduce((a, b) => Math.max(a, b)));
  return Int32Array.from(weights, (w, i) => (w > 0 ? i : best));
}

function picked(x: Tensor, chosen: Int32Array): Tensor {
  const y = scope(() => take(x, tensor(chosen, { dtype: "i32", device: x.device }), 0));
  y.eval();
  x.dispose();
  return y;
}

/** Throws unless everything fits; gives the device. */
async function checkProblem(name: string, problem: PosteriorProblem): Promise<string> {
  checkOptions(name, problem, ["denoiser", "likelihood", "levels", "mean", "variance", "context"]);
  const { likelihood, levels, mean } = problem;
  const kind = (likelihood as { readonly kind?: unknown } | undefined)?.kind;
  if (kind !== "gaussian" && kind !== "energy") {
    throw new ArgumentError(
      `${name}: likelihood is none (got ${String(kind)}, expected what gaussianLikelihood or energyLikelihood returned).`,
    );
  }
  checkLevels(name, levels);
  checkClean(name, levels);
  checkPrior(name, problem);
  const dtype = dtypeOf(likelihood);
  if (mean !== undefined && mean.dtype !== dtype) {
    throw new DTypeError(`${name}: mean has another data type (got ${mean.dtype}, expected ${dtype}).`);
  }
  if (likelihood.kind === "energy") return mean?.device ?? "cpu";
  const size = await read(() => length(likelihood.data));
  if (!Number.isFinite(size)) {
    throw new ArgumentError(`${name}: data is not finite (got norm ${size}). Remove NaN and infinities first.`);
  }
  return likelihood.data.device;
}

function checkClean(name: string, levels: readonly Level[]): void {
  const { alpha, sigma } = levels[levels.length - 1];
  if (sigma !== 0 || alpha !== 1) {
    throw new ArgumentError(
      `${name}: the last level is not clean (got alpha ${alpha}, sigma ${sigma}, expected 1 and 0). Append a sigma of 0.`,
    );
  }
  const pure = levels.findIndex((level) => level.alpha === 0);
  if (pure >= 0) {
    throw new ArgumentError(`${name}: level ${pure} is pure noise (got alpha 0, expected more). Begin a little lower.`);
  }
}

function citationsOf(sampler: PosteriorSampler, { denoiser }: PosteriorProblem): PosteriorResult["citations"] {
  return [...sampler.citations, ...(typeof denoiser === "function" ? [] : (denoiser.citations ?? []))];
}

function sentence(
  name: string,
  status: PosteriorStatus,
  steps: number,
  particles: number,
  effective: number,
  ancestors: number,
): string {
  const done = `${steps} ${steps === 1 ? "step" : "steps"}`;
  if (status === "collapsed") {
    return `${name} collapsed after ${done}: no particle had a finite position and weight. Use more levels, more particles or a larger sigma.`;
  }
  const health = `${effective.toFixed(1)} of ${particles} particles effective, ${ancestors} ancestors left`;
  return status === "finished"
    ? `${name} finished ${done}, ${health}.`
    : `${name} was aborted after ${done}, ${health}.`;
}
