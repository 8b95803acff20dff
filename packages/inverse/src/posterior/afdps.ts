/** Particles that follow a path of distributions from the noisy prior to the posterior, with weights for what the path misses. */
import { add, ArgumentError, checkOptions, mul, scope, sub, together, type Tensor } from "@ansatz/tensor";
import { edmSigma, type Level } from "@ansatz/samplers";
import { checkChoice, checkNonNegative } from "../check.ts";
import { AFDPS_PAPER } from "../citation.ts";
import type { Moved, PosteriorRun, PosteriorSampler } from "./base.ts";
import { betweenLevels } from "./levels.ts";
import { lossOf, noiseLike, numbersOf, type GaussianMeasurement } from "./measurement.ts";
import { spreadAt, tiltedRates, tiltOf, type Target } from "./rates.ts";
import { drawConjugate, gaussianStart } from "./start.ts";

/** Options of {@link afdps}. */
export interface AfdpsOptions {
  /** `"annealed"` when left out. */
  readonly target?: Target;
  /** `"conjugate"` when left out, or `"continuous"` where that is not possible. */
  readonly proposal?: "conjugate" | "continuous";
  /** Share of noise, in [0, 1]: 1 for the reverse diffusion, 0 for the probability flow; 1 when left out. */
  readonly noise?: number;
  /** Resampled when the effective share of the particles falls below this, in [0, 1]; 0.5 when left out. */
  readonly threshold?: number;
}

/** More steps than this are a mistake. */
const MOST_STEPS = 100_000;

/**
 * Ensemble posterior sampling with weights (after Chen and others 2025). At the relative noise variance lambda the particles stand
 * for `p_lambda(x) e^(-mu_lambda(x))`, p_lambda the prior with noise; at lambda = 0 that is the posterior. Where the weights degenerate,
 * the ensemble is resampled systematically.
 *
 * - `target: "annealed"`: `mu = r^T S^-1 r / 2` with `S = sigma^2 I + lambda A A^T`, `r = y - A x`: the likelihood is as blurred as the particles.
 * - `target: "fixed"`: `mu = -ln p(y | x)` on all levels, as published. Its steps must be smaller than `sigma^2 / |A|^2` in lambda: levels are
 *   added, `diagnostics.steps` counts them. Poor where noise is small.
 * - `proposal: "conjugate"`: new particles come from the prior's step times the likelihood, a normal distribution, and weights are exact for
 *   steps of any size.
 * - `proposal: "continuous"`: a step of the equations of {@link import("./rates.ts").tiltedRates}, whose weights are those of small steps.
 *
 * The evidence needs the eigenvalues of `A A^T`, which are there for up to 256 data. One call of the denoiser per step and particle; no
 * derivatives of it.
 * @throws ArgumentError for an option outside its range
 */
export function afdps(options: AfdpsOptions = {}): PosteriorSampler {
  const name = "afdps";
  checkOptions(name, options, ["target", "proposal", "noise", "threshold"]);
  const { target, noise = 1, threshold = 0.5 } = options;
  if (target !== undefined) checkChoice(name, "target", target, ["annealed", "fixed"]);
  if (options.proposal !== undefined) checkChoice(name, "proposal", options.proposal, ["conjugate", "continuous"]);
  checkShare(name, "noise", noise);
  checkShare(name, "threshold", threshold);
  if (options.proposal === "conjugate" && noise !== 1) {
    throw new ArgumentError(`${name}: noise must be 1 with conjugate proposals (got ${noise}). Use "continuous".`);
  }
  const settings = (kind: "gaussian" | "energy"): { readonly target: Target; readonly conjugate: boolean } => ({
    target: target ?? (kind === "gaussian" ? "annealed" : "fixed"),
    conjugate: kind === "gaussian" && noise === 1 && options.proposal !== "continuous",
  });
  return {
    name,
    citations: [AFDPS_PAPER],
    threshold,
    plan({ levels, likelihood }, measurement) {
      const { kind } = likelihood;
      if (kind === "energy" && (target === "annealed" || options.proposal === "conjugate")) {
        const what = target === "annealed" ? `target "annealed"` : `proposal "conjugate"`;
        throw new ArgumentError(`${name}: ${what} needs a gaussianLikelihood (got an energyLikelihood). Leave it out.`);
      }
      const chosen = settings(kind);
      if (chosen.target === "annealed" || chosen.conjugate) return levels;
      const most =
        measurement.kind === "gaussian"
          ? (measurement.likelihood.sigma / Math.max(measurement.norm, 1e-150)) ** 2
          : 1 / measurement.likelihood.curvature;
      return refined(name, levels, most);
    },
    start: (run) => gaussianStart(run, (lambda) => spreadAt(settings(run.problem.likelihood.kind).target, lambda)),
    step(run, x, index) {
      const chosen = settings(run.problem.likelihood.kind);
      return chosen.conjugate
        ? conjugateStep(run, x, index, chosen.target)
        : continuousStep(run, x, index, chosen.target, noise);
    },
  };
}

