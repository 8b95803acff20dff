/** Linear-phase filters whose coefficients are integers over a power of two. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkCount, checkPositive } from "../check.ts";
import type { DiscreteOptions, DiscreteProblem, DiscreteResult } from "./base.ts";
import { pointAt } from "./point.ts";
import { instanceOf, nearestLevels, valuesOf } from "./problem.ts";
import { relax } from "./relaxation.ts";
import { solveDiscrete } from "./solve.ts";

/** What passes. */
export type FirType = "lowpass" | "highpass" | "bandpass" | "bandstop";

/** What a filter must do. Frequencies are multiples of the Nyquist frequency. */
export interface FirSpecification {
  /** Even; the filter has one tap more. */
  readonly order: number;
  /** Coefficients are `k / 2^(bits - 1)` with `-2^(bits - 1) <= k < 2^(bits - 1)`. From 2 to 24. */
  readonly bits: number;
  readonly type: FirType;
  /**
   * Where bands end and begin, increasing in (0, 1): two for a low pass or high pass, four for a band pass or band stop. Nothing
   * is demanded between the first and the second, and between the third and the fourth.
   */
  readonly edges: readonly number[];
  /** Frequencies at which the response is checked, per tap spacing: `density * order` in all; 16 when left out. */
  readonly density?: number;
  /** Weight of deviations in bands that pass; 1 when left out. */
  readonly passWeight?: number;
  /** Weight of deviations in bands that stop; 1 when left out. */
  readonly stopWeight?: number;
}

/** Frequencies, and what the amplitude should be there. */
export interface FirGrid {
  readonly frequencies: Float64Array;
  readonly desired: Float64Array;
  /** Number of the band of every frequency. */
  readonly bands: Int32Array;
}

/** A filter with what it does. */
export interface FirDesign {
  /** The impulse response, `order + 1` numbers, symmetric. */
  readonly coefficients: Float64Array;
  /** The largest weighted deviation of the amplitude. */
  readonly ripple: number;
  /** The amplitude on a grid: `A(w) = h(M) + 2 sum_{n < M} h(n) cos((M - n) w)` with `M = order / 2`. */
  readonly response: FirGrid & { readonly amplitude: Float64Array };
  /** The best filter with real coefficients: its ripple is a lower bound. */
  readonly continuous: { readonly coefficients: Float64Array; readonly ripple: number };
  /** The same rounded to the nearest coefficients. */
  readonly rounded: { readonly coefficients: Float64Array; readonly ripple: number };
  /** How the search went. */
  readonly search: DiscreteResult;
}

/** Bands of every type from left to right: whether they pass. */
const BANDS: Readonly<Record<FirType, readonly boolean[]>> = {
  lowpass: [true, false],
  highpass: [false, true],
  bandpass: [false, true, false],
  bandstop: [true, false, true],
};

/**
 * Frequencies at which a filter is checked: `density * order` of them, shared out over the bands in proportion to their widths,
 * in every band equally spaced with both ends.
 * @throws ArgumentError naming the field
 */
export function firGrid(specification: FirSpecification): FirGrid {
  const { order, type, edges, density } = checked("firGrid", specification);
  const passes = BANDS[type];
  const ends = [0, ...edges, 1];
  const widths = passes.map((_, i) => ends[2 * i + 1] - ends[2 * i]);
  const total = widths.reduce((a, b) => a + b, 0);
  const points = density * order;
  const counts = widths.map((w) => Math.floor((points * w) / total));
  counts[counts.length - 1] = points - counts.slice(0, -1).reduce((a, b) => a + b, 0);
  const rows = passes.flatMap((pass, band) =>
    Array.from({ length: counts[band] }, (_, i) => {
      const share = counts[band] > 1 ? i / (counts[band] - 1) : 0;
      return { frequency: ends[2 * band] + widths[band] * share, desired: pass ? 1 : 0, band };
    }),
  );
  return {
    frequencies: Float64Array.from(rows, ({ frequency }) => frequency),
    desired: Float64Array.from(rows, ({ desired }) => desired),
    bands: Int32Array.from(rows, ({ band }) => band),
  };
}

/**
 * The design as a discrete problem: variables are the first half of the impulse response, h(0) ... h(M), and rows ask for the
 * amplitude at the frequencies of {@link firGrid}.
 * @throws ArgumentError naming the field
 */
export function firProblem(specification: FirSpecification): DiscreteProblem {
  const { order, bits, type, passWeight, stopWeight } = checked("firProblem", specification);
  const { frequencies, desired, bands } = firGrid(specification);
  const scale = 2 ** (bits - 1);
  return {
    matrix: Array.from(frequencies, (f) => amplitudeRow(order / 2, f)),
    target: desired,
    weights: Float64Array.from(bands, (band) => (BANDS[type][band] ? passWeight : stopWeight)),
    levels: Float64Array.from({ length: 2 * scale }, (_, i) => (i - scale) / scale),
  };
}

