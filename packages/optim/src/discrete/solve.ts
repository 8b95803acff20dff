/** The search for small violations, and its driver. */
import { ArgumentError, checkOptions, isTensor } from "@ansatz/tensor";
import { Key, key as keyOf } from "@ansatz/tensor/random";
import { checkCount, checkPositive } from "../check.ts";
import { MIN_MAX_VIOLATION_PAPER } from "../citation.ts";
import type {
  Assignment,
  DiscreteOptions,
  DiscreteProblem,
  DiscreteResult,
  DiscreteState,
  DiscreteStatus,
  Instance,
  Score,
  Vector,
} from "./base.ts";
import { descend } from "./descent.ts";
import { destroyers, repairers } from "./perturb.ts";
import { deviceScan, type PairScan } from "./pairs.ts";
import { better, pointAt, rescore, ROUNDING, type Point } from "./point.ts";
import { indicesOf, instanceOf, nearestLevels, valuesOf, vectorOf } from "./problem.ts";
import { streamOf, type Stream } from "./random.ts";
import { relax, type Relaxation } from "./relaxation.ts";
import { sentence } from "./sentence.ts";

/** Roulette scores of an iteration: a new best, better than before, as good, worse. */
const REWARDS = { best: 5, better: 2, accepted: 1, rejected: 0.5 };

/** How much of an old roulette score stays. */
const DECAY = 0.7;

/** Milliseconds of work after which other tasks get a turn. */
const SLICE = 30;

const OPTIONS: readonly (keyof DiscreteOptions)[] = [
  "key",
  "start",
  "maxIterations",
  "timeLimit",
  "patience",
  "destroy",
  "squares",
  "bound",
  "device",
  "onBest",
  "signal",
];

/** A search that can be run step by step: pure functions of plain data. */
export interface DiscreteSearch {
  readonly instance: Instance;
  /** What the relaxation shows; absent with `bound: false` and a start. */
  readonly relaxation?: Relaxation;
  /** Value of the first start. */
  readonly started: Score;
  /** The state before the first iteration. */
  init(): Promise<DiscreteState>;
  /** One iteration. */
  step(state: DiscreteState): Promise<DiscreteState>;
  /** Whether the best assignment is as good as the bound. */
  done(state: DiscreteState): boolean;
  /** Frees what was put on a device. */
  dispose(): void;
}

/** Options of {@link discreteSearch}. */
export type DiscreteSearchOptions = Pick<
  DiscreteOptions,
  "key" | "start" | "patience" | "destroy" | "squares" | "bound" | "device"
>;

/**
 * The search behind {@link solveDiscrete}, for running it by hand.
 *
 * An iteration sets a few variables anew, goes downhill by moves of one and two variables, and keeps the result if it is no
 * worse. Which variables, and how, is drawn by how well the ways did before. After `patience` iterations without success the
 * search begins anew: from the next start, the rounded relaxation, or a jittered best.
 */
export async function discreteSearch(
  problem: DiscreteProblem,
  options: DiscreteSearchOptions = {},
): Promise<DiscreteSearch> {
  const name = "discreteSearch";
  checkOptions(name, options, ["key", "start", "patience", "destroy", "squares", "bound", "device"]);
  return searchOf(name, await instanceOf(name, problem), options);
}

async function searchOf(name: string, instance: Instance, options: DiscreteSearchOptions): Promise<DiscreteSearch> {
  const { patience = 60, destroy = 0.3, squares = "tie", bound = true, device } = options;
  const { key = keyOf(0) } = options;
  if (!(key instanceof Key))
    throw new ArgumentError(`${name}: key must be a key (got ${typeof key}). Make one with key(seed).`);
  checkCount(name, "patience", patience);
  checkPositive(name, "destroy", destroy);
  if (destroy > 1) throw new ArgumentError(`${name}: destroy is out of range (got ${destroy}, expected at most 1).`);
  if (squares !== "tie" && squares !== "guard") {
    throw new ArgumentError(`${name}: squares must be "tie" or "guard" (got ${String(squares)}).`);
  }
  if (typeof bound !== "boolean") throw new ArgumentError(`${name}: bound must be a boolean (got ${String(bound)}).`);
  const given = await startsOf(name, instance, options.start);
  const relaxation = bound || given.length === 0 ? relax(instance) : undefined;
  const starts = [...given, ...(relaxation === undefined ? [] : [nearestLevels(instance, relaxation.value)])];
  const first = pointAt(instance, starts[0]);
  const squaresLimit = squares === "guard" ? first.squares * (1 + ROUNDING) : Infinity;
  const onDevice = device === undefined ? undefined : deviceScan(instance, device);
  const scan = onDevice?.scan;
  const rules: Rules = { instance, key, patience, destroy, squaresLimit, starts, relaxation, scan };
  return {
    instance,
    ...(relaxation === undefined ? {} : { relaxation }),
    started: { objective: first.objective, squares: first.squares },
    init: () => initial(rules, first),
    step: (state) => iterated(rules, state),
    done: ({ best }) => best.objective <= (bound ? (relaxation?.bound ?? 0) : 0) * (1 + ROUNDING),
    dispose: () => onDevice?.dispose(),
  };
}

