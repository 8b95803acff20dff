/** Test integrands with known integrals. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import { integrateHalfLine } from "../math/halfLine.ts";
import { gaussian } from "../measures/gaussian.ts";
import { uniformMeasure } from "../measures/product.ts";
import { logGamma } from "../special/gamma.ts";
import { normalCdf } from "../special/normal.ts";
import { integrand, type Integrand } from "./base.ts";

/** What one dimension decides. */
export interface DimensionOption {
  readonly dimension: number;
}

/**
 * Keister's integrand: pi^(d/2) cos |t| with t normal of covariance I / 2. The integral is
 * 2 pi^(d/2) / Gamma(d/2) times the integral of r^(d-1) exp(-r^2) cos r over r > 0.
 * Source: B. D. Keister, Computers in Physics 10 (1996).
 * @throws ArgumentError for dimension out of range or an unknown option
 */
export function keister(options: DimensionOption): Integrand {
  checkOptions("keister", options, ["dimension"]);
  checkInteger("keister", "dimension", options.dimension, 1);
  const d = options.dimension;
  const factor = Math.PI ** (d / 2);
  const log = Math.LN2 + (d / 2) * Math.log(Math.PI) - logGamma(d / 2);
  return integrand({
    name: "keister",
    dimension: d,
    measure: gaussian({ dimension: d, covariance: 0.5 }),
    f: (t) => {
      let square = 0;
      for (const x of t) square += x * x;
      return factor * Math.cos(Math.sqrt(square));
    },
    exact: [integrateHalfLine((r) => Math.exp(log + (d - 1) * Math.log(r) - r * r) * Math.cos(r))],
  });
}

/** Options of {@link genz}. */
export interface GenzOptions extends DimensionOption {
  readonly kind: "oscillatory" | "corner-peak";
  /** Which coefficients: 1, 2 or 3. */
  readonly coefficients: 1 | 2 | 3;
}

/**
 * Coefficients of {@link genz}: proportional to (k - 1/2) / d (1), k^-2 (2) or exp(k log(1e-8) / d) (3), with sum 4.5
 * (oscillatory) or 1/4 (corner peak).
 */
export function genzCoefficients(options: GenzOptions): number[] {
  const { dimension: d, kind, coefficients } = options;
  const raw = Array.from({ length: d }, (_, j) => {
    const k = j + 1;
    if (coefficients === 1) return (k - 0.5) / d;
    return coefficients === 2 ? k ** -2 : Math.exp((k * Math.log(1e-8)) / d);
  });
  const total = raw.reduce((a, b) => a + b);
  return raw.map((c) => (c * (kind === "oscillatory" ? 4.5 : 0.25)) / total);
}

/**
 * Genz functions of uniform x: cos(sum c_j x_j) or (1 + sum c_j x_j)^-(d+1).
 * Source: A. Genz, in Tools, Methods and Languages for Scientific and Engineering Computation, 1984.
 * @throws ArgumentError for dimension out of range, an unknown option or an unknown kind, or for unknown coefficients
 */
export function genz(options: GenzOptions): Integrand {
  const name = "genz";
  checkOptions(name, options, ["dimension", "kind", "coefficients"]);
  checkInteger(name, "dimension", options.dimension, 1);
  checkChoice(name, "kind", options.kind, ["oscillatory", "corner-peak"]);
  if (![1, 2, 3].includes(options.coefficients)) {
    throw new ArgumentError(`${name}: unknown coefficients (got ${String(options.coefficients)}, expected 1, 2 or 3).`);
  }
  const { dimension: d, kind } = options;
  const c = genzCoefficients(options);
  const dot = (x: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += c[j] * x[j];
    return sum;
  };
  if (kind === "oscillatory") {
    // The real part of prod (exp(i c) - 1) / (i c).
    const exact = c.reduce(
      (product, a) => (product * Math.sin(a / 2)) / (a / 2),
      Math.cos(c.reduce((a, b) => a + b) / 2),
    );
    return integrand({ name, dimension: d, f: (x) => Math.cos(dot(x)), exact: [exact] });
  }
  // (1 + s)^-(d+1) = the integral of t^d exp(-t (1 + s)) / d!: the sum over corners cancels, this does not.
  const exact = integrateHalfLine((t) => {
    let value = Math.exp(d * Math.log(t) - t - logGamma(d + 1));
    for (const a of c) value *= -Math.expm1(-a * t) / (a * t);
    return value;
  });
  return integrand({ name, dimension: d, f: (x) => (1 + dot(x)) ** -(d + 1), exact: [exact] });
}

/** Options of {@link boxIntegral}. */
export interface BoxIntegralOptions extends DimensionOption {
  /** Exponent s > -d, at most 2. */
  readonly exponent: number;
}

/**
 * The box integral: |x|^s for uniform x. The integral follows from that of exp(-u^2 |x|^2), a product of error functions.
 * Source: D. H. Bailey, J. M. Borwein, R. E. Crandall, J. Comput. Appl. Math. 206 (2007).
 * @throws ArgumentError for dimension or exponent out of range or an unknown option, or when the integral is infinite
 */
