/** Times as features that condition a network. */
import { checkOptions, silu, type Tensor } from "@ansatz/tensor";
import { checkInteger, checkNumber } from "../check.ts";
import { sinusoidalEmbedding } from "../functions/sinusoidalEmbedding.ts";
import type { Layer } from "../layer.ts";
import { dense, type WeightAndBias } from "./dense.ts";

/** Options of {@link timeEmbedding}. */
export interface TimeEmbeddingOptions {
  /** Number of sines and cosines; even. */
  readonly features: number;
  /** Number of outputs. */
  readonly out: number;
  /** See {@link import("../functions/sinusoidalEmbedding.ts").SinusoidalOptions}; 10000 when left out. */
  readonly maxPeriod?: number;
  /** Times are multiplied by this first, so that they span about [0, 1000]; 1 when left out. */
  readonly scale?: number;
}

/** Parameters of {@link timeEmbedding}. */
export type TimeEmbeddingParams = { readonly first: WeightAndBias; readonly second: WeightAndBias };

/**
 * `dense(silu(dense(sinusoidalEmbedding(scale * t))))`: times of shape [batch] to features [batch, out].
 * @throws ArgumentError for features, out, maxPeriod or scale out of range or an unknown option
 */
export function timeEmbedding(options: TimeEmbeddingOptions): Layer<TimeEmbeddingParams> {
  checkOptions("timeEmbedding", options, ["features", "out", "maxPeriod", "scale"]);
  const { features, out, maxPeriod = 10000, scale = 1 } = options;
  checkInteger("timeEmbedding", "features", features, 2);
  checkInteger("timeEmbedding", "out", out, 1);
  checkNumber("timeEmbedding", "maxPeriod", maxPeriod, 1, false);
  checkNumber("timeEmbedding", "scale", scale, 0, false);
  const first = dense({ in: features, out });
  const second = dense({ in: out, out });
  return {
    init(key, init) {
      const [a, b] = key.split(2);
      return { first: first.init(a, init), second: second.init(b, init) };
    },
    apply(params, t) {
      const scaled: Tensor = scale === 1 ? t : t.mul(scale);
      const waves = sinusoidalEmbedding(scaled, features, { maxPeriod }).astype(params.first.weight.dtype);
      return second.apply(params.second, silu(first.apply(params.first, waves)));
    },
  };
}
