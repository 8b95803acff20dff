import { describe, expect, it } from "vitest";
import { key, normal } from "@ansatz/tensor/random";
import { frechetDistance, momentsOf } from "../src/metrics/frechet.ts";
import { rmsDifference } from "../src/metrics/rms.ts";
import { slicedWasserstein } from "../src/metrics/slicedWasserstein.ts";
import { symmetricEigen, symmetricRoot } from "../src/metrics/symmetric.ts";

async function gaussians(count: number, dimension: number, seed: number): Promise<Float32Array<ArrayBuffer>> {
  using x = normal(key(seed), [count, dimension], { device: "cpu" });
  return (await x.data()) as Float32Array<ArrayBuffer>;
}

describe("rmsDifference", () => {
  it("is the root of the mean square", () => {
    expect(rmsDifference([1, 2, 3], [1, 0, 7])).toBeCloseTo(Math.sqrt(20 / 3), 15);
  });

  it("refuses lists of different length", () => {
    expect(() => rmsDifference([1], [1, 2])).toThrow("rmsDifference: lengths differ or are zero (got 1 and 2).");
  });
});

describe("slicedWasserstein", () => {
  it("of a shifted set is the shift's mean length along random directions", async () => {
    const dimension = 5;
    const a = await gaussians(300, dimension, 1);
    const shift = [3, -1, 0, 2, 0.5];
    const b = a.map((value, i) => value + shift[i % dimension]);
    const length = Math.hypot(...shift);
    const found = await slicedWasserstein(a, b, { dimension, directions: 4000, key: key(2) });
    // The mean of squared projections of a vector on random directions is its squared length over the dimension.
    expect(found).toBeCloseTo(length / Math.sqrt(dimension), 1);
  });

  it("does not see the order of the points", async () => {
    const a = await gaussians(50, 2, 3);
    const reversed = Float32Array.from({ length: a.length }, (_, i) => a[(49 - (i >> 1)) * 2 + (i & 1)]);
    expect(await slicedWasserstein(a, reversed, { dimension: 2, key: key(0) })).toBe(0);
  });

  it("refuses sets of different size", async () => {
    await expect(
      slicedWasserstein(new Float32Array(4), new Float32Array(6), { dimension: 2, key: key(0) }),
    ).rejects.toThrow("slicedWasserstein: sets of equal size are needed (got 4 and 6 numbers");
  });
});

describe("symmetric matrices", () => {
  const matrix = Float64Array.of(4, 1, -2, 1, 3, 0.5, -2, 0.5, 5);

  it("are taken apart into eigenvalues and vectors", () => {
    const { values, vectors } = symmetricEigen(matrix, 3);
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 3; k++) {
        const image = [0, 1, 2].reduce((sum, j) => sum + matrix[i * 3 + j] * vectors[j * 3 + k], 0);
        expect(image).toBeCloseTo(values[k] * vectors[i * 3 + k], 13);
      }
    }
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(12, 13);
  });

  it("have a root whose square they are", () => {
    const root = symmetricRoot(matrix, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const square = [0, 1, 2].reduce((sum, k) => sum + root[i * 3 + k] * root[k * 3 + j], 0);
        expect(square).toBeCloseTo(matrix[i * 3 + j], 12);
      }
    }
  });
});

describe("frechetDistance", () => {
  const moments = (mean: number[], variances: number[]) => ({
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(variances.flatMap((v, i) => variances.map((_, j) => (i === j ? v : 0)))),
  });

  it("between Gaussians with diagonal covariances is a sum of squares", () => {
    const a = moments([1, 2], [4, 9]);
    const b = moments([0, 4], [1, 25]);
    // |m - m'|^2 + sum (s - s')^2
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 4 + 1 + 4, 12);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 12);
  });

  it("does not change when both are turned alike", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const turn = ({ mean, covariance: v }: ReturnType<typeof moments>) => ({
      mean: Float64Array.of(c * mean[0] - s * mean[1], s * mean[0] + c * mean[1]),
      covariance: Float64Array.of(
        c * c * v[0] + s * s * v[3],
        c * s * (v[0] - v[3]),
        c * s * (v[0] - v[3]),
        s * s * v[0] + c * c * v[3],
      ),
    });
    const a = moments([1, 2], [4, 9]);
    const b = moments([0, 4], [1, 25]);
    expect(frechetDistance(turn(a), turn(b))).toBeCloseTo(frechetDistance(a, b), 10);
  });

  it("takes mean and covariance from rows", () => {
    const { mean, covariance } = momentsOf([1, 2, 3, 6, 5, 4], 2);
    expect([...mean]).toEqual([3, 4]);
    expect([...covariance]).toEqual([4, 2, 2, 4]);
    expect(() => momentsOf([1, 2], 2)).toThrow("momentsOf: at least two vectors are needed (got 1).");
  });
});