/**
 * The amplitude of a symmetric impulse response of odd length at frequencies (multiples of the Nyquist frequency). The response
 * of the filter is this times a delay of half its order.
 * @throws ArgumentError unless the length is odd and the response symmetric
 */
export function firAmplitude(coefficients: ArrayLike<number>, frequencies: ArrayLike<number>): Float64Array {
  const middle = (coefficients.length - 1) / 2;
  if (!Number.isInteger(middle)) {
    throw new ArgumentError(`firAmplitude: the number of coefficients must be odd (got ${coefficients.length}).`);
  }
  for (let i = 0; i < middle; i++) {
    if (coefficients[i] !== coefficients[coefficients.length - 1 - i]) {
      throw new ArgumentError(
        `firAmplitude: the coefficients are not symmetric (got ${coefficients[i]} and ${coefficients[coefficients.length - 1 - i]} at ${i} from the ends).`,
      );
    }
  }
  return Float64Array.from(frequencies, (f) =>
    amplitudeRow(middle, f).reduce((sum, v, n) => sum + v * coefficients[n], 0),
  );
}

/**
 * Designs a linear-phase filter with coefficients of few bits: the smallest largest deviation from the desired amplitude that
 * the search finds, beside the best real filter and its rounding. All options of {@link solveDiscrete} apply; the start is the
 * rounded real filter when none is given.
 *
 * Cost: that of a search with `order / 2 + 1` variables and `density * order` rows.
 * @throws ArgumentError naming the field
 * @example
 * const { coefficients, ripple } = await designFir({ order: 24, bits: 8, type: "lowpass", edges: [0.3, 0.4] });
 */
export async function designFir(specification: FirSpecification, options: DiscreteOptions = {}): Promise<FirDesign> {
  const name = "designFir";
  checked(name, specification);
  const problem = firProblem(specification);
  const instance = await instanceOf(name, problem);
  const { value, bound } = relax(instance);
  const nearest = nearestLevels(instance, value);
  const start = valuesOf(instance, nearest);
  const search = await solveDiscrete(problem, { start, ...options });
  const coefficients = mirrored(search.value);
  const grid = firGrid(specification);
  return {
    coefficients,
    ripple: search.objective,
    response: { ...grid, amplitude: firAmplitude(coefficients, grid.frequencies) },
    continuous: { coefficients: mirrored(value), ripple: bound },
    rounded: { coefficients: mirrored(start), ripple: pointAt(instance, nearest).objective },
    search,
  };
}

/** Coefficients of h(0) ... h(M) in the amplitude at a frequency. */
function amplitudeRow(middle: number, frequency: number): Float64Array {
  return Float64Array.from({ length: middle + 1 }, (_, n) =>
    n === middle ? 1 : 2 * Math.cos((middle - n) * Math.PI * frequency),
  );
}

function mirrored(half: Float64Array): Float64Array {
  return Float64Array.from([...half, ...half.slice(0, -1).reverse()]);
}

function checked(name: string, specification: FirSpecification): Required<FirSpecification> {
  checkOptions(name, specification, ["order", "bits", "type", "edges", "density", "passWeight", "stopWeight"]);
  const { order, bits, type, edges, density = 16, passWeight = 1, stopWeight = 1 } = specification;
  checkCount(name, "order", order, 2);
  if (order % 2 !== 0) throw new ArgumentError(`${name}: order must be even (got ${order}).`);
  checkCount(name, "bits", bits, 2);
  if (bits > 24) throw new ArgumentError(`${name}: bits is out of range (got ${bits}, expected at most 24).`);
  if (!Object.hasOwn(BANDS, type)) {
    throw new ArgumentError(`${name}: unknown type (got ${String(type)}, expected ${Object.keys(BANDS).join(", ")}).`);
  }
  const count = 2 * (BANDS[type].length - 1);
  const sorted = edges.every((e, i) => e > (i === 0 ? 0 : edges[i - 1]) && e < 1);
  if (edges.length !== count || !sorted) {
    throw new ArgumentError(
      `${name}: edges do not fit (got [${edges.join(", ")}], expected ${count} increasing numbers between 0 and 1).`,
    );
  }
  checkCount(name, "density", density);
  checkPositive(name, "passWeight", passWeight);
  checkPositive(name, "stopWeight", stopWeight);
  return { order, bits, type, edges, density, passWeight, stopWeight };
}
