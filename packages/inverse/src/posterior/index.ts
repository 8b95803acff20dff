/** Posterior sampling with diffusion priors: ensembles with weights, and guided sampling to compare with. */
export type {
  Moved,
  PosteriorDiagnostics,
  PosteriorOptions,
  PosteriorProblem,
  PosteriorResult,
  PosteriorRun,
  PosteriorSampler,
  PosteriorState,
  PosteriorStatus,
  Started,
} from "./base.ts";
export {
  energyLikelihood,
  gaussianLikelihood,
  type EnergyLikelihood,
  type GaussianLikelihood,
  type Likelihood,
} from "./likelihood.ts";
export { measurementOf, type EnergyMeasurement, type GaussianMeasurement, type Measurement } from "./measurement.ts";
export { tiltedRates, type Rates, type Target, type Tilt } from "./rates.ts";
export { conditionedStart } from "./start.ts";
export type { Matrix, SmallGaussian } from "./symmetric.ts";
export { afdps, type AfdpsOptions } from "./afdps.ts";
export { dps, guidance, piGdm } from "./guided.ts";
export { daps, type DapsOptions } from "./daps.ts";
export { iteratePosterior, samplePosterior } from "./run.ts";
export { sampleEnsembles, type EnsembleOptions, type EnsembleResult } from "./ensemble.ts";
export { posteriorMoments } from "./moments.ts";
export { gaussianMixturePrior, type MixtureComponents, type MixturePrior } from "./mixture.ts";
export { posteriorSamplers, type PosteriorEntry } from "./registry.ts";
