/** The building block of diffusion U-Nets. */
import { add, checkOptions, reshape, silu, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { zerosInit } from "../initializers.ts";
import type { InitOptions } from "../layer.ts";
import { conv2d } from "../layers/conv2d.ts";
import { dense, type WeightAndBias } from "../layers/dense.ts";
import { groupNorm, type ScaleAndShift } from "../layers/norm.ts";

/** Options of {@link resBlock}. */
export interface ResBlockOptions {
  /** Input channels. */
  readonly in: number;
  /** Output channels. */
  readonly out: number;
  /** Features of the condition. */
  readonly condition: number;
  /** Groups of the normalisations; must divide `in` and `out`. */
  readonly groups: number;
}

/** Parameters of {@link resBlock}; `skip` exists when the number of channels changes. */
export type ResBlockParams = {
  readonly norm1: ScaleAndShift;
  readonly conv1: WeightAndBias;
  readonly condition: WeightAndBias;
  readonly norm2: ScaleAndShift;
  readonly conv2: WeightAndBias;
  readonly skip: WeightAndBias | Record<string, never>;
};

/** A block with a second input, the condition. */
export interface ConditionedLayer<P> {
  init(key: Key, options?: InitOptions): P;
  /** @param condition [batch, features] */
  apply(params: P, x: Tensor, condition: Tensor): Tensor;
}

/**
 * Residual block with a condition (Ho, Jain and Abbeel 2020):
 * `h = conv(silu(groupNorm(x))) + dense(silu(condition))`, `y = skip(x) + conv(silu(groupNorm(h)))`, 3x3 convolutions,
 * the skip a 1x1 convolution where the number of channels changes and the identity otherwise.
 *
 * The second convolution starts with zeros, so the block starts as its skip.
 * @throws ArgumentError for an unknown option or arguments out of range
 */
export function resBlock(options: ResBlockOptions): ConditionedLayer<ResBlockParams> {
  checkOptions("resBlock", options, ["in", "out", "condition", "groups"]);
  const { in: inputs, out: outputs, condition: features, groups } = options;
  for (const field of ["in", "out", "condition", "groups"] as const) checkInteger("resBlock", field, options[field], 1);
  const norm1 = groupNorm({ channels: inputs, groups });
  const conv1 = conv2d({ in: inputs, out: outputs, kernel: 3, padding: "same" });
  const condition = dense({ in: features, out: outputs });
  const norm2 = groupNorm({ channels: outputs, groups });
  const conv2 = conv2d({ in: outputs, out: outputs, kernel: 3, padding: "same", weightInit: zerosInit });
  const skip = inputs === outputs ? null : conv2d({ in: inputs, out: outputs, kernel: 1 });
  return {
    init(key, init) {
      const keys = key.split(6);
      return {
        norm1: norm1.init(keys[0], init),
        conv1: conv1.init(keys[1], init),
        condition: condition.init(keys[2], init),
        norm2: norm2.init(keys[3], init),
        conv2: conv2.init(keys[4], init),
        skip: skip === null ? {} : skip.init(keys[5], init),
      };
    },
    apply(params, x, given) {
      const first = conv1.apply(params.conv1, silu(norm1.apply(params.norm1, x)));
      const shift = condition.apply(params.condition, silu(given));
      const h = add(first, reshape(shift, [x.shape[0], outputs, 1, 1]));
      const second = conv2.apply(params.conv2, silu(norm2.apply(params.norm2, h)));
      return add(skip === null ? x : skip.apply(params.skip as WeightAndBias, x), second);
    },
  };
}
