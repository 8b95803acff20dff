/** Fast Gaussian processes: likelihood, predictions and integrals against dense algebra. */
import {
  digitalKernel,
  fastGp,
  iidUniform,
  lattice,
  shiftInvariantKernel,
  sobol,
  type DigitalNet,
  type FastGp,
  type Lattice,
} from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { likelihood } from "../src/gp/fastGp.ts";
import { forward, kernelParts } from "../src/kernels/gram.ts";

const f = (x: number, y: number): number => Math.sin(2 * Math.PI * x) + 0.2 * Math.cos(2 * Math.PI * y) + 0.5;

const SETS: [string, Lattice | DigitalNet][] = [
  ["lattice", lattice({ dimension: 2, key: key(1) })],
  ["net", sobol({ dimension: 2, key: key(2) })],
];

const valuesOf = (points: Lattice | DigitalNet, n: number): Float64Array => {
  const x = points.array(0, n);
  return Float64Array.from({ length: n }, (_, i) => f(x[2 * i], x[2 * i + 1]));
};

/** A x = b by Gaussian elimination. */
function solveDense(a: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const m = a.slice();
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = i + 1; k < n; k++) {
      const factor = m[k * n + i] / m[i * n + i];
      for (let j = i; j < n; j++) m[k * n + j] -= factor * m[i * n + j];
      x[k] -= factor * x[i];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i] -= m[i * n + j] * x[j];
    x[i] /= m[i * n + i];
  }
  return x;
}

