/** Collaborative filters of groups of similar blocks. */
import { ArgumentError, checkOptions, ShapeError, showShape, tensor, type Tensor } from "@ansatz/tensor";
import { checkCount } from "../check.ts";
import { BM3D_PAPER } from "../pnp/papers.ts";
import type { Denoiser } from "./base.ts";
import { anchors, AREA, BLOCK, gather, similar, transform, type Picture, type Search } from "./blocks.ts";
import { checkNoisy, copyOf } from "./check.ts";

/** Options of {@link bm3d}. */
export interface Bm3dOptions {
  /** Largest distance, along each axis, of blocks that are compared; 19 when left out. */
  readonly search?: number;
  /** Distance of the blocks for which groups are formed, at most 8; 3 when left out. 1 is slower and a little better. */
  readonly step?: number;
}

/** Blocks per group, at most, in the two passes. */
const MOST = [16, 32] as const;
/** Largest mean squared difference of blocks, over sigma^2: of noisy ones, and of those of the first estimate. */
const LIMITS = [4, 0.64] as const;
/** Numbers of a transformed group below this times sigma are noise. */
const THRESHOLD = 2.7;

/** Kaiser's window with beta 2: the middle of a block counts more. */
const WINDOW: Float64Array = /*@__PURE__*/ (() => {
  const bessel = (x: number): number => {
    let [sum, term] = [1, 1];
    for (let n = 1; n < 20; n++) sum += term *= (x / (2 * n)) ** 2;
    return sum;
  };
  const along = Array.from({ length: BLOCK }, (_, n) => bessel(2 * Math.sqrt(1 - ((2 * n) / (BLOCK - 1) - 1) ** 2)));
  return Float64Array.from({ length: AREA }, (_, p) => along[Math.floor(p / BLOCK)] * along[p % BLOCK]);
})();

/** Changes the numbers of a transformed group, but for the first, and gives the weight of the result. */
type Shrinkage = (group: Float64Array, size: number, places: readonly number[]) => number;

/** One pass: groups of blocks that are similar in `guide`, taken from `noisy`, shrunk, and averaged where they overlap. */
function pass(noisy: Picture, guide: Picture, search: Search, step: number, shrink: Shrinkage): Picture {
  const { rows, columns } = noisy;
  const [sum, weights] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  const group = new Float64Array(search.most * AREA);
  const work = new Float64Array(AREA);
  for (const row of anchors(rows, step)) {
    for (const column of anchors(columns, step)) {
      const places = similar(guide, row * columns + column, search);
      gather(noisy, places, group);
      transform(group, places.length, false, work);
      const weight = shrink(group, places.length * AREA, places);
      transform(group, places.length, true, work);
      for (const [b, place] of places.entries()) {
        for (let p = 0; p < AREA; p++) {
          const at = place + Math.floor(p / BLOCK) * columns + (p % BLOCK);
          const share = weight * WINDOW[p];
          sum[at] += share * group[b * AREA + p];
          weights[at] += share;
        }
      }
    }
  }
  return { values: sum.map((value, i) => value / weights[i]), rows, columns };
}

/** Sets what is below a threshold to 0. */
const hard =
  (threshold: number): Shrinkage =>
  (group, size) => {
    let kept = 1;
    for (let i = 1; i < size; i++) {
      if (Math.abs(group[i]) > threshold) kept++;
      else group[i] = 0;
    }
    return 1 / kept;
  };

/** Wiener's filter, with the first estimate in place of the spectrum of the image. */
function wiener(guide: Picture, variance: number): Shrinkage {
  const pilot = new Float64Array(MOST[1] * AREA);
  const work = new Float64Array(AREA);
  return (group, size, places) => {
    gather(guide, places, pilot);
    transform(pilot, places.length, false, work);
    let power = 1;
    for (let i = 1; i < size; i++) {
      const energy = pilot[i] * pilot[i];
      const factor = energy / (energy + variance);
      group[i] *= factor;
      power += factor * factor;
    }
    return 1 / power;
  };
}

/**
 * Block matching and three-dimensional filtering (Dabov, Foi, Katkovnik and Egiazarian 2007) of images [rows, columns], at least 8 by 8:
 * blocks of 8 x 8 pixels that look alike are stacked, transformed (cosine transform of every block, Haar's across them), shrunk, and put
 * back as weighted means. The first pass keeps what exceeds `2.7 sigma`; the second, with groups found in the first one's result, shrinks
 * with Wiener's factors `s^2 / (s^2 + sigma^2)` of that result. Means of groups are kept.
 *
 * It differs from the published filter in the transform of blocks in the first pass (there a biorthogonal wavelet), and in limits of
 * similarity that grow with sigma (`4 sigma^2` and `0.64 sigma^2`, those of the paper at sigma 25 of 255), so that an image and a level
 * times c give the result times c. It has no prefilter for blocks under very strong noise.
 *
 * Runs on the host in double precision, without chance. Cost: `2 (2 search + 1)^2 64 / step^2` differences per pixel.
 * @throws ArgumentError for an option outside its range; ShapeError from `denoise` for other numbers of axes and for smaller images
 */
export function bm3d(options: Bm3dOptions = {}): Denoiser {
  const name = "bm3d";
  checkOptions(name, options, ["search", "step"]);
  const { search = 19, step = 3 } = options;
  checkCount(name, "search", search);
  checkCount(name, "step", step);
  if (step > BLOCK) {
    throw new ArgumentError(`${name}: step leaves pixels out (got ${step}, expected at most the ${BLOCK} of a block).`);
  }
  return {
    name,
    citations: [BM3D_PAPER],
    async denoise(noisy, sigma): Promise<Tensor> {
      checkNoisy(name, noisy, sigma, 2);
      const [rows, columns] = noisy.shape;
      if (rows < BLOCK || columns < BLOCK) {
        throw new ShapeError(
          `${name}: the image is too small (got ${showShape(noisy.shape)}, expected at least ${BLOCK} along both axes).`,
        );
      }
      if (sigma === 0) return copyOf(noisy);
      const { dtype, device } = noisy;
      const values = Float64Array.from((await noisy.data()) as ArrayLike<number>);
      const picture: Picture = { values, rows, columns };
      const find = (n: 0 | 1): Search => ({ radius: search, limit: LIMITS[n] * sigma * sigma, most: MOST[n] });
      const first = pass(picture, picture, find(0), step, hard(THRESHOLD * sigma));
      const second = pass(picture, first, find(1), step, wiener(first, sigma * sigma));
      return tensor(second.values, { shape: [rows, columns], dtype: dtype as "f32" | "f64", device });
    },
  };
}