function checkShare(name: string, field: string, value: number): void {
  checkNonNegative(name, field, value);
  if (value > 1) throw new ArgumentError(`${name}: ${field} is out of range (got ${value}, expected at most 1).`);
}

/** Levels with others between them, so that no step of lambda is larger than `most`. */
function refined(name: string, levels: readonly Level[], most: number): Level[] {
  const lambdas = levels.map((level) => edmSigma(level) ** 2);
  const counts = lambdas.slice(1).map((lambda, i) => Math.max(1, Math.ceil((lambdas[i] - lambda) / most)));
  const total = counts.reduce((a, b) => a + b, 0);
  if (!(total <= MOST_STEPS)) {
    throw new ArgumentError(
      `${name}: the fixed target needs too many steps (got ${total}, expected at most ${MOST_STEPS}). Use target "annealed", or ` +
        `levels that begin lower.`,
    );
  }
  return [
    levels[0],
    ...counts.flatMap((count, i) =>
      Array.from({ length: count }, (_, k) =>
        k === count - 1
          ? levels[i + 1]
          : betweenLevels(
              name,
              levels[i],
              levels[i + 1],
              Math.sqrt(lambdas[i] + ((k + 1) / count) * (lambdas[i + 1] - lambdas[i])),
            ),
      ),
    ),
  ];
}

/** Fall of lambda in a step, and the variance of the noise that the reverse diffusion adds in it. */
export function lambdasOf(
  { levels }: PosteriorRun,
  index: number,
): {
  readonly lambda: number;
  readonly next: number;
  readonly fall: number;
  readonly variance: number;
} {
  const [lambda, next] = [edmSigma(levels[index]) ** 2, edmSigma(levels[index + 1]) ** 2];
  const fall = lambda - next;
  return { lambda, next, fall, variance: lambda > 0 ? (fall * next) / lambda : 0 };
}

/** `x + fall (x0 - x) / lambda`: where the reverse diffusion leads without noise. */
export function ancestor(x: Tensor, x0: Tensor, lambda: number, fall: number): Tensor {
  return lambda > 0 ? add(x, mul(sub(x0, x), fall / lambda)) : x;
}

async function conjugateStep(run: PosteriorRun, x: Tensor, index: number, target: Target): Promise<Moved> {
  const measurement = run.measurement as GaussianMeasurement;
  const { lambda, next, fall, variance } = lambdasOf(run, index);
  const x0 = await run.denoise(x, run.levels[index]);
  const m = scope(() => ancestor(x, x0, lambda, fall));
  const [before, after] = [spreadAt(target, lambda), spreadAt(target, next)];
  const old = await tiltOf(measurement, x, before);
  const made = await tiltOf(measurement, m, after + variance);
  // What the step's kernel gives the data: N(y; A m, S' + v A A^T), whatever particle is then drawn.
  const [a, b] = [measurement.constants(before), measurement.constants(after + variance)];
  const constant = a === undefined || b === undefined ? 0 : (a.logDeterminant - b.logDeterminant) / 2;
  const moved = await drawConjugate(measurement, run, m, variance, after);
  const increments = await numbersOf(scope(() => add(add(sub(old.mu, made.mu), constant), lossOf(moved))));
  for (const t of [x0, m, old.mu, old.gradient, made.mu, made.gradient]) t.dispose();
  return { x: moved, increments, evaluations: 1 };
}

async function continuousStep(
  run: PosteriorRun,
  x: Tensor,
  index: number,
  target: Target,
  noise: number,
): Promise<Moved> {
  const { measurement, key } = run;
  const { lambda, fall, variance } = lambdasOf(run, index);
  const x0 = await run.denoise(x, run.levels[index]);
  const score = scope(() => (lambda > 0 ? mul(sub(x0, x), 1 / lambda) : mul(x, 0)));
  const [probes, draws] = key.split(2);
  const rates = await tiltedRates(measurement, x, score, { lambda, target, noise, key: probes });
  // With normalised likelihoods the constants of the annealed target cancel for the reverse diffusion.
  const trace =
    target === "annealed" && measurement.kind === "gaussian"
      ? (measurement.constants(lambda)?.trace ?? 0) * ((1 - noise) / 2)
      : 0;
  const made = scope(() => {
    const moved = add(x, mul(rates.drift, fall));
    const y = variance > 0 && noise > 0 ? add(moved, mul(noiseLike(draws, x), Math.sqrt(noise * variance))) : moved;
    return together({ y, increments: add(add(mul(rates.weightRate, fall), trace * fall), lossOf(y)) });
  });
  const increments = await numbersOf(made.increments);
  for (const t of [x0, score, rates.mu, rates.gradient, rates.drift, rates.weightRate]) t.dispose();
  return { x: made.y, increments, evaluations: 1 };
}
