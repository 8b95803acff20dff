/** A small time-conditioned U-Net, the denoiser of diffusion models. */
import { ArgumentError, checkOptions, concat, ShapeError, showShape, silu, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkImages, checkInteger } from "../check.ts";
import { zerosInit } from "../initializers.ts";
import type { InitOptions } from "../layer.ts";
import { spatialAttention, type SpatialAttentionParams } from "../layers/attention.ts";
import { conv2d } from "../layers/conv2d.ts";
import type { WeightAndBias } from "../layers/dense.ts";
import { groupNorm, type ScaleAndShift } from "../layers/norm.ts";
import { downsample, upsample } from "../layers/resampling.ts";
import { timeEmbedding, type TimeEmbeddingParams } from "../layers/timeEmbedding.ts";
import { resBlock, type ResBlockParams } from "./resBlock.ts";

/** Options of {@link unet}. */
export interface UNetOptions {
  /** Channels of the image; 1 when left out. */
  readonly channels?: number;
  /** Channels of the first level, an even number; 24 when left out. */
  readonly base?: number;
  /** Channels of each level as multiples of `base`; [1, 2, 2] when left out. Each level has half the resolution. */
  readonly multipliers?: readonly number[];
  /** Residual blocks per level on the way down, and on the way up; 1 when left out. */
  readonly blocks?: number;
  /** Groups of the normalisations; must divide the channels of every level; 8 when left out. */
  readonly groups?: number;
  /** Heads of the attention at the lowest resolution, 0 for none; 4 when left out. */
  readonly heads?: number;
  /** Times are multiplied by this first, so that they span about [0, 1000]; 1 when left out. */
  readonly timeScale?: number;
}

/** Parameters of {@link unet}. */
export type UNetParams = {
  readonly time: TimeEmbeddingParams;
  readonly input: WeightAndBias;
  readonly down: readonly { readonly blocks: readonly ResBlockParams[]; readonly resample: WeightAndBias | Empty }[];
  readonly middle: {
    readonly first: ResBlockParams;
    readonly attention: SpatialAttentionParams | Empty;
    readonly second: ResBlockParams;
  };
  readonly up: readonly { readonly blocks: readonly ResBlockParams[]; readonly resample: WeightAndBias | Empty }[];
  readonly norm: ScaleAndShift;
  readonly output: WeightAndBias;
};

type Empty = Record<string, never>;

/** A network of an image and a time. */
export interface TimeConditioned<P> {
  init(key: Key, options?: InitOptions): P;
  /**
   * @param x [batch, channels, height, width]
   * @param time [batch]
   * @returns the shape of x
   */
  apply(params: P, x: Tensor, time: Tensor): Tensor;
}

/** What options stand for when they are left out. */
export const UNET_DEFAULTS: Required<UNetOptions> = {
  channels: 1,
  base: 24,
  multipliers: [1, 2, 2],
  blocks: 1,
  groups: 8,
  heads: 4,
  timeScale: 1,
};

const OPTIONS = ["channels", "base", "multipliers", "blocks", "groups", "heads", "timeScale"];

/**
 * U-Net (Ronneberger, Fischer and Brox 2015) as diffusion models use it (Ho, Jain and Abbeel 2020): residual blocks with a
 * time embedding, attention among all positions at the lowest resolution, halving by strided convolutions, doubling by
 * repetition after a convolution on the coarse grid, and skips that join what has equal resolution.
 *
 * Its output has the shape of the image, e.g. the predicted noise. The last convolution starts with zeros, so an untrained
 * network predicts zero. Height and width must be divisible by 2^(levels - 1).
 * @throws ArgumentError for an option outside its range
 * @example
 * const net = unet({ base: 24, multipliers: [1, 2, 2] });
 * const params = net.init(key(0));
 * const noise = net.apply(params, zeros([2, 1, 28, 28]), tensor([0, 999]));
 */
