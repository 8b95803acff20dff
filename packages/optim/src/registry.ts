/** Every method of the package, for tests, documentation and benchmarks to iterate over. */
import { gradientDescent } from "./acceleration/gradientDescent.ts";
import { heavyBall } from "./acceleration/heavyBall.ts";
import { item } from "./acceleration/item.ts";
import { nesterov, nesterovConvex } from "./acceleration/nesterov.ts";
import { optimizedGradient } from "./acceleration/optimized.ts";
import { tripleMomentum } from "./acceleration/tripleMomentum.ts";
import type { Optimizer } from "./base.ts";
import type { AsyncOptimizer } from "./curvature/async.ts";
import { lbfgs } from "./curvature/lbfgs.ts";
import { mfac } from "./curvature/mfac/mfac.ts";
import { gradientNormalizedNewton } from "./curvature/newton/gradientNormalized.ts";
import {
  exactHessian,
  gaussNewtonOperator,
  hessianOperator,
  type ScalarFunction,
  type VectorFunction,
} from "./curvature/newton/hessians.ts";
import { levenbergMarquardt } from "./curvature/newton/levenbergMarquardt.ts";
import { newtonCg } from "./curvature/newton/newtonCg.ts";
import { adadelta } from "./gradient/adadelta.ts";
import { adagrad } from "./gradient/adagrad.ts";
import { adam } from "./gradient/adam.ts";
import { adamax } from "./gradient/adamax.ts";
import { adamW } from "./gradient/adamW.ts";
import { diffGrad } from "./gradient/diffGrad.ts";
import { lion } from "./gradient/lion.ts";
import { nadam } from "./gradient/nadam.ts";
import { radam } from "./gradient/radam.ts";
import { rmsprop } from "./gradient/rmsprop.ts";
import { rprop } from "./gradient/rprop.ts";
import { sgd } from "./gradient/sgd.ts";
import type { Minimizer } from "./minimize/base.ts";
import { constantRate } from "./schedule/constant.ts";
import { cosineRate } from "./schedule/cosine.ts";
import { exponentialRate } from "./schedule/exponential.ts";
import { oneCycle } from "./schedule/oneCycle.ts";
import { polynomialRate } from "./schedule/polynomial.ts";
import type { Schedule } from "./schedule/schedule.ts";
import { warmup } from "./schedule/warmup.ts";
import { accumulate } from "./transform/accumulate.ts";
import { lookahead, withEma } from "./transform/average.ts";
import { clipByNorm, clipByValue } from "./transform/clip.ts";
import { withWeightDecay } from "./transform/decay.ts";
import { scheduled } from "./transform/scheduled.ts";

/** One line of the registry. */
export interface OptimizerEntry {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  /** The method with its usual settings; its citations are declared there. */
  create(learningRate: number): Optimizer;
}

/** Every method. A new one is one file and one line here. */
export const optimizers: readonly OptimizerEntry[] = [
  { name: "sgd", factory: "sgd", create: (learningRate) => sgd({ learningRate }) },
  { name: "momentum", factory: "sgd", create: (learningRate) => sgd({ learningRate, momentum: 0.9 }) },
  {
    name: "nesterov",
    factory: "sgd",
    create: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true }),
  },
  { name: "adam", factory: "adam", create: (learningRate) => adam({ learningRate }) },
  { name: "amsgrad", factory: "adam", create: (learningRate) => adam({ learningRate, amsgrad: true }) },
  { name: "adamw", factory: "adamW", create: (learningRate) => adamW({ learningRate }) },
  { name: "adamax", factory: "adamax", create: (learningRate) => adamax({ learningRate }) },
  { name: "nadam", factory: "nadam", create: (learningRate) => nadam({ learningRate }) },
  { name: "radam", factory: "radam", create: (learningRate) => radam({ learningRate }) },
  { name: "adagrad", factory: "adagrad", create: (learningRate) => adagrad({ learningRate }) },
  { name: "adadelta", factory: "adadelta", create: (learningRate) => adadelta({ learningRate }) },
  { name: "rmsprop", factory: "rmsprop", create: (learningRate) => rmsprop({ learningRate }) },
  {
    name: "rmsprop-centered",
    factory: "rmsprop",
    create: (learningRate) => rmsprop({ learningRate, momentum: 0.9, centered: true }),
  },
  { name: "rprop", factory: "rprop", create: (learningRate) => rprop({ learningRate }) },
  { name: "lion", factory: "lion", create: (learningRate) => lion({ learningRate }) },
  { name: "diffgrad", factory: "diffGrad", create: (learningRate) => diffGrad({ learningRate }) },
  {
    name: "diffgrad-legacy",
    factory: "diffGrad",
    create: (learningRate) => diffGrad({ learningRate, legacyAlias: true }),
  },
];

/** One line of {@link asyncOptimizers}. */
export interface AsyncOptimizerEntry extends Omit<OptimizerEntry, "create"> {
  /** @param damping what is added to the curvature, against which the learning rate is to be seen; 1e-4 when left out */
  create(learningRate: number, damping?: number): AsyncOptimizer;
}

/** Methods whose steps are asynchronous. */
export const asyncOptimizers: readonly AsyncOptimizerEntry[] = [
  {
    name: "mfac",
    factory: "mfac",
    create: (learningRate, damping = 1e-4) => mfac({ learningRate, damping, window: 32 }),
  },
  {
    name: "mfac-momentum",
    factory: "mfac",
    create: (learningRate, damping = 1e-4) => mfac({ learningRate, damping, window: 32, momentum: 0.9 }),
  },
];