/** What stays the same in a search. */
interface Rules {
  readonly instance: Instance;
  readonly key: Key;
  readonly patience: number;
  readonly destroy: number;
  readonly squaresLimit: number;
  readonly starts: readonly Int32Array[];
  readonly relaxation: Relaxation | undefined;
  readonly scan: PairScan | undefined;
}

async function startsOf(name: string, instance: Instance, start: DiscreteOptions["start"]): Promise<Int32Array[]> {
  if (start === undefined) return [];
  const many = !isTensor(start) && start.length > 0 && typeof (start as ArrayLike<unknown>)[0] === "object";
  const list = many ? (start as readonly Vector[]) : [start as Vector];
  const all: Int32Array[] = [];
  for (const [i, one] of list.entries()) {
    const values = await vectorOf(name, many ? `start[${i}]` : "start", one, instance.n);
    all.push(indicesOf(name, instance, values));
  }
  return all;
}

/** A copy that does not move. */
function kept({ indices, objective, squares }: Point): Assignment {
  return { indices: Int32Array.from(indices), objective, squares };
}

const isAllowed = ({ squares }: Score, { squaresLimit }: Rules): boolean => squares <= squaresLimit;

async function initial(rules: Rules, first: Point): Promise<DiscreteState> {
  const { instance, squaresLimit, key, starts, scan } = rules;
  let best = kept(first);
  let evaluations = 0;
  let current = best;
  for (const [i, indices] of starts.entries()) {
    const point = pointAt(instance, indices);
    evaluations += await descend(instance, point, { squaresLimit, stream: streamOf(key.fold(i).fold(1)), scan });
    if (i === 0) current = kept(point);
    if (isAllowed(point, rules) && better(point, best)) best = kept(point);
  }
  const scores = new Array<number>(destroyers.length * repairers.length).fill(1);
  return { iteration: 0, current, best, stalled: 0, start: 0, scores, evaluations };
}

async function iterated(rules: Rules, state: DiscreteState): Promise<DiscreteState> {
  const { instance, key, patience, destroy, squaresLimit, scan } = rules;
  const stream = streamOf(key.fold(state.iteration).fold(0));
  const anew = state.stalled >= patience;
  const start = anew ? state.start + 1 : state.start;
  const point = pointAt(instance, anew ? restart(rules, state, stream).indices : state.current.indices);
  const before: Score = anew ? { objective: Infinity, squares: Infinity } : state.current;
  const way = spin(state.scores, stream);
  const most = Math.max(2, Math.floor(destroy * instance.n));
  const count = Math.min(instance.n, 2 + stream.below(most - 1));
  const chosen = destroyers[Math.floor(way / repairers.length)].choose(instance, point, count, stream);
  repairers[way % repairers.length].apply(instance, point, chosen, stream);
  rescore(instance, point);
  const evaluations = state.evaluations + (await descend(instance, point, { squaresLimit, stream, scan }));
  const isBest = isAllowed(point, rules) && better(point, state.best);
  const isBetter = better(point, before);
  const accepted = isBetter || !better(before, point);
  const reward = isBest ? REWARDS.best : isBetter ? REWARDS.better : accepted ? REWARDS.accepted : REWARDS.rejected;
  return {
    iteration: state.iteration + 1,
    current: accepted ? kept(point) : state.current,
    best: isBest ? kept(point) : state.best,
    stalled: isBest || isBetter || anew ? 0 : state.stalled + 1,
    start,
    scores: state.scores.map((s, i) => (i === way ? DECAY * s + (1 - DECAY) * reward : s)),
    evaluations,
  };
}

/**
 * Where a search begins anew: first at the other starts, then in turn at the best with a third of the variables jittered, at
 * the relaxation with every value rounded up or down at random, and at random levels.
 */
