/** Blur, phases that are lost, bases, noise, correlation, scenes: what golden files do not cover. */
import {
  blurOperator,
  cgls,
  chambollePock,
  cosineOperator,
  maskOperator,
  mixedNoise,
  parallelBeam,
  partialFourierOperator,
  phaselessOperator,
  pointScene,
  projector,
  randomPoints,
  reconstruct,
  relativeError,
  ringCorrelation,
  separableBlurOperator,
  sparseIn,
  type MimoSetup,
} from "@ansatz/inverse";
import { abs, add, astype, complex, full, mul, real, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { identityOperator } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { f64, read } from "./reader/common.ts";

const close = (got: readonly number[], expected: readonly number[], digits = 10): void => {
  for (const [i, v] of got.entries()) expect(v).toBeCloseTo(expected[i], digits);
};
const draw = (seed: number, shape: readonly number[]): Tensor => normal(key(seed), shape, { dtype: "f64" });

describe("separable blur", () => {
  test("periodic, it is the blur by the product of the kernels", async () => {
    const [down, across] = [
      [0.2, 0.5, -0.1],
      [0.1, 0.2, 0.4, 0.3, 0.05],
    ];
    const whole = blurOperator(
      [6, 7],
      down.map((a) => across.map((b) => a * b)),
      { dtype: "f64" },
    );
    const parts = separableBlurOperator([6, 7], [down, across], { boundary: "periodic", dtype: "f64" });
    const x = draw(1, [6, 7]);
    close(await read(parts.apply(x)), await read(whole.apply(x)));
  });
  test("with zeros beyond the edges, kernels may be longer than the image", async () => {
    const a = separableBlurOperator([2], [[1, 2, 3, 4, 5]], { dtype: "f64" });
    expect(await read(a.apply(f64([1, 10])))).toEqual([23, 34]);
  });
  test("kernels that do not fit are refused", () => {
    expect(() => separableBlurOperator([4, 4], [[1]])).toThrow(/kernels do not fit/);
    expect(() => separableBlurOperator([4], [[1, 2]])).toThrow(/kernels\[0\] has a length/);
    expect(() => separableBlurOperator([4], [[NaN]])).toThrow(/kernels\[0\]\[0\] is not finite/);
  });
});

describe("phaseless measurements", () => {
  const fourier = partialFourierOperator([3, 4], [1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1], { dtype: "c128" });
  test.each(["magnitude", "intensity"] as const)("the gradient of %s is that of finite differences", async (kind) => {
    const f = phaselessOperator(fourier, { kind });
    const [x, d] = [1, 3].map((s) => complex(draw(s, [3, 4]), draw(s + 1, [3, 4])));
    const y = draw(9, fourier.range);
    const at = async (t: number): Promise<number> => (await read(sum(mul(f.apply(add(x, mul(d, t))), y))))[0];
    const numeric = ((await at(1e-6)) - (await at(-1e-6))) / 2e-6;
    const g = f.vjp(x, y);
    const [gr, gi, dr, di] = [
      real(g),
      real(mul(g, complex(f64(0), f64(-1)))),
      real(d),
      real(mul(d, complex(f64(0), f64(-1)))),
    ];
    const [along] = await read(sum(add(mul(gr, dr), mul(gi, di))));
    expect(along).toBeCloseTo(numeric, 6);
  });
  test("a value of 0 has the gradient 0, and the phase of the whole image is lost", async () => {
    const f = phaselessOperator(identityOperator([3], "f64"));
    expect(await read(f.vjp(f64([0, -2, 3]), f64([5, 5, 5])))).toEqual([0, -5, 5]);
    expect(await read(f.apply(f64([0, -2, 3])))).toEqual([0, 2, 3]);
  });
  test("arguments of another shape are refused", () => {
    const f = phaselessOperator(identityOperator([3], "f64"));
    expect(() => f.apply(f64([1]))).toThrow(/x has another shape/);
    expect(() => phaselessOperator(null as never)).toThrow(/operator is none/);
  });
});

test("a sum of few cosines is found from less than half of its pixels", async () => {
  const basis = cosineOperator([12, 12], { dtype: "f64" });
  const coefficients = new Float64Array(144);
  for (const [at, v] of [
    [0, 3],
    [14, 2],
    [40, -1.5],
  ])
    coefficients[at] = v;
  const truth = basis.adjoint(f64(Array.from(coefficients), [12, 12]));
  const keep = Array.from({ length: 144 }, (_, i) => ((i * 37) % 101 < 45 ? 1 : 0));
  const operator = maskOperator([12, 12], keep, { dtype: "f64" });
  const method = chambollePock({ terms: [sparseIn("cosine", [12, 12], 0.02, { dtype: "f64" })] });
  const { value } = await reconstruct(method, { operator, data: operator.apply(truth) }, { maxIterations: 500 });
  expect(await relativeError(value, truth)).toBeLessThan(0.05);
  expect(() => sparseIn("cosine", [12, 12], -1)).toThrow(/weight/);
});

test("mixed noise has the variance of its parts, and the mean of the data", async () => {
  const noisy = await mixedNoise(key(1), full([100_000], 4, { dtype: "f64" }), { gain: 10, sigma: 0.5 });
  const values = await read(noisy);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean - 4)).toBeLessThan((4 * Math.sqrt(0.65)) / Math.sqrt(1e5));
  expect(Math.abs(variance / (4 / 10 + 0.25) - 1)).toBeLessThan(0.03);
  await expect(mixedNoise(key(1), f64([1]), { gain: 0 })).rejects.toThrow(/gain is out of range/);
  await expect(mixedNoise(key(1), f64([-1]))).rejects.toThrow(/means\[0\] is out of range/);
});

