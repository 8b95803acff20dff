/** Adaptive cubature with error bounds from coefficients: digital nets and lattices. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger, checkPowerOfTwo } from "../check.ts";
import { HICKERNELL_LATTICE, HICKERNELL_NET, type Citation } from "../citation.ts";
import type { Integrand } from "../integrands/base.ts";
import { periodize, type PeriodizationName } from "../measures/periodize.ts";
import { lattice, type Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";
import { sobol } from "../sequences/net/sobol.ts";
import { doubleSpectrum, type Spectrum } from "../transforms/doubling.ts";
import { forward } from "../kernels/gram.ts";
import * as base from "./base.ts";
import { afterDoubling, combinationOf, noBounds, requireLinearPoints, type OutputBounds } from "./doubling.ts";
import { blockSum, coefficientSizes, narrowCone, reorder, violatesCone, type ConeBounds } from "./cone.ts";
import { fitControls, subtractControls } from "./controlVariates.ts";
import { evaluateRange } from "./evaluate.ts";

/** Functions with known integrals that are fitted to the integrand. */
export interface ControlVariates {
  readonly integrand: Integrand;
  /** Their integrals, one for each output. */
  readonly means: readonly number[];
}

/** Options of {@link cubQmcNet} and {@link cubQmcLattice}. */
export interface CubQmcOptions extends base.ToleranceOptions {
  /** Points at the start, a power of two >= 2^8; 2^10 when left out. */
  readonly initialSize?: number;
  /** Most points, a power of two; 2^22 (nets) or 2^20 (lattices) when left out. Memory: 16 to 28 bytes a point and output. */
  readonly maximumSize?: number;
  /** Inflation of the sum of coefficients at 2^m points; 5 * 2^-m when left out. */
  readonly fudge?: (m: number) => number;
  /** Whether sums of coefficients are checked against the cone condition; gives warnings. False when left out. */
  readonly checkCone?: boolean;
  readonly controlVariates?: ControlVariates;
}

/** Options of {@link cubQmcNet}. */
export interface CubQmcNetOptions extends CubQmcOptions {
  /** Makes the net for a dimension; scrambled Sobol' points (matrices and shift) in the middle of their cells when left out. */
  readonly points?: (dimension: number, key: Key) => DigitalNet;
}

/** Options of {@link cubQmcLattice}. */
export interface CubQmcLatticeOptions extends CubQmcOptions {
  /** Makes the lattice for a dimension; a shifted one when left out. */
  readonly points?: (dimension: number, key: Key) => Lattice;
  /** Periodising transform, or `"none"`; `"baker"` when left out. */
  readonly periodization?: PeriodizationName | "none";
}

const OPTIONS = [
  ...base.TOLERANCE_OPTIONS,
  "initialSize",
  "maximumSize",
  "fudge",
  "checkCone",
  "controlVariates",
  "points",
];

/** Levels between the coefficients that are summed and the error they stand for. */
const LAG = 4;

/**
 * Doubles the points of a digital net until bounds from Walsh coefficients meet the tolerance.
 *
 * With y the ordered coefficients of 2^m points, the bound is fudge(m) sum |y_k| over 2^(m-5) <= k < 2^(m-4). It holds for
 * integrands in a cone (coefficients that decay steadily) and is a heuristic for others. Several outputs: finished ones are not
 * evaluated again.
 * @throws ArgumentError for options outside their ranges
 * Source: F. J. Hickernell, L. A. Jiménez Rugama, MCQMC 2014.
 */
export function cubQmcNet(options: CubQmcNetOptions = {}): base.Criterion {
  const name = "cubQmcNet";
  checkOptions(name, options, OPTIONS);
  const make = options.points ?? ((dimension, key) => sobol({ dimension, key, cell: "centre" }));
  return cubQmc(name, options, make, undefined, 2 ** 22, [HICKERNELL_NET]);
}

/**
 * Doubles the points of a lattice until bounds from Fourier coefficients meet the tolerance; see {@link cubQmcNet}.
 * The integrand is made periodic first.
 * @throws ArgumentError for options outside their ranges
 * Source: L. A. Jiménez Rugama, F. J. Hickernell, MCQMC 2014.
 */
export function cubQmcLattice(options: CubQmcLatticeOptions = {}): base.Criterion {
  const name = "cubQmcLattice";
  checkOptions(name, options, [...OPTIONS, "periodization"]);
  const make = options.points ?? ((dimension, key) => lattice({ dimension, key }));
  const { periodization = "baker" } = options;
  return cubQmc(name, options, make, periodizer(periodization), 2 ** 20, [HICKERNELL_LATTICE]);
}

/** Ends of what transforms give. */
const [LEAST, MOST] = [2 ** -54, 1 - 2 ** -53];

/** Maps points in place into the open cube and gives the weight of each. */
export function periodizer(
  name: PeriodizationName | "none",
): ((dimension: number) => (u: Float64Array) => Float64Array | undefined) | undefined {
  if (name === "none") return undefined;
  const { psi, weight } = periodize(name);
  return (dimension) => (u) => {
    const weights = new Float64Array(u.length / dimension).fill(1);
    for (let k = 0; k < u.length; k++) {
      weights[Math.floor(k / dimension)] *= weight(u[k]);
      // Rounding may reach the ends, where measures on the whole line have no numbers.
      u[k] = Math.min(Math.max(psi(u[k]), LEAST), MOST);
    }
    return weights;
  };
}

