/** Every method of the package, for tests, documentation and benchmarks to iterate over. */
import type { Citation } from "./citation.ts";
import * as papers from "./citation.ts";

/** One line of the registry. */
export interface Method {
  /** Short name, as command lines take it. */
  readonly name: string;
  /** The export that makes or computes it. */
  readonly factory: string;
  readonly family:
    | "sequence"
    | "quality"
    | "measure"
    | "integrand"
    | "transform"
    | "kernel"
    | "criterion"
    | "special"
    | "model";
  /** What it promises, as a sentence. */
  readonly guarantee: string;
  readonly citations: readonly Citation[];
}

/** Every method. A new one is one file and one line here. */
export const methods: readonly Method[] = [
  {
    name: "sobol",
    factory: "sobol",
    family: "sequence",
    guarantee: "The first 2^m points are a (t, m, d)-net in base 2, also after scrambling.",
    citations: [papers.JOE_KUO, papers.MATOUSEK, papers.OWEN],
  },
  {
    name: "higher-order sobol",
    factory: "sobol",
    family: "sequence",
    guarantee: "Interlacing alpha coordinates integrates functions of smoothness alpha with error near n^-alpha.",
    citations: [papers.DICK],
  },
  {
    name: "digital net",
    factory: "digitalNet",
    family: "sequence",
    guarantee: "The net of the given generating matrices, exact to the last bit.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "lattice",
    factory: "lattice",
    family: "sequence",
    guarantee: "The first 2^m points of the natural order are a rank-1 lattice; unshifted coordinates are exact.",
    citations: [papers.COOLS_KUO_NUYENS],
  },
  {
    name: "halton",
    factory: "halton",
    family: "sequence",
    guarantee: "Coordinate j of b_j^m points is equidistributed in intervals of length b_j^-m.",
    citations: [papers.HALTON],
  },
  {
    name: "faure",
    factory: "faure",
    family: "sequence",
    guarantee: "A (0, d)-sequence in a prime base b >= d.",
    citations: [papers.FAURE],
  },
  {
    name: "digital sequence",
    factory: "digitalSequence",
    family: "sequence",
    guarantee: "The sequence of the given generating matrices over prime fields.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "latin hypercube",
    factory: "latinHypercube",
    family: "sequence",
    guarantee: "Each of n intervals of each coordinate holds one of n points.",
    citations: [papers.MCKAY],
  },
  {
    name: "iid uniform",
    factory: "iidUniform",
    family: "sequence",
    guarantee: "Independent uniform points.",
    citations: [papers.SALMON],
  },
  {
    name: "t-value",
    factory: "tValue",
    family: "quality",
    guarantee: "The exact quality parameter of a linear net in base 2.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "elementary intervals",
    factory: "elementaryIntervals",
    family: "quality",
    guarantee: "Counts every interval; points alone decide.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "discrepancy",
    factory: "discrepancy",
    family: "quality",
    guarantee: "Closed forms in O(n^2 d), within rounding.",
    citations: [papers.HICKERNELL_DISCREPANCY],
  },
  {
    name: "projection matrix",
    factory: "projectionMatrix",
    family: "quality",
    guarantee: "One square for each pair of coordinates, one dot for each point.",
    citations: [papers.JOE_KUO],
  },
  {
    name: "uniform",
    factory: "uniformMeasure",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.DEVROYE],
  },
  {
    name: "kumaraswamy",
    factory: "kumaraswamy",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.KUMARASWAMY],
  },
  {
    name: "continuous bernoulli",
    factory: "continuousBernoulli",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.CONTINUOUS_BERNOULLI],
  },
  {
    name: "johnson su",
    factory: "johnsonSU",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.JOHNSON],
  },
  {
    name: "student t",
    factory: "studentT",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.DEVROYE],
  },
  {
    name: "triangular",
    factory: "triangular",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.DEVROYE],
  },
  {
    name: "inverse cdf",
    factory: "inverseCdf",
    family: "measure",
    guarantee: "Density(T(u)) |det T'(u)| = 1.",
    citations: [papers.DEVROYE],
  },
  {
    name: "gaussian",
    factory: "gaussian",
    family: "measure",
    guarantee: "Exact mean and covariance; density(T(u)) |det T'(u)| = 1.",
    citations: [papers.WICHURA],
  },
  {
    name: "brownian motion",
    factory: "brownianMotion",
    family: "measure",
    guarantee: "Covariance diffusion min(s, t) at the given times, in every construction.",
    citations: [papers.CAFLISCH],
  },
  {
    name: "geometric brownian motion",
    factory: "geometricBrownianMotion",
    family: "measure",
    guarantee: "The exponential of a Brownian motion with drift.",
    citations: [papers.CAFLISCH],
  },
  {
    name: "composition",
    factory: "composeTransforms",
    family: "measure",
    guarantee: "The product of the parts' volume changes.",
    citations: [papers.DEVROYE],
  },
  {
    name: "importance sampling",
    factory: "importanceSample",
    family: "measure",
    guarantee: "Weighted means are expectations under the target.",
    citations: [papers.DEVROYE],
  },
  {
    name: "periodisation",
    factory: "periodize",
    family: "measure",
    guarantee: "The integral is kept; the weight is the exact derivative.",
    citations: [papers.HICKERNELL_BAKER],
  },
  {
    name: "fwht",
    factory: "fwht",
    family: "transform",
    guarantee: "Unitary and its own inverse, error a few units of 1e-16.",
    citations: [papers.FINO],
  },
  {
    name: "fft",
    factory: "fftBitReversed",
    family: "transform",
    guarantee: "Unitary, bit-reversed in, natural order out.",
    citations: [papers.COOLEY],
  },
  {
    name: "inverse fft",
    factory: "ifftBitReversed",
    family: "transform",
    guarantee: "The inverse of fft.",
    citations: [papers.COOLEY],
  },
  {
    name: "doubling",
    factory: "doubleSpectrum",
    family: "transform",
    guarantee: "The transform of twice as many points in O(n).",
    citations: [papers.COOLEY],
  },
  {
    name: "normal quantile",
    factory: "normalQuantile",
    family: "special",
    guarantee: "Relative error about 1e-15 from 1e-300 to 1 - 2^-53.",
    citations: [papers.WICHURA],
  },
  {
    name: "normal cdf",
    factory: "normalCdf",
    family: "special",
    guarantee: "Relative error about 1e-15 in both tails.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "normal density",
    factory: "normalDensity",
    family: "special",
    guarantee: "Within rounding of the exponential.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student quantile",
    factory: "studentQuantile",
    family: "special",
    guarantee: "Relative error about 1e-12.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student cdf",
    factory: "studentCdf",
    family: "special",
    guarantee: "Relative error about 1e-12.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "student density",
    factory: "studentDensity",
    family: "special",
    guarantee: "Relative error about 1e-13.",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "log gamma",
    factory: "logGamma",
    family: "special",
    guarantee: "Error a few units of 1e-16 times max(1, |value|).",
    citations: [papers.ABRAMOWITZ],
  },
  {
    name: "integrand",
    factory: "integrand",
    family: "integrand",
    guarantee: "A user's function as it is, points or tensors.",
    citations: [papers.NIEDERREITER],
  },
  {
    name: "keister",
    factory: "keister",
    family: "integrand",
    guarantee: "Exact integral to 1e-12.",
    citations: [papers.KEISTER],
  },
  {
    name: "genz",
    factory: "genz",
    family: "integrand",
    guarantee: "Exact integral to 1e-12, without cancellation.",
    citations: [papers.GENZ],
  },
  {
    name: "genz coefficients",
    factory: "genzCoefficients",
    family: "integrand",
    guarantee: "The three decays of the original test set.",
    citations: [papers.GENZ],
  },
  {
    name: "box integral",
    factory: "boxIntegral",
    family: "integrand",
    guarantee: "Exact integral to 1e-12.",
    citations: [papers.BAILEY],
  },
  {
    name: "ishigami",
    factory: "ishigami",
    family: "integrand",
    guarantee: "Exact integral, variance and sensitivity indices.",
    citations: [papers.ISHIGAMI],
  },
  {
    name: "sobol g",
    factory: "sobolG",
    family: "integrand",
    guarantee: "Exact integral, variance and sensitivity indices.",
    citations: [papers.SOBOL_INDICES],
  },
  {
    name: "european option",
    factory: "europeanOption",
    family: "integrand",
    guarantee: "Exact price.",
    citations: [papers.BLACK_SCHOLES],
  },
  {
    name: "asian option",
    factory: "asianOption",
    family: "integrand",
    guarantee: "Exact price for the geometric mean.",
    citations: [papers.KEMNA_VORST],
  },
  {
    name: "multilevel european option",
    factory: "multilevelEuropean",
    family: "integrand",
    guarantee: "Levels add up to the exact price.",
    citations: [papers.GILES],
  },
  {
    name: "sensitivity indices",
    factory: "sensitivityIndices",
    family: "integrand",
    guarantee: "Bounds of indices from bounds of integrals, by interval division.",
    citations: [papers.SOBOL_INDICES, papers.JANSEN],
  },
  {
    name: "shift-invariant kernel",
    factory: "shiftInvariantKernel",
    family: "kernel",
    guarantee: "Positive definite; integral s in each argument; within 1e-12.",
    citations: [papers.KUO_KERNELS],
  },
  {
    name: "digital kernel",
    factory: "digitalKernel",
    family: "kernel",
    guarantee: "Positive definite; integral s in each argument; within 1e-12.",
    citations: [papers.SOROKIN],
  },
  {
    name: "fast gram",
    factory: "fastGram",
    family: "kernel",
    guarantee: "Products, solutions and determinants in O(n log n), equal to dense algebra within 1e-9.",
    citations: [papers.SOROKIN],
  },
];
