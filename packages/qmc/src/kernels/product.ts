/** Product kernels on the unit cube for lattices and digital nets. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkInteger, checkPositive } from "../check.ts";
import { digitallyShiftInvariant1d, shiftInvariantDerivative } from "./univariate.ts";

/** Orders of derivatives of one coordinate: in the first and in the second argument. */
export type DerivativeOrder = readonly [number, number];

/** Options of {@link shiftInvariantKernel} and {@link digitalKernel}. */
export interface KernelOptions {
  /** Number of coordinates d; the length of `alpha`, `weights` or `derivatives` when left out. */
  readonly dimension?: number;
  /** Smoothness of each coordinate, or of all: 1 to 5 (shift-invariant), 1 to 4 (digital); 2 when left out. */
  readonly alpha?: number | readonly number[];
  /** Weights gamma_j > 0, or one for all; 1 when left out. */
  readonly weights?: number | readonly number[];
  /** s > 0; 1 when left out. */
  readonly scale?: number;
  /** Derivatives of each coordinate; none when left out. */
  readonly derivatives?: readonly DerivativeOrder[];
}

/** A kernel s prod_j (1 + gamma_j K_j(x_j, z_j)). */
export interface ProductKernel {
  /** Which points it fits: lattices (differences modulo 1) or nets in base 2 (digitwise differences). */
  readonly kind: "shift" | "digital";
  readonly dimension: number;
  readonly alpha: readonly number[];
  readonly weights: readonly number[];
  readonly scale: number;
  readonly derivatives: readonly DerivativeOrder[] | undefined;
  /** The factor of coordinate j for numbers x and z in [0, 1): K_j without 1 and weight. */
  part(j: number, x: number, z: number): number;
  /** The same for the digitwise difference (hi 2^32 + lo) 2^-64; digital kernels only. */
  partOfDigits(j: number, hi: number, lo: number): number;
  /** k(x, z) for n points x and m points z (C order): n m numbers. Cost O(n m d). */
  between(x: ArrayLike<number>, z: ArrayLike<number>): Float64Array;
}

const OPTIONS = ["dimension", "alpha", "weights", "scale", "derivatives"];

/**
 * The shift-invariant kernel s prod_j (1 + gamma_j K_alpha_j(x_j - z_j mod 1)), K_alpha by Bernoulli polynomials; its integral in
 * each argument is s. With derivatives of orders (b, c) the factor is the derivative of 1 + gamma K, which needs
 * 2 alpha - b - c >= 2.
 * @throws ArgumentError for options outside their ranges
 * Source: F. Y. Kuo, G. Migliorati, F. Nobile, D. Nuyens, Math. Comp. 90 (2021).
 */
export function shiftInvariantKernel(options: KernelOptions): ProductKernel {
  return makeKernel("shiftInvariantKernel", "shift", 5, options);
}

/**
 * The digitally shift-invariant kernel s prod_j (1 + gamma_j K_alpha_j(x_j xor z_j)) of nets in base 2; its integral in each
 * argument is s. With derivatives the factor of a coordinate is (-2)^(b+c) (1 + K_(alpha-b-c)), which needs
 * alpha - b - c >= 1.
 * @throws ArgumentError for options outside their ranges
 */
export function digitalKernel(options: KernelOptions): ProductKernel {
  return makeKernel("digitalKernel", "digital", 4, options);
}

function makeKernel(name: string, kind: "shift" | "digital", most: number, options: KernelOptions): ProductKernel {
  checkOptions(name, options, OPTIONS);
  const { alpha = 2, weights = 1, scale = 1, derivatives } = options;
  const lengths = [alpha, weights, derivatives].map((list) => (Array.isArray(list) ? list.length : undefined));
  const d = options.dimension ?? lengths.find((length) => length !== undefined);
  checkInteger(name, "dimension", d, 1);
  const dimension = d as number;
  for (const length of lengths) {
    if (length !== undefined && length !== dimension) {
      throw new ArgumentError(`${name}: the lists differ in length (got ${length}, expected ${dimension}).`);
    }
  }
  const orders = Array.from({ length: dimension }, (_, j) => (typeof alpha === "number" ? alpha : alpha[j]));
  const gamma = Array.from({ length: dimension }, (_, j) => (typeof weights === "number" ? weights : weights[j]));
  for (const order of orders) checkInteger(name, "alpha", order, 1, most);
  for (const weight of gamma) checkPositive(name, "a weight", weight);
  checkPositive(name, "scale", scale);
  derivatives?.forEach(([b, c], j) => {
    checkInteger(name, "an order of derivatives", b, 0);
    checkInteger(name, "an order of derivatives", c, 0);
    const left = kind === "shift" ? 2 * orders[j] - b - c - 1 : orders[j] - b - c;
    if (left < 1) {
      throw new ArgumentError(
        `${name}: the kernel is not smooth enough for its derivatives (got orders ${b} and ${c} with alpha ${orders[j]}, ` +
          `expected ${kind === "shift" ? "b + c <= 2 alpha - 2" : "b + c <= alpha - 1"}).`,
      );
    }
  });

  const digits = (j: number, hi: number, lo: number): number => {
    const order = derivatives === undefined ? 0 : derivatives[j][0] + derivatives[j][1];
    if (order === 0) return digitallyShiftInvariant1d(orders[j], hi, lo);
    return (-2) ** order * (1 + digitallyShiftInvariant1d(orders[j] - order, hi, lo));
  };
  const part = (j: number, x: number, z: number): number => {
    if (kind === "digital") {
      const [xHi, zHi] = [Math.floor(x * 4294967296), Math.floor(z * 4294967296)];
      const [xLo, zLo] = [(x * 4294967296 - xHi) * 4294967296, (z * 4294967296 - zHi) * 4294967296];
      return digits(j, (xHi ^ zHi) >>> 0, (xLo ^ zLo) >>> 0);
    }
    const [b, c] = derivatives === undefined ? [0, 0] : derivatives[j];
    return shiftInvariantDerivative(orders[j], b, c, x - z);
  };
  const constant = Array.from({ length: dimension }, (_, j) =>
    derivatives === undefined || derivatives[j][0] + derivatives[j][1] === 0 ? 1 : 0,
  );
  return {
    kind,
    dimension,
    alpha: orders,
    weights: gamma,
    scale,
    derivatives,
    part,
    partOfDigits: digits,
    between(x, z) {
      const [n, m] = [x.length / dimension, z.length / dimension];
      if (!Number.isInteger(n) || !Number.isInteger(m)) {
        throw new ArgumentError(
          `${name}.between: the arrays are no lists of points (got ${x.length} and ${z.length} numbers, expected multiples of ${dimension}).`,
        );
      }
      const out = new Float64Array(n * m);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < m; k++) {
          let value = scale;
          for (let j = 0; j < dimension; j++) {
            value *= constant[j] + gamma[j] * part(j, x[i * dimension + j], z[k * dimension + j]);
          }
          out[i * m + k] = value;
        }
      }
      return out;
    },
  };
}