export function unet(options: UNetOptions = {}): TimeConditioned<UNetParams> {
  checkOptions("unet", options, OPTIONS);
  const {
    channels = UNET_DEFAULTS.channels,
    base = UNET_DEFAULTS.base,
    multipliers = UNET_DEFAULTS.multipliers,
    blocks = UNET_DEFAULTS.blocks,
    groups = UNET_DEFAULTS.groups,
    heads = UNET_DEFAULTS.heads,
    timeScale = UNET_DEFAULTS.timeScale,
  } = options;
  checkInteger("unet", "channels", channels, 1);
  checkInteger("unet", "base", base, 2);
  if (base % 2 !== 0) throw new ArgumentError(`unet: base must be even (got ${base}).`);
  if (!Array.isArray(multipliers) || multipliers.length === 0) {
    throw new ArgumentError(`unet: multipliers must be a non-empty array (got ${String(multipliers)}).`);
  }
  for (const m of multipliers as readonly number[]) checkInteger("unet", "multipliers", m, 1);
  checkInteger("unet", "blocks", blocks, 1);
  checkInteger("unet", "groups", groups, 1);
  checkInteger("unet", "heads", heads, 0);

  const widths = multipliers.map((m) => base * m);
  const levels = widths.length;
  const lowest = widths[levels - 1];
  const condition = 4 * base;
  const block = (from: number, to: number): ReturnType<typeof resBlock> =>
    resBlock({ in: from, out: to, condition, groups });

  const time = timeEmbedding({ features: base, out: condition, scale: timeScale });
  const input = conv2d({ in: channels, out: base, kernel: 3, padding: "same" });
  const down = widths.map((width, level) => ({
    blocks: Array.from({ length: blocks }, (_, i) =>
      block(i > 0 ? width : level > 0 ? widths[level - 1] : base, width),
    ),
    resample: level < levels - 1 ? downsample({ in: width, out: width }) : null,
  }));
  const first = block(lowest, lowest);
  const attention = heads > 0 ? spatialAttention({ channels: lowest, heads, groups }) : null;
  const second = block(lowest, lowest);
  // From the lowest level up; every block but the first of a level has the level's own width below it.
  const up = widths
    .map((width, level) => ({
      blocks: Array.from({ length: blocks }, () => block(2 * width, width)),
      resample: level > 0 ? upsample({ in: width, out: widths[level - 1], convolveFirst: true }) : null,
    }))
    .reverse();
  const norm = groupNorm({ channels: base * multipliers[0], groups });
  const output = conv2d({ in: widths[0], out: channels, kernel: 3, padding: "same", weightInit: zerosInit });

  return {
    init(key, init) {
      const keys = key.split(7);
      const path = (side: typeof down | typeof up, own: Key): UNetParams["down"] =>
        side.map((level, i) => {
          const [forBlocks, forResample] = own.fold(i).split(2);
          return {
            blocks: level.blocks.map((b, k) => b.init(forBlocks.fold(k), init)),
            resample: level.resample === null ? {} : level.resample.init(forResample, init),
          };
        });
      const [a, b, c] = keys[3].split(3);
      return {
        time: time.init(keys[0], init),
        input: input.init(keys[1], init),
        down: path(down, keys[2]),
        middle: {
          first: first.init(a, init),
          attention: attention === null ? {} : attention.init(b, init),
          second: second.init(c, init),
        },
        up: path(up, keys[4]),
        norm: norm.init(keys[5], init),
        output: output.init(keys[6], init),
      };
    },
    apply(params, x, t) {
      checkImages("unet", x, channels);
      const unit = 2 ** (levels - 1);
      if (x.shape[2] % unit !== 0 || x.shape[3] % unit !== 0) {
        throw new ShapeError(
          `unet: image cannot be halved ${levels - 1} times (got ${showShape(x.shape)}, expected sizes divisible by ${unit}).`,
        );
      }
      if (t.ndim !== 1 || t.shape[0] !== x.shape[0]) {
        throw new ShapeError(
          `unet: one time per image is needed (got ${showShape(t.shape)}, expected [${x.shape[0]}]).`,
        );
      }
      const features = time.apply(params.time, t);
      const skips: Tensor[] = [];
      let h = input.apply(params.input, x);
      down.forEach((level, i) => {
        level.blocks.forEach((b, k) => {
          h = b.apply(params.down[i].blocks[k], h, features);
          skips.push(h);
        });
        if (level.resample !== null) h = level.resample.apply(params.down[i].resample as WeightAndBias, h);
      });
      h = first.apply(params.middle.first, h, features);
      if (attention !== null) h = attention.apply(params.middle.attention as SpatialAttentionParams, h);
      h = second.apply(params.middle.second, h, features);
      up.forEach((level, i) => {
        level.blocks.forEach((b, k) => {
          h = b.apply(params.up[i].blocks[k], concat([h, skips.pop() as Tensor], 1), features);
        });
        if (level.resample !== null) h = level.resample.apply(params.up[i].resample as WeightAndBias, h);
      });
      return output.apply(params.output, silu(norm.apply(params.norm, h)));
    },
  };
}
