/** Every measure: density times the volume change of its transform is 1; constructions of paths have one distribution. */
import * as qmc from "@ansatz/qmc";
import {
  brownianMotion,
  composeTransforms,
  continuousBernoulli,
  gaussian,
  geometricBrownianMotion,
  importanceSample,
  inverseCdf,
  johnsonSU,
  kumaraswamy,
  periodize,
  sobol,
  studentT,
  triangular,
  uniformMeasure,
  type Measure,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const covariance = [
  [2, 0.5, -0.3],
  [0.5, 1, 0.2],
  [-0.3, 0.2, 0.7],
];

/** Measures by the names of their factories: all of them, as a test below checks. */
const MEASURES: Record<string, Measure[]> = {
  uniformMeasure: [uniformMeasure({ lower: [-1, 2], upper: [4, 2.5] }), uniformMeasure({ dimension: 3 })],
  kumaraswamy: [kumaraswamy({ a: [2, 0.7], b: [1.3, 3] })],
  continuousBernoulli: [continuousBernoulli({ lambda: [0.5, 0.1, 0.5000001] })],
  johnsonSU: [johnsonSU({ dimension: 2, gamma: 1, xi: [0, 1], delta: 1.2, lambda: 2 })],
  studentT: [studentT({ degrees: [1, 4.5, 100], location: 1, scale: 2 })],
  triangular: [triangular({ mode: [0.3, 0, 1] }), triangular({ lower: -2, mode: 1, upper: 3 })],
  inverseCdf: [
    inverseCdf({ marginals: [{ quantile: (u) => -Math.log1p(-u), density: (x) => Math.exp(-x) }], open: true }),
  ],
  gaussian: [
    gaussian({ mean: [1, 2, 3], covariance }),
    gaussian({ mean: [1, 2, 3], covariance, factor: "cholesky" }),
    gaussian({ dimension: 2, covariance: 0.25 }),
  ],
  brownianMotion: (["pca", "cholesky", "bridge"] as const).map((construction) =>
    brownianMotion({ dimension: 5, end: 2, initial: 1, drift: 0.4, diffusion: 1.7, construction }),
  ),
  geometricBrownianMotion: (["pca", "cholesky", "bridge"] as const).map((construction) =>
    geometricBrownianMotion({ dimension: 3, end: 0.5, initial: 30, drift: 0.1, diffusion: 0.3, construction }),
  ),
};

test("all measures are here", () => {
  const names = qmc.methods.filter(({ family }) => family === "measure").map(({ factory }) => factory);
  const made = new Set(names.filter((name) => !["composeTransforms", "importanceSample", "periodize"].includes(name)));
  expect(new Set(Object.keys(MEASURES))).toEqual(made);
});

/** |det T'(u)| by central differences of two widths, extrapolated. */
function volumeChange(measure: Measure, u: number[]): number {
  const d = u.length;
  const columns = u.map((_, j) => {
    const difference = (h: number): number[] => {
      const at = (sign: number): Float64Array => measure.transform(u.map((x, k) => (k === j ? x + sign * h : x)));
      const [up, down] = [at(1), at(-1)];
      return Array.from(up, (x, i) => (x - down[i]) / (2 * h));
    };
    const [wide, narrow] = [difference(2e-4), difference(1e-4)];
    return narrow.map((x, i) => (4 * x - wide[i]) / 3);
  });
  let determinant = 1;
  const m = columns.map((column) => [...column]);
  for (let i = 0; i < d; i++) {
    let pivot = i;
    for (let k = i; k < d; k++) if (Math.abs(m[k][i]) > Math.abs(m[pivot][i])) pivot = k;
    [m[i], m[pivot]] = [m[pivot], m[i]];
    determinant *= m[i][i];
    for (let k = i + 1; k < d; k++) {
      const factor = m[k][i] / m[i][i];
      for (let c = i; c < d; c++) m[k][c] -= factor * m[i][c];
    }
  }
  return Math.abs(determinant);
}

describe.each(Object.entries(MEASURES))("%s", (_, list) => {
  test("density times volume change is 1", () => {
    for (const measure of list) {
      const points = sobol({ dimension: measure.dimension, key: key(5), cell: "centre" }).array(0, 16);
      for (let i = 0; i < 16; i++) {
        const u = Array.from(points.slice(i * measure.dimension, (i + 1) * measure.dimension), (x) => 0.05 + 0.9 * x);
        const product = measure.density(measure.transform(u))[0] * volumeChange(measure, u);
        expect(Math.abs(product - 1)).toBeLessThan(2e-5);
      }
    }
  });

  test("bad input throws", () => {
    const [measure] = list;
    expect(() => measure.transform(new Float64Array(measure.dimension).fill(-0.1))).toThrow(
      /cannot be transformed \(got -0.1/,
    );
    expect(() => measure.transform(new Float64Array(measure.dimension).fill(Number.NaN))).toThrow(/got NaN/);
    if (measure.dimension > 1) {
      expect(() => measure.density(new Float64Array(measure.dimension + 1))).toThrow(/no list of points/);
    }
  });
});

test("paths have the covariance of Brownian motion, in every construction and dimension", () => {
  for (const construction of ["pca", "cholesky", "bridge"] as const) {
    for (const d of [1, 2, 3, 7, 32, 200]) {
      const measure = brownianMotion({ dimension: d, end: 3, diffusion: 0.8, construction });
      const unit = new Float64Array(d * d);
      for (let k = 0; k < d; k++) unit[k * d + k] = 1;
      // Row k of the images is column k of the factor.
      const columns = measure.fromNormal(unit);
      let worst = 0;
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          let sum = 0;
          for (let k = 0; k < d; k++) sum += columns[k * d + i] * columns[k * d + j];
          worst = Math.max(worst, Math.abs(sum - (0.8 * 3 * Math.min(i + 1, j + 1)) / d));
        }
      }
      expect(worst, `${construction} ${d}`).toBeLessThan(1e-12);
    }
  }
});

