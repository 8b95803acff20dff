/** Low-discrepancy sequences, adaptive cubature, fast kernels and log-Bessel functions. */
export { cite, type Citation } from "@ansatz/tensor";
export { methods, type Method } from "./registry.ts";

export type {
  Chunk,
  ChunkOptions,
  CommonOptions,
  PlaceOptions,
  PointArray,
  PointType,
  Sequence,
} from "./sequences/base.ts";
export {
  digitalSequence,
  faure,
  halton,
  type DigitalSequenceOptions,
  type DigitOptions,
  type DigitScramble,
  type FaureOptions,
  type GivenDigits,
  type HaltonOptions,
} from "./sequences/digits/digitalSequence.ts";
export { parseLdData, type LatticeFile, type NetFile } from "./sequences/files.ts";
export { iidUniform, type IidUniformOptions } from "./sequences/iidUniform.ts";
export { latinHypercube, type LatinHypercubeOptions } from "./sequences/latinHypercube.ts";
export { lattice, type Lattice, type LatticeOptions } from "./sequences/lattice/lattice.ts";
export {
  digitalNet,
  type DigitalNet,
  type DigitalNetOptions,
  type GivenScramble,
  type NetOptions,
  type NetScramble,
} from "./sequences/net/digitalNet.ts";
export type { NusFlips } from "./sequences/net/nusTree.ts";
export { sobol, type SobolOptions } from "./sequences/net/sobol.ts";
export { loadSobolTable, type SobolTable } from "./tables/directions.ts";
export { defaultLatticeVector, loadLatticeVector, type LatticeVectorName } from "./tables/latticeVectors.ts";

export { discrepancy, type DiscrepancyKind } from "./quality/discrepancy.ts";
export { elementaryIntervals, type IntervalReport } from "./quality/elementaryIntervals.ts";
export { projectionMatrix, type ProjectionOptions } from "./quality/projections.ts";
export { tValue } from "./quality/tValue.ts";

export type { Marginal, Measure } from "./measures/base.ts";
export {
  brownianMotion,
  geometricBrownianMotion,
  type BrownianMeasure,
  type BrownianOptions,
  type PathConstruction,
} from "./measures/brownian.ts";
export {
  composeTransforms,
  importanceSample,
  type ImportanceOptions,
  type WeightedPoints,
} from "./measures/compose.ts";
export { gaussian, type GaussianOptions, type NormalMeasure } from "./measures/gaussian.ts";
export { periodize, type Periodization, type PeriodizationName } from "./measures/periodize.ts";
export {
  continuousBernoulli,
  inverseCdf,
  johnsonSU,
  kumaraswamy,
  studentT,
  triangular,
  uniformMeasure,
  type ContinuousBernoulliOptions,
  type InverseCdfOptions,
  type JohnsonSUOptions,
  type KumaraswamyOptions,
  type PerCoordinate,
  type StudentTOptions,
  type TriangularOptions,
  type UniformMeasureOptions,
} from "./measures/product.ts";
export { logGamma } from "./special/gamma.ts";
export { normalCdf, normalDensity, normalQuantile } from "./special/normal.ts";
export { studentCdf, studentDensity, studentQuantile } from "./special/studentT.ts";
export { doubleSpectrum, type Spectrum } from "./transforms/doubling.ts";
export { fftBitReversed, ifftBitReversed } from "./transforms/fft.ts";
export { fwht } from "./transforms/fwht.ts";

export { integrand, type Integrand, type IntegrandOptions } from "./integrands/base.ts";
export {
  boxIntegral,
  genz,
  genzCoefficients,
  ishigami,
  keister,
  sobolG,
  type BoxIntegralOptions,
  type DimensionOption,
  type GenzOptions,
  type IshigamiOptions,
  type SensitiveIntegrand,
  type SobolGOptions,
} from "./integrands/classic.ts";
export {
  asianOption,
  europeanOption,
  multilevelEuropean,
  type AsianOptions,
  type EuropeanOptions,
  type MarketOptions,
  type MultilevelIntegrand,
} from "./integrands/options.ts";
export {
  sensitivityIndices,
  type Combination,
  type SensitivityOptions,
  type SensitivityProblem,
} from "./integrands/sensitivity.ts";
export { fastGram, type FastGram, type GramOptions } from "./kernels/gram.ts";
export {
  digitalKernel,
  shiftInvariantKernel,
  type DerivativeOrder,
  type KernelOptions,
  type ProductKernel,
} from "./kernels/product.ts";

export {
  integrate,
  iterateCubature,
  type Criterion,
  type CubatureProblem,
  type CubatureResult,
  type CubatureState,
  type DriverOptions,
  type IntegrateOptions,
  type ToleranceOptions,
} from "./criteria/base.ts";
export {
  cubQmcLattice,
  cubQmcNet,
  type ControlVariates,
  type CubQmcLatticeOptions,
  type CubQmcNetOptions,
  type CubQmcOptions,
} from "./criteria/cubQmc.ts";

export type { BayesRule } from "./criteria/bayes.ts";
export {
  cubBayesLattice,
  cubBayesNet,
  type CubBayesLatticeOptions,
  type CubBayesNetOptions,
  type CubBayesOptions,
} from "./criteria/cubBayes.ts";
export { mcClt, mcG, type MonteCarloOptions } from "./criteria/monteCarlo.ts";
export { mlmc, mlqmc, type LevelReport, type MultilevelOptions, type MultilevelResult } from "./criteria/multilevel.ts";
export { repStudentT, type RepStudentTOptions } from "./criteria/repStudentT.ts";

export {
  concentrationOf,
  fitVonMisesFisher,
  meanLength,
  vonMisesFisher,
  vonMisesFisherNormalizer,
  type VonMisesFisher,
  type VonMisesFisherOptions,
} from "./directional/vonMisesFisher.ts";
export {
  besselRatioI,
  besselRatioK,
  logBesselI,
  logBesselISlope,
  logBesselK,
  logBesselKSlope,
} from "./special/logBessel.ts";

export { slimKlAgent, type AgentOptions, type Coupling, type GpPrediction, type SlimKlAgent } from "./slimKl/agent.ts";
export { gsmpGrid, gsmpKernel, type GsmpGridOptions, type GsmpKernel, type GsmpOptions } from "./slimKl/kernel.ts";
export { noiseVariance } from "./slimKl/noise.ts";
export {
  fusePredictions,
  quantize,
  slimKl,
  type SlimKlOptions,
  type SlimKlResult,
  type SlimKlRound,
} from "./slimKl/slimKl.ts";

export { fastGp, type FastGp, type FastGpOptions } from "./gp/fastGp.ts";
