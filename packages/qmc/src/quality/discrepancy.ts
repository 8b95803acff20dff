/** Discrepancies of point sets that have closed forms. */
import { ArgumentError, scope, tensor, withDevice } from "@ansatz/tensor";
import { defineKernel, type KernelFunction, type Value } from "@ansatz/tensor/kernel";
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
 * Cost O(n^2 d), by one kernel on all threads. Sources: F. J. Hickernell, Math. Comp. 67 (1998); Y. Zhou, K. Fang, J. Ning, J. Complexity 29 (2013);
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
  const flat = new Float64Array(n * dimension);
  columns.forEach((column, j) => flat.set(column, j * n));
  const double = withDevice("cpu", () =>
    scope(() => {
      const { rows } = PAIRS[kind]({ x: tensor(flat, { shape: [dimension, n] }) });
      return 2 * rows.dataSync().reduce((a, b) => a + b, 0);
    }),
  );
  const square = form.constant(dimension) + (form.factor(dimension) / n) * single + double / (n * n);
  return kind === "l2-star" ? Math.sqrt(Math.max(0, square)) : square;
}

interface Form {
  constant(d: number): number;
  factor(d: number): number;
  single(x: number): number;
  /** The factor of one coordinate of two points. */
  pair(u: Float, w: Float): Float;
}

type Float = Value<"f64">;

const fromMiddle = (x: Float): Float => x.sub(0.5).abs();

const FORMS: Readonly<Record<DiscrepancyKind, Form>> = {
  centred: {
    constant: (d) => (13 / 12) ** d,
    factor: () => -2,
    single: (x) => 1 + Math.abs(x - 0.5) / 2 - (x - 0.5) ** 2 / 2,
    pair: (u, w) => fromMiddle(u).add(fromMiddle(w)).sub(u.sub(w).abs()).mul(0.5).add(1),
  },
  "wrap-around": {
    constant: (d) => -((4 / 3) ** d),
    factor: () => 0,
    single: () => 0,
    pair: (u, w) => {
      const gap = u.sub(w).abs();
      return gap.mul(gap.sub(1)).add(1.5);
    },
  },
  mixture: {
    constant: (d) => (19 / 12) ** d,
    factor: () => -2,
    single: (x) => 5 / 3 - Math.abs(x - 0.5) / 4 - (x - 0.5) ** 2 / 4,
    pair: (u, w) => {
      const gap = u.sub(w).abs();
      return gap
        .mul(gap.mul(0.5).sub(0.75))
        .sub(fromMiddle(u).add(fromMiddle(w)).mul(0.25))
        .add(15 / 8);
    },
  },
  "l2-star": {
    constant: (d) => 3 ** -d,
    factor: (d) => -(2 ** (1 - d)),
    single: (x) => 1 - x * x,
    pair: (u, w) => u.max(w).neg().add(1),
  },
};

/** The kernel of a kind: for each point i the sum over k < i of the products over coordinates, and half of that of k = i. */
function pairKernel(kind: DiscrepancyKind): KernelFunction<{ x: { dtype: "f64"; rank: 2 } }, { rows: "f64" }, Empty> {
  return defineKernel({
    name: `discrepancy ${kind}`,
    inputs: { x: { dtype: "f64", rank: 2 } },
    outputs: { rows: { dtype: "f64", shape: ({ x }) => [x[1]] } },
    units: ({ x }) => x[1],
    body: (k) => {
      const { x } = k.inputs;
      const i = k.index;
      const d = k.size(x, 0);
      const product = (other: Value<"i32">): Float => {
        const all = k.variable("f64", 1);
        k.for(0, d, (j) => {
          all.set(all.get().mul(FORMS[kind].pair(k.load(x, [j, i]), k.load(x, [j, other]))));
        });
        return all.get();
      };
      const sum = k.variable("f64", 0);
      k.for(0, i, (other) => sum.add(product(other)));
      k.store(k.outputs.rows, i, sum.get().add(product(i).mul(0.5)));
    },
  });
}

type Empty = Readonly<Record<string, never>>;

const PAIRS: Readonly<Record<DiscrepancyKind, ReturnType<typeof pairKernel>>> = {
  centred: pairKernel("centred"),
  "wrap-around": pairKernel("wrap-around"),
  mixture: pairKernel("mixture"),
  "l2-star": pairKernel("l2-star"),
};
