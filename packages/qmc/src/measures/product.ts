/** Measures with independent coordinates. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { normalDensity, normalQuantile } from "../special/normal.ts";
import { studentDensity, studentQuantile } from "../special/studentT.ts";
import { productMeasure, spread, type Marginal, type Measure } from "./base.ts";

/** A number for all coordinates, or one for each. */
export type PerCoordinate = number | ArrayLike<number>;

function requireAll(name: string, what: string, holds: boolean, expected: string): void {
  if (!holds) throw new ArgumentError(`${name}: ${what} is out of range (expected ${expected}).`);
}

/** Options of {@link uniformMeasure}. */
export interface UniformMeasureOptions {
  readonly dimension?: number;
  readonly lower?: PerCoordinate;
  readonly upper?: PerCoordinate;
}

/**
 * The uniform distribution on a box, [0, 1]^d unless told otherwise: x = a + (b - a) u.
 * @throws ArgumentError for an unknown option or parameters out of range
 */
export function uniformMeasure(options: UniformMeasureOptions): Measure {
  const name = "uniformMeasure";
  checkOptions(name, options, ["dimension", "lower", "upper"]);
  const { values } = spread(name, options.dimension, { lower: options.lower ?? 0, upper: options.upper ?? 1 });
  const { lower, upper } = values;
  requireAll(
    name,
    "upper",
    lower.every((a, j) => a < upper[j]),
    "lower < upper",
  );
  return productMeasure(
    name,
    Array.from(lower, (a, j) => {
      const width = upper[j] - a;
      return { quantile: (u) => a + width * u, density: (x) => (x >= a && x <= upper[j] ? 1 / width : 0) };
    }),
    false,
  );
}

/** Options of {@link kumaraswamy}. */
export interface KumaraswamyOptions {
  readonly dimension?: number;
  readonly a: PerCoordinate;
  readonly b: PerCoordinate;
}

/**
 * Kumaraswamy's distribution on [0, 1]: x = (1 - (1 - u)^(1/b))^(1/a), a, b > 0.
 * @throws ArgumentError for an unknown option or parameters out of range
 */
export function kumaraswamy(options: KumaraswamyOptions): Measure {
  const name = "kumaraswamy";
  checkOptions(name, options, ["dimension", "a", "b"]);
  const { values } = spread(name, options.dimension, { a: options.a, b: options.b });
  requireAll(
    name,
    "a or b",
    [...values.a, ...values.b].every((x) => x > 0),
    "numbers > 0",
  );
  return productMeasure(
    name,
    Array.from(values.a, (a, j) => {
      const b = values.b[j];
      return {
        // 1 - (1 - u)^(1/b), without cancellation for small u.
        quantile: (u) => (-Math.expm1(Math.log1p(-u) / b)) ** (1 / a),
        density: (x) => (x >= 0 && x <= 1 ? a * b * x ** (a - 1) * (1 - x ** a) ** (b - 1) : 0),
      };
    }),
    false,
  );
}

/** Options of {@link continuousBernoulli}. */
export interface ContinuousBernoulliOptions {
  readonly dimension?: number;
  /** In (0, 1). */
  readonly lambda: PerCoordinate;
}

/**
 * The continuous Bernoulli distribution on [0, 1] with density C lambda^x (1 - lambda)^(1-x).
 * Source: G. Loaiza-Ganem, J. P. Cunningham, NeurIPS 2019.
 * @throws ArgumentError for an unknown option or parameters out of range
 */
export function continuousBernoulli(options: ContinuousBernoulliOptions): Measure {
  const name = "continuousBernoulli";
  checkOptions(name, options, ["dimension", "lambda"]);
  const { values } = spread(name, options.dimension, { lambda: options.lambda });
  requireAll(
    name,
    "lambda",
    values.lambda.every((x) => x > 0 && x < 1),
    "numbers above 0 and below 1",
  );
  return productMeasure(
    name,
    Array.from(values.lambda, (lambda): Marginal => {
      const inside = (x: number): boolean => x >= 0 && x <= 1;
      if (lambda === 0.5) return { quantile: (u) => u, density: (x) => (inside(x) ? 1 : 0) };
      // With r = log(lambda / (1 - lambda)): density r e^(r x) / (e^r - 1), which is stable near lambda = 1/2.
      const r = Math.log(lambda) - Math.log1p(-lambda);
      const total = Math.expm1(r);
      return {
        quantile: (u) => Math.log1p(u * total) / r,
        density: (x) => (inside(x) ? (r * Math.exp(r * x)) / total : 0),
      };
    }),
    false,
  );
}

/** Options of {@link johnsonSU}. */
export interface JohnsonSUOptions {
  readonly dimension?: number;
  readonly gamma: PerCoordinate;
  readonly xi: PerCoordinate;
  /** > 0 */
  readonly delta: PerCoordinate;
  /** > 0 */
  readonly lambda: PerCoordinate;
}

