/** DPM-Solver and DPM-Solver++ with adaptive steps: pairs of order 1-2 and 2-3. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkInteger, checkNumber, checkPositive } from "../check.ts";
import { checkLevels, halfLogSnr, isSameLevel, showLevel, type Level } from "../level.ts";
import { checkBegin } from "../plan/start.ts";
import type { Schedule } from "../schedules/base.ts";
import { startAdaptive, type AdaptiveStep } from "./adaptiveRun.ts";
import type { BeginOptions, Sampler } from "./base.ts";
import { dpmSettings, type DpmSolverOptions, type DpmSolverSettings } from "./dpmSolver.ts";
import { singlestepStages } from "./dpmSolverSinglestep.ts";

/** Options of {@link dpmSolverAdaptive}. */
export interface DpmSolverAdaptiveOptions extends DpmSolverOptions {
  /** Order of the solution, 2 (error against order 1) or 3 (against order 2); 3 when left out. */
  readonly order?: number;
  /** Absolute tolerance, > 0; 0.0078 (one of 256 grey values in [-1, 1]) when left out. */
  readonly atol?: number;
  /** Relative tolerance, >= 0; 0.05 when left out. */
  readonly rtol?: number;
  /** First step in half log-SNR, > 0; 0.05 when left out. */
  readonly initialStep?: number;
  /** Factor on the predicted step, in (0, 1]; 0.9 when left out. */
  readonly safety?: number;
  /** The run ends this close to the last level, in the schedule's time; 1e-5 when left out. */
  readonly timeTolerance?: number;
  /** Most model calls, after which the run ends with status `max-evaluations`; 1000 when left out. */
  readonly maxEvaluations?: number;
  /** Smallest step in half log-SNR, below which the run ends with status `step-too-small`; 1e-8 when left out. */
  readonly minStep?: number;
  /**
   * Keeps the first prediction of a rejected try, which is made at the same point again: the same result with one model
   * call less per rejection. False when left out, as in the published code.
   */
  readonly reuse?: boolean;
}

const OPTIONS = [
  "order",
  "prediction",
  "solverType",
  "atol",
  "rtol",
  "initialStep",
  "safety",
  "timeTolerance",
  "maxEvaluations",
  "minStep",
  "reuse",
] as const;

/**
 * DPM-Solver with adaptive step size (Lu et al. 2022, algorithm "DPM-Solver-12 / 23"). A try of length h in half log-SNR
 * gives a solution of order p and one of order p - 1 from the same p model calls. It is accepted when
 *
 * `E = max over the batch of rms((high - low)/delta) <= 1`, `delta = max(atol, rtol max(|low|, |previous low|))`,
 *
 * and the next h is `min(safety h E^(-1/p), what is left)`. All samples of a batch share the step.
 *
 * `begin` takes two levels, the first and the last, and needs the `schedule` between them; neither end may have an
 * infinite log-SNR. `give` returns a promise, because E is read. The run always ends: by arriving, by `maxEvaluations`,
 * by `minStep`, or on values that are not finite.
 * @throws ArgumentError for bad options; from `begin` without a schedule or with other than two levels
 */
export function dpmSolverAdaptive(options: DpmSolverAdaptiveOptions = {}): Sampler {
  const factory = "dpmSolverAdaptive";
  checkOptions(factory, options, OPTIONS);
  const settings = dpmSettings(factory, options);
  const order = options.order ?? 3;
  checkInteger(factory, "order", order, 2, 3);
  const control = {
    order,
    atol: options.atol ?? 0.0078,
    rtol: options.rtol ?? 0.05,
    initialStep: options.initialStep ?? 0.05,
    safety: options.safety ?? 0.9,
    timeTolerance: options.timeTolerance ?? 1e-5,
    maxEvaluations: options.maxEvaluations ?? 1000,
    minStep: options.minStep ?? 1e-8,
    reuse: options.reuse ?? false,
  };
  checkPositive(factory, "atol", control.atol);
  checkNumber(factory, "rtol", control.rtol, 0);
  checkPositive(factory, "initialStep", control.initialStep);
  checkNumber(factory, "safety", control.safety, Number.MIN_VALUE, 1);
  checkNumber(factory, "timeTolerance", control.timeTolerance, 0);
  checkInteger(factory, "maxEvaluations", control.maxEvaluations, order);
  checkPositive(factory, "minStep", control.minStep);
  const name = `${settings.family}-adaptive-${order - 1}${order}`;
  const problem = (levels: readonly Level[], run: BeginOptions | undefined): Parameters<typeof startAdaptive>[0] => {
    checkBegin(name, run);
    const schedule = checkAdaptive(name, levels, run?.schedule);
    return {
      name,
      control,
      prediction: settings.prediction,
      schedule,
      first: levels[0],
      last: levels[1],
      pair: (from, to) => pair(settings, schedule, order, from, to),
    };
  };
  return {
    name,
    order,
    citations: settings.citations,
    begin: (levels, x, run) => startAdaptive(problem(levels, run), { x }),
    resume: (levels, state, run) => startAdaptive(problem(levels, run), { state }),
  };
}

function checkAdaptive(name: string, levels: readonly Level[], schedule: Schedule | undefined): Schedule {
  checkLevels(name, levels);
  if (levels.length !== 2) {
    throw new ArgumentError(
      `${name}: adaptive steps choose their own levels (got ${levels.length} levels, expected 2: the first and the last).`,
    );
  }
  if (schedule === undefined) {
    throw new ArgumentError(`${name}: adaptive steps need the levels in between (got no schedule). Pass \`schedule\`.`);
  }
  for (const level of levels) {
    if (!Number.isFinite(halfLogSnr(level))) {
      throw new ArgumentError(
        `${name}: both ends need a finite log-SNR (got ${showLevel(level)}). Start below pure noise, end above sigma 0.`,
      );
    }
  }
  if (isSameLevel(levels[0], levels[1])) {
    throw new ArgumentError(`${name}: both levels are the same (got ${showLevel(levels[0])}). There is nothing to do.`);
  }
  return schedule;
}

/** The stages of the higher order and the last combination of the lower one. */
function pair(settings: DpmSolverSettings, schedule: Schedule, order: number, from: Level, to: Level): AdaptiveStep {
  const start = halfLogSnr(from);
  const h = halfLogSnr(to) - start;
  const inner = Array.from({ length: order - 1 }, (_, i) => schedule.levelAt(start + (h * (i + 1)) / order));
  const stages = singlestepStages(settings, [from, ...inner, to]);
  const lower = singlestepStages(settings, [from, ...inner.slice(0, order - 2), to]);
  return { stages, lower: lower[lower.length - 1] };
}
