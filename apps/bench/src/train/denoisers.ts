/** Training the networks that remove noise from images and from the magnitudes of radar scenes. */
import {
  denoisingCnn,
  gaussianNoise,
  learnedDenoiser,
  magnitudeDenoiser,
  psnr,
  randomPhases,
  trainDenoiser,
  tvDenoiser,
  type Denoiser,
  type DenoiserNet,
  type TrainDenoiserOptions,
} from "@ansatz/inverse";
import type { TrainResult } from "@ansatz/nn";
import { abs, isTensor, scope, slice, type Tensor, type Tree } from "@ansatz/tensor";
import { key, type Key } from "@ansatz/tensor/random";
import { denoiserImages, sceneImages } from "../data/denoiserImages.ts";

/** How a denoiser is trained. */
export interface DenoiserTraining {
  readonly seed: number;
  readonly steps: number;
}

/** Everything about one of the shipped denoisers. */
export interface DenoiserRecipe {
  readonly net: DenoiserNet;
  readonly training: DenoiserTraining;
  /** Images to train on. */
  images(from: Key): Promise<Tensor>;
  /** Images that no training sees. */
  heldBack(from: Key): Promise<Tensor>;
  readonly settings: Pick<TrainDenoiserOptions<Tree>, "largestSigma" | "magnitude" | "batchSize" | "learningRate">;
}

/** Voxels of the radar's scenes along x, y and z. */
export const SCENE_SHAPE: readonly number[] = [11, 11, 5];

/** Keys of the held-back images: no seed makes those. */
const HELD_BACK = 0x68656c64;

/** The shipped denoisers. */
export const DENOISERS: Readonly<Record<"denoiser" | "volumes", DenoiserRecipe>> = {
  denoiser: {
    net: denoisingCnn({ axes: 2, channels: 16, layers: 5 }),
    training: { seed: 1, steps: 2500 },
    images: (from) => denoiserImages(from, 800),
    heldBack: (from) => denoiserImages(from, 24),
    settings: { largestSigma: 0.15, batchSize: 8, learningRate: 5e-3 },
  },
  volumes: {
    net: denoisingCnn({ axes: 3, channels: 16, layers: 4 }),
    training: { seed: 1, steps: 4000 },
    images: (from) => sceneImages(from, SCENE_SHAPE, 1500),
    heldBack: (from) => sceneImages(from, SCENE_SHAPE, 24),
    settings: { largestSigma: 0.4, magnitude: true, batchSize: 8 },
  },
};

/** Trains; the parameters of the result belong to the caller. */
export async function trainShippedDenoiser(
  name: keyof typeof DENOISERS,
  { seed, steps }: DenoiserTraining,
  options: Pick<TrainDenoiserOptions<Tree>, "signal" | "onStep">,
): Promise<TrainResult> {
  const { net, images, settings } = DENOISERS[name];
  const [forInit, forImages, forRun] = key(seed).split(3);
  const data = await images(forImages);
  return trainDenoiser(net, {
    params: net.init(forInit, { device: "cpu" }),
    images: data,
    key: forRun,
    steps,
    ...settings,
    ...options,
  });
}

/** Mean PSNR on held-back images with noise of a level: of the noisy images, and after the network and (where `compare`, otherwise 0) total variation. */
export async function heldBackQuality(
  name: keyof typeof DENOISERS,
  params: Tree,
  sigma: number,
  compare = true,
): Promise<{ readonly noisy: number; readonly network: number; readonly variation: number }> {
  const { net, heldBack, settings } = DENOISERS[name];
  const images = await heldBack(key(HELD_BACK));
  const real = settings.magnitude !== true;
  const methods: Record<string, Denoiser> = {
    network: learnedDenoiser(net, params),
    ...(compare ? { variation: tvDenoiser() } : {}),
  };
  const totals: Record<string, number> = { noisy: 0, network: 0, variation: 0 };
  const count = images.shape[0];
  for (let i = 0; i < count; i++) {
    const image = slice(images, [i]).eval();
    const [forNoise, forPhase] = key(HELD_BACK + 1)
      .fold(i)
      .split(2);
    const noisy = scope(() => gaussianNoise(forNoise, real ? image : randomPhases(forPhase, image), sigma));
    const measure = async (x: Tensor): Promise<number> => psnr(real ? x : scope(() => abs(x)), image);
    totals["noisy"] += (await measure(noisy)) / count;
    for (const [method, denoiser] of Object.entries(methods)) {
      const made = (real ? denoiser : magnitudeDenoiser(denoiser)).denoise(noisy, sigma);
      totals[method] += (await measure(isTensor(made) ? made : await made)) / count;
    }
  }
  return totals as unknown as { noisy: number; network: number; variation: number };
}
