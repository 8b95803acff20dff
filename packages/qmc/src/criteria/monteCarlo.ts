/** Monte Carlo with sizes from a pilot sample: by the central limit theorem, and guaranteed. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInside, checkInteger, checkNumber } from "../check.ts";
import { HICKERNELL_MC, OWEN_MC, type Citation } from "../citation.ts";
import type { Sequence } from "../sequences/base.ts";
import { iidUniform } from "../sequences/iidUniform.ts";
import { normalCdf, normalQuantile } from "../special/normal.ts";
import * as base from "./base.ts";
import { evaluateRange, meanOf, varianceOf } from "./evaluate.ts";

/** Options of {@link mcClt} and {@link mcG}. */
export interface MonteCarloOptions {
  /** > 0; 1e-2 when left out. */
  readonly absoluteTolerance?: number;
  /** Points of the pilot sample, at least 16; 1024 when left out. */
  readonly initialSize?: number;
  /** Most points of the main sample; 2^24 when left out. */
  readonly maximumSize?: number;
  /** Factor > 1 of the standard deviation of the pilot sample; 1.2 when left out. */
  readonly inflate?: number;
  /** Share alpha of integrals outside their confidence intervals; 0.01 when left out. */
  readonly alpha?: number;
  /** Makes the points; independent uniform ones when left out. */
  readonly points?: (dimension: number, key: Key) => Sequence;
}

interface Settings {
  readonly tolerance: number;
  readonly initialSize: number;
  readonly maximumSize: number;
  readonly inflate: number;
  readonly alpha: number;
}

/**
 * Monte Carlo by the central limit theorem: N = ceil((z_(1-alpha/2) inflate sd / tolerance)^2) from the standard deviation of a
 * pilot sample, then N new points.
 * @throws ArgumentError for options outside their ranges
 * Source: A. B. Owen, Monte Carlo Theory, Methods and Examples, 2013, chapter 2.
 */
export function mcClt(options: MonteCarloOptions = {}): base.Criterion {
  return monteCarlo("mcClt", options, [OWEN_MC], (deviation, { tolerance, alpha, inflate }) =>
    Math.ceil(((-normalQuantile(alpha / 2) * inflate * deviation) / tolerance) ** 2),
  );
}

/**
 * Guaranteed Monte Carlo: for integrands whose kurtosis is at most kappa = (n0 - 3) / (n0 - 1) + (a n0 / (1 - a)) (1 - inflate^-2)^2,
 * a = alpha / 2, n0 points in the pilot sample, the error exceeds the tolerance with probability at most alpha: the size is the
 * smaller of Chebyshev's and Berry and Esseen's.
 * @throws ArgumentError for options outside their ranges
 * Source: F. J. Hickernell, L. Jiang, Y. Liu, A. B. Owen, MCQMC 2012.
 */
export function mcG(options: MonteCarloOptions = {}): base.Criterion {
  return monteCarlo("mcG", options, [HICKERNELL_MC], guaranteedSize);
}

function guaranteedSize(deviation: number, { tolerance, alpha, inflate, initialSize }: Settings): number {
  const part = alpha / 2;
  const rest = 1 - (1 - alpha) / (1 - part);
  const kurtosis =
    (initialSize - 3) / (initialSize - 1) + ((part * initialSize) / (1 - part)) * (1 - 1 / (inflate * inflate)) ** 2;
  const third = kurtosis ** 0.75;
  const e = tolerance / (inflate * deviation);
  if (e === Infinity) return 1;
  const chebyshev = Math.ceil(1 / (rest * e * e));
  const holds = (n: number): boolean => {
    const root = Math.sqrt(n);
    const gap = Math.min(0.3328 * (third + 0.429), (18.1139 * third) / (1 + (root * e) ** 3));
    return normalCdf(-root * e) + gap / root <= rest / 2;
  };
  // The least N that holds, by bisection: the left side falls with N.
  let [low, high] = [0, 1];
  while (!holds(high) && high < chebyshev) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return Math.min(chebyshev, high);
}

interface State extends base.CubatureState {
  readonly inner: {
    readonly problem: base.CubatureProblem;
    readonly points: Sequence;
    /** Size of the main sample, once it is known. */
    readonly wanted: number | undefined;
  };
}

function monteCarlo(
  name: string,
  options: MonteCarloOptions,
  citations: readonly Citation[],
  sizeOf: (deviation: number, settings: Settings) => number,
): base.Criterion {
  checkOptions(name, options, ["absoluteTolerance", "initialSize", "maximumSize", "inflate", "alpha", "points"]);
  const { initialSize = 1024, maximumSize = 2 ** 24, inflate = 1.2, alpha = 0.01 } = options;
  const tolerance = options.absoluteTolerance ?? 1e-2;
  checkNumber(name, "absoluteTolerance", tolerance, Number.MIN_VALUE);
  checkInteger(name, "initialSize", initialSize, 16);
  checkInteger(name, "maximumSize", maximumSize, 1);
  checkNumber(name, "inflate", inflate, 1 + 1e-6);
  checkInside(name, "alpha", alpha, 0, 1);
  const make = options.points ?? ((dimension, key) => iidUniform({ dimension, key }));
  const settings = { tolerance, initialSize, maximumSize, inflate, alpha };
  return {
    name,
    citations,
    done: ({ status }) => status !== "running",
    init(problem): State {
      const { integrand, key, combined } = problem;
      if (combined !== undefined) {
        throw new ArgumentError(
          `${name}: combined quantities are not supported (got a combination, expected none). Use cubQmcNet.`,
        );
      }
      const points = make(integrand.dimension, key);
      if (points.dimension !== integrand.dimension || points.replications !== undefined || points.dtype !== "f64") {
        throw new ArgumentError(
          `${name}: the points do not fit (got ${points.name} of dimension ${points.dimension} in ${points.dtype}, expected dimension ` +
            `${integrand.dimension}, f64, no replications).`,
        );
      }
      return { ...base.emptyState(integrand.outputs), inner: { problem, points, wanted: undefined } };
    },
    async step(before) {
      const { inner, ...state } = before as State;
      const { problem, points, wanted } = inner;
      const { integrand } = problem;
      const all = new Array<boolean>(integrand.outputs).fill(true);
      const first = wanted === undefined ? 0 : initialSize;
      const size = wanted === undefined ? initialSize : Math.min(wanted, maximumSize);
      const { columns, failure } = await evaluateRange(integrand, points, first, first + size, all);
      const evaluations = state.evaluations + size;
      if (failure !== undefined) return { ...before, evaluations, status: "non-finite", message: failure };
      const means = columns.map(meanOf);
      const deviations = columns.map((column, k) => Math.sqrt(varianceOf(column, means[k])));
      if (wanted === undefined) {
        const next: State = {
          ...state,
          size,
          evaluations,
          value: means,
          message: "The pilot sample is drawn.",
          inner: { problem, points, wanted: Math.max(...deviations.map((sd) => sizeOf(sd, settings)), 1) },
        };
        return next;
      }
      const enough = wanted <= maximumSize;
      // With too few points the interval is as wide as they allow.
      const width = enough
        ? means.map(() => tolerance)
        : deviations.map((sd) => (-normalQuantile(alpha / 2) * inflate * sd) / Math.sqrt(size));
      const finished = width.map((w) => enough || w <= tolerance);
      const next: State = {
        value: means,
        lower: means.map((mean, k) => mean - width[k]),
        upper: means.map((mean, k) => mean + width[k]),
        finished,
        ...base.statusOf(finished, true, maximumSize),
        size,
        evaluations,
        warnings: state.warnings,
        inner,
      };
      return next;
    },
  };
}
