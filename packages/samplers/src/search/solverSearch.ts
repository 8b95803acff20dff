/** S3: searching the solver schedule that suits a model. */
import { ArgumentError, checkOptions, type Citation } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { USF_PAPER } from "../citation.ts";
import { breather } from "../driver/breathe.ts";
import { halfLogSnr } from "../level.ts";
import type { SolverSchedule } from "../samplers/solverSchedule.ts";
import type { ContinuousSchedule } from "../schedules/base.ts";
import { crossed, fixedCandidates, mutated, toSchedule, type Candidate } from "./candidate.ts";
import { fitPredictor } from "./predictor.ts";
import { randomStream, type RandomStream } from "./randomStream.ts";

/** Options of {@link searchSolver}. */
export interface SolverSearchOptions {
  /** Model calls that a schedule may spend, >= 1. */
  readonly evaluations: number;
  /** The error of a schedule, to be made small; NaN and infinities count as failures. */
  readonly objective: (schedule: SolverSchedule) => number | Promise<number>;
  readonly schedule: ContinuousSchedule;
  readonly key: Key;
  /** Calls of the objective; 1000 when left out, at least the 96 fixed schedules that the search starts from. */
  readonly budget?: number;
  /** First and last time; the schedule's `maxTime`, and its `minTime` or 0.001 when left out. */
  readonly start?: number;
  readonly end?: number;
  /** Guesses errors by kernel regression before spending calls; true when left out. */
  readonly predictor?: boolean;
  readonly signal?: AbortSignal;
}

/** What the generator yields after every round. */
export interface SolverSearchProgress {
  /** Calls of the objective so far. */
  readonly evaluated: number;
  readonly budget: number;
  readonly best: SolverSchedule;
  readonly error: number;
}

/** The outcome of a search. */
export interface SolverSearchResult {
  /** The best schedule as JSON: save it, and `solverSchedule` it when loaded. */
  readonly schedule: SolverSchedule;
  readonly error: number;
  /** The best of the fixed schedules that the search started from. */
  readonly fixed: { readonly schedule: SolverSchedule; readonly error: number };
  readonly status: "completed" | "aborted";
  readonly message: string;
  /** The best error after each round. */
  readonly history: readonly number[];
  readonly cost: { readonly evaluations: number };
  readonly citations: readonly Citation[];
}

const PARENTS = 20;
const PROPOSALS = 400;
const CHOSEN = 20;
const FITTED = 300;

/**
 * Searches a solver schedule for `usf` (the S3 search of Liu et al. 2023; their predictor network is not published, ours
 * is a kernel regression): it starts from every fixed schedule (orders 1 to 3, both predictions, corrector, four layouts,
 * analytic first step), and in every round evaluates the 20 children of the 20 best that look best to the predictor, out
 * of 400 by crossover and mutation. The result is therefore never worse than the fixed ones on the objective.
 *
 * The objective decides what is found: measure it on enough starting points (128 to 512), and report the result on others.
 * The same key gives the same search on every machine where the objective is the same.
 * @returns an async generator that yields after every round and returns the result
 * @throws ArgumentError for options out of range, or when no fixed schedule has a finite error
 * @example
 * for await (const { evaluated, error } of searchSolver({ evaluations: 8, objective, schedule, key: key(1) })) {
 *   progress(evaluated, error);
 * }
 */
export function searchSolver(
  options: SolverSearchOptions,
): AsyncGenerator<SolverSearchProgress, SolverSearchResult, void> {
  const name = "searchSolver";
  checkOptions(name, options, [
    "evaluations",
    "objective",
    "schedule",
    "key",
    "budget",
    "start",
    "end",
    "predictor",
    "signal",
  ]);
  const { evaluations, schedule } = options;
  checkInteger(name, "evaluations", evaluations, 1);
  const start = options.start ?? schedule.maxTime;
  const end = options.end ?? schedule.minTime ?? 1e-3;
  const fixed = fixedCandidates(schedule, evaluations, start, end);
  const budget = options.budget ?? 1000;
  checkInteger(name, "budget", budget, fixed.length);
  return search(name, options, fixed, budget);
}

interface Known {
  readonly candidate: Candidate;
  readonly features: Float64Array;
  readonly error: number;
}

