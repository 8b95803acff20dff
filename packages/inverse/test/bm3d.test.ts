/** Block matching on images with texture. */
import { bm3d, gaussianNoise, nonLocalMeans, psnr, tvDenoiser, type Denoiser } from "@ansatz/inverse";
import { ones, tensor, type Tensor } from "@ansatz/tensor";
import { key, uniform } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { read } from "./reader/common.ts";

const SIZE = 48;

/** A disc with waves on its left half and a chequered patch on its right one. */
const texture = (i: number, j: number): number => {
  const [y, x] = [(2 * i + 1) / SIZE - 1, (2 * j + 1) / SIZE - 1];
  if (x * x + y * y > 0.8) return 0.3;
  if (x < 0) return 0.5 + 0.25 * Math.sin(1.1 * i + 0.6 * j);
  return y > -0.2 ? 0.5 + ((Math.floor(i / 4) + Math.floor(j / 4)) % 2 === 0 ? 0.2 : -0.2) : 0.5;
};
const truth = tensor(
  Float64Array.from({ length: SIZE * SIZE }, (_, p) => texture(Math.floor(p / SIZE), p % SIZE)),
  { shape: [SIZE, SIZE], dtype: "f64" },
);

// Close to well-tuned non-local means at the lower level, far ahead at the higher one.
test.each([
  [0.1, 0],
  [0.2, 2],
])("at sigma %d it is better than the best strength of others", async (sigma, margin) => {
  const noisy = gaussianNoise(key(3), truth, sigma);
  const quality = async (denoiser: Denoiser, level: number): Promise<number> =>
    psnr(await denoiser.denoise(noisy, level), truth);
  const ours = await quality(bm3d(), sigma);
  for (const other of [tvDenoiser(), nonLocalMeans(), nonLocalMeans({ patch: 2, search: 8, strength: 0.7 })]) {
    for (const share of [0.6, 0.8, 1, 1.2])
      expect(ours).toBeGreaterThan((await quality(other, share * sigma)) + margin);
  }
});

test("runs without chance, and next to nothing is left out when there is next to no noise", async () => {
  const image = uniform(key(1), [11, 20], { dtype: "f64" });
  const once = await read(await bm3d({ step: 8 }).denoise(image, 1e-6));
  expect(await read(await bm3d({ step: 8 }).denoise(image, 1e-6))).toEqual(once);
  for (const [i, value] of (await read(image)).entries()) expect(value).toBeCloseTo(once[i], 5);
});

test("refuses what it cannot do", async () => {
  const run = async (image: Tensor): Promise<Tensor> => bm3d().denoise(image, 0.1);
  await expect(run(ones([7, 20]))).rejects.toThrow(/the image is too small \(got \[7,20\], expected at least 8/);
  await expect(run(ones([8, 8, 8]))).rejects.toThrow(/expected 2 axes/);
  expect(() => bm3d({ step: 9 })).toThrow(/step leaves pixels out \(got 9/);
  expect(() => bm3d({ search: 0 })).toThrow(/search is out of range \(got 0/);
});
