/** Handwritten digits: the 10 000 images of the `mnist` package, split once and for all. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { tensor, type Tensor } from "@ansatz/tensor";

/** Height and width of an image. */
export const DIGIT_SIZE = 28;
const PIXELS = DIGIT_SIZE * DIGIT_SIZE;
const CLASSES = 10;
/** The last images of every digit are held back from training. */
const HELD_BACK = 100;

/** Images in C order, [count, 1, 28, 28], from -1 (paper) to 1 (ink), and what they show. */
export interface DigitSet {
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly count: number;
}

/** Images to train with and images that no training sees. */
export interface Digits {
  readonly train: DigitSet;
  readonly heldBack: DigitSet;
}

/**
 * Reads the digits. The split does not depend on any seed: the last 100 images of every digit are held back. Images of
 * the digits alternate (0, 1, ..., 9, 0, ...), so that every stretch of a set has about equally many of each.
 */
export function loadDigits(): Digits {
  const require = createRequire(import.meta.url);
  const all = Array.from({ length: CLASSES }, (_, digit): Float32Array => {
    const path = require.resolve(`mnist/src/digits/${digit}.json`);
    const { data } = JSON.parse(readFileSync(path, "utf8")) as { data: number[] };
    if (data.length <= HELD_BACK * PIXELS || data.length % PIXELS !== 0) {
      throw new Error(
        `digits: ${path} is damaged (got ${data.length} values, expected a multiple of ${PIXELS}). Install the packages again.`,
      );
    }
    return Float32Array.from(data, (v) => 2 * v - 1);
  });
  const counts = all.map((data) => data.length / PIXELS);
  return {
    train: interleave(
      all,
      counts.map(() => 0),
      counts.map((n) => n - HELD_BACK),
    ),
    heldBack: interleave(
      all,
      counts.map((n) => n - HELD_BACK),
      counts,
    ),
  };
}

/** Image i of every digit, for i = from, from + 1, ..., as long as the digit has one before `to`. */
function interleave(all: readonly Float32Array[], from: readonly number[], to: readonly number[]): DigitSet {
  const count = to.reduce((n, end, digit) => n + end - from[digit], 0);
  const images = new Float32Array(count * PIXELS);
  const labels = new Int32Array(count);
  let at = 0;
  for (let i = 0; at < count; i++) {
    for (let digit = 0; digit < CLASSES; digit++) {
      const k = from[digit] + i;
      if (k >= to[digit]) continue;
      images.set(all[digit].subarray(k * PIXELS, (k + 1) * PIXELS), at * PIXELS);
      labels[at++] = digit;
    }
  }
  return { images, labels, count };
}

/** Images as a tensor [count, 1, 28, 28]. @param count the first so many; all when left out */
export function imageTensor(set: DigitSet, device: string, count: number = set.count): Tensor<"f32"> {
  const values = set.images.subarray(0, count * PIXELS);
  return tensor(values, { shape: [count, 1, DIGIT_SIZE, DIGIT_SIZE], dtype: "f32", device });
}

/** Labels as a tensor [count]. */
export function labelTensor(set: DigitSet, device: string): Tensor<"i32"> {
  return tensor(set.labels, { dtype: "i32", device });
}
