/** A problem for solver searches, with an exact answer: the probability flow of a Gaussian mixture. */
import { checkOptions, ArgumentError } from "@ansatz/tensor";
import { key, normal, type Key } from "@ansatz/tensor/random";
import { levelGrid } from "../grids/levelGrid.ts";
import type { Level } from "../level.ts";
import { runPlanNumeric } from "../plan/numeric.ts";
import type { PlannedSampler } from "../samplers/base.ts";
import { samplers } from "../samplers/registry.ts";
import { solverLevels, type SolverSchedule } from "../samplers/solverSchedule.ts";
import { usf } from "../samplers/usf.ts";
import type { ContinuousSchedule } from "../schedules/base.ts";
import { vpLinear } from "../schedules/vpLinear.ts";
import { searchSolver, type SolverSearchResult } from "../search/solverSearch.ts";
import type { MixtureOptions } from "./mixture.ts";
import { mixtureModel, probabilityFlow } from "./probabilityFlow.ts";

/** Root mean square distance to the exact end points of the flow. */
export interface FlowObjective {
  /** Error of a solver schedule. */
  schedule(schedule: SolverSchedule): number;
  /** Error of a sampler on levels. */
  sampler(sampler: PlannedSampler, levels: readonly Level[]): number;
}

/**
 * Errors against the exact flow of a mixture from `count` standard normal starting points.
 * @param noise the noise schedule; times run from its `maxTime` to 0.001
 */
export function flowObjective(
  mixture: MixtureOptions,
  noise: ContinuousSchedule,
  draw: Key,
  count: number,
): FlowObjective {
  const dimension = mixture.means[0].length;
  const drawn = normal(draw, [count, dimension], { dtype: "f64", device: "cpu" });
  const x = drawn.dataSync() as Float64Array;
  drawn.dispose();
  const model = mixtureModel(mixture);
  const exact = probabilityFlow(model, x, noise.level(noise.maxTime), noise.level(1e-3));
  const error = (sampler: PlannedSampler, levels: readonly Level[]): number => {
    const plan = sampler.plan(levels, { schedule: noise });
    const end = runPlanNumeric(plan, x, model, { samples: count }).at(-1) as Float64Array;
    let sum = 0;
    for (let i = 0; i < end.length; i++) sum += (end[i] - exact[i]) ** 2;
    return Math.sqrt(sum / end.length);
  };
  return {
    sampler: error,
    schedule: (schedule) => {
      const { timesteps, ...decisions } = schedule;
      return error(usf(decisions), solverLevels({ timesteps }, noise));
    },
  };
}

/** The best registered deterministic sampler on four layouts, for a number of model calls. */
export function bestFixed(
  objective: FlowObjective,
  noise: ContinuousSchedule,
  evaluations: number,
): { name: string; error: number } {
  let best = { name: "", error: Infinity };
  for (const spacing of ["time-uniform", "time-quadratic", "log-snr", "karras"] as const) {
    const grid = levelGrid(noise, { spacing });
    for (const entry of samplers) {
      if (entry.prepare === undefined || entry.noisy === true || entry.minEvaluations > evaluations) continue;
      const { sampler, levels } = entry.prepare(grid, evaluations);
      const error = objective.sampler(sampler as PlannedSampler, levels);
      if (error < best.error) best = { name: `${entry.name}, ${spacing}`, error };
    }
  }
  return best;
}

/** Options of {@link searchCheck}. */
export interface SearchCheckOptions {
  readonly mixture: MixtureOptions;
  /** Model calls of a schedule. */
  readonly evaluations: number;
  /** Calls of the objective per search; 2000 when left out. */
  readonly budget?: number;
  /** Seeds of the searches; [1, 2, 3] when left out. */
  readonly seeds?: readonly number[];
  /** Starting points that the search sees, and that it is judged on; 512 and 512 when left out. */
  readonly trainPoints?: number;
  readonly testPoints?: number;
  /** Called after every round of every search. */
  readonly onProgress?: (progress: { seed: number; evaluated: number; budget: number; error: number }) => void;
}

/** The outcome of {@link searchCheck}. */
export interface SearchCheck {
  /** The best published solver on the unseen points. */
  readonly fixed: { readonly name: string; readonly error: number };
  /** One entry per seed. */
  readonly searches: readonly {
    readonly seed: number;
    readonly trainError: number;
    /** On the unseen points. */
    readonly testError: number;
    readonly seconds: number;
    readonly result: SolverSearchResult;
  }[];
  /** Median error of the searches on unseen points, over that of the best published solver. */
  readonly ratio: number;
}

/**
 * Searches solver schedules with several seeds and compares them with the best published solver on starting points that
 * no search has seen. (The acceptance test of the search: a ratio of at most 0.8 at 5 and 0.95 at 10 model calls.)
 * @throws ArgumentError for an unknown option, or no seeds
 */
export async function searchCheck(options: SearchCheckOptions): Promise<SearchCheck> {
  const name = "searchCheck";
  checkOptions(name, options, ["mixture", "evaluations", "budget", "seeds", "trainPoints", "testPoints", "onProgress"]);
  const { mixture, evaluations, budget = 2000, seeds = [1, 2, 3], trainPoints = 512, testPoints = 512 } = options;
  if (seeds.length === 0) throw new ArgumentError(`${name}: at least one seed is needed (got none).`);
  const noise = vpLinear();
  const unseen = flowObjective(mixture, noise, key(1_000_003), testPoints);
  const fixed = bestFixed(unseen, noise, evaluations);
  const searches: SearchCheck["searches"][number][] = [];
  for (const seed of seeds) {
    const before = performance.now();
    const seen = flowObjective(mixture, noise, key(seed).fold(1), trainPoints);
    const rounds = searchSolver({ evaluations, objective: seen.schedule, schedule: noise, key: key(seed), budget });
    let next = await rounds.next();
    for (; next.done !== true; next = await rounds.next()) {
      const { evaluated, error } = next.value;
      options.onProgress?.({ seed, evaluated, budget, error });
    }
    const result = next.value;
    searches.push({
      seed,
      trainError: result.error,
      testError: unseen.schedule(result.schedule),
      seconds: (performance.now() - before) / 1000,
      result,
    });
  }
  const errors = searches.map(({ testError }) => testError).toSorted((a, b) => a - b);
  const half = errors.length >> 1;
  const median = errors.length % 2 === 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2;
  return { fixed, searches, ratio: median / fixed.error };
}
