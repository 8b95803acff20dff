/** The trained denoiser of digits, and the levels on which digits are drawn with it. */
import { loadParameters, type UNetParams } from "@ansatz/nn";
import {
  levelGrid,
  piecewiseLinear,
  type ContinuousSpacing,
  type LevelGrid,
  type PredictingDenoiser,
} from "@ansatz/samplers";
import { clip, compile, div, mul, sub, type Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { digitNetwork, digitSchedule } from "./digitDenoiser.ts";

/**
 * Levels for drawing: the table of the training read as a continuous schedule, from its last entry to its first, where
 * noise of a standard deviation of 0.01 is left. Between entries the network is told a fractional index.
 */
export function digitGrid(spacing: ContinuousSpacing): LevelGrid {
  return levelGrid(piecewiseLinear(digitSchedule()), { spacing });
}

/**
 * The denoiser with given parameters, for pictures [N, 1, 28, 28]. The network predicts the noise; the picture that follows
 * from it is clipped to the range of pixels, [-1, 1], which keeps the network's errors from adding up in the paper's white.
 */
export function makeDenoiser(params: UNetParams): PredictingDenoiser {
  const network = digitNetwork();
  const apply = compile<[UNetParams, Tensor, number, number, number], Tensor>((p, x, time, alpha, sigma) => {
    const noise = network.apply(p, x, time.reshape([1]).broadcastTo([x.shape[0]]));
    return clip(div(sub(x, mul(noise, sigma)), alpha), -1, 1);
  });
  return {
    predict: "x0",
    call(x, { time, alpha, sigma }) {
      if (time === undefined) {
        throw new Error("denoiser: the level has no time (expected one of the schedule's levels).");
      }
      return apply(params, x, time, alpha, sigma);
    },
  };
}

/** A denoiser read from a file. */
export interface LoadedDenoiser {
  readonly denoiser: PredictingDenoiser;
  readonly params: UNetParams;
  /** What the file says about its training. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads a checkpoint. @throws FormatError when the bytes are no checkpoint of this network */
export function loadDenoiser(bytes: Uint8Array, device: string): LoadedDenoiser {
  const { params, metadata } = loadParameters(bytes, digitNetwork().init(key(0)), { device });
  return { denoiser: makeDenoiser(params), params, metadata };
}
