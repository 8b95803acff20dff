/** Multilevel Monte Carlo and quasi-Monte Carlo. */
import { AnsatzError, checkOptions } from "@ansatz/tensor";
import type { Executor, Task } from "@ansatz/tensor/executor";
import type { Key } from "@ansatz/tensor/random";
import { checkInside, checkInteger, checkPositive } from "../check.ts";
import { GILES, GILES_WATERHOUSE, type Citation } from "../citation.ts";
import type { MultilevelIntegrand } from "../integrands/options.ts";
import { iidUniform } from "../sequences/iidUniform.ts";
import { sobol } from "../sequences/net/sobol.ts";
import { normalQuantile } from "../special/normal.ts";
import { runTasks } from "../tasks.ts";
import { evaluateRange, meanOf, replicationTask, varianceOf } from "./evaluate.ts";

/** Options of {@link mlmc} and {@link mlqmc}. */
export interface MultilevelOptions {
  readonly key: Key;
  /** > 0; 0.05 when left out. */
  readonly absoluteTolerance?: number;
  /** Share alpha of answers outside the tolerance; 0.01 when left out. */
  readonly alpha?: number;
  /** Levels at the start; 2 when left out, which are the levels 0, 1 and 2. */
  readonly firstLevel?: number;
  /** Finest level; 10 when left out. */
  readonly lastLevel?: number;
  /** Points of each level (and replication) at the start; 2^8 when left out. */
  readonly initialSize?: number;
  /** Most evaluations of all levels together; 2^26 when left out. */
  readonly maximumEvaluations?: number;
  /** Randomisations of each level, {@link mlqmc} only; 32 when left out. */
  readonly replications?: number;
  /**
   * Runs the replications of a level (`"qmc/level"`, {@link mlqmc}) or parts of its points (`"qmc/levelPart"`, {@link mlmc}); one
   * after the other when left out.
   */
  readonly executor?: Executor;
  readonly signal?: AbortSignal;
  /** Called after every change of a level. */
  readonly onProgress?: (levels: readonly LevelReport[]) => void;
  /** Whether values that are not finite throw; true when left out. */
  readonly throwOnFailure?: boolean;
}

/** What is known about a level. */
export interface LevelReport {
  readonly level: number;
  /** Points, of each replication. */
  readonly size: number;
  readonly mean: number;
  /** Variance of the level's contribution to the estimate. */
  readonly variance: number;
  /** Cost of one point. */
  readonly cost: number;
}

/** Result of {@link mlmc} and {@link mlqmc}. */
export interface MultilevelResult {
  readonly value: number;
  /** Estimated standard deviation and bias of the value. */
  readonly deviation: number;
  readonly bias: number;
  readonly status: "converged" | "max-levels" | "max-points" | "non-finite";
  readonly message: string;
  readonly iterations: number;
  readonly levels: readonly LevelReport[];
  readonly cost: { readonly evaluations: number; readonly work: number };
  readonly citations: readonly Citation[];
}

interface Level {
  readonly level: number;
  readonly cost: number;
  size: number;
  mean: number;
  variance: number;
  extend(to: number): Promise<string | undefined>;
}

const NAMES = [
  "key",
  "absoluteTolerance",
  "alpha",
  "firstLevel",
  "lastLevel",
  "initialSize",
  "maximumEvaluations",
  "executor",
  "signal",
  "onProgress",
  "throwOnFailure",
];

interface Settings {
  readonly rmse: number;
  readonly firstLevel: number;
  readonly lastLevel: number;
  readonly initialSize: number;
  readonly most: number;
}

function settingsOf(name: string, options: MultilevelOptions): Settings {
  const { absoluteTolerance = 0.05, alpha = 0.01, firstLevel = 2, lastLevel = 10, initialSize = 256 } = options;
  checkPositive(name, "absoluteTolerance", absoluteTolerance);
  checkInside(name, "alpha", alpha, 0, 1);
  checkInteger(name, "firstLevel", firstLevel, 1);
  checkInteger(name, "lastLevel", lastLevel, firstLevel);
  checkInteger(name, "initialSize", initialSize, 16);
  const most = options.maximumEvaluations ?? 2 ** 26;
  checkInteger(name, "maximumEvaluations", most, 1);
  return { rmse: absoluteTolerance / -normalQuantile(alpha / 2), firstLevel, lastLevel, initialSize, most };
}

