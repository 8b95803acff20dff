/** Networks that remove noise. */
import {
  denoisingCnn,
  denoisingUNet,
  ellipsePhantom,
  gaussianNoise,
  learnedDenoiser,
  psnr,
  randomEllipses,
  trainDenoiser,
  unitSquare,
  type DenoiserNet,
} from "@ansatz/inverse";
import { abs, astype, max, mul, ones, stack, sub, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

const largest = async (t: Tensor): Promise<number> => Number(await max(abs(t)).item());

const NETS: readonly (readonly [string, DenoiserNet<any>, number[]])[] = [
  ["denoisingCnn", denoisingCnn({ axes: 2, channels: 4, layers: 3 }), [7, 9]],
  ["denoisingCnn of volumes", denoisingCnn({ axes: 3, channels: 4, layers: 3 }), [6, 5, 4]],
  ["denoisingUNet", denoisingUNet({ channels: [4, 6, 8] }), [8, 12]],
];

describe.each(NETS)("%s", (_, net, shape) => {
  const params = net.init(key(1), { dtype: "f64" });
  const batch = normal(key(2), [3, ...shape], { dtype: "f64" });
  const sigma = tensor([0.1, 0.2, 0.3], { dtype: "f64" });

  test("scales with image and level", async () => {
    const one = net.apply(params, batch, sigma);
    expect(one.shape).toEqual(batch.shape);
    const three = net.apply(params, mul(batch, 3), mul(sigma, 3));
    expect(await largest(sub(three, mul(one, 3)))).toBeLessThan(1e-12);
  });

  test("sees the level, and every image alone", async () => {
    const one = net.apply(params, batch, sigma);
    expect(await largest(sub(net.apply(params, batch, mul(sigma, 2)), one))).toBeGreaterThan(1e-4);
    const denoiser = learnedDenoiser(net, params);
    for (const [i, level] of [0.1, 0.2, 0.3].entries()) {
      const alone = await denoiser.denoise(batch.slice([i]), level);
      expect(await largest(sub(alone, one.slice([i])))).toBeLessThan(1e-12);
    }
  });

  test("returns the data type of the image", async () => {
    const single = await learnedDenoiser(net, params).denoise(astype(batch.slice([0]), "f32"), 0.1);
    expect(single.dtype).toBe("f32");
  });
});

test("a volume's convolution sees all 27 neighbours, and zeros outside", async () => {
  const net = denoisingCnn({ axes: 3, channels: 1, layers: 2 });
  const params = net.init(key(3), { dtype: "f64" });
  const [first, second] = params.layers.map(({ weight }) => weight);
  // A single bright voxel in the middle, and a first layer that sums what it sees.
  const sums = {
    layers: [{ weight: ones(first.shape, { dtype: "f64" }) }, { weight: zeros(second.shape, { dtype: "f64" }) }],
  };
  const spot = Array.from({ length: 27 }, (_, i) => (i === 13 ? 1 : 0));
  const volume = tensor(spot, { shape: [1, 3, 3, 3], dtype: "f64" });
  // The second layer passes its centre on, so that the network's output is the volume minus the sums.
  const weights = new Float64Array(second.size);
  weights[9 + 4] = 1;
  const pass = { layers: [sums.layers[0], { weight: tensor(weights, { shape: second.shape, dtype: "f64" }) }] };
  const out = await read(sub(volume, net.apply(pass, volume, tensor([0], { dtype: "f64" }))));
  expect(out).toEqual(Array.from({ length: 27 }, () => 1));
  const nothing = await read(sub(volume, net.apply(sums, volume, tensor([0], { dtype: "f64" }))));
  expect(nothing).toEqual(Array.from({ length: 27 }, () => 0));
});

test("training removes noise", async () => {
  const image = unitSquare(16);
  const phantoms = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => ellipsePhantom(await randomEllipses(key(i)), image, { supersample: 2 })),
  );
  const net = denoisingCnn({ axes: 2, channels: 8, layers: 3 });
  const params = net.init(key(1));
  const images = stack(phantoms);
  const result = await trainDenoiser(net, { params, images, key: key(2), steps: 150, batchSize: 8 });
  expect(result.status).toBe("completed");
  const truth = ellipsePhantom(await randomEllipses(key(99)), image, { supersample: 2 });
  const noisy = gaussianNoise(key(3), truth, 0.15);
  const before = await psnr(noisy, truth);
  expect(await psnr(await learnedDenoiser(net, result.state.params).denoise(noisy, 0.15), truth)).toBeGreaterThan(
    before + 3,
  );
});

test("settings and images that do not fit are refused", () => {
  expect(() => denoisingCnn({ axes: 4 as never })).toThrow(/axes is unknown \(got 4/);
  expect(() => denoisingUNet({ channels: [] })).toThrow(/channels is empty/);
  const net = denoisingUNet({ channels: [2, 2] });
  const denoiser = learnedDenoiser(net, net.init(key(1)));
  expect(() => denoiser.denoise(ones([7, 8]), 0.1)).toThrow(/cannot be halved 1 times/);
  expect(() => denoiser.denoise(ones([8]), 0.1)).toThrow(/expected 2 axes/);
});
