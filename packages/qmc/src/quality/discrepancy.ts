/** Discrepancies of point sets that have closed forms. */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";

/** Squared centred, wrap-around and mixture discrepancy, and the L2 star discrepancy (a root). */
export type DiscrepancyKind = "centred" | "wrap-around" | "mixture" | "l2-star";

/**
 * The discrepancy of n points in [0, 1]^d, with a = |x - 1/2|:
 *
 * - centred, squared: (13/12)^d - 2/n sum prod(1 + a/2 - a^2/2) + n^-2 sum sum prod(1 + a_i/2 + a_k/2 - |x_i - x_k|/2)
 * - wrap-around, squared: -(4/3)^d + n^-2 sum sum prod(3/2 - |x_i - x_k| (1 - |x_i - x_k|))
 * - mixture, squared: (19/12)^d - 2/n sum prod(5/3 - a/4 - a^2/4) + n^-2 sum sum prod(15/8 - a_i/4 - a_k/4 - 3/4 |x_i - x_k| + (x_i - x_k)^2 / 2)
 * - L2 star, not squared: root of 3^-d - 2^(1-d)/n sum prod(1 - x^2) + n^-2 sum sum prod(1 - max(x_i, x_k))
 *
 * Cost O(n^2 d). Sources: F. J. Hickernell, Math. Comp. 67 (1998); Y. Zhou, K. Fang, J. Ning, J. Complexity 29 (2013);
 * T. Warnock, 1972.
 * @param points n d numbers in [0, 1]
 * @throws ArgumentError for no points, numbers outside [0, 1], and unknown kinds
 */
export function discrepancy(points: ArrayLike<number>, dimension: number, kind: DiscrepancyKind): number {
  const name = "discrepancy";
  checkInteger(name, "dimension", dimension, 1);
  checkChoice(name, "kind", kind, ["centred", "wrap-around", "mixture", "l2-star"]);
  const n = points.length / dimension;
  checkInteger(name, "the number of points", n, 1);
  // Coordinate by coordinate, so that the products grow in a vector.
  const columns = Array.from({ length: dimension }, (_, j) =>
    Float64Array.from({ length: n }, (_, i) => points[i * dimension + j]),
  );
  columns.forEach((column, j) => {
    column.forEach((x, i) => {
      if (!(x >= 0 && x <= 1)) {
        throw new ArgumentError(
          `${name}: a coordinate is outside the cube (got ${x} at point ${i}, coordinate ${j}, expected [0, 1]).`,
        );
      }
    });
  });
  const form = FORMS[kind];
  let single = 0;
  for (let i = 0; i < n; i++) {
    let product = 1;
    for (const column of columns) product *= form.single(column[i]);
    single += product;
  }
  let double = 0;
  const products = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    products.fill(1, i, n);
    for (const column of columns) form.pairs(products, column, i, n);
    let row = -products[i] / 2;
    for (let k = i; k < n; k++) row += products[k];
    double += 2 * row;
  }
  const square = form.constant(dimension) + (form.factor(dimension) / n) * single + double / (n * n);
  return kind === "l2-star" ? Math.sqrt(Math.max(0, square)) : square;
}

interface Form {
  constant(d: number): number;
  factor(d: number): number;
  single(x: number): number;
  /** Multiplies products[k] by the factor of points i and k, k = i … n - 1. */
  pairs(products: Float64Array, x: Float64Array, i: number, n: number): void;
}

const FORMS: Readonly<Record<DiscrepancyKind, Form>> = {
  centred: {
    constant: (d) => (13 / 12) ** d,
    factor: () => -2,
    single: (x) => 1 + Math.abs(x - 0.5) / 2 - (x - 0.5) ** 2 / 2,
    pairs(products, x, i, n) {
      const u = x[i];
      const base = 1 + Math.abs(u - 0.5) / 2;
      for (let k = i; k < n; k++) products[k] *= base + (Math.abs(x[k] - 0.5) - Math.abs(u - x[k])) / 2;
    },
  },
  "wrap-around": {
    constant: (d) => -((4 / 3) ** d),
    factor: () => 0,
    single: () => 0,
    pairs(products, x, i, n) {
      const u = x[i];
      for (let k = i; k < n; k++) {
        const gap = Math.abs(u - x[k]);
        products[k] *= 1.5 - gap * (1 - gap);
      }
    },
  },
  mixture: {
    constant: (d) => (19 / 12) ** d,
    factor: () => -2,
    single: (x) => 5 / 3 - Math.abs(x - 0.5) / 4 - (x - 0.5) ** 2 / 4,
    pairs(products, x, i, n) {
      const u = x[i];
      const base = 15 / 8 - Math.abs(u - 0.5) / 4;
      for (let k = i; k < n; k++) {
        const gap = Math.abs(u - x[k]);
        products[k] *= base - Math.abs(x[k] - 0.5) / 4 - 0.75 * gap + 0.5 * gap * gap;
      }
    },
  },
  "l2-star": {
    constant: (d) => 3 ** -d,
    factor: (d) => -(2 ** (1 - d)),
    single: (x) => 1 - x * x,
    pairs(products, x, i, n) {
      const u = x[i];
      for (let k = i; k < n; k++) products[k] *= 1 - (u > x[k] ? u : x[k]);
    },
  },
};