test("the bridge starts with the end, the principal components with the most variance", () => {
  const z = [1, 0, 0, 0];
  const bridge = brownianMotion({ dimension: 4, construction: "bridge" }).fromNormal(z);
  expect(Array.from(bridge)).toEqual([0.25, 0.5, 0.75, 1]);
  const pca = brownianMotion({ dimension: 4 });
  const first = pca.fromNormal(z).reduce((sum, x) => sum + x * x, 0);
  const second = pca.fromNormal([0, 1, 0, 0]).reduce((sum, x) => sum + x * x, 0);
  expect(first).toBeGreaterThan(5 * second);
});

test("importance sampling integrates under the target", () => {
  // E x^2 = 1 under the normal distribution, sampled from Student's t through Kumaraswamy's distribution.
  const target = gaussian({ dimension: 1 });
  const samplers = [kumaraswamy({ a: 1.2, b: 1.1 }), studentT({ degrees: 3 })];
  const u = sobol({ dimension: 1, key: key(2), cell: "centre" }).array(0, 4096);
  const { x, weights } = importanceSample({ target, samplers }, u);
  let [total, mean] = [0, 0];
  x.forEach((value, i) => {
    total += weights[i] / 4096;
    mean += (value * value * weights[i]) / 4096;
  });
  expect(Math.abs(total - 1)).toBeLessThan(1e-4);
  expect(Math.abs(mean - 1)).toBeLessThan(1e-4);
});

test("periodising transforms: psi' is the weight, ends are fixed and flat", () => {
  for (const name of ["baker", "c0", "c1", "c1sin", "c2sin", "c3sin"] as const) {
    const { psi, weight } = periodize(name);
    expect(psi(0)).toBeCloseTo(0, 14);
    for (const x of [0.1, 0.37, 0.49, 0.8]) {
      const h = 1e-5;
      const slope = (psi(x + h) - psi(x - h)) / (2 * h);
      expect(Math.abs(name === "baker" ? Math.abs(slope) / 2 - weight(x) : slope - weight(x))).toBeLessThan(1e-8);
    }
    if (name !== "baker") {
      expect(psi(1)).toBeCloseTo(1, 14);
      expect(Math.abs(weight(0)) + Math.abs(weight(1))).toBeLessThan(1e-12);
    }
  }
});

test.each<[() => unknown, RegExp]>([
  [
    () =>
      gaussian({
        covariance: [
          [1, 2],
          [2, 1],
        ],
      }),
    /not positive definite/,
  ],
  [
    () =>
      gaussian({
        covariance: [
          [1, 0.5],
          [0.4, 1],
        ],
      }),
    /not symmetric \(got 0.5 at \(0, 1\)/,
  ],
  [
    () =>
      gaussian({
        mean: [1],
        covariance: [
          [1, 0],
          [0, 1],
        ],
      }),
    /covariance has the wrong length/,
  ],
  [() => gaussian({ mean: [Number.NaN] }), /mean is not finite/],
  [() => gaussian({ dimension: 1 }).transform([0]), /got 0, expected above 0 and below 1.*cell: "centre"/],
  [() => gaussian({ dimension: 2 }).transform([0.1, 0.2, 0.3]), /no list of points \(got 3/],
  [() => brownianMotion({ dimension: 2, end: 0 }), /end is out of range/],
  [() => geometricBrownianMotion({ dimension: 2, initial: -1 }), /initial is out of range/],
  [() => brownianMotion({ dimension: 2, construction: "svd" as never }), /unknown construction/],
  [() => uniformMeasure({ lower: 1 }), /upper is out of range \(expected lower < upper/],
  [() => uniformMeasure({ dimension: 2, lower: [1] }), /lower has the wrong length/],
  [() => kumaraswamy({ a: 0, b: 1 }), /a or b is out of range/],
  [() => continuousBernoulli({ lambda: 1 }), /lambda is out of range/],
  [() => johnsonSU({ gamma: 0, xi: 0, delta: 0, lambda: 1 }), /delta or lambda/],
  [() => studentT({ degrees: -1 }), /degrees or scale/],
  [() => triangular({ mode: 2 }), /mode is out of range/],
  [() => inverseCdf({ marginals: [{ quantile: 3 } as never] }), /a marginal is not whole/],
  [() => periodize("c4" as never), /unknown transform/],
  [() => composeTransforms([], [0.5]), /nothing to compose/],
  [() => composeTransforms([uniformMeasure({}), uniformMeasure({ dimension: 2 })], [0.5]), /dimensions differ/],
  [
    () => importanceSample({ target: gaussian({ dimension: 2 }), samplers: [uniformMeasure({})] }, [0.5]),
    /dimensions differ/,
  ],
])("%s", (make, message) => {
  expect(make).toThrow(message);
});
