/** Self-attention over sequences and over the positions of images. */
import {
  add,
  ArgumentError,
  checkOptions,
  matmul,
  mul,
  permute,
  reshape,
  ShapeError,
  showShape,
  slice,
  softmax,
  transpose,
  type Tensor,
} from "@ansatz/tensor";
import { checkImages, checkInteger } from "../check.ts";
import { zerosInit, type Initializer } from "../initializers.ts";
import type { Layer } from "../layer.ts";
import { dense, type WeightAndBias } from "./dense.ts";
import { groupNorm, type ScaleAndShift } from "./norm.ts";

/** Options of {@link selfAttention}. */
export interface SelfAttentionOptions {
  /** Number of features; a multiple of `heads`. */
  readonly channels: number;
  /** Number of heads; 1 when left out. */
  readonly heads?: number;
  /** Weights of the last projection; as for `dense` when left out. */
  readonly outInit?: Initializer;
}

/** Parameters of {@link selfAttention}: queries, keys and values as one projection, and the last one. */
export type SelfAttentionParams = { readonly qkv: WeightAndBias; readonly out: WeightAndBias };

/**
 * Self-attention with several heads (Vaswani et al. 2017): with queries, keys and values `q, k, v` of every position,
 * each head gives `softmax(q k^T / sqrt(d)) v`, d being the features per head; the heads' results are joined and projected.
 *
 * [batch, positions, channels] to the same. Cost: `8 channels^2 + 4 positions channels` operations per position.
 * @throws ArgumentError for channels or heads out of range or an unknown option, or unless heads divide channels;
 * ShapeError when input does not fit
 */
export function selfAttention(options: SelfAttentionOptions): Layer<SelfAttentionParams> {
  checkOptions("selfAttention", options, ["channels", "heads", "outInit"]);
  const { channels, heads = 1, outInit } = options;
  checkInteger("selfAttention", "channels", channels, 1);
  checkInteger("selfAttention", "heads", heads, 1);
  if (channels % heads !== 0) {
    throw new ArgumentError(`selfAttention: heads must divide channels (got ${heads} for ${channels} channels).`);
  }
  const qkv = dense({ in: channels, out: 3 * channels });
  const out = dense({ in: channels, out: channels, weightInit: outInit });
  const size = channels / heads;
  return {
    init(key, init) {
      const [first, second] = key.split(2);
      return { qkv: qkv.init(first, init), out: out.init(second, init) };
    },
    apply(params, x) {
      if (x.ndim !== 3 || x.shape[2] !== channels) {
        throw new ShapeError(
          `selfAttention: input does not fit (got ${showShape(x.shape)}, expected [batch, positions, ${channels}]).`,
        );
      }
      const [batch, positions] = x.shape;
      const split = reshape(qkv.apply(params.qkv, x), [batch, positions, 3, heads, size]);
      const [q, k, v] = [0, 1, 2].map((i): Tensor => permute(slice(split, [null, null, i]), [0, 2, 1, 3]));
      const weights = softmax(mul(matmul(q, transpose(k)), 1 / Math.sqrt(size)));
      const mixed = permute(matmul(weights, v), [0, 2, 1, 3]);
      return out.apply(params.out, reshape(mixed, [batch, positions, channels]));
    },
  };
}

/** Options of {@link spatialAttention}. */
export interface SpatialAttentionOptions {
  readonly channels: number;
  /** 1 when left out. */
  readonly heads?: number;
  /** Groups of the normalisation; 1 when left out. */
  readonly groups?: number;
}

/** Parameters of {@link spatialAttention}. */
export type SpatialAttentionParams = { readonly norm: ScaleAndShift; readonly attention: SelfAttentionParams };

/**
 * Self-attention among all positions of an image, as a residual block: `y = x + attention(groupNorm(x))`. The last
 * projection starts with zeros, so the block starts as the identity.
 *
 * [batch, channels, height, width] to the same.
 * @throws ArgumentError for an unknown option; ShapeError for input that is not [batch, channels, height, width]
 */
export function spatialAttention(options: SpatialAttentionOptions): Layer<SpatialAttentionParams> {
  checkOptions("spatialAttention", options, ["channels", "heads", "groups"]);
  const { channels, heads = 1, groups = 1 } = options;
  const norm = groupNorm({ channels, groups });
  const attention = selfAttention({ channels, heads, outInit: zerosInit });
  return {
    init(key, init) {
      const [first, second] = key.split(2);
      return { norm: norm.init(first, init), attention: attention.init(second, init) };
    },
    apply(params, x) {
      checkImages("spatialAttention", x, channels);
      const [batch, , h, w] = x.shape;
      const tokens = transpose(reshape(norm.apply(params.norm, x), [batch, channels, h * w]));
      const mixed = attention.apply(params.attention, tokens);
      return add(x, reshape(transpose(mixed), x.shape));
    },
  };
}
