/** Fast Gaussian processes: likelihood, predictions and integrals against dense algebra. */
import { fastGp, lattice, sobol, type DigitalNet, type Lattice } from "@ansatz/qmc";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

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

  test("gradients: no direction from the start lowers the likelihood faster", async () => {
    // One Adam step of rate h moves every logarithm by h against the sign of its derivative.
    const values = valuesOf(points, 64);
    const options = { points, values, scale: 0.7, weights: [0.5, 1.5], nugget: 0.01 };
    const at = async (change: number[]): Promise<number> => {
      const moved = {
        scale: 0.7 * Math.exp(change[0]),
        weights: [0.5 * Math.exp(change[1]), 1.5 * Math.exp(change[2])],
        nugget: 0.01 * Math.exp(change[3]),
      };
      return (await fastGp({ ...options, ...moved, steps: 0 })).history[0];
    };
    const h = 1e-3;
    const slopes = await Promise.all(
      [0, 1, 2, 3].map(async (j) => {
        const unit = [0, 0, 0, 0].map((__, k) => (k === j ? h : 0));
        return ((await at(unit)) - (await at(unit.map((x) => -x)))) / (2 * h);
      }),
    );
    const { history } = await fastGp({ ...options, steps: 1, learningRate: h });
    const predicted = slopes.reduce((sum, slope) => sum - h * Math.abs(slope), 0);
    expect(Math.abs((history[1] - history[0]) / predicted - 1)).toBeLessThan(0.02);
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