export function boxIntegral(options: BoxIntegralOptions): Integrand {
  const name = "boxIntegral";
  checkOptions(name, options, ["dimension", "exponent"]);
  checkInteger(name, "dimension", options.dimension, 1);
  const { dimension: d, exponent: s } = options;
  checkNumber(name, "exponent", s, -d, 2);
  if (s === -d) throw new ArgumentError(`${name}: the integral is infinite (got exponent ${s}, expected above ${-d}).`);
  return integrand({
    name,
    dimension: d,
    f: (x) => {
      let square = 0;
      for (const value of x) square += value * value;
      return square ** (s / 2);
    },
    exact: [boxExact(d, s)],
  });
}

function boxExact(d: number, s: number): number {
  if (s === 0) return 1;
  if (s === 2) return d / 3;
  if (s < 0) {
    const log = Math.LN2 - logGamma(-s / 2);
    return integrateHalfLine((u) => Math.exp(log + (-s - 1) * Math.log(u)) * (1 + gaussGap(u)) ** d);
  }
  const log = Math.log(s) - logGamma(1 - s / 2);
  return integrateHalfLine((u) => Math.exp(log + (-s - 1) * Math.log(u)) * -Math.expm1(d * Math.log1p(gaussGap(u))));
}

/** The integral of exp(-u^2 x^2) over [0, 1], minus 1. */
function gaussGap(u: number): number {
  if (u > 1) return (Math.sqrt(Math.PI) * (2 * normalCdf(u * Math.SQRT2) - 1)) / (2 * u) - 1;
  let term = 1;
  let sum = 0;
  for (let k = 1; k < 30; k++) {
    term *= (-u * u) / k;
    sum += term / (2 * k + 1);
  }
  return sum;
}

/** Options of {@link ishigami}. */
export interface IshigamiOptions {
  /** 7 when left out. */
  readonly a?: number;
  /** 0.1 when left out. */
  readonly b?: number;
}

/** An integrand with known sensitivity indices. */
export interface SensitiveIntegrand extends Integrand {
  readonly variance: number;
  /** First-order indices. */
  readonly closed: readonly number[];
  /** Total indices. */
  readonly total: readonly number[];
}

/**
 * Ishigami's function sin x_1 + a sin^2 x_2 + b x_3^4 sin x_1, x uniform on (-pi, pi)^3.
 * Source: T. Ishigami, T. Homma, ISUMA 1990.
 * @throws ArgumentError unless a and b are numbers, or for an unknown option
 */
export function ishigami(options: IshigamiOptions = {}): SensitiveIntegrand {
  checkOptions("ishigami", options, ["a", "b"]);
  const { a = 7, b = 0.1 } = options;
  checkNumber("ishigami", "a", a);
  checkNumber("ishigami", "b", b);
  const first = 0.5 * (1 + (b * Math.PI ** 4) / 5) ** 2;
  const second = (a * a) / 8;
  const both = b * b * Math.PI ** 8 * (1 / 18 - 1 / 50);
  const variance = first + second + both;
  return {
    ...integrand({
      name: "ishigami",
      dimension: 3,
      measure: uniformMeasure({ dimension: 3, lower: -Math.PI, upper: Math.PI }),
      f: (x) => Math.sin(x[0]) * (1 + b * x[2] ** 4) + a * Math.sin(x[1]) ** 2,
      exact: [a / 2],
    }),
    variance,
    closed: [first / variance, second / variance, 0],
    total: [(first + both) / variance, second / variance, both / variance],
  };
}

/** Options of {@link sobolG}. */
export interface SobolGOptions {
  /** Numbers a_j >= 0: the smaller, the more coordinate j matters. */
  readonly a: readonly number[];
}

/**
 * Sobol's g-function prod (|4 x_j - 2| + a_j) / (1 + a_j), x uniform.
 * Source: I. M. Sobol', Math. Model. Comput. Exp. 1 (1993).
 * @throws ArgumentError for the number of coefficients out of range, an unknown option or a coefficient out of range
 */
export function sobolG(options: SobolGOptions): SensitiveIntegrand {
  checkOptions("sobolG", options, ["a"]);
  const { a } = options;
  checkInteger("sobolG", "the number of coefficients", a.length, 1);
  for (const value of a) checkNumber("sobolG", "a coefficient", value, 0);
  const parts = a.map((value) => 1 / (3 * (1 + value) ** 2));
  const product = parts.reduce((all, v) => all * (1 + v), 1);
  const variance = product - 1;
  return {
    ...integrand({
      name: "sobolG",
      dimension: a.length,
      f: (x) => a.reduce((value, c, j) => (value * (Math.abs(4 * x[j] - 2) + c)) / (1 + c), 1),
      exact: [1],
    }),
    variance,
    closed: parts.map((v) => v / variance),
    total: parts.map((v) => (product - product / (1 + v)) / variance),
  };
}
