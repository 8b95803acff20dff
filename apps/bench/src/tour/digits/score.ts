/** Scores of drawn digits against digits that were held back. */
import { tensor, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { DIGIT_SIZE } from "../../data/digits.ts";
import { frechetDistance, momentsOf } from "../../metrics/frechet.ts";
import { slicedWasserstein } from "../../metrics/slicedWasserstein.ts";
import { FEATURES, type LoadedClassifier } from "../../models/classifier.ts";

/** Scores of a set of pictures; less is better. */
export interface Score {
  /** Sliced Wasserstein distance of the pixels. */
  readonly slicedWasserstein: number;
  /** Fréchet distance of the classifier's features. */
  readonly frechet: number;
}

/** Scores pictures, values in C order. */
export type Scorer = (images: Float32Array<ArrayBuffer>) => Promise<Score>;

const PIXELS = DIGIT_SIZE * DIGIT_SIZE;

/**
 * Prepares scoring against held-back pictures.
 * @param count pictures that will be scored at a time: as many held-back ones are compared pixel by pixel, and all of them
 *   by features
 */
export async function makeScorer(
  classifier: LoadedClassifier,
  heldBack: Tensor,
  key: Key,
  count: number,
): Promise<Scorer> {
  const moments = momentsOf(await classifier.features(heldBack), FEATURES);
  const pixels = ((await heldBack.data()) as Float32Array<ArrayBuffer>).slice(0, count * PIXELS);
  const { device } = heldBack;
  return async (images) => {
    using x = tensor(images, { shape: [images.length / PIXELS, 1, DIGIT_SIZE, DIGIT_SIZE], device });
    const features = await classifier.features(x);
    return {
      slicedWasserstein: await slicedWasserstein(images, pixels, { dimension: PIXELS, key }),
      frechet: frechetDistance(momentsOf(features, FEATURES), moments),
    };
  };
}
