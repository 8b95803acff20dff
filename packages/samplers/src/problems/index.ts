/** Problems with known answers: exact denoisers and exact samples, for tests and benchmarks. */
export { integrate, type RightHandSide } from "./extrapolation.ts";
export { gaussianMixture, type GaussianMixtureOptions } from "./gaussianMixture.ts";
export { checkMixture, mixturePrediction, type Mixture, type MixtureOptions } from "./mixture.ts";
export { exactFlow, mixtureModel, probabilityFlow } from "./probabilityFlow.ts";
export {
  bestFixed,
  flowObjective,
  searchCheck,
  type FlowObjective,
  type SearchCheck,
  type SearchCheckOptions,
} from "./searchProblem.ts";
export { slicedWasserstein } from "./distance.ts";
export {
  exactSample,
  meanRevertingDraw,
  meanRevertingEuler,
  meanRevertingStudy,
  type MeanRevertingDraw,
  type MeanRevertingMethod,
  type MeanRevertingStudy,
  type MeanRevertingStudyOptions,
} from "./meanRevertingProblem.ts";
