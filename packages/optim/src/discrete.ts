/** Discrete min-max violation: values from finite sets that keep the worst of many linear demands small. */
export type {
  Assignment,
  DiscreteOptions,
  DiscreteProblem,
  DiscreteResult,
  DiscreteState,
  DiscreteStatus,
  Instance as DiscreteInstance,
  Matrix,
  Score,
  Vector,
} from "./discrete/base.ts";
export { branchAndBound, type BranchAndBoundOptions } from "./discrete/exact.ts";
export {
  designFir,
  firAmplitude,
  firGrid,
  firProblem,
  type FirDesign,
  type FirGrid,
  type FirSpecification,
  type FirType,
} from "./discrete/fir.ts";
export {
  destroyers as discreteDestroyers,
  repairers as discreteRepairers,
  type Destroyer,
  type Repairer,
} from "./discrete/perturb.ts";
export { relaxation, roundToLevels, violation, type RelaxationResult } from "./discrete/functions.ts";
export {
  discreteSearch,
  iterateDiscrete,
  solveDiscrete,
  type DiscreteSearch,
  type DiscreteSearchOptions,
} from "./discrete/solve.ts";
