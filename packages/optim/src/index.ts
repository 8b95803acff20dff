/** Optimisers for parameter trees, methods for whole functions, curvature without matrices. */
export type { Citation } from "@ansatz/tensor";
export type { Curvatures } from "./acceleration/base.ts";
export {
  accelerationFlow,
  integrateFlow,
  type AccelerationFlow,
  type FlowOptions,
  type FlowPoint,
  type FlowSample,
  type IntegrateFlowOptions,
} from "./acceleration/flow.ts";
export { gradientDescent, type GradientDescentOptions } from "./acceleration/gradientDescent.ts";
export { heavyBall } from "./acceleration/heavyBall.ts";
export { item } from "./acceleration/item.ts";
export { nesterov, nesterovConvex, type NesterovConvexOptions } from "./acceleration/nesterov.ts";
export { optimizedGradient, type OptimizedGradientOptions } from "./acceleration/optimized.ts";
export { tripleMomentum } from "./acceleration/tripleMomentum.ts";
export type { Buffers, Optimizer, OptimizerState, StepOptions } from "./base.ts";
export type { AsyncOptimizer } from "./curvature/async.ts";
export { fisherInverse, type FisherInverse, type FisherInverseOptions } from "./curvature/mfac/inverse.ts";
export { mfac, type MfacOptions } from "./curvature/mfac/mfac.ts";
export { pruneWeights, type PruneOptions, type PruneResult, type PruneStrategy } from "./curvature/mfac/prune.ts";
export {
  fisherWindow,
  type FisherWindow,
  type FisherWindowOptions,
  type FisherWindowState,
} from "./curvature/mfac/window.ts";
export { lbfgs, type LbfgsOptions } from "./curvature/lbfgs.ts";
export {
  leastSquares,
  levenbergMarquardt,
  type LevenbergMarquardtOptions,
} from "./curvature/newton/levenbergMarquardt.ts";
export { newtonCg, type NewtonCgOptions } from "./curvature/newton/newtonCg.ts";
export {
  gradientNormalizedNewton,
  type Curvature,
  type GradientNormalizedOptions,
} from "./curvature/newton/gradientNormalized.ts";
export {
  empiricalFisher,
  exactHessian,
  gaussNewton,
  gaussNewtonOperator,
  hessianOperator,
  jacobian,
  powerHessian,
  weightedGaussNewton,
  type ScalarFunction,
  type VectorFunction,
} from "./curvature/newton/hessians.ts";
export { elementwise, type ElementwiseRule } from "./elementwise.ts";
export { emaUpdate, emaWeight, type EmaOptions } from "./ema.ts";
export { allFinite, checkedStep, type CheckedStep, type CheckedStepOptions } from "./finite.ts";
export { adadelta, type AdadeltaOptions } from "./gradient/adadelta.ts";
export { adagrad, type AdagradOptions } from "./gradient/adagrad.ts";
export { adam, type AdamOptions } from "./gradient/adam.ts";
export { adamax, type AdamaxOptions } from "./gradient/adamax.ts";
export { adamW, type AdamWOptions } from "./gradient/adamW.ts";
export { diffGrad, type DiffGradOptions, type Friction } from "./gradient/diffGrad.ts";
export { lion, type LionOptions } from "./gradient/lion.ts";
export { nadam, type NadamOptions } from "./gradient/nadam.ts";
export type { CommonOptions } from "./gradient/prepare.ts";
export { radam, type RadamOptions } from "./gradient/radam.ts";
export { rmsprop, type RmspropOptions } from "./gradient/rmsprop.ts";
export { rprop, type RpropOptions } from "./gradient/rprop.ts";
export { sgd, type SgdOptions } from "./gradient/sgd.ts";
export type {
  Certificate,
  Guarantee,
  Minimizer,
  MinimizeResult,
  MinimizeState,
  Oracle,
  Problem,
  Progress,
  Status,
} from "./minimize/base.ts";
export { iterate, minimize, type MinimizeOptions } from "./minimize/minimize.ts";
export { ravel, unravel } from "./ravel.ts";
export {
  asyncOptimizers,
  minimizers,
  optimizers,
  schedules,
  transforms,
  type AsyncOptimizerEntry,
  type MinimizerEntry,
  type OptimizerEntry,
  type ScheduleEntry,
  type TransformEntry,
} from "./registry.ts";
export { constantRate } from "./schedule/constant.ts";
export { cosineRate, type CosineOptions } from "./schedule/cosine.ts";
export { exponentialRate, type ExponentialOptions } from "./schedule/exponential.ts";
export { oneCycle, type OneCycleOptions } from "./schedule/oneCycle.ts";
export { plateau, type Plateau, type PlateauOptions, type PlateauState } from "./schedule/plateau.ts";
export { polynomialRate, type PolynomialOptions } from "./schedule/polynomial.ts";
export type { Schedule } from "./schedule/schedule.ts";
export { warmup, type WarmupOptions } from "./schedule/warmup.ts";
export {
  matrixSensing,
  rebalance,
  type Factors,
  type MatrixSensingOptions,
  type MatrixSensingResult,
} from "./studies/matrixSensing.ts";
export { loadState, saveState, type LoadStateOptions } from "./state.ts";
export { accumulate } from "./transform/accumulate.ts";
export { lookahead, withEma, type LookaheadOptions } from "./transform/average.ts";
export { clipByNorm, clipByValue, type ClipByNormOptions } from "./transform/clip.ts";
export { withWeightDecay, type WeightDecayOptions } from "./transform/decay.ts";
export { scheduled } from "./transform/scheduled.ts";