describe("ring correlation", () => {
  test.each([[[16, 16]], [[8, 10]], [[6, 8, 6]]])(
    "of an image with itself is 1, of other noise near 0: %j",
    async (shape) => {
      const x = draw(1, shape);
      const own = await ringCorrelation(x, mul(x, -2));
      for (const v of own.correlation) expect(v).toBeCloseTo(-1, 10);
      expect((await ringCorrelation(x, x)).resolution).toBe(0.5);
      expect(own.counts.reduce((a, b) => a + b)).toBeLessThanOrEqual(x.size);
      expect((await ringCorrelation(x, draw(2, shape))).resolution).toBeLessThan(0.5);
    },
  );
  test("falls where one of the images is smooth", async () => {
    const x = draw(1, [32, 32]);
    const kernel = [0.25, 0.5, 0.25];
    const smooth = separableBlurOperator([32, 32], [kernel, kernel], { boundary: "periodic", dtype: "f64" }).apply(x);
    const noisy = await ringCorrelation(
      add(smooth, mul(draw(2, [32, 32]), 0.3)),
      add(smooth, mul(draw(3, [32, 32]), 0.3)),
    );
    expect(noisy.correlation[2]).toBeGreaterThan(0.7);
    expect(noisy.resolution).toBeLessThan(0.45);
    expect(noisy.resolution).toBeGreaterThan(0.15);
  });
  test("refuses vectors and values that are not finite", async () => {
    await expect(ringCorrelation(f64([1]), f64([1]))).rejects.toThrow(/images have 2 axes/);
    await expect(ringCorrelation(f64([[NaN]]), f64([[1]]))).rejects.toThrow(/not finite/);
  });
});

describe("scenes of points", () => {
  const setup: MimoSetup = {
    transmitters: [[0, 0, 0]],
    receivers: [[0.1, 0, 0]],
    frequencies: [5e9],
    x: [-0.1, 0, 0.1],
    y: [0, 0.1],
    z: [0.5],
  };
  test("are put into the nearest voxels", async () => {
    const scene = pointScene(setup, [{ position: [0.09, 0.02, 0.5], magnitude: 2, phase: Math.PI }], {
      precision: "f64",
    });
    expect(scene.shape).toEqual([3, 2, 1]);
    close(await read(real(scene)), [0, 0, 0, 0, -2, 0]);
  });
  test("random ones have as many points as asked for", async () => {
    const scene = await randomPoints(key(1), setup, 4);
    const size = await read(abs(real(mul(scene, scene))));
    expect(size.filter((v) => v !== 0)).toHaveLength(4);
    await expect(randomPoints(key(1), setup, 7)).rejects.toThrow(/count is too large/);
  });
  test("points outside, or two in a voxel, are refused", () => {
    expect(() => pointScene(setup, [{ position: [1, 0, 0.5] }])).toThrow(/outside of the grid/);
    const twice = [{ position: [0, 0, 0.5] }, { position: [0.01, 0, 0.5] }] as const;
    expect(() => pointScene(setup, twice)).toThrow(/voxel of another/);
  });
});

test("wrong geometries are refused by the field", () => {
  const scan = { image: { rows: 4, columns: 4, pixel: 1 }, angles: [0], detectors: 5, spacing: 1 };
  expect(() => parallelBeam({ ...scan, spacing: 0 })).toThrow(/spacing is out of range/);
  expect(() => parallelBeam({ ...scan, angles: [NaN] })).toThrow(/angles\[0\] is not finite/);
  expect(() => parallelBeam({ ...scan, angles: [] })).toThrow(/angles is empty/);
  expect(() => parallelBeam({ ...scan, detectors: 0.5 })).toThrow(/detectors is out of range/);
  expect(() => projector({ kind: "spiral" } as never)).toThrow(/geometry is unknown/);
});

test("a singular operator ends with a status", async () => {
  const nothing = maskOperator([4], [0, 0, 0, 0], { dtype: "f64" });
  const { status, value } = await reconstruct(cgls(), { operator: nothing, data: f64([1, 2, 3, 4]) });
  expect(["breakdown", "converged", "max-iterations"]).toContain(status);
  expect((await read(value)).every(Number.isFinite)).toBe(true);
  expect(await read(sub(astype(value, "f64"), tensor([0, 0, 0, 0], { dtype: "f64" })))).toEqual([0, 0, 0, 0]);
});
