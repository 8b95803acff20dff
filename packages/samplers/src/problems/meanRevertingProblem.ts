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
import { slicedWassersteinFrom } from "./distance.ts";
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

const METHODS = [
  "Euler-Maruyama, true steps",
  "Euler-Maruyama, training steps",
  "posterior",
  "MR-ODE-1",
  "MR-ODE-2",
  "MR-SDE-1",
  "MR-SDE-2",
] as const;

/** A method of {@link meanRevertingStudy}. */
export type MeanRevertingMethod = (typeof METHODS)[number];

const SAMPLERS: Readonly<Record<MeanRevertingMethod, (schedule: MeanRevertingSchedule) => PlannedSampler>> = {
  "Euler-Maruyama, true steps": (schedule) => meanRevertingEuler(schedule),
  "Euler-Maruyama, training steps": (schedule) => meanRevertingEuler(schedule, true),
  posterior: () => ddpm(),
  "MR-ODE-1": () => mrs({ order: 1 }),
  "MR-ODE-2": () => mrs(),
  "MR-SDE-1": () => mrs({ order: 1, eta: 1 }),
  "MR-SDE-2": () => mrs({ eta: 1 }),
};

/** Distances of one draw. */
export interface MeanRevertingDraw {
  /** Distance of two exact samples: what cannot be told from zero. */
  readonly floor: number;
  /** Distance of a method to the law, with so many model calls. */
  distance(method: MeanRevertingMethod, evaluations: number, spacing?: MeanRevertingSpacing): number;
}

/**
 * One draw of exact samples of a centred mixture, and the sliced Wasserstein-2 distances of the methods of
 * {@link meanRevertingStudy} to them.
 * @param count number of samples
 */
export function meanRevertingDraw(law: MixtureOptions, count: number, seed: number): MeanRevertingDraw {
  const schedule = meanReverting();
  const { dimension } = checkMixture("meanRevertingDraw", law);
  const model = mixtureModel(law);
  const draws = key(seed);
  const distance = slicedWassersteinFrom(exactSample(law, draws.fold(1), count), dimension, draws.fold(3));
  const start = normals(draws.fold(4), count * dimension).map((v) => v * schedule.limit);
  return {
    floor: distance(exactSample(law, draws.fold(2), count)),
    distance(method, steps, spacing) {
      const stream = 1000 * (METHODS.indexOf(method) + 1);
      const noise = (step: number, size: number): Float64Array => normals(draws.fold(stream + step), size);
      const plan = SAMPLERS[method](schedule).plan(meanRevertingLevels(schedule, { steps, spacing }));
      return distance(runPlanNumeric(plan, start, model, { noise, samples: count }).at(-1) as Float64Array);
    },
  };
}

/**
 * Sliced Wasserstein-2 distances of MR-ODE and MR-SDE of order 1 and 2, of posterior sampling, and of Euler-Maruyama with
 * the true and with the training steps, to exact samples of a centred mixture.
 * @throws ArgumentError for an unknown option or a mixture whose parts do not fit
 */
export function meanRevertingStudy(options: MeanRevertingStudyOptions): MeanRevertingStudy {
  checkOptions("meanRevertingStudy", options, ["mixture", "evaluations", "count", "seed", "methods", "spacing"]);
  const { evaluations = [5, 10, 15, 20, 30, 50, 100], count = 10_000, seed = 1, spacing } = options;
  const { floor, distance } = meanRevertingDraw(options.mixture, count, seed);
  const rows = METHODS.filter((method) => options.methods?.includes(method) ?? true).map((method) => ({
    method,
    distances: evaluations.map((steps) => distance(method, steps, spacing)),
  }));
  return { evaluations, floor, rows };
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
