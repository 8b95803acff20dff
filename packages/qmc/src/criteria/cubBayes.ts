/** Adaptive Bayesian cubature on lattices and nets. */
import { checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger, checkInside, checkPowerOfTwo } from "../check.ts";
import { JAGADEESWARAN, type Citation } from "../citation.ts";
import { forward } from "../kernels/gram.ts";
import { minimiseOnInterval } from "../math/minimise.ts";
import type { PeriodizationName } from "../measures/periodize.ts";
import { lattice, type Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";
import { sobol } from "../sequences/net/sobol.ts";
import { normalQuantile } from "../special/normal.ts";
import { studentQuantile } from "../special/studentT.ts";
import * as base from "./base.ts";
import { afterDoubling, combinationOf, noBounds, requireLinearPoints, type OutputBounds } from "./doubling.ts";
import { bayesColumn, bayesFit, bayesKernel, type BayesRule } from "./bayes.ts";
import { periodizer } from "./cubQmc.ts";
import { evaluateRange } from "./evaluate.ts";

/** Options of {@link cubBayesNet} and {@link cubBayesLattice}. */
export interface CubBayesOptions extends base.ToleranceOptions {
  /** Points at the start, a power of two >= 2^4; 2^8 when left out. */
  readonly initialSize?: number;
  /** Most points, a power of two; 2^20 when left out. */
  readonly maximumSize?: number;
  /**
   * How the scale is treated: maximum likelihood (`"mle"`, the default), integrated out (`"full"`), or by generalised
   * cross-validation (`"gcv"`).
   */
  readonly rule?: BayesRule;
  /** Share alpha of integrals outside their credible intervals, in (0, 1); 0.01 when left out. */
  readonly alpha?: number;
}

/** Options of {@link cubBayesNet}. */
export interface CubBayesNetOptions extends CubBayesOptions {
  /** Makes the net for a dimension; scrambled Sobol' points in the middle of their cells when left out. */
  readonly points?: (dimension: number, key: Key) => DigitalNet;
}

/** Options of {@link cubBayesLattice}. */
export interface CubBayesLatticeOptions extends CubBayesOptions {
  /** Makes the lattice for a dimension; a shifted one when left out. */
  readonly points?: (dimension: number, key: Key) => Lattice;
  /** Periodising transform, or `"none"`; `"c1sin"` when left out. */
  readonly periodization?: PeriodizationName | "none";
  /** Smoothness r of the kernel B_2r, 1 or 2; 2 when left out. */
  readonly order?: 1 | 2;
}

const OPTIONS = [...base.TOLERANCE_OPTIONS, "initialSize", "maximumSize", "rule", "alpha", "points"];

/**
 * Doubles the points of a digital net until the credible interval of a Gaussian process with a digitally shift-invariant kernel
 * meets the tolerance. The shape parameter is chosen anew at every size, in [e^-5, 1].
 *
 * The mean keeps its sign; QMCPy 2.x returns its absolute value.
 * @throws ArgumentError for options outside their ranges
 * Source: R. Jagadeeswaran, F. J. Hickernell, SN Comput. Sci. 3 (2022).
 */
export function cubBayesNet(options: CubBayesNetOptions = {}): base.Criterion {
  checkOptions("cubBayesNet", options, OPTIONS);
  const make = options.points ?? ((dimension, key) => sobol({ dimension, key, cell: "centre" }));
  return cubBayes("cubBayesNet", options, make, undefined, 1, [JAGADEESWARAN]);
}

/**
 * Doubles the points of a lattice until the credible interval of a Gaussian process with a shift-invariant kernel meets the
 * tolerance; see {@link cubBayesNet}. The integrand is made periodic first.
 * @throws ArgumentError for options outside their ranges
 * Source: R. Jagadeeswaran, F. J. Hickernell, Stat. Comput. 29 (2019).
 */
export function cubBayesLattice(options: CubBayesLatticeOptions = {}): base.Criterion {
  const name = "cubBayesLattice";
  checkOptions(name, options, [...OPTIONS, "periodization", "order"]);
  const { order = 2, periodization = "c1sin" } = options;
  checkInteger(name, "order", order, 1, 2);
  const make = options.points ?? ((dimension, key) => lattice({ dimension, key }));
  return cubBayes(name, options, make, periodizer(periodization), order, [JAGADEESWARAN]);
}

interface State extends base.CubatureState {
  readonly inner: OutputBounds & {
    readonly problem: base.CubatureProblem;
    readonly points: DigitalNet | Lattice;
    readonly values: readonly Float64Array[];
  };
}

function cubBayes(
  name: string,
  options: CubBayesOptions,
  make: (dimension: number, key: Key) => DigitalNet | Lattice,
  periodic: ((dimension: number) => (u: Float64Array) => Float64Array | undefined) | undefined,
  order: number,
  citations: readonly Citation[],
): base.Criterion {
  const tolerance = base.toleranceOf(name, options);
  const { initialSize = 2 ** 8, maximumSize = 2 ** 20, rule = "mle", alpha = 0.01 } = options;
  checkPowerOfTwo(name, "initialSize", initialSize);
  checkPowerOfTwo(name, "maximumSize", maximumSize);
  checkInteger(name, "initialSize", initialSize, 2 ** 4, maximumSize);
  checkChoice(name, "rule", rule, ["mle", "full", "gcv"]);
  checkInside(name, "alpha", alpha, 0, 1);
  return {
    name,
    citations,
    done: ({ status }) => status !== "running",
    init(problem): State {
      const { integrand, key } = problem;
      const points = make(integrand.dimension, key);
      requireLinearPoints(name, points, integrand);
      const { outputs } = integrand;
      return {
        ...base.emptyState(combinationOf(problem).outputs),
        inner: {
          problem,
          points,
          values: Array.from({ length: outputs }, () => new Float64Array(0)),
          ...noBounds(outputs),
        },
      };
    },
    async step(before) {
      const { inner, ...state } = before as State;
      const { problem, points, active } = inner;
      const { integrand } = problem;
      const size = state.size === 0 ? initialSize : 2 * state.size;
      const kind = points.kind === "net" ? "digital" : "shift";
      const { columns, failure } = await evaluateRange(
        integrand,
        points,
        state.size,
        size,
        active,
        periodic?.(integrand.dimension),
      );
      const evaluations = state.evaluations + size - state.size;
      if (failure !== undefined) return { ...before, evaluations, status: "non-finite", message: failure };
      const kernel = bayesKernel(points, size, order);
      const quantile = rule === "full" ? -studentQuantile(alpha / 2, size - 1) : -normalQuantile(alpha / 2);
      const [low, high] = [inner.low.slice(), inner.high.slice()];
      const values = inner.values.map((old, k) => {
        if (!active[k]) return old;
        const all = new Float64Array(size);
        all.set(old);
        all.set(columns[k], state.size);
        const root = Math.sqrt(size);
        const { re, im } = forward(kind, all);
        const y = { re: re.map((x) => root * x), im: im?.map((x) => root * x) };
        const mean = y.re[0] / size;
        const constant = y.re.every((x, i) => i === 0 || (x === 0 && (y.im === undefined || y.im[i] === 0)));
        let width = 0;
        if (!constant) {
          const fit = (logTheta: number): ReturnType<typeof bayesFit> =>
            bayesFit(kind, bayesColumn(kernel, integrand.dimension, Math.exp(logTheta)), y, rule);
          width = quantile * fit(minimiseOnInterval((t) => fit(t).loss, -5, 0, 1e-2)).width;
        }
        low[k] = mean - width;
        high[k] = mean + width;
        return all;
      });
      const { state: after, bounds } = afterDoubling(problem, tolerance, {
        size,
        most: Math.min(maximumSize, points.limit),
        evaluations,
        warnings: state.warnings,
        low,
        high,
      });
      const next: State = { ...after, inner: { problem, points, values, ...bounds } };
      return next;
    },
  };
}
