/** Measures that points of the unit cube are mapped to. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger, checkLength } from "../check.ts";

/**
 * A probability measure on R^d with a transform T of the unit cube onto it: T(u) has the measure's density when u is
 * uniform, that is density(T(u)) |det T'(u)| = 1.
 *
 * Points are n d numbers in C order.
 */
export interface Measure {
  readonly name: string;
  readonly dimension: number;
  /**
   * T(u), a new array.
   * @throws ArgumentError where T is infinite or not defined: outside (0, 1) for unbounded measures, outside [0, 1] else
   */
  transform(u: ArrayLike<number>): Float64Array;
  /** The density at each of n points, 0 outside the support. */
  density(x: ArrayLike<number>): Float64Array;
}

/** Checks that an array is made of points, and returns their number. */
export function countPoints(name: string, points: ArrayLike<number>, dimension: number): number {
  const n = points.length / dimension;
  if (!Number.isInteger(n)) {
    throw new ArgumentError(
      `${name}: the array is no list of points (got ${points.length} numbers, expected a multiple of ${dimension}).`,
    );
  }
  return n;
}

/** Throws unless `u` is a place where the transform is finite. */
export function checkUnit(name: string, u: number, open: boolean): void {
  if (open ? !(u > 0 && u < 1) : !(u >= 0 && u <= 1)) {
    throw new ArgumentError(
      `${name}: a coordinate cannot be transformed (got ${u}, expected ${open ? "above 0 and below 1" : "0 to 1"}).` +
        (u === 0 ? ' Nets reach 0 unless they are made with cell: "centre".' : ""),
    );
  }
}

/** One coordinate of a product measure. */
export interface Marginal {
  quantile(u: number): number;
  density(x: number): number;
}

/** The product of one-dimensional measures. */
export function productMeasure(name: string, marginals: readonly Marginal[], open: boolean): Measure {
  const dimension = marginals.length;
  checkInteger(name, "the dimension", dimension, 1);
  return {
    name,
    dimension,
    transform(u) {
      const n = countPoints(name, u, dimension);
      const out = new Float64Array(n * dimension);
      for (let i = 0; i < out.length; i++) {
        checkUnit(name, u[i], open);
        out[i] = marginals[i % dimension].quantile(u[i]);
      }
      return out;
    },
    density(x) {
      const n = countPoints(name, x, dimension);
      const out = new Float64Array(n).fill(1);
      for (let i = 0; i < n * dimension; i++) out[Math.floor(i / dimension)] *= marginals[i % dimension].density(x[i]);
      return out;
    },
  };
}

/** Parameters of the coordinates: lists of one length, or numbers that hold for all. */
export function spread(
  name: string,
  dimension: number | undefined,
  parameters: Readonly<Record<string, number | ArrayLike<number>>>,
): { dimension: number; values: Record<string, Float64Array> } {
  let d = dimension;
  for (const list of Object.values(parameters)) if (typeof list !== "number") d ??= list.length;
  d ??= 1;
  checkInteger(name, "dimension", d, 1);
  const values: Record<string, Float64Array> = {};
  for (const [key, given] of Object.entries(parameters)) {
    if (typeof given !== "number") checkLength(name, key, given, d);
    const list = Float64Array.from({ length: d }, (_, j) => (typeof given === "number" ? given : given[j]));
    if (list.some((x) => !Number.isFinite(x))) {
      throw new ArgumentError(
        `${name}: ${key} is not finite (got ${String(list.find((x) => !Number.isFinite(x)))}, expected finite numbers).`,
      );
    }
    values[key] = list;
  }
  return { dimension: d, values };
}