function restart({ instance, starts, relaxation }: Rules, state: DiscreteState, stream: Stream): Point {
  const next = state.start + 1;
  if (next < starts.length) return pointAt(instance, starts[next]);
  const kind = (next - starts.length) % 3;
  if (kind === 1 && relaxation !== undefined) {
    return pointAt(
      instance,
      nearestLevels(instance, relaxation.value, () => stream.uniform()),
    );
  }
  if (kind === 2) {
    const { n, starts: at } = instance;
    return pointAt(
      instance,
      Int32Array.from({ length: n }, (_, j) => stream.below(at[j + 1] - at[j])),
    );
  }
  const point = pointAt(instance, state.best.indices);
  repairers[0].apply(instance, point, stream.sample(instance.n, Math.ceil(instance.n / 3)), stream);
  return point;
}

/** A number drawn in proportion to scores. */
function spin(scores: readonly number[], stream: Stream): number {
  let left = stream.uniform() * scores.reduce((a, b) => a + b, 0);
  const at = scores.findIndex((s) => (left -= s) < 0);
  return at < 0 ? scores.length - 1 : at;
}

/**
 * Searches for the assignment with the smallest violation and yields the state after every iteration; the generator's return
 * value is the result.
 * @throws ArgumentError for maxIterations out of range or an unknown option, or when timeLimit is out of range, or
 * unless onBest is a function
 */
export async function* iterateDiscrete(
  problem: DiscreteProblem,
  options: DiscreteOptions = {},
): AsyncGenerator<DiscreteState, DiscreteResult, void> {
  const name = "solveDiscrete";
  checkOptions(name, options, OPTIONS);
  const { maxIterations = 1000, timeLimit = Infinity, onBest, signal } = options;
  checkCount(name, "maxIterations", maxIterations, 0);
  if (!(timeLimit >= 0)) {
    throw new ArgumentError(`${name}: timeLimit is out of range (got ${timeLimit}, expected milliseconds >= 0).`);
  }
  if (onBest !== undefined && typeof onBest !== "function") {
    throw new ArgumentError(`${name}: onBest must be a function (got ${typeof onBest}).`);
  }
  const begun = performance.now();
  const instance = await instanceOf(name, problem);
  const search = await searchOf(name, instance, options);
  let state = await search.init();
  let known = state.best;
  const history = [state.best.objective];
  let rested = performance.now();
  let status: DiscreteStatus | undefined;
  try {
    for (;;) {
      if (search.done(state)) status = "optimal";
      else if (signal?.aborted === true) status = "aborted";
      else if (state.iteration >= maxIterations) status = "max-iterations";
      else if (performance.now() - begun >= timeLimit) status = "time-limit";
      if (status !== undefined) break;
      state = await search.step(state);
      history.push(state.best.objective);
      if (state.best !== known) {
        known = state.best;
        const { objective, squares, indices } = known;
        onBest?.({ objective, squares, iteration: state.iteration, value: valuesOf(instance, indices) });
      }
      yield state;
      if (performance.now() - rested > SLICE) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        rested = performance.now();
      }
    }
  } finally {
    search.dispose();
  }
  const { objective, squares, indices } = state.best;
  const bound = options.bound === false ? 0 : Math.min(objective, search.relaxation?.bound ?? 0);
  const gap = objective > 0 ? (objective - bound) / objective : 0;
  return {
    value: valuesOf(instance, indices),
    indices,
    objective,
    squares,
    status,
    message: sentence(status, state.iteration, objective, bound),
    bound,
    gap,
    started: search.started,
    iterations: state.iteration,
    history,
    cost: { evaluations: state.evaluations },
    citations: [MIN_MAX_VIOLATION_PAPER],
  };
}

/**
 * Searches for the assignment with the smallest violation. The problem is NP-hard; the result is the best found, with a lower
 * bound. It is never worse than the start, and depends on nothing but the arguments unless `timeLimit` or `signal` end it.
 *
 * Source: Cheikh and others 2025, with exact ties on the sum of squares, relaxation bounds and enumerating repairs added.
 * @throws ArgumentError, ShapeError naming what does not fit
 * @example
 * const { value, objective } = await solveDiscrete({ matrix: [[1, 2], [3, -1]], target: [0.4, 1.1], levels: [-1, 0, 1] });
 */
export async function solveDiscrete(problem: DiscreteProblem, options: DiscreteOptions = {}): Promise<DiscreteResult> {
  const steps = iterateDiscrete(problem, options);
  for (;;) {
    const { done, value } = await steps.next();
    if (done === true) return value;
  }
}
