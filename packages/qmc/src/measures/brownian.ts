/** Brownian motion and geometric Brownian motion at equidistant times. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber, checkPositive } from "../check.ts";
import { normalDensity } from "../special/normal.ts";
import { countPoints } from "./base.ts";
import { normalMeasure, type NormalMeasure } from "./gaussian.ts";
import { bridgePaths, pcaPaths, walkPaths } from "./paths.ts";

/** How a path is made of normal numbers. */
export type PathConstruction = "pca" | "cholesky" | "bridge";

/** Options of {@link brownianMotion}. */
export interface BrownianOptions {
  /** Number d of times t_j = j end / d, j = 1 … d. */
  readonly dimension: number;
  /** Last time, > 0; 1 when left out. */
  readonly end?: number;
  /** Value at time 0; 0 when left out. */
  readonly initial?: number;
  /** 0 when left out. */
  readonly drift?: number;
  /** Variance per time, > 0; 1 when left out. */
  readonly diffusion?: number;
  /**
   * `"pca"` (the default): most variance first, by closed-form eigenvectors and a fast sine transform; `"cholesky"`: step by step;
   * `"bridge"`: the end first, then midpoints. All have the same distribution.
   */
  readonly construction?: PathConstruction;
}

/** A Brownian motion as a measure on R^d. */
export interface BrownianMeasure extends NormalMeasure {
  readonly times: Float64Array;
}

const OPTIONS = ["dimension", "end", "initial", "drift", "diffusion", "construction"];

interface Checked {
  readonly d: number;
  readonly end: number;
  readonly initial: number;
  readonly drift: number;
  readonly diffusion: number;
  readonly construction: PathConstruction;
}

function checked(name: string, options: BrownianOptions, initialDefault: number): Checked {
  checkOptions(name, options, OPTIONS);
  const { end = 1, initial = initialDefault, drift = 0, diffusion = 1, construction = "pca" } = options;
  checkInteger(name, "dimension", options.dimension, 1);
  checkPositive(name, "end", end);
  checkNumber(name, "initial", initial);
  checkNumber(name, "drift", drift);
  checkPositive(name, "diffusion", diffusion);
  checkChoice(name, "construction", construction, ["pca", "cholesky", "bridge"]);
  return { d: options.dimension, end, initial, drift, diffusion, construction };
}

/**
 * Brownian motion with drift at d equidistant times: mean initial + drift t, covariance diffusion min(t_i, t_j).
 *
 * Cost per path: O(d log d) by principal components in high dimensions, O(d) by bridge or step by step.
 * @throws ArgumentError for options outside their ranges and u outside (0, 1)
 */
export function brownianMotion(options: BrownianOptions): BrownianMeasure {
  const name = "brownianMotion";
  const { d, end, initial, drift, diffusion, construction } = checked(name, options, 0);
  const paths = { pca: pcaPaths, cholesky: walkPaths, bridge: bridgePaths }[construction](d, diffusion * (end / d));
  const times = Float64Array.from({ length: d }, (_, j) => ((j + 1) * end) / d);
  const step = Math.sqrt((diffusion * end) / d);
  const measure = normalMeasure(
    name,
    d,
    (z) => {
      countPoints(name, z, d);
      const out = paths(z);
      for (let i = 0; i < out.length; i++) out[i] += initial + drift * times[i % d];
      return out;
    },
    (x) => {
      const n = countPoints(name, x, d);
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let product = 1;
        for (let j = 0; j < d; j++) {
          const before = j === 0 ? initial : x[i * d + j - 1];
          product *= normalDensity((x[i * d + j] - before - (drift * end) / d) / step) / step;
        }
        out[i] = product;
      }
      return out;
    },
  );
  return { ...measure, times };
}

/**
 * Geometric Brownian motion: initial exp((drift - diffusion / 2) t + W(t)), W with covariance diffusion min(t_i, t_j).
 * `initial` is 1 when left out.
 * @throws ArgumentError as {@link brownianMotion}, and for initial <= 0
 */
export function geometricBrownianMotion(options: BrownianOptions): BrownianMeasure {
  const name = "geometricBrownianMotion";
  const { d, end, initial, drift, diffusion, construction } = checked(name, options, 1);
  checkPositive(name, "initial", initial);
  const inner = brownianMotion({ dimension: d, end, drift: drift - diffusion / 2, diffusion, construction });
  const measure = normalMeasure(
    name,
    d,
    (z) => {
      countPoints(name, z, d);
      return inner.fromNormal(z).map((w) => initial * Math.exp(w));
    },
    (x) => {
      const n = countPoints(name, x, d);
      const logs = Float64Array.from(x, (value) => Math.log(value / initial));
      const out = inner.density(logs);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < d; j++) out[i] = x[i * d + j] > 0 ? out[i] / x[i * d + j] : 0;
      }
      return out;
    },
  );
  return { ...measure, times: inner.times };
}