/**
 * Multilevel Monte Carlo: independent points on every level, as many as variances and costs of the levels ask for, and levels until
 * the estimated bias is small.
 *
 * Half of the squared error goes to the variance, half to the bias; the tolerance is a multiple z_(1-alpha/2) of the root mean
 * square error.
 * @throws ArgumentError for options outside their ranges; AnsatzError `"non-finite"` for values that are not finite
 * Source: M. B. Giles, Oper. Res. 56 (2008).
 */
export async function mlmc(integrand: MultilevelIntegrand, options: MultilevelOptions): Promise<MultilevelResult> {
  const name = "mlmc";
  checkOptions(name, options, NAMES);
  const settings = settingsOf(name, options);
  return run(
    name,
    [GILES],
    settings,
    options,
    (l) => iidLevel(integrand, l, options),
    (levels) => {
      // N_l in proportion to sqrt(V_l / C_l), for a total variance of half the squared error.
      const total = levels.reduce((sum, { variance, size, cost }) => sum + Math.sqrt(variance * size * cost), 0);
      let worst: { level: Level; to: number } | undefined;
      let gain = 0.01;
      for (const level of levels) {
        const single = level.variance * level.size;
        const wanted = Math.ceil((2 / settings.rmse ** 2) * Math.sqrt(single / level.cost) * total);
        const missing = wanted / level.size - 1;
        if (missing > gain) {
          gain = missing;
          worst = { level, to: wanted };
        }
      }
      return worst;
    },
  );
}

/**
 * Multilevel quasi-Monte Carlo: R scrambled nets on every level; the level with the most variance for its cost doubles its points
 * until the sum of variances is at most half the squared error, then levels are added until the estimated bias is small.
 *
 * The variance of a level is that of one replication, which is R times too careful, as in the published software.
 * @throws ArgumentError for options outside their ranges; AnsatzError `"non-finite"` for values that are not finite
 * Source: M. B. Giles, B. J. Waterhouse, in Advanced Financial Modelling, 2009.
 */
export async function mlqmc(integrand: MultilevelIntegrand, options: MultilevelOptions): Promise<MultilevelResult> {
  const name = "mlqmc";
  checkOptions(name, options, [...NAMES, "replications"]);
  const settings = settingsOf(name, options);
  const { replications = 32 } = options;
  checkInteger(name, "replications", replications, 2);
  const make = (l: number): Level => netLevel(integrand, l, replications, options);
  return run(name, [GILES_WATERHOUSE], settings, options, make, (levels) => {
    const sum = levels.reduce((total, { variance }) => total + variance, 0);
    if (sum <= settings.rmse ** 2 / 2) return undefined;
    const gains = levels.map(({ variance, size, cost }) => variance / (size * cost));
    const level = levels[gains.indexOf(Math.max(...gains))];
    return { level, to: 2 * level.size };
  });
}

async function run(
  name: string,
  citations: readonly Citation[],
  settings: Settings,
  options: MultilevelOptions,
  make: (l: number) => Level,
  grow: (levels: readonly Level[]) => { level: Level; to: number } | undefined,
): Promise<MultilevelResult> {
  const levels: Level[] = [];
  const { rmse, firstLevel, lastLevel, initialSize, most } = settings;
  let iterations = 0;
  let evaluations = 0;
  const extend = async (level: Level, to: number): Promise<string | undefined> => {
    options.signal?.throwIfAborted();
    iterations++;
    const before = level.size;
    const failure = await level.extend(to);
    evaluations += (level.size - before) * (options.replications ?? (name === "mlqmc" ? 32 : 1));
    options.onProgress?.(levels.map(report));
    return failure;
  };
  const finish = (status: MultilevelResult["status"], message: string): MultilevelResult => {
    if (status === "non-finite" && (options.throwOnFailure ?? true))
      throw new AnsatzError("non-finite", `${name}: ${message}`);
    return {
      value: levels.reduce((sum, { mean }) => sum + mean, 0),
      deviation: Math.sqrt(levels.reduce((sum, { variance }) => sum + variance, 0)),
      bias: biasOf(levels),
      status,
      message,
      iterations,
      levels: levels.map(report),
      cost: { evaluations, work: levels.reduce((sum, { size, cost }) => sum + size * cost, 0) },
      citations,
    };
  };
  for (;;) {
    while (levels.length < firstLevel + 1) {
      levels.push(make(levels.length));
      const failure = await extend(levels[levels.length - 1], initialSize);
      if (failure !== undefined) return finish("non-finite", failure);
    }
    const next = grow(levels);
    if (next !== undefined) {
      if (evaluations + (next.to - next.level.size) > most) {
        return finish(
          "max-points",
          `The budget of ${most} evaluations is used up before the variance is small enough.`,
        );
      }
      const failure = await extend(next.level, next.to);
      if (failure !== undefined) return finish("non-finite", failure);
      continue;
    }
    if (biasOf(levels) <= rmse / Math.SQRT2) return finish("converged", "Variance and bias are within the tolerance.");
    if (levels.length > lastLevel) return finish("max-levels", `Level ${lastLevel} is not fine enough for the bias.`);
    levels.push(make(levels.length));
    const failure = await extend(levels[levels.length - 1], initialSize);
    if (failure !== undefined) return finish("non-finite", failure);
  }
}

