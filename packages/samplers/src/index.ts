/** Diffusion samplers, noise schedules and parameterisations. */
export { cite, type Citation } from "@ansatz/tensor";
export {
  checkLevels,
  CLEAN,
  edmSigma,
  halfLogSnr,
  isSameLevel,
  vpLevel,
  vpLevelFromEdmSigma,
  type Direction,
  type Level,
} from "./level.ts";

export type { ContinuousSchedule, DiscreteSchedule, Schedule } from "./schedules/base.ts";
export { edm, type EdmOptions } from "./schedules/edm.ts";
export { flowMatching, type FlowMatchingOptions } from "./schedules/flowMatching.ts";
export type { ContinuousScheduleOptions } from "./schedules/continuous.ts";
export {
  discreteSchedule,
  posteriorVariances,
  type BetaKind,
  type DiscreteScheduleOptions,
} from "./schedules/discrete.ts";
export {
  meanReverting,
  type MeanRevertingKind,
  type MeanRevertingOptions,
  type MeanRevertingSchedule,
} from "./schedules/meanReverting.ts";
export { modelTime, type ModelTime } from "./schedules/modelTime.ts";
export { piecewiseLinear, type PiecewiseLinearOptions } from "./schedules/piecewiseLinear.ts";
export { vpCosine, type VpCosineOptions } from "./schedules/vpCosine.ts";
export { vpLinear, type VpLinearOptions } from "./schedules/vpLinear.ts";
export { schedules, type ScheduleEntry } from "./schedules/registry.ts";

export { betaDistribution, betaQuantile } from "./grids/betaQuantile.ts";
export { continuousLevels, type ContinuousLevelOptions, type ContinuousSpacing } from "./grids/continuousLevels.ts";
export { levelsFromSigmas, levelsFromTimes, type SigmaListOptions } from "./grids/customLevels.ts";
export {
  discreteLevels,
  type DiscreteLevelOptions,
  type DiscreteSpacing,
  type FinalLevel,
  type IndexRounding,
} from "./grids/discreteLevels.ts";
export { levelGrid, type LevelGrid } from "./grids/levelGrid.ts";
export {
  meanRevertingLevels,
  type MeanRevertingLevelOptions,
  type MeanRevertingSpacing,
} from "./grids/meanRevertingLevels.ts";
export { betaSigmas, exponentialSigmas, flowSigmas, karrasSigmas } from "./grids/sigmas.ts";
export { fastOrders, innerLevels } from "./grids/singlestepLevels.ts";
export { timesteps, type GridConvention, type IntegerSpacing, type TimestepOptions } from "./grids/timesteps.ts";

export {
  asEpsilon,
  asFlow,
  asPrediction,
  asScore,
  asV,
  asX0,
  convert,
  type BareDenoiser,
  type Denoiser,
  type DenoiserFunction,
  type PredictingDenoiser,
} from "./predictions/denoiser.ts";
export {
  centred,
  centredVelocity,
  meanRevertingConversion,
  type MeanRevertingFactors,
  type MeanRevertingPrediction,
} from "./predictions/meanReverting.ts";
export { edmPreconditioned, type EdmPreconditionOptions } from "./predictions/edm.ts";
export { guided, type GuidanceOptions } from "./predictions/guidance.ts";
export { conversion, mixtureOf, PREDICTIONS, type Conversion, type Prediction } from "./predictions/table.ts";
export {
  dynamicThreshold,
  withDynamicThreshold,
  withStaticThreshold,
  type DynamicThresholdOptions,
  type StaticThresholdOptions,
} from "./predictions/threshold.ts";

export { buildPlan, type PlanBuilder } from "./plan/builder.ts";
export { runPlanNumeric, type NumericModel, type NumericNoise, type NumericOptions } from "./plan/numeric.ts";
export type {
  Combine,
  Draw,
  Evaluate,
  Finish,
  Instruction,
  Plan,
  Term,
  Transform,
  TransformFunction,
  Value,
} from "./plan/plan.ts";

