/** Sampling in turns: a clean image given the noisy one and the data, then noise of the next level. No weights. */
import { add, broadcastTo, checkOptions, mul, scope, sub, together, type Tensor } from "@ansatz/tensor";
import { edmSigma, karrasSigmas, type Level } from "@ansatz/samplers";
import { checkCount, checkPositive } from "../check.ts";
import { DAPS_PAPER } from "../citation.ts";
import { ancestor } from "./afdps.ts";
import type { PosteriorRun, PosteriorSampler } from "./base.ts";
import { betweenLevels } from "./levels.ts";
import { lossOf, noiseLike, numbersOf, type EnergyMeasurement } from "./measurement.ts";
import { drawConjugate, plainStart } from "./start.ts";

/** Options of {@link daps}. */
export interface DapsOptions {
  /** Steps of the probability flow from a level to the estimate of the clean image; 4 when left out. */
  readonly solverSteps?: number;
  /** Langevin steps of a likelihood given by its energy; 50 when left out. */
  readonly langevinSteps?: number;
  /** Their size, relative to the inverse of the largest second derivative, in (0, 1]; 0.2 when left out. */
  readonly langevinStep?: number;
}

/** The probability flow ends at this share of its level. */
const LEAST = 0.05;

/**
 * Decoupled annealing (after Zhang and others 2025): on every level the probability flow gives an estimate D of the clean image,
 * a clean image is drawn from `N(x0; D, lambda / (1 + lambda)) p(y | x0)`, and noise of the next level is added to it. Particles can move far between
 * levels. The draw is exact for linear data, and by Langevin steps for a likelihood given by its energy.
 *
 * `solverSteps` calls of the denoiser per step; with more than one, levels must be variance-preserving or variance-exploding.
 * @throws ArgumentError for an option outside its range
 */
export function daps(options: DapsOptions = {}): PosteriorSampler {
  const name = "daps";
  checkOptions(name, options, ["solverSteps", "langevinSteps", "langevinStep"]);
  const { solverSteps = 4, langevinSteps = 50, langevinStep = 0.2 } = options;
  checkCount(name, "solverSteps", solverSteps);
  checkCount(name, "langevinSteps", langevinSteps);
  checkPositive(name, "langevinStep", langevinStep);
  return {
    name,
    citations: [DAPS_PAPER],
    threshold: 0,
    plan: ({ levels }) => levels,
    start: plainStart,
    async step(run, x, index) {
      const [draws, renoise] = run.key.split(2);
      const [level, next] = [run.levels[index], run.levels[index + 1]];
      const estimate = await flow(run, x, level, solverSteps);
      const lambda = edmSigma(level) ** 2;
      const variance = lambda / (1 + lambda);
      const inner = { ...run, key: draws };
      const clean =
        run.measurement.kind === "gaussian"
          ? await drawConjugate(run.measurement, inner, estimate, variance, 0)
          : await langevin(run.measurement, inner, estimate, variance, langevinSteps, langevinStep);
      const made = scope(() => {
        const y = next.sigma > 0 ? add(clean, mul(noiseLike(renoise, clean), edmSigma(next))) : mul(clean, 1);
        return together({ y, increments: lossOf(y) });
      });
      const increments = await numbersOf(made.increments);
      estimate.dispose();
      clean.dispose();
      return { x: made.y, increments, evaluations: solverSteps };
    },
  };

  /** Euler steps of the probability flow, the last one to the clean image. */
  async function flow(run: PosteriorRun, x: Tensor, level: Level, steps: number): Promise<Tensor> {
    const top = edmSigma(level);
    const sigmas = steps === 1 ? [top] : karrasSigmas(steps, LEAST * top, top);
    let at = x;
    for (const [i, sigma] of sigmas.entries()) {
      const end: Level = run.levels[run.levels.length - 1];
      const x0 = await run.denoise(at, i === 0 ? level : betweenLevels(name, level, end, sigma));
      const following = sigmas[i + 1] ?? 0;
      const moved = scope(() => ancestor(at, x0, sigma, sigma - following));
      moved.eval();
      x0.dispose();
      if (at !== x) at.dispose();
      at = moved;
    }
    return at;
  }
}

async function langevin(
  measurement: EnergyMeasurement,
  run: PosteriorRun,
  centre: Tensor,
  variance: number,
  steps: number,
  relative: number,
): Promise<Tensor> {
  const size = relative / (measurement.likelihood.curvature + 1 / variance);
  let x = scope(() => broadcastTo(centre, centre.shape));
  for (let i = 0; i < steps; i++) {
    const moved = scope(() => {
      const pull = add(measurement.gradient(x), mul(sub(x, centre), 1 / variance));
      return add(sub(x, mul(pull, size)), mul(noiseLike(run.key.fold(i), x), Math.sqrt(2 * size)));
    });
    moved.eval();
    if (x !== centre) x.dispose();
    x = moved;
  }
  return x;
}
