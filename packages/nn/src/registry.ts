/** Every layer, function and model of the package, for tests, documentation and benchmarks to iterate over. */
import { silu, type Citation, type Tensor, type Tree } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import {
  ATTENTION_PAPER,
  CONVOLUTION_PAPER,
  DDPM_PAPER,
  DIRECTIONS_PAPER,
  ELU_PAPER,
  GROUP_NORM_PAPER,
  INSTANCE_NORM_PAPER,
  KAIMING_PAPER,
  LEAKY_RELU_PAPER,
  PERCEPTRON_PAPER,
  RESIDUAL_PAPER,
  SILU_PAPER,
  UNET_PAPER,
  XAVIER_PAPER,
} from "./citation.ts";
import { elu, leakyRelu } from "./functions/activations.ts";
import { reflectionPad2d } from "./functions/reflectionPad2d.ts";
import { averagePool2d, upsampleBilinear, upsampleNearest } from "./functions/resample.ts";
import { sinusoidalEmbedding } from "./functions/sinusoidalEmbedding.ts";
import { kaiming, onesInit, xavier, zerosInit, type Initializer } from "./initializers.ts";
import type { InitOptions, Layer } from "./layer.ts";
import { selfAttention, spatialAttention } from "./layers/attention.ts";
import { activation, residual, sequential } from "./layers/combinators.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { groupNorm, instanceNorm } from "./layers/norm.ts";
import { downsample, upsample } from "./layers/resampling.ts";
import { timeEmbedding } from "./layers/timeEmbedding.ts";
import { directionNet } from "./models/directionNet.ts";
import { resBlock } from "./models/resBlock.ts";
import { unet } from "./models/unet.ts";

/** A small instance of a layer, with the shapes of its inputs. */
export interface LayerExample {
  init(key: Key, options?: InitOptions): Tree;
  apply(params: Tree, ...inputs: Tensor[]): Tensor;
  readonly inputs: readonly (readonly number[])[];
}

/** One line of the registry. */
export interface LayerEntry {
  /** What the example shows. */
  readonly name: string;
  /** The exported function that it comes from. */
  readonly factory: string;
  readonly kind: "layer" | "function" | "model";
  readonly citations: readonly Citation[];
  example(): LayerExample;
}

interface Applied<P> {
  init(key: Key, options?: InitOptions): P;
  apply(params: P, ...inputs: Tensor[]): Tensor;
}

function entry<P extends Tree>(
  kind: LayerEntry["kind"],
  factory: string,
  variant: string,
  citations: readonly Citation[],
  inputs: readonly (readonly number[])[],
  make: () => Applied<P>,
): LayerEntry {
  return {
    name: variant === "" ? factory : `${factory}, ${variant}`,
    factory,
    kind,
    citations,
    example: () => {
      const made = make();
      return {
        init: (key, options) => made.init(key, options),
        apply: (params, ...given) => made.apply(params as P, ...given),
        inputs,
      };
    },
  };
}

function layer(
  factory: string,
  variant: string,
  citations: readonly Citation[],
  input: readonly number[],
  make: () => Layer,
): LayerEntry {
  return entry("layer", factory, variant, citations, [input], make);
}

function plain(
  factory: string,
  citations: readonly Citation[],
  input: readonly number[],
  fn: (x: Tensor) => Tensor,
): LayerEntry {
  return entry("function", factory, "", citations, [input], () => activation(fn));
}

const IMAGES = [2, 4, 5, 6];

