/** The convolutional layer. */
import { add, ArgumentError, checkOptions, reshape } from "@ansatz/tensor";
import { conv2d as convolve, type Conv2dOptions as ConvolveOptions } from "@ansatz/tensor/nn";
import { checkChoice, checkFlag, checkImages, checkInteger } from "../check.ts";
import { reflectionPad2d } from "../functions/reflectionPad2d.ts";
import { defaultInit, zerosInit, type Initializer } from "../initializers.ts";
import type { Layer } from "../layer.ts";
import { linearInput } from "../linearHook.ts";
import type { WeightAndBias } from "./dense.ts";

type Pair = readonly [number, number];

/** Options of {@link conv2d}; a number counts for both spatial axes. */
export interface Conv2dOptions {
  /** Number of input channels. */
  readonly in: number;
  /** Number of output channels. */
  readonly out: number;
  /** Size of the kernel. */
  readonly kernel: number | Pair;
  /** 1 when left out. */
  readonly stride?: number | Pair;
  /** Width of the border added on both sides, or `"same"`: half the kernel's reach, which must be odd. 0 when left out. */
  readonly padding?: number | Pair | "same";
  /** What the border holds; `"zeros"` when left out. */
  readonly paddingMode?: "zeros" | "reflect";
  /** 1 when left out. */
  readonly dilation?: number | Pair;
  /** Groups of channels that do not mix; 1 when left out. */
  readonly groups?: number;
  /** Whether a bias is added; true when left out. */
  readonly bias?: boolean;
  /** Uniform on `+-1 / sqrt(fanIn)` when left out. */
  readonly weightInit?: Initializer;
  /** Zeros when left out. */
  readonly biasInit?: Initializer;
}

const OPTIONS = [
  "in",
  "out",
  "kernel",
  "stride",
  "padding",
  "paddingMode",
  "dilation",
  "groups",
  "bias",
  "weightInit",
  "biasInit",
];

function pair(field: string, value: number | Pair, least: number): Pair {
  const both = typeof value === "number" ? ([value, value] as const) : value;
  if (!Array.isArray(both) || both.length !== 2) {
    throw new ArgumentError(`conv2d: ${field} must be an integer or two (got ${JSON.stringify(value)}).`);
  }
  for (const n of both) checkInteger("conv2d", field, n, least);
  return both as Pair;
}

function paddingOf(value: number | Pair | "same", kernel: Pair, dilation: Pair): Pair {
  if (value !== "same") return pair("padding", value, 0);
  return [0, 1].map((d) => {
    const reach = dilation[d] * (kernel[d] - 1);
    if (reach % 2 !== 0) {
      throw new ArgumentError(
        `conv2d: padding "same" needs a kernel with a middle (got size ${kernel[d]} with dilation ${dilation[d]}).`,
      );
    }
    return reach / 2;
  }) as unknown as Pair;
}

/**
 * Two-dimensional convolution (cross-correlation) with a bias per output channel:
 * `y[n,o,i,j] = bias[o] + sum_{c,k,l} x[n, c, i*stride + k*dilation - padding, ...] * weight[o,c,k,l]`.
 *
 * [batch, in, height, width] to [batch, out, ...], sizes as in {@link import("@ansatz/tensor/nn").conv2d}.
 * Parameters: `weight` [out, in / groups, kernel height, kernel width] and `bias` [out].
 * @throws ArgumentError for an option outside its range
 * @example
 * const layer = conv2d({ in: 1, out: 16, kernel: 3, padding: "same" });
 */
export function conv2d(options: Conv2dOptions): Layer<WeightAndBias> {
  checkOptions("conv2d", options, OPTIONS);
  const { in: inputs, out: outputs, groups = 1, bias = true, paddingMode = "zeros" } = options;
  const { weightInit = defaultInit, biasInit = zerosInit } = options;
  checkInteger("conv2d", "in", inputs, 1);
  checkInteger("conv2d", "out", outputs, 1);
  checkInteger("conv2d", "groups", groups, 1);
  if (inputs % groups !== 0 || outputs % groups !== 0) {
    throw new ArgumentError(`conv2d: groups must divide in and out (got ${groups} for ${inputs} and ${outputs}).`);
  }
  checkFlag("conv2d", "bias", bias);
  checkChoice("conv2d", "paddingMode", paddingMode, ["zeros", "reflect"]);
  const kernel = pair("kernel", options.kernel, 1);
  const stride = pair("stride", options.stride ?? 1, 1);
  const dilation = pair("dilation", options.dilation ?? 1, 1);
  const padding = paddingOf(options.padding ?? 0, kernel, dilation);
  const reflect = paddingMode === "reflect" && (padding[0] > 0 || padding[1] > 0);
  const geometry: ConvolveOptions = { stride, dilation, groups, padding: reflect ? 0 : padding };
  return {
    init(key, init) {
      const [forWeight, forBias] = key.split(2);
      const weight = weightInit(forWeight, [outputs, inputs / groups, ...kernel], init);
      return bias ? { weight, bias: biasInit(forBias, [outputs], init) } : { weight };
    },
    apply(params, x) {
      checkImages("conv2d", x, inputs);
      const input = linearInput({
        kind: "conv2d",
        weight: params.weight,
        input: x,
        geometry: { stride, padding, paddingMode, dilation, groups },
      });
      const y = convolve(reflect ? reflectionPad2d(input, padding) : input, params.weight, geometry);
      return "bias" in params ? add(y, reshape(params.bias, [outputs, 1, 1])) : y;
    },
  };
}
