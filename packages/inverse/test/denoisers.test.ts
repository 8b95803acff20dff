/** Every denoiser of the registry, and what is made of them. */
import * as inverse from "@ansatz/inverse";
import {
  denoisers,
  denoising,
  ellipsePhantom,
  gaussianNoise,
  l1,
  magnitudeDenoiser,
  nonLocalMeans,
  psnr,
  relativeDenoiser,
  residualLipschitz,
  sheppLogan,
  unitSquare,
  waveletDenoiser,
  type Denoiser,
} from "@ansatz/inverse";
import { abs, astype, complex, full, imag, mul, ones, real, sub, sum, tensor, zeros } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

const image = ellipsePhantom(sheppLogan(), unitSquare(32), { supersample: 8, dtype: "f64" });
const noisy = gaussianNoise(key(1), image, 0.1);
const difference = async (a: typeof image, b: typeof image): Promise<number> =>
  Number(await sum(abs(sub(a, b))).item());

test("every name is used once", () => {
  expect(new Set(denoisers.map(({ name }) => name)).size).toBe(denoisers.length);
});

describe.each(denoisers)("$name", ({ factory, create }) => {
  test("names an exported factory", () => expect(inverse).toHaveProperty(factory));

  test("removes noise, in both precisions, and leaves the noisy image", async () => {
    const before = await read(noisy);
    const clean = await create().denoise(noisy, 0.1);
    expect(clean.dtype).toBe("f64");
    expect(await psnr(clean, image)).toBeGreaterThan((await psnr(noisy, image)) + 3);
    expect(await read(noisy)).toEqual(before);
    const single = await create().denoise(astype(noisy, "f32"), 0.1);
    expect(single.dtype).toBe("f32");
    expect(await difference(astype(single, "f64"), clean)).toBeLessThan(1e-3 * 1024);
  });

  test("with sigma 0 gives the image back, as a tensor of its own", async () => {
    const same = await create().denoise(noisy, 0);
    expect(same).not.toBe(noisy);
    expect(await difference(same, noisy)).toBeLessThan(1e-9);
  });

  test("scales with the image", async () => {
    const scaled = await create().denoise(mul(noisy, 8), 0.8);
    const clean = await create().denoise(noisy, 0.1);
    expect(await difference(mul(scaled, 1 / 8), clean)).toBeLessThan(1e-6);
  });

  test("keeps constant images", async () => {
    const flat = full([16, 16], 0.3, { dtype: "f64" });
    expect(await difference(await create().denoise(flat, 0.2), flat)).toBeLessThan(1e-9);
  });

  test("refuses complex images and levels below 0", async () => {
    await expect(async () => create().denoise(complex(noisy, noisy), 0.1)).rejects.toThrow(/the image is not real/);
    await expect(async () => create().denoise(noisy, -1)).rejects.toThrow(/sigma is out of range \(got -1/);
  });
});

test("sizes that do not fit are refused", () => {
  expect(() => waveletDenoiser().denoise(ones([9, 9]), 1)).toThrow(/all sizes must be even/);
  expect(() => nonLocalMeans().denoise(ones([9, 9, 9]), 1)).toThrow(/expected 2 axes/);
});

test("a denoiser of the magnitude keeps phases", async () => {
  const shrink: Denoiser = { name: "shrink", citations: [], denoise: (x, sigma) => l1().prox(x, sigma) };
  const z = complex(tensor([3, 0, 0.3], { dtype: "f64" }), tensor([-4, 0, 0.4], { dtype: "f64" }));
  const clean = await magnitudeDenoiser(shrink).denoise(z, 1);
  const want = [2.4, 0, 0, -3.2, 0, 0];
  for (const [i, v] of [...(await read(real(clean))), ...(await read(imag(clean)))].entries())
    expect(v).toBeCloseTo(want[i], 12);
});

test("a relative denoiser counts sigma from the largest magnitude, and keeps zeros", async () => {
  const shrink: Denoiser = { name: "shrink", citations: [], denoise: (x, sigma) => l1().prox(x, sigma) };
  expect(await read(await relativeDenoiser(shrink).denoise(tensor([-10, 4]), 0.1))).toEqual([-9, 3]);
  expect(await read(await relativeDenoiser(shrink).denoise(zeros([2]), 0.1))).toEqual([0, 0]);
});

test("without a sigma the level is the root of the step", async () => {
  const seen: number[] = [];
  const spy: Denoiser = {
    name: "spy",
    citations: [],
    denoise: (x, sigma) => {
      seen.push(sigma);
      return mul(x, 1);
    },
  };
  await denoising(spy).prox(noisy, 0.25);
  await denoising(spy, { sigma: 2 }).prox(noisy, 0.25);
  expect(seen).toEqual([0.5, 2]);
});

test("the Lipschitz constant of D - I of a linear denoiser is its norm", async () => {
  const factors = tensor([0.9, 0.5, 0.2], { dtype: "f64" });
  const linear: Denoiser = { name: "linear", citations: [], denoise: (x) => mul(x, factors) };
  const x = ones([3], { dtype: "f64" });
  expect(await residualLipschitz(linear, x, 1, { key: key(3), iterations: 40 })).toBeCloseTo(0.8, 6);
});