async function* search(
  name: string,
  options: SolverSearchOptions,
  fixed: readonly Candidate[],
  budget: number,
): AsyncGenerator<SolverSearchProgress, SolverSearchResult, void> {
  const { objective, key, signal, schedule, evaluations } = options;
  const random = randomStream(key);
  const features = describer(schedule, evaluations);
  const breathe = breather();
  const known: Known[] = [];
  const names = new Set<string>();
  const history: number[] = [];
  const evaluate = async (candidate: Candidate): Promise<void> => {
    const error = await objective(toSchedule(candidate));
    names.add(nameOf(candidate));
    known.push({ candidate, features: features(candidate), error: Number.isFinite(error) ? error : Infinity });
    await breathe();
  };
  const best = (): Known[] => known.toSorted((a, b) => a.error - b.error);
  const progress = (): SolverSearchProgress => {
    const [top] = best();
    history.push(top.error);
    return { evaluated: known.length, budget, best: toSchedule(top.candidate), error: top.error };
  };
  for (const candidate of fixed) await evaluate(candidate);
  const [firstBest] = best();
  if (firstBest.error === Infinity) {
    throw new ArgumentError(`${name}: no fixed schedule has a finite error. Check the objective.`);
  }
  yield progress();
  while (known.length < budget && signal?.aborted !== true) {
    const children = proposals(best().slice(0, PARENTS), random, names);
    const count = Math.min(CHOSEN, budget - known.length);
    const chosen = options.predictor === false ? children.slice(0, count) : filtered(known, children, features, count);
    for (const child of chosen) await evaluate(child);
    yield progress();
  }
  const [top] = best();
  const status = known.length < budget ? "aborted" : "completed";
  return {
    schedule: toSchedule(top.candidate),
    error: top.error,
    fixed: { schedule: toSchedule(firstBest.candidate), error: firstBest.error },
    status,
    message:
      `searchSolver ${status === "completed" ? "finished" : "was aborted"} after ${known.length} schedules: ` +
      `error ${top.error.toPrecision(3)}, best fixed schedule ${firstBest.error.toPrecision(3)}.`,
    history,
    cost: { evaluations: known.length },
    citations: [USF_PAPER],
  };
}

function nameOf(candidate: Candidate): string {
  return JSON.stringify(toSchedule(candidate));
}

/** New children of the parents, better parents more often; `known` names the candidates that are no longer new. */
function proposals(parents: readonly Known[], random: RandomStream, known: ReadonlySet<string>): Candidate[] {
  const children: Candidate[] = [];
  const seen = new Set<string>();
  const pick = (): Candidate => parents[Math.min(random.index(parents.length), random.index(parents.length))].candidate;
  for (let tries = 0; children.length < PROPOSALS && tries < 4 * PROPOSALS; tries++) {
    const parent = random.chance(0.5) ? crossed(pick(), pick(), random) : pick();
    const child = mutated(parent, random);
    const title = nameOf(child);
    if (known.has(title) || seen.has(title)) continue;
    seen.add(title);
    children.push(child);
  }
  return children;
}

/** Those of the children that the predictor likes best. */
function filtered(
  known: readonly Known[],
  children: readonly Candidate[],
  features: (candidate: Candidate) => Float64Array,
  count: number,
): Candidate[] {
  const finite = known.filter(({ error }) => error < Infinity && error > 0).toSorted((a, b) => a.error - b.error);
  const guess = fitPredictor(finite.slice(0, FITTED).map((k) => ({ features: k.features, value: Math.log(k.error) })));
  return children
    .map((child) => ({ child, value: guess(features(child)) }))
    .toSorted((a, b) => a.value - b.value)
    .slice(0, count)
    .map(({ child }) => child);
}

/** Features of a schedule: half log-SNR of its nodes, orders, flags and relaxations, padded to one length. */
function describer(schedule: ContinuousSchedule, evaluations: number): (candidate: Candidate) => Float64Array {
  const length = evaluations + 1;
  return ({ times, steps, analyticFirst }) => {
    const out = new Float64Array(6 * length + 2);
    let at = 0;
    /** Values of the last item fill the places of those that a shorter schedule lacks. */
    const pad = <T>(items: readonly T[], size: number, value: (item: T) => number): void => {
      for (let i = 0; i < size; i++) out[at++] = value(items[Math.min(i, items.length - 1)]);
    };
    const lambdas = times.map((time) => halfLogSnr(schedule.level(time)));
    const range = lambdas[lambdas.length - 1] - lambdas[0];
    pad(lambdas, length + 1, (lambda) => (4 * (lambda - lambdas[0])) / range);
    pad(steps, length, ({ order }) => order / 2);
    pad(steps, length, ({ data }) => (data ? 1 : 0));
    pad(steps, length, ({ corrector }) => (corrector ? 1 : 0));
    pad(steps, length, ({ relax }) => (typeof relax === "number" ? 4 * relax : 0));
    pad(steps, length, ({ points }) => points / 2);
    out[at] = analyticFirst ? 1 : 0;
    return out;
  };
}
