/** Every wrong use says what is wrong. */
import {
  activation,
  averagePool2d,
  conv2d,
  dense,
  downsample,
  elu,
  groupNorm,
  instanceNorm,
  leakyRelu,
  reflectionPad2d,
  resBlock,
  residual,
  selfAttention,
  sequential,
  sinusoidalEmbedding,
  spatialAttention,
  timeEmbedding,
  unet,
  upsample,
  upsampleBilinear,
  upsampleNearest,
} from "@ansatz/nn";
import { AnsatzError, zeros } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

const net = unet({ base: 2, multipliers: [1, 1], groups: 1, heads: 1 });
const images = zeros([2, 4, 3, 5]);

const cases: [string, () => unknown, string][] = [
  ["dense, size", () => dense({ in: 0, out: 1 }), "dense: in is out of range (got 0, expected an integer >= 1)."],
  ["dense, option", () => dense({ in: 1, out: 1, size: 2 } as never), 'dense: unknown option (got "size"'],
  ["dense, flag", () => dense({ in: 1, out: 1, bias: 1 as never }), "dense: bias must be a boolean (got 1"],
  [
    "dense, input",
    () => dense({ in: 3, out: 1 }).apply(dense({ in: 3, out: 1 }).init(key(0)), zeros([2, 4])),
    "dense: input does not fit (got [2,4], expected [..., 3]).",
  ],
  ["conv2d, kernel", () => conv2d({ in: 1, out: 1, kernel: 0 }), "conv2d: kernel is out of range (got 0"],
  [
    "conv2d, kernel list",
    () => conv2d({ in: 1, out: 1, kernel: [3] as never }),
    "conv2d: kernel must be an integer or two",
  ],
  [
    "conv2d, groups",
    () => conv2d({ in: 3, out: 4, kernel: 1, groups: 2 }),
    "conv2d: groups must divide in and out (got 2",
  ],
  [
    "conv2d, same",
    () => conv2d({ in: 1, out: 1, kernel: 2, padding: "same" }),
    'conv2d: padding "same" needs a kernel',
  ],
  [
    "conv2d, mode",
    () => conv2d({ in: 1, out: 1, kernel: 1, paddingMode: "wrap" as never }),
    'conv2d: unknown paddingMode (got "wrap", expected one of "zeros", "reflect").',
  ],
  [
    "conv2d, input",
    () => conv2d({ in: 3, out: 1, kernel: 1 }).apply({ weight: zeros([1, 3, 1, 1]) }, images),
    "conv2d: input does not fit (got [2,4,3,5], expected [batch, 3, height, width]).",
  ],
  ["groupNorm, groups", () => groupNorm({ channels: 4, groups: 3 }), "groupNorm: groups must divide channels (got 3"],
  [
    "groupNorm, epsilon",
    () => groupNorm({ channels: 4, groups: 2, epsilon: 0 }),
    "groupNorm: epsilon is out of range (got 0",
  ],
  ["instanceNorm, option", () => instanceNorm({ channels: 4, groups: 2 } as never), "instanceNorm: unknown option"],
  [
    "groupNorm, input",
    () => groupNorm({ channels: 2, groups: 1, affine: false }).apply({}, images),
    "groupNorm: input does not fit (got [2,4,3,5], expected [batch, 2, height, width]).",
  ],
  [
    "selfAttention, heads",
    () => selfAttention({ channels: 4, heads: 3 }),
    "selfAttention: heads must divide channels (got 3",
  ],
  [
    "selfAttention, input",
    () => selfAttention({ channels: 4 }).apply(selfAttention({ channels: 4 }).init(key(0)), zeros([2, 4])),
    "selfAttention: input does not fit (got [2,4], expected [batch, positions, 4]).",
  ],
  ["spatialAttention, groups", () => spatialAttention({ channels: 4, groups: 3 }), "groupNorm: groups must divide"],
  ["downsample", () => downsample({ in: 1, out: 0 }), "downsample: out is out of range (got 0"],
  ["upsample", () => upsample({ in: 1, out: 1, mode: "cubic" as never }), 'upsample: unknown mode (got "cubic"'],
  ["timeEmbedding, features", () => timeEmbedding({ features: 1, out: 2 }), "timeEmbedding: features is out of range"],
  [
    "sinusoidalEmbedding, odd",
    () => sinusoidalEmbedding(zeros([2]), 3),
    "sinusoidalEmbedding: size must be even (got 3).",
  ],
  [
    "sinusoidalEmbedding, shape",
    () => sinusoidalEmbedding(zeros([2, 1]), 4),
    "sinusoidalEmbedding: t needs one axis (got [2,1], expected [batch]).",
  ],
  [
    "sinusoidalEmbedding, period",
    () => sinusoidalEmbedding(zeros([2]), 4, { maxPeriod: 1 }),
    "sinusoidalEmbedding: maxPeriod must be a number above 1 (got 1).",
  ],
  ["sequential, none", () => sequential([]), "sequential: a non-empty array of layers is needed"],
  [
    "sequential, params",
    () => sequential([activation((x) => x)]).apply([{}, {}] as never, images),
    "sequential: parameters do not fit (got 2, expected 1).",
  ],
  [
    "residual",
    () => residual(dense({ in: 5, out: 1 })).apply({ weight: zeros([1, 5]) }, images),
    "residual: the layer changes the shape (got [2,4,3,1], expected [2,4,3,5]).",
  ],
  ["activation", () => activation(3 as never), "activation: a function is needed (got number)."],
  ["leakyRelu", () => leakyRelu(images, Number.NaN), "leakyRelu: slope must be a finite number (got NaN)."],
  ["elu", () => elu(images, 0), "elu: alpha must be a positive number (got 0)."],
  [
    "reflectionPad2d, width",
    () => reflectionPad2d(images, [3, 0]),
    "reflectionPad2d: border is too wide (got 3 on axis 2",
  ],
  ["reflectionPad2d, sign", () => reflectionPad2d(images, -1), "reflectionPad2d: width must be a non-negative integer"],
  ["reflectionPad2d, axes", () => reflectionPad2d(zeros([2, 2]), 1), "reflectionPad2d: input does not fit (got [2,2]"],
  ["upsampleNearest", () => upsampleNearest(images, 1.5), "upsampleNearest: factor is out of range (got 1.5"],
  ["upsampleBilinear", () => upsampleBilinear(zeros([2]), 2), "upsampleBilinear: input does not fit (got [2]"],
  ["averagePool2d", () => averagePool2d(images, 2), "averagePool2d: blocks do not cover the image (got [2,4,3,5]"],
  [
    "resBlock",
    () => resBlock({ in: 2, out: 2, condition: 0, groups: 1 }),
    "resBlock: condition is out of range (got 0",
  ],
  ["unet, base", () => unet({ base: 3 }), "unet: base must be even (got 3)."],
  ["unet, multipliers", () => unet({ multipliers: [] }), "unet: multipliers must be a non-empty array"],
  ["unet, groups", () => unet({ base: 4, groups: 3 }), "groupNorm: groups must divide channels (got 3"],
  ["unet, option", () => unet({ depth: 3 } as never), 'unet: unknown option (got "depth"'],
  [
    "unet, size",
    () => net.apply(net.init(key(0)), zeros([1, 1, 5, 4]), zeros([1])),
    "unet: image cannot be halved 1 times (got [1,1,5,4], expected sizes divisible by 2).",
  ],
  [
    "unet, times",
    () => net.apply(net.init(key(0)), zeros([2, 1, 4, 4]), zeros([1])),
    "unet: one time per image is needed (got [1], expected [2]).",
  ],
];

test.each(cases)("%s", (_name, f, text) => {
  let error: unknown;
  try {
    f();
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(AnsatzError);
  expect((error as Error).message).toContain(text);
});
