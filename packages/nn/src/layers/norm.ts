/** Normalisation over groups of channels. */
import {
  add,
  ArgumentError,
  checkOptions,
  div,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@ansatz/tensor";
import { checkFlag, checkImages, checkInteger, checkNumber } from "../check.ts";
import { onesInit, zerosInit } from "../initializers.ts";
import type { Layer } from "../layer.ts";

/** `scale` and `shift` per channel, or nothing. */
export type ScaleAndShift = { readonly scale: Tensor; readonly shift: Tensor } | Record<string, never>;

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  readonly channels: number;
  /** Number of groups; must divide `channels`. */
  readonly groups: number;
  /** Added to the variance, > 0; 1e-5 when left out. */
  readonly epsilon?: number;
  /** Whether there are a scale and a shift per channel; true when left out. */
  readonly affine?: boolean;
}

/**
 * Group normalisation (Wu and He 2018): every group of neighbouring channels of every image is shifted and scaled to mean
 * 0 and variance 1, then each channel by its parameters:
 * `y = (x - mean) / sqrt(variance + epsilon) * scale + shift`, with the population variance.
 *
 * [batch, channels, height, width] to the same. Parameters: `scale` (ones) and `shift` (zeros), [channels] each.
 * @throws ArgumentError for an option outside its range
 */
export function groupNorm(options: GroupNormOptions): Layer<ScaleAndShift> {
  return normalisation("groupNorm", options, ["channels", "groups", "epsilon", "affine"], true);
}

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions {
  readonly channels: number;
  /** Added to the variance, > 0; 1e-5 when left out. */
  readonly epsilon?: number;
  /** Whether there are a scale and a shift per channel; false when left out. */
  readonly affine?: boolean;
}

/** Instance normalisation (Ulyanov et al. 2016): {@link groupNorm} with every channel as a group of its own. */
export function instanceNorm(options: InstanceNormOptions): Layer<ScaleAndShift> {
  checkOptions("instanceNorm", options, ["channels", "epsilon", "affine"]);
  return normalisation("instanceNorm", { ...options, groups: options.channels }, [], false);
}

function normalisation(
  name: string,
  options: GroupNormOptions,
  allowed: readonly string[],
  affineDefault: boolean,
): Layer<ScaleAndShift> {
  if (allowed.length > 0) checkOptions(name, options, allowed);
  const { channels, groups, epsilon = 1e-5, affine = affineDefault } = options;
  checkInteger(name, "channels", channels, 1);
  checkInteger(name, "groups", groups, 1);
  if (channels % groups !== 0) {
    throw new ArgumentError(`${name}: groups must divide channels (got ${groups} groups for ${channels} channels).`);
  }
  checkNumber(name, "epsilon", epsilon, 0, false);
  checkFlag(name, "affine", affine);
  return {
    init(key, init): ScaleAndShift {
      return affine ? { scale: onesInit(key, [channels], init), shift: zerosInit(key, [channels], init) } : {};
    },
    apply(params, x) {
      checkImages(name, x, channels);
      const [n, , h, w] = x.shape;
      const perGroup = channels / groups;
      const grouped = reshape(x, [n, groups, perGroup, h * w]);
      const centred = sub(grouped, mean(grouped, { axis: [2, 3], keepDims: true }));
      const variance = mean(square(centred), { axis: [2, 3], keepDims: true });
      let y = mul(centred, div(1, sqrt(add(variance, epsilon))));
      if ("scale" in params) {
        const perChannel = (p: Tensor): Tensor => reshape(p, [groups, perGroup, 1]);
        y = add(mul(y, perChannel(params.scale)), perChannel(params.shift));
      }
      return reshape(y, x.shape);
    },
  };
}