/**
 * Johnson's SU distribution: x = xi + lambda sinh((z - gamma) / delta) with z standard normal.
 * @throws ArgumentError for an unknown option or parameters out of range
 */
export function johnsonSU(options: JohnsonSUOptions): Measure {
  const name = "johnsonSU";
  checkOptions(name, options, ["dimension", "gamma", "xi", "delta", "lambda"]);
  const { gamma, xi, delta, lambda } = options;
  const { values } = spread(name, options.dimension, { gamma, xi, delta, lambda });
  requireAll(
    name,
    "delta or lambda",
    [...values.delta, ...values.lambda].every((x) => x > 0),
    "numbers > 0",
  );
  return productMeasure(
    name,
    Array.from(values.gamma, (g, j) => {
      const [x0, d, l] = [values.xi[j], values.delta[j], values.lambda[j]];
      return {
        quantile: (u) => x0 + l * Math.sinh((normalQuantile(u) - g) / d),
        density(x) {
          const y = (x - x0) / l;
          return (d / (l * Math.hypot(1, y))) * normalDensity(g + d * Math.asinh(y));
        },
      };
    }),
    true,
  );
}

/** Options of {@link studentT}. */
export interface StudentTOptions {
  readonly dimension?: number;
  /** Degrees of freedom, > 0. */
  readonly degrees: PerCoordinate;
  readonly location?: PerCoordinate;
  /** > 0 */
  readonly scale?: PerCoordinate;
}

/**
 * Student's t distribution, moved and scaled. The quantile is found to about 1e-13 by Newton steps.
 * @throws ArgumentError for an unknown option or parameters out of range
 */
export function studentT(options: StudentTOptions): Measure {
  const name = "studentT";
  checkOptions(name, options, ["dimension", "degrees", "location", "scale"]);
  const { degrees, location = 0, scale = 1 } = options;
  const { values } = spread(name, options.dimension, { degrees, location, scale });
  requireAll(
    name,
    "degrees or scale",
    [...values.degrees, ...values.scale].every((x) => x > 0),
    "numbers > 0",
  );
  return productMeasure(
    name,
    Array.from(values.degrees, (nu, j) => {
      const [m, s] = [values.location[j], values.scale[j]];
      return {
        quantile: (u) => m + s * studentQuantile(u, nu),
        density: (x) => studentDensity((x - m) / s, nu) / s,
      };
    }),
    true,
  );
}

/** Options of {@link triangular}. */
export interface TriangularOptions {
  readonly dimension?: number;
  readonly lower?: PerCoordinate;
  /** Where the density is largest. */
  readonly mode: PerCoordinate;
  readonly upper?: PerCoordinate;
}

/**
 * The triangular distribution on [lower, upper], [0, 1] unless told otherwise.
 * @throws ArgumentError for mode out of range or an unknown option
 */
export function triangular(options: TriangularOptions): Measure {
  const name = "triangular";
  checkOptions(name, options, ["dimension", "lower", "mode", "upper"]);
  const { lower = 0, mode, upper = 1 } = options;
  const { values } = spread(name, options.dimension, { lower, mode, upper });
  const fits = Array.from(values.mode).every(
    (c, j) => values.lower[j] <= c && c <= values.upper[j] && values.lower[j] < values.upper[j],
  );
  requireAll(name, "mode", fits, "lower <= mode <= upper and lower < upper");
  return productMeasure(
    name,
    Array.from(values.mode, (c, j) => {
      const [a, b] = [values.lower[j], values.upper[j]];
      const [width, left, right] = [b - a, c - a, b - c];
      return {
        quantile: (u) => (u < left / width ? a + Math.sqrt(u * width * left) : b - Math.sqrt((1 - u) * width * right)),
        density(x) {
          if (x < a || x > b) return 0;
          if (x === c) return 2 / width;
          return x < c ? (2 * (x - a)) / (width * left) : (2 * (b - x)) / (width * right);
        },
      };
    }),
    false,
  );
}

/** Options of {@link inverseCdf}. */
export interface InverseCdfOptions {
  /** Quantile function and density of each coordinate. */
  readonly marginals: readonly Marginal[];
  /** Whether the quantile is infinite at 0 or 1; true when left out. */
  readonly open?: boolean;
}

/**
 * The product measure of given quantile functions.
 * @throws ArgumentError for an unknown option, or when a marginal is not whole
 */
export function inverseCdf(options: InverseCdfOptions): Measure {
  const name = "inverseCdf";
  checkOptions(name, options, ["marginals", "open"]);
  for (const marginal of options.marginals) {
    if (typeof marginal?.quantile !== "function" || typeof marginal.density !== "function") {
      throw new ArgumentError(
        `${name}: a marginal is not whole (got ${typeof marginal?.quantile} and ${typeof marginal?.density}, expected the functions quantile and density).`,
      );
    }
  }
  return productMeasure(name, options.marginals, options.open ?? true);
}
