/** Layers that halve or double the resolution. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { upsampleBilinear, upsampleNearest } from "../functions/resample.ts";
import type { Layer } from "../layer.ts";
import { conv2d } from "./conv2d.ts";
import type { WeightAndBias } from "./dense.ts";

/** Options of {@link downsample}. */
export interface DownsampleOptions {
  readonly in: number;
  readonly out: number;
}

/**
 * Halves height and width (rounded up) by a 3x3 convolution of stride 2. Parameters: those of the convolution.
 * @throws ArgumentError for in or out out of range or an unknown option
 */
export function downsample(options: DownsampleOptions): Layer<WeightAndBias> {
  checkOptions("downsample", options, ["in", "out"]);
  checkInteger("downsample", "in", options.in, 1);
  checkInteger("downsample", "out", options.out, 1);
  return conv2d({ ...options, kernel: 3, stride: 2, padding: 1 });
}

/** Options of {@link upsample}. */
export interface UpsampleOptions {
  readonly in: number;
  readonly out: number;
  /** `"nearest"` when left out. */
  readonly mode?: "nearest" | "bilinear";
  /** Whether the convolution comes first, on the coarse grid, at a quarter of the cost; false when left out. */
  readonly convolveFirst?: boolean;
}

/**
 * Doubles height and width and applies a 3x3 convolution. Parameters: those of the convolution.
 * @throws ArgumentError for in or out out of range, an unknown option or an unknown mode
 */
export function upsample(options: UpsampleOptions): Layer<WeightAndBias> {
  checkOptions("upsample", options, ["in", "out", "mode", "convolveFirst"]);
  const { in: inputs, out: outputs, mode = "nearest", convolveFirst = false } = options;
  checkInteger("upsample", "in", inputs, 1);
  checkInteger("upsample", "out", outputs, 1);
  checkChoice("upsample", "mode", mode, ["nearest", "bilinear"]);
  const conv = conv2d({ in: inputs, out: outputs, kernel: 3, padding: "same" });
  const enlarge = mode === "nearest" ? upsampleNearest : upsampleBilinear;
  return {
    init: (key, init) => conv.init(key, init),
    apply: (params, x) => (convolveFirst ? enlarge(conv.apply(params, x)) : conv.apply(params, enlarge(x))),
  };
}
