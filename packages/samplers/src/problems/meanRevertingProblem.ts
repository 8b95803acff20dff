/** Mean-reverting samplers against the distribution they draw from, with the baselines that papers compare with. */
import { checkOptions } from "@ansatz/tensor";
import { key, normal, uniform, type Key } from "@ansatz/tensor/random";
import { IR_SDE_PAPER } from "../citation.ts";
import { meanRevertingLevels, type MeanRevertingSpacing } from "../grids/meanRevertingLevels.ts";
import { runPlanNumeric } from "../plan/numeric.ts";
import type { PlannedSampler } from "../samplers/base.ts";
import { ddpm } from "../samplers/ddpm.ts";
import { mrs } from "../samplers/mrs.ts";
import { planned, walk } from "../samplers/planned.ts";
import { meanReverting, type MeanRevertingSchedule } from "../schedules/meanReverting.ts";
import { slicedWasserstein } from "./distance.ts";
import { checkMixture, type MixtureOptions } from "./mixture.ts";
import { mixtureModel } from "./probabilityFlow.ts";

/**
 * Euler-Maruyama for the reverse mean-reverting equation, centred: with D the drift spent between two levels,
 * `x' = (1 + D) x - (2 L^2 D/sigma) epsilon + L sqrt(2 D) n`. The baseline of Luo et al. 2023.
 * @param trainingSteps takes D of one training step whatever the distance of the levels, as the few-step baseline of the
 *   published mr-sampler code does: it then covers only a part of the time
 */
export function meanRevertingEuler(schedule: MeanRevertingSchedule, trainingSteps = false): PlannedSampler {
  const { limit, dt, thetas } = schedule;
  return planned({
    name: trainingSteps ? "mr-euler-maruyama(training steps)" : "mr-euler-maruyama",
    order: 0.5,
    citations: [IR_SDE_PAPER],
    write: (builder, levels) =>
      walk(builder, levels, ({ x, from, to }) => {
        const drift = trainingSteps ? thetas[Math.round(from.time ?? 0)] * dt : Math.log(to.alpha / from.alpha);
        return builder.combine([
          [1 + drift, x],
          [(-2 * limit ** 2 * drift) / from.sigma, builder.evaluate(x, from, "epsilon")],
          [limit * Math.sqrt(2 * drift), builder.noise(from, to)],
        ]);
      }),
  });
}

/** Options of {@link meanRevertingStudy}. */
export interface MeanRevertingStudyOptions {
  readonly mixture: MixtureOptions;
  /** Numbers of model calls; [5, 10, 15, 20, 30, 50, 100] when left out. */
  readonly evaluations?: readonly number[];
  /** Number of samples; 10000 when left out (fewer make the distances noisy). */
  readonly count?: number;
  /** Seed; 1 when left out. */
  readonly seed?: number;
  /** Names of the rows that are wanted; all when left out. */
  readonly methods?: readonly string[];
  /** Placement of the levels; `"log-snr"` when left out. */
  readonly spacing?: MeanRevertingSpacing;
}

/** Distances in distribution by model calls. */
export interface MeanRevertingStudy {
  readonly evaluations: readonly number[];
  /** Distance of two exact samples: what cannot be told from zero. */
  readonly floor: number;
  readonly rows: readonly { readonly method: string; readonly distances: readonly number[] }[];
}

/**
 * Sliced Wasserstein-2 distances of MR-ODE and MR-SDE of order 1 and 2, of posterior sampling, and of Euler-Maruyama with
 * the true and with the training steps, to exact samples of a centred mixture.
 * @throws ArgumentError for an unknown option or a mixture whose parts do not fit
 */
export function meanRevertingStudy(options: MeanRevertingStudyOptions): MeanRevertingStudy {
  checkOptions("meanRevertingStudy", options, ["mixture", "evaluations", "count", "seed", "methods", "spacing"]);
  const { evaluations = [5, 10, 15, 20, 30, 50, 100], count = 10_000, seed = 1, spacing } = options;
  const schedule = meanReverting();
  const mixture = checkMixture("meanRevertingStudy", options.mixture);
  const model = mixtureModel(options.mixture);
  const draws = key(seed);
  const { dimension } = mixture;
  const truth = exactSample(options.mixture, draws.fold(1), count);
  const distance = (points: Float64Array): number => slicedWasserstein(points, truth, dimension, draws.fold(3));
  const start = normals(draws.fold(4), count * dimension).map((v) => v * schedule.limit);
  const methods: readonly (readonly [string, PlannedSampler])[] = [
    ["Euler-Maruyama, true steps", meanRevertingEuler(schedule)],
    ["Euler-Maruyama, training steps", meanRevertingEuler(schedule, true)],
    ["posterior", ddpm()],
    ["MR-ODE-1", mrs({ order: 1 })],
    ["MR-ODE-2", mrs()],
    ["MR-SDE-1", mrs({ order: 1, eta: 1 })],
    ["MR-SDE-2", mrs({ eta: 1 })],
  ];
  const wanted = methods.filter(([method]) => options.methods?.includes(method) ?? true);
  const rows = wanted.map(([method, sampler], m) => ({
    method,
    distances: evaluations.map((steps) => {
      const levels = meanRevertingLevels(schedule, { steps, spacing });
      const noise = (step: number, size: number): Float64Array => normals(draws.fold(1000 * (m + 1) + step), size);
      const end = runPlanNumeric(sampler.plan(levels), start, model, { noise, samples: count }).at(-1) as Float64Array;
      return distance(end);
    }),
  }));
  return { evaluations, floor: distance(exactSample(options.mixture, draws.fold(2), count)), rows };
}

function normals(draw: Key, size: number): Float64Array {
  const x = normal(draw, [size], { dtype: "f64", device: "cpu" });
  const values = x.dataSync() as Float64Array;
  x.dispose();
  return values;
}

/**
 * Exact samples of a mixture, flat.
 * @throws ArgumentError for a mixture whose parts do not fit
 */
export function exactSample(options: MixtureOptions, draw: Key, count: number): Float64Array {
  const { weights, means, variances, dimension } = checkMixture("exactSample", options);
  const [choice, noise] = draw.split(2);
  const drawn = uniform(choice, [count], { dtype: "f64", device: "cpu" });
  const shares = drawn.dataSync() as Float64Array;
  drawn.dispose();
  const points = normals(noise, count * dimension);
  for (let i = 0; i < count; i++) {
    let k = 0;
    for (let rest = shares[i]; k < weights.length - 1 && rest >= weights[k]; k++) rest -= weights[k];
    for (let j = 0; j < dimension; j++) {
      const at = i * dimension + j;
      points[at] = means[k][j] + Math.sqrt(variances[k][j]) * points[at];
    }
  }
  return points;
}