/** Every layer, function and model. A new one is one file and one line here. */
export const layers: readonly LayerEntry[] = [
  layer("dense", "", [PERCEPTRON_PAPER], [3, 4], () => dense({ in: 4, out: 5 })),
  layer("dense", "no bias, three axes", [PERCEPTRON_PAPER], [2, 3, 4], () => dense({ in: 4, out: 2, bias: false })),
  layer("conv2d", "", [CONVOLUTION_PAPER], IMAGES, () => conv2d({ in: 4, out: 3, kernel: 3, padding: "same" })),
  layer("conv2d", "strided, reflecting", [CONVOLUTION_PAPER], IMAGES, () =>
    conv2d({ in: 4, out: 2, kernel: 3, stride: 2, padding: 1, paddingMode: "reflect" }),
  ),
  layer("conv2d", "grouped, dilated", [CONVOLUTION_PAPER], IMAGES, () =>
    conv2d({ in: 4, out: 6, kernel: [3, 2], dilation: [2, 1], groups: 2, padding: [2, 0], bias: false }),
  ),
  layer("groupNorm", "", [GROUP_NORM_PAPER], IMAGES, () => groupNorm({ channels: 4, groups: 2 })),
  layer("instanceNorm", "", [INSTANCE_NORM_PAPER], IMAGES, () => instanceNorm({ channels: 4 })),
  layer("selfAttention", "", [ATTENTION_PAPER], [2, 5, 4], () => selfAttention({ channels: 4, heads: 2 })),
  layer("spatialAttention", "", [ATTENTION_PAPER, GROUP_NORM_PAPER], [2, 4, 2, 3], () =>
    spatialAttention({ channels: 4, heads: 2, groups: 2 }),
  ),
  layer("downsample", "", [CONVOLUTION_PAPER], IMAGES, () => downsample({ in: 4, out: 3 })),
  layer("upsample", "nearest", [CONVOLUTION_PAPER], [2, 2, 3, 2], () => upsample({ in: 2, out: 3 })),
  layer("upsample", "bilinear, convolution first", [CONVOLUTION_PAPER], [2, 2, 3, 2], () =>
    upsample({ in: 2, out: 3, mode: "bilinear", convolveFirst: true }),
  ),
  layer("timeEmbedding", "", [ATTENTION_PAPER, SILU_PAPER], [3], () => timeEmbedding({ features: 4, out: 5 })),
  layer("sequential", "", [PERCEPTRON_PAPER], [3, 2], () =>
    sequential([dense({ in: 2, out: 4 }), activation(silu), dense({ in: 4, out: 1 })]),
  ),
  layer("residual", "", [RESIDUAL_PAPER], [3, 4], () => residual(dense({ in: 4, out: 4 }))),
  layer("activation", "silu", [SILU_PAPER], [3, 4], () => activation(silu)),
  plain("leakyRelu", [LEAKY_RELU_PAPER], [3, 4], (x) => leakyRelu(x, 0.1)),
  plain("elu", [ELU_PAPER], [3, 4], (x) => elu(x)),
  plain("reflectionPad2d", [], IMAGES, (x) => reflectionPad2d(x, [2, 1])),
  plain("upsampleNearest", [], IMAGES, (x) => upsampleNearest(x, 2)),
  plain("upsampleBilinear", [], IMAGES, (x) => upsampleBilinear(x, 3)),
  plain("averagePool2d", [], [2, 3, 4, 6], (x) => averagePool2d(x, 2)),
  plain("sinusoidalEmbedding", [ATTENTION_PAPER], [3], (x) => sinusoidalEmbedding(x, 6)),
  entry(
    "model",
    "resBlock",
    "",
    [RESIDUAL_PAPER, DDPM_PAPER],
    [
      [2, 2, 4, 4],
      [2, 3],
    ],
    () => resBlock({ in: 2, out: 4, condition: 3, groups: 2 }),
  ),
  entry("model", "directionNet", "", [DIRECTIONS_PAPER, UNET_PAPER], [[2, 4, 8]], () =>
    directionNet({ channels: 2, levels: 3, bottom: 1 }),
  ),
  entry("model", "directionNet", "single blocks, nearest", [DIRECTIONS_PAPER], [[2, 4, 4]], () =>
    directionNet({ channels: 3, before: 2, after: 0, bottom: 0, block: "single", upsampling: "nearest" }),
  ),
  entry("model", "unet", "", [UNET_PAPER, DDPM_PAPER], [[2, 1, 4, 4], [2]], () =>
    unet({ base: 4, multipliers: [1, 2], groups: 2, heads: 2 }),
  ),
];

/** One initialiser. */
export interface InitializerEntry {
  readonly name: string;
  /** The exported function that it comes from. */
  readonly factory: string;
  readonly citations: readonly Citation[];
  create(): Initializer;
  /** Standard deviation for given fans. */
  readonly deviation: (fanIn: number, fanOut: number) => number;
}

/** Every initialiser with its usual settings. */
export const initializers: readonly InitializerEntry[] = [
  {
    name: "kaiming, uniform",
    factory: "kaiming",
    citations: [KAIMING_PAPER],
    create: () => kaiming(),
    deviation: (fanIn) => Math.sqrt(2 / fanIn),
  },
  {
    name: "kaiming, normal, out",
    factory: "kaiming",
    citations: [KAIMING_PAPER],
    create: () => kaiming({ distribution: "normal", mode: "out" }),
    deviation: (_, fanOut) => Math.sqrt(2 / fanOut),
  },
  {
    name: "xavier, uniform",
    factory: "xavier",
    citations: [XAVIER_PAPER],
    create: () => xavier(),
    deviation: (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut)),
  },
  {
    name: "xavier, normal",
    factory: "xavier",
    citations: [XAVIER_PAPER],
    create: () => xavier({ distribution: "normal" }),
    deviation: (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut)),
  },
  { name: "zeros", factory: "zerosInit", citations: [], create: () => zerosInit, deviation: () => 0 },
  { name: "ones", factory: "onesInit", citations: [], create: () => onesInit, deviation: () => 0 },
];
