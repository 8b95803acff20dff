/** What the figures about Gaussian mixtures share. */
import {
  dpmSolverMultistep,
  levelGrid,
  runPlanNumeric,
  samplers,
  vpLinear,
  type Level,
  type LevelGrid,
  type NumericModel,
  type PlannedSampler,
  type SamplerEntry,
} from "@ansatz/samplers";
import { key, normal } from "@ansatz/tensor/random";
import type { ContinuousSpacing } from "@ansatz/samplers";
import { keptPoints, prepareExact, type ExactProblem } from "../../exact/errors.ts";
import type { MixtureProblem } from "../../problems/mixtures.ts";
import type { FigureContext } from "../base.ts";

export function gridOf(spacing: ContinuousSpacing): LevelGrid {
  return levelGrid(vpLinear(), { spacing });
}

/** Prepares a problem from its kept starting points, uses it and frees it. */
export async function withProblem<T>(
  context: FigureContext,
  problem: MixtureProblem,
  grid: LevelGrid,
  use: (prepared: ExactProblem) => Promise<T>,
): Promise<T> {
  using unit = keptPoints(problem, context.device);
  const prepared = await prepareExact(problem, grid, unit);
  try {
    return await use(prepared);
  } finally {
    prepared.x.dispose();
  }
}

/** A third-order multistep solver with the weights that were published with it, which make its order 2. */
function released(prediction: "epsilon" | "x0"): SamplerEntry {
  const create = (): PlannedSampler => dpmSolverMultistep({ order: 3, prediction, thirdOrder: "released" });
  return {
    name: `dpm-solver${prediction === "x0" ? "++" : ""}-3m, released`,
    factory: "dpmSolverMultistep",
    create,
    minEvaluations: 3,
    prepare: (grid, evaluations) => ({ sampler: create(), levels: grid.levels(evaluations) }),
  };
}

/** The samplers of the tables: the registry and the released variants. */
export const TABULATED: readonly SamplerEntry[] = [...samplers, released("epsilon"), released("x0")];

/** Standard normal numbers in double precision. */
export function standardNormals(seed: number, count: number): Float64Array {
  const x = normal(key(seed), [count], { dtype: "f64", device: "cpu" });
  const values = x.dataSync() as Float64Array;
  x.dispose();
  return values;
}

/** Where a sampler ends on plain arrays. */
export function endOf(
  sampler: PlannedSampler,
  levels: readonly Level[],
  x: Float64Array,
  model: NumericModel,
): Float64Array {
  return runPlanNumeric(sampler.plan(levels, { schedule: vpLinear() }), x, model).at(-1) as Float64Array;
}

/** Root mean square of a difference. */
export function rms(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}

/** The largest absolute value. */
export function largest(x: ArrayLike<number>): number {
  let top = 0;
  for (let i = 0; i < x.length; i++) top = Math.max(top, Math.abs(x[i]));
  return top;
}