export type {
  BeginOptions,
  ModelCall,
  NoiseSource,
  PlannedSampler,
  Run,
  RunState,
  RunStatus,
  Sampler,
} from "./samplers/base.ts";
export { adamsBashforth, lms, type AdamsBashforthOptions } from "./samplers/adamsBashforth.ts";
export {
  bdia,
  bdiaAmplification,
  bdiaInversion,
  type BdiaInversionOptions,
  type BdiaOptions,
} from "./samplers/bdia.ts";
export { bdiaEdm, type BdiaEdmOptions } from "./samplers/bdiaEdm.ts";
export type { ChurnOptions } from "./samplers/churn.ts";
export { ddim, type DdimOptions } from "./samplers/ddim.ts";
export { ddimInversion } from "./samplers/ddimInversion.ts";
export { ddpm, type DdpmOptions } from "./samplers/ddpm.ts";
export type { DpmSolverOptions, SolverType } from "./samplers/dpmSolver.ts";
export { dpmSolverAdaptive, type DpmSolverAdaptiveOptions } from "./samplers/dpmSolverAdaptive.ts";
export { dpmSolverMultistep, type DpmSolverMultistepOptions } from "./samplers/dpmSolverMultistep.ts";
export { dpmSolverSde, type DpmSolverSdeOptions } from "./samplers/dpmSolverSde.ts";
export { dpmSolverSinglestep, type DpmSolverSinglestepOptions } from "./samplers/dpmSolverSinglestep.ts";
export { eulerAncestral, type EulerAncestralOptions } from "./samplers/eulerAncestral.ts";
export { fPndm, type FPndmOptions } from "./samplers/fPndm.ts";
export { ghvb, ghvbCoefficients, type GhvbOptions } from "./samplers/ghvb.ts";
export { heavyBall, nesterov, type HeavyBallOptions } from "./samplers/heavyBall.ts";
export { euler, heun, type EulerOptions, type HeunOptions } from "./samplers/heun.ts";
export { iPndm, type IPndmOptions } from "./samplers/iPndm.ts";
export { lml, lmlCorrection, type LmlOptions } from "./samplers/lml.ts";
export { mrs, type MrsOptions } from "./samplers/mrs.ts";
export { phi } from "./samplers/phi.ts";
export { planned, walk, type PlannedDefinition, type WalkStep } from "./samplers/planned.ts";
export { plms } from "./samplers/plms.ts";
export { samplers, type PreparedSampler, type SamplerEntry } from "./samplers/registry.ts";
export {
  solverEvaluations,
  solverLevels,
  solverSchedule,
  type PerStep,
  type Relaxation,
  type SolverDecisions,
  type SolverSchedule,
} from "./samplers/solverSchedule.ts";
export { sPndm } from "./samplers/sPndm.ts";
export { transfer, type SolverPrediction, type Transfer } from "./samplers/transfer.ts";
export { uniPc, type UniPcOptions } from "./samplers/uniPc.ts";
export { usf } from "./samplers/usf.ts";

export { iterate, type IterateOptions, type SampleStep } from "./driver/iterate.ts";
export { type NonFinite, type SampleResult, type SampleStatus, type StepRecord } from "./driver/result.ts";
export { sample, type SampleOptions } from "./driver/sample.ts";
export { sampleMeanReverting, type SampleMeanRevertingOptions } from "./driver/sampleMeanReverting.ts";

export {
  kDiffusion,
  type KDiffusionFunction,
  type KDiffusionOptions,
  type KDiffusionStep,
} from "./adapters/kDiffusion.ts";

export { bdiaDecode, bdiaEncode, type BdiaCode, type BdiaCodeOptions } from "./inversion/bdia.ts";
export {
  fromDiffusersConfig,
  type DiffusersConfig,
  type DiffusersOptions,
  type DiffusersSampler,
} from "./adapters/diffusers/index.ts";

export {
  searchSolver,
  type SolverSearchOptions,
  type SolverSearchProgress,
  type SolverSearchResult,
} from "./search/solverSearch.ts";
export {
  onnxDenoiser,
  type OnnxDenoiserOptions,
  type OnnxSession,
  type OnnxTensor,
  type OnnxTensorConstructor,
  type OnnxTimeInput,
} from "./adapters/onnx.ts";