/** One line of {@link transforms}. */
export interface TransformEntry {
  readonly name: string;
  /** The function that makes it, as exported. */
  readonly factory: string;
  /** A method with the transform at usual settings. */
  apply(method: Optimizer): Optimizer;
}

/** Everything that makes methods of methods. */
export const transforms: readonly TransformEntry[] = [
  { name: "clip-by-value", factory: "clipByValue", apply: (m) => clipByValue(m, 1) },
  { name: "clip-by-norm", factory: "clipByNorm", apply: (m) => clipByNorm(m, 1) },
  { name: "clip-by-norm-per-tensor", factory: "clipByNorm", apply: (m) => clipByNorm(m, 1, { perTensor: true }) },
  { name: "weight-decay", factory: "withWeightDecay", apply: (m) => withWeightDecay(m, { weightDecay: 1e-4 }) },
  {
    name: "weight-decay-coupled",
    factory: "withWeightDecay",
    apply: (m) => withWeightDecay(m, { weightDecay: 1e-4, decoupled: false }),
  },
  { name: "ema", factory: "withEma", apply: (m) => withEma(m) },
  { name: "lookahead", factory: "lookahead", apply: (m) => lookahead(m) },
  { name: "accumulate", factory: "accumulate", apply: (m) => accumulate(m, 2) },
  { name: "scheduled", factory: "scheduled", apply: (m) => scheduled(m, constantRate(m.learningRate)) },
];

/** One line of {@link schedules}. */
export interface ScheduleEntry {
  readonly name: string;
  /** The function that makes it, as exported. */
  readonly factory: string;
  /** The schedule with a largest rate and a number of steps. */
  create(rate: number, steps: number): Schedule;
}

/** Every schedule that depends on the step alone. */
export const schedules: readonly ScheduleEntry[] = [
  { name: "constant", factory: "constantRate", create: (rate) => constantRate(rate) },
  { name: "cosine", factory: "cosineRate", create: (rate, steps) => cosineRate({ rate, steps }) },
  {
    name: "warm-up",
    factory: "warmup",
    create: (rate, steps) =>
      warmup(cosineRate({ rate, steps: Math.ceil(0.9 * steps) }), { steps: Math.ceil(0.1 * steps) }),
  },
  { name: "one-cycle", factory: "oneCycle", create: (peak, steps) => oneCycle({ peak, steps }) },
  {
    name: "exponential",
    factory: "exponentialRate",
    create: (rate, steps) => exponentialRate({ rate, decay: 0.01, every: steps }),
  },
  { name: "polynomial", factory: "polynomialRate", create: (rate, steps) => polynomialRate({ rate, steps, power: 2 }) },
];

/** One line of {@link minimizers}. */
export interface MinimizerEntry {
  readonly name: string;
  /** The function that makes it, as exported. */
  readonly factory: string;
  /**
   * The method for a function with these constants.
   * @param steps iterations that are planned
   * @param functions the function and, for least squares, its residuals, for methods that differentiate them
   */
  create(
    mu: number,
    L: number,
    steps: number,
    functions: { readonly value: ScalarFunction; readonly residual: VectorFunction },
  ): Minimizer;
}

/** Every method for functions that are evaluated as a whole. */
export const minimizers: readonly MinimizerEntry[] = [
  { name: "gradient-descent", factory: "gradientDescent", create: (mu, L) => gradientDescent({ mu, L }) },
  {
    name: "gradient-descent-convex",
    factory: "gradientDescent",

    create: (_, L) => gradientDescent({ L }),
  },
  { name: "heavy-ball", factory: "heavyBall", create: (mu, L) => heavyBall({ mu, L }) },
  { name: "nesterov", factory: "nesterov", create: (mu, L) => nesterov({ mu, L }) },
  { name: "nesterov-fista", factory: "nesterovConvex", create: (_, L) => nesterovConvex({ L }) },
  {
    name: "nesterov-linear",
    factory: "nesterovConvex",

    create: (_, L) => nesterovConvex({ L, weights: "linear" }),
  },
  { name: "triple-momentum", factory: "tripleMomentum", create: (mu, L) => tripleMomentum({ mu, L }) },
  { name: "item", factory: "item", create: (mu, L) => item({ mu, L }) },
  {
    name: "optimized-gradient",
    factory: "optimizedGradient",

    create: (_, L, steps) => optimizedGradient({ L, steps }),
  },
  { name: "l-bfgs", factory: "lbfgs", create: () => lbfgs() },
  { name: "newton-cg", factory: "newtonCg", create: () => newtonCg() },
  {
    name: "gradient-normalized-newton",
    factory: "gradientNormalizedNewton",
    create: (_mu, _L, _steps, { value }) => gradientNormalizedNewton({ curvature: exactHessian(value) }),
  },
  {
    name: "gradient-normalized-newton-operator",
    factory: "gradientNormalizedNewton",
    create: (_mu, _L, _steps, { value }) => gradientNormalizedNewton({ curvature: hessianOperator(value) }),
  },
  {
    name: "gradient-normalized-gauss-newton",
    factory: "gradientNormalizedNewton",
    create: (_mu, _L, _steps, { residual }) => gradientNormalizedNewton({ curvature: gaussNewtonOperator(residual) }),
  },
  {
    name: "levenberg-marquardt",
    factory: "levenbergMarquardt",
    create: (_mu, _L, _steps, { residual }) => levenbergMarquardt({ residual }),
  },
];