interface State extends base.CubatureState {
  readonly inner: OutputBounds & {
    readonly problem: base.CubatureProblem;
    readonly points: DigitalNet | Lattice;
    /** Coefficients of each output, then of each control variate; finished outputs stay behind. */
    readonly spectra: readonly (Spectrum | undefined)[];
    readonly orders: readonly (Int32Array | undefined)[];
    readonly cones: readonly (ConeBounds | undefined)[];
  };
}

function cubQmc(
  name: string,
  options: CubQmcOptions,
  make: (dimension: number, key: Key) => DigitalNet | Lattice,
  periodic: ((dimension: number) => (u: Float64Array) => Float64Array | undefined) | undefined,
  most: number,
  citations: readonly Citation[],
): base.Criterion {
  const tolerance = base.toleranceOf(name, options);
  const { initialSize = 2 ** 10, maximumSize = most, fudge = (m) => 5 * 2 ** -m, checkCone = false } = options;
  checkPowerOfTwo(name, "initialSize", initialSize);
  checkPowerOfTwo(name, "maximumSize", maximumSize);
  checkInteger(name, "initialSize", initialSize, 2 ** 8, maximumSize);
  const controls = options.controlVariates;
  if (controls !== undefined && controls.means.length !== controls.integrand.outputs) {
    throw new ArgumentError(
      `${name}: the control variates need their integrals (got ${controls.means.length}, expected ${controls.integrand.outputs}).`,
    );
  }

  return {
    name,
    citations,
    done: ({ status }) => status !== "running",
    init(problem): State {
      const { integrand, key } = problem;
      const points = make(integrand.dimension, key);
      requireLinearPoints(name, points, integrand);
      if (controls !== undefined && controls.integrand.dimension !== integrand.dimension) {
        throw new ArgumentError(
          `${name}: the control variates have another dimension (got ${controls.integrand.dimension}, expected ${integrand.dimension}).`,
        );
      }
      const { outputs } = integrand;
      return {
        ...base.emptyState(combinationOf(problem).outputs),
        inner: {
          problem,
          points,
          spectra: [],
          orders: [],
          cones: [],
          ...noBounds(outputs),
        },
      };
    },
    async step(before) {
      const { inner, ...state } = before as State;
      const { problem, points, active } = inner;
      const { integrand } = problem;
      const { outputs } = integrand;
      const size = state.size === 0 ? initialSize : 2 * state.size;
      const kind = points.kind === "net" ? "digital" : "shift";
      const map = periodic?.(integrand.dimension);
      const main = await evaluateRange(integrand, points, state.size, size, active, map);
      const extra =
        controls === undefined
          ? { columns: [], failure: undefined }
          : await evaluateRange(
              controls.integrand,
              points,
              state.size,
              size,
              controls.means.map(() => true),
              map,
            );
      const evaluations = state.evaluations + size - state.size;
      const failure = main.failure ?? extra.failure;
      if (failure !== undefined) return { ...before, evaluations, status: "non-finite", message: failure };

      const spectra = [...main.columns, ...extra.columns].map((column, k) => {
        if (k < outputs && !active[k]) return undefined;
        const unitary = scaled(forward(kind, column));
        const known = inner.spectra[k];
        // Coefficients are means: a doubling of unitary transforms by sqrt 2 and of means by 1 / 2.
        return known === undefined ? unitary : scaledBy(doubleSpectrum(known, unitary), Math.SQRT1_2);
      });
      const m = Math.round(Math.log2(size));
      const variates = spectra.slice(outputs) as Spectrum[];
      const [low, high] = [inner.low.slice(), inner.high.slice()];
      const warnings = [...state.warnings];
      const cones = [...inner.cones];
      const orders = Array.from({ length: outputs }, (_, k) => {
        let y = spectra[k];
        if (y === undefined) return inner.orders[k];
        let order = reorder(coefficientSizes(y), inner.orders[k], LAG);
        let mean = y.re[0];
        if (controls !== undefined) {
          const b = fitControls(y, variates, order, 2 ** (m - LAG - 1));
          y = subtractControls(y, variates, b);
          mean = y.re[0];
          controls.means.forEach((known, j) => (mean += b[j] * known));
          order = reorder(coefficientSizes(y), inner.orders[k], LAG);
        }
        const ordered = { sizes: coefficientSizes(y), order };
        const bound = fudge(m) * blockSum(ordered, m - LAG);
        low[k] = mean - bound;
        high[k] = mean + bound;
        if (checkCone) {
          const bounds = narrowCone(cones[k], ordered, LAG, Math.round(Math.log2(initialSize)), fudge);
          cones[k] = bounds;
          if (violatesCone(bounds)) {
            warnings.push(
              `Output ${k} at ${size} points: the coefficients contradict the cone condition; the error bound may fail.`,
            );
          }
        }
        return order;
      });
      const { state: after, bounds } = afterDoubling(problem, tolerance, {
        size,
        most: Math.min(maximumSize, points.limit),
        evaluations,
        warnings,
        low,
        high,
      });
      const next: State = { ...after, inner: { problem, points, spectra, orders, cones, ...bounds } };
      return next;
    },
  };
}

function scaled(spectrum: Spectrum): Spectrum {
  return scaledBy(spectrum, 1 / Math.sqrt(spectrum.re.length));
}

function scaledBy({ re, im }: Spectrum, s: number): Spectrum {
  return { re: re.map((x) => s * x), im: im?.map((x) => s * x) };
}