const report = ({ level, size, mean, variance, cost }: Level): LevelReport => ({ level, size, mean, variance, cost });

/**
 * 2^(x1 + L x0) / (2^a - 1), a = max(1/2, -x0), with x0 and x1 from the line through log2 |mean| of the last two levels L - 1, L.
 */
function biasOf(levels: readonly Level[]): number {
  const last = levels.length - 1;
  if (last < 2) return Infinity;
  const [before, now] = [levels[last - 1], levels[last]].map(({ mean }) => Math.log2(Math.max(Math.abs(mean), 1e-300)));
  const slope = now - before;
  return 2 ** now / (2 ** Math.max(0.5, -slope) - 1);
}

/** Points of a part of a level; parts do not depend on who runs them, so that sums have the same bits. */
const PART = 1 << 14;

interface PartInput {
  readonly first: number;
  readonly end: number;
}

interface PartSums {
  readonly sum: number;
  readonly squares: number;
  readonly failure: string | undefined;
}

function iidLevel(
  integrand: MultilevelIntegrand,
  l: number,
  { key: root, executor, signal }: MultilevelOptions,
): Level {
  const { integrand: f, cost } = integrand.level(l);
  const points = iidUniform({ dimension: f.dimension, key: root.fold(l) });
  const task: Task<PartInput, PartSums> = {
    name: "qmc/levelPart",
    async run({ first, end }) {
      const { columns, failure } = await evaluateRange(f, points, first, end, [true]);
      let [sum, squares] = [0, 0];
      for (const value of columns[0]) {
        sum += value;
        squares += value * value;
      }
      return { sum, squares, failure };
    },
  };
  let [sum, squares] = [0, 0];
  const level: Level = {
    level: l,
    cost,
    size: 0,
    mean: 0,
    variance: 0,
    async extend(to) {
      const inputs: PartInput[] = [];
      for (let first = level.size; first < to; first += PART) inputs.push({ first, end: Math.min(to, first + PART) });
      for (const part of await runTasks(executor, task, inputs, signal)) {
        if (part.failure !== undefined) return part.failure;
        sum += part.sum;
        squares += part.squares;
      }
      level.size = to;
      level.mean = sum / to;
      level.variance = Math.max(0, squares / to - level.mean ** 2) / to;
      return undefined;
    },
  };
  return level;
}

function netLevel(
  integrand: MultilevelIntegrand,
  l: number,
  replications: number,
  { key: root, executor, signal }: MultilevelOptions,
): Level {
  const key = root.fold(l);
  const { integrand: f, cost } = integrand.level(l);
  const points = sobol({ dimension: f.dimension, key, replications, cell: "centre" });
  const task = replicationTask("qmc/level", f, points);
  const means = new Float64Array(replications);
  const level: Level = {
    level: l,
    cost,
    size: 0,
    mean: 0,
    variance: 0,
    async extend(to) {
      const inputs = Array.from({ length: replications }, (_, replication) => {
        return { replication, first: level.size, end: to, active: [true] };
      });
      const results = await runTasks(executor, task, inputs, signal);
      for (const [r, { means: found, failure }] of results.entries()) {
        if (failure !== undefined) return failure;
        means[r] = (means[r] * level.size + found[0] * (to - level.size)) / to;
      }
      level.size = to;
      level.mean = meanOf(means);
      level.variance = varianceOf(means, level.mean);
      return undefined;
    },
  };
  return level;
}