describe.each(SETS)("%s", (_, points) => {
  test("the fit lowers the likelihood, and finds which coordinate matters", async () => {
    const gp = await fastGp({ points, values: valuesOf(points, 128), steps: 100 });
    expect(gp.history.length).toBe(101);
    expect(Math.min(...gp.history)).toBeLessThan(gp.history[0] - 10);
    expect(gp.weights[0]).toBeGreaterThan(gp.weights[1]);
    const centred = valuesOf(points, 128).map((value) => value - gp.mean);
    expect(gp.gram.negativeLogLikelihood(centred)).toBeCloseTo(Math.min(...gp.history), 6);
  });

  test("gradients are those of the likelihood", async () => {
    const n = 64;
    const values = valuesOf(points, n);
    const kernel = (points.kind === "lattice" ? shiftInvariantKernel : digitalKernel)({ dimension: 2 });
    const parts = kernelParts(kernel, points, 0, n);
    const mean = values.reduce((sum, value) => sum + value / n, 0);
    const { re, im } = forward(
      kernel.kind,
      values.map((value) => value - mean),
    );
    const powers = re.map((x, k) => x * x + (im === undefined ? 0 : im[k] ** 2));
    const log = Float64Array.of(Math.log(0.7), Math.log(0.5), Math.log(1.5), Math.log(0.01));
    const { value, gradient } = likelihood(kernel.kind, parts, powers, 2, log);
    const gp = await fastGp({ points, values, scale: 0.7, weights: [0.5, 1.5], nugget: 0.01, steps: 0 });
    expect(value).toBeCloseTo(gp.gram.negativeLogLikelihood(values.map((v) => v - mean)), 8);
    for (let j = 0; j < 4; j++) {
      const at = (h: number): number =>
        likelihood(
          kernel.kind,
          parts,
          powers,
          2,
          log.map((x, k) => (k === j ? x + h : x)),
        ).value;
      const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
      expect(Math.abs(gradient[j] - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    }
  });

  test("predictions and integrals are those of dense algebra", async () => {
    const n = 32;
    const values = valuesOf(points, n);
    const gp = await fastGp({ points, values, steps: 0, scale: 0.8, weights: [0.6, 0.3], nugget: 0.05 });
    const { kernel } = gp.gram;
    const x = points.array(0, n);
    const dense = kernel.between(x, x);
    for (let i = 0; i < n; i++) dense[i * n + i] += 0.05;
    const at = [0.3, 0.7];
    const row = kernel.between(at, x);
    const solved = solveDense(dense, row);
    const mean =
      gp.mean +
      row.reduce(
        (sum, value, i) =>
          sum +
          value *
            solveDense(
              dense,
              values.map((v) => v - gp.mean),
            )[i],
        0,
      );
    const variance = kernel.between(at, at)[0] - row.reduce((sum, value, i) => sum + value * solved[i], 0);
    const got = gp.predict(at);
    expect(got.mean[0]).toBeCloseTo(mean, 10);
    expect(got.variance[0]).toBeCloseTo(variance, 10);
    const ones = solveDense(dense, new Float64Array(n).fill(0.8));
    const integral = gp.integral();
    expect(integral.variance).toBeCloseTo(0.8 - 0.8 * ones.reduce((a, b) => a + b, 0), 9);
  });

  test("smooth functions are learnt", async () => {
    const gp = await fastGp({ points, values: valuesOf(points, 256), steps: 60 });
    const { mean, variance } = gp.predict([0.21, 0.43, 0.8, 0.05]);
    expect(Math.abs(mean[0] - f(0.21, 0.43))).toBeLessThan(0.05);
    expect(Math.abs(mean[1] - f(0.8, 0.05))).toBeLessThan(0.05);
    expect(variance.every((value) => value >= 0)).toBe(true);
    expect(Math.abs(gp.integral().mean - 0.5)).toBeLessThan(5e-3);
  });
});

/** Ackley's function of one number, from [0, 1] to [-32.768, 32.768]. */
const ackley = (u: number): number => {
  const x = 32.768 * (2 * u - 1);
  return 20 + Math.E - 20 * Math.exp(-0.2 * Math.abs(x)) - Math.exp(Math.cos(2 * Math.PI * x));
};

test("Ackley's function on a lattice: what FastGPs reports in its documentation", async () => {
  const points = lattice({ dimension: 1, key: key(7) });
  const at = iidUniform({ dimension: 1, key: key(17) }).array(0, 128);
  const truth = at.map(ackley);
  const valuesOf = (n: number): Float64Array => Float64Array.from(points.array(0, n), ackley);
  const errorOf = (gp: FastGp): number => {
    const gaps = gp.predict(at).mean.map((value, i) => value - truth[i]);
    return Math.hypot(...gaps) / Math.hypot(...truth);
  };
  const gp = await fastGp({ points, values: valuesOf(1024), steps: 60 });
  // Loss -510, mean 18.41, variance 4.765e-8, relative error 1.96e-4 for other shifts and places.
  expect(Math.abs(Math.min(...gp.history) + 510)).toBeLessThan(3);
  const { mean, variance } = gp.integral();
  expect(mean).toBeCloseTo(18.4103394692, 3);
  expect(Math.abs(variance / 4.765e-8 - 1)).toBeLessThan(0.05);
  expect(errorOf(gp)).toBeLessThan(4e-4);

  // Twice the points with the same parameters: the variance is known before the values are.
  const { scale, weights, nugget } = gp;
  const twice = await fastGp({ points, values: valuesOf(2048), steps: 0, scale, weights, nugget });
  const future = gp.gram.doubled();
  const known = scale - (scale * scale * 2048) / (future.eigenvalues[0] + nugget);
  expect(twice.integral().variance).toBeCloseTo(known, 10);
  expect(errorOf(twice)).toBeLessThan(errorOf(gp));
});

test("Ackley's function on a net: the error that FastGPs reports", async () => {
  const points = sobol({ dimension: 1, key: key(7) });
  const at = iidUniform({ dimension: 1, key: key(17) }).array(0, 128);
  const gp = await fastGp({ points, values: Float64Array.from(points.array(0, 1024), ackley), steps: 40 });
  const gaps = gp.predict(at).mean.map((value, i) => value - ackley(at[i]));
  // 8.4e-3 there, 4.7e-3 for twice the points.
  expect(Math.hypot(...gaps) / Math.hypot(...at.map(ackley))).toBeLessThan(1.3e-2);
});

test("starts: given ones are kept, a constant fits itself", async () => {
  const points = lattice({ dimension: 2, key: key(1) });
  const given = { scale: 0.3, weights: [2, 0.5], nugget: 1e-3 };
  expect(await fastGp({ points, values: [1, 2, 4, 3], steps: 0, ...given })).toMatchObject({
    scale: expect.closeTo(0.3, 12),
    nugget: expect.closeTo(1e-3, 12),
  });
  const flat = await fastGp({ points, values: new Float64Array(16).fill(3), steps: 5 });
  expect(flat.integral().mean).toBeCloseTo(3, 12);
});

test("bad input rejects", async () => {
  const points = lattice({ dimension: 2 });
  await expect(fastGp({ points, values: [1, 2, 3] })).rejects.toThrow(/number of values must be a power of two/);
  await expect(fastGp({ points, values: [1, Number.NaN] })).rejects.toThrow(/values is not finite/);
  await expect(fastGp({ points, values: [1, 2], weights: [1] })).rejects.toThrow(/weights has the wrong length/);
  await expect(fastGp({ points, values: [1, 2], nugget: 0 })).rejects.toThrow(/nugget is out of range/);
  const nested = sobol({ dimension: 2, key: key(1), scramble: "nus" });
  await expect(fastGp({ points: nested, values: [1, 2] })).rejects.toThrow(/nested scrambling have no fast Gram/);
  const gp = await fastGp({ points, values: [1, 2], steps: 0 });
  expect(() => gp.predict([0.5])).toThrow(/no list of points/);
});
