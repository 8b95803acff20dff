/** Operations that are not elementwise, with shapes to try them on: the linear ones, and the others. */
import {
  broadcastTo,
  clip,
  concat,
  dot,
  flatten,
  flip,
  gelu,
  greater,
  layerNorm,
  logSoftmax,
  logsumexp,
  matmul,
  max,
  mean,
  min,
  mul,
  norm,
  pad,
  permute,
  prod,
  relu,
  repeat,
  reshape,
  scatterAdd,
  silu,
  slice,
  softmax,
  split,
  squeeze,
  stack,
  std,
  sub,
  sum,
  take,
  tensor,
  tile,
  transpose,
  unsqueeze,
  variance,
  where,
  type Tensor,
} from "@ansatz/tensor";
import { conv2d, type Conv2dOptions } from "@ansatz/tensor/nn";

/** An operation with the shapes of its inputs. */
export interface Tried {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly apply: (...x: Tensor[]) => Tensor;
}

const one = (name: string, shape: readonly number[], apply: (x: Tensor) => Tensor): Tried => ({
  name,
  shapes: [shape],
  apply: (x) => apply(x),
});

/** Numbers without a pattern, the same in every run: constants of linear operations. */
export function constant(shape: readonly number[], shift = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.3 * i * i + shift));
  return tensor(values, { shape, device: "cpu" });
}

const integers = (values: readonly number[], shape: readonly number[]): Tensor =>
  tensor(Int32Array.from(values), { shape, device: "cpu" });

const CONVOLUTIONS: readonly (readonly [name: string, channels: number, kernel: number[], options: Conv2dOptions])[] = [
  ["plain", 3, [4, 3, 3, 3], {}],
  ["padded", 3, [4, 3, 3, 3], { padding: 1 }],
  ["stride 2", 3, [4, 3, 3, 3], { stride: 2, padding: 1 }],
  ["stride 3 by 1, uneven padding", 3, [2, 3, 2, 3], { stride: [3, 1], padding: [2, 0] }],
  ["dilation 2", 3, [4, 3, 3, 3], { dilation: 2, padding: 2 }],
  ["dilation 1 by 3, stride 2", 3, [2, 3, 2, 2], { dilation: [1, 3], stride: 2 }],
  ["two groups", 4, [6, 2, 3, 3], { groups: 2, padding: 1 }],
  ["depthwise, stride 2", 4, [4, 1, 3, 3], { groups: 4, stride: 2, padding: 1 }],
  ["one by one", 3, [5, 3, 1, 1], {}],
];

const image = (channels: number): number[] => [2, channels, 7, 8];

/** Maps that are linear in all their inputs together. */
export const LINEAR: readonly Tried[] = [
  one("scaling", [3, 4], (x) => mul(x, constant([3, 4]))),
  one("reshape", [3, 4], (x) => reshape(x, [2, 6])),
  one("flatten", [3, 4], flatten),
  one("permute", [2, 3, 4], (x) => permute(x, [2, 0, 1])),
  one("transpose", [3, 5], (x) => transpose(x)),
  one("broadcastTo", [3, 1], (x) => broadcastTo(x, [2, 3, 4])),
  one("unsqueeze", [3, 4], (x) => unsqueeze(x, 1)),
  one("squeeze", [3, 1, 4], (x) => squeeze(x)),
  one("slice", [6, 7], (x) =>
    slice(x, [
      [1, 5],
      [0, 7, 3],
    ]),
  ),
  one("slice backwards", [6, 7], (x) => slice(x, [2, [null as unknown as undefined, null, -2]])),
  one("flip", [3, 4], (x) => flip(x, 1)),
  one("pad", [3, 4], (x) => pad(x, [1, [0, 2]])),
  one("repeat", [3, 2], (x) => repeat(x, 3, 1)),
  one("tile", [3, 2], (x) => tile(x, [2, 2])),
  {
    name: "concat",
    shapes: [
      [2, 3],
      [4, 3],
    ],
    apply: (x, y) => concat([x, y], 0),
  },
  {
    name: "stack",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    apply: (x, y) => stack([x, y], 1),
  },
  one("split", [3, 6], (x) => sub(...(split(x, 2, 1) as [Tensor, Tensor]))),
  one("take", [5, 3], (x) => take(x, integers([4, 0, 4, -2], [2, 2]), 0)),
  one("scatterAdd", [4, 3], (x) => scatterAdd(x, integers([1, 0, 1, 4], [4]), 5, 0)),
  one("sum of an axis", [3, 4, 5], (x) => sum(x, { axis: 1 })),
  one("sum", [3, 4], (x) => sum(x)),
  one("mean", [3, 4, 5], (x) => mean(x, { axis: [0, 2], keepDims: true })),
  {
    name: "where",
    shapes: [
      [3, 4],
      [3, 4],
    ],
    apply: (x, y) => where(greater(constant([3, 4]), 0), x, y),
  },
  one("matmul, left factor", [3, 5], (x) => matmul(x, constant([5, 4]))),
  one("matmul, right factor", [5, 4], (x) => matmul(constant([3, 5]), x)),
  one("matmul, batched", [2, 1, 3, 5], (x) => matmul(x, constant([4, 5, 2]))),
  one("dot", [7], (x) => dot(x, constant([7]))),
  ...CONVOLUTIONS.flatMap(([name, channels, kernel, options]) => [
    one(`conv2d in its image, ${name}`, image(channels), (x) => conv2d(x, constant(kernel), options)),
    one(`conv2d in its kernel, ${name}`, kernel, (w) => conv2d(constant(image(channels)), w, options)),
  ]),
];

/** Smooth maps that are not linear. */
export const NONLINEAR: readonly Tried[] = [
  one("prod", [2, 5], (x) => prod(x, { axis: 1 })),
  one("max", [3, 5], (x) => max(x, { axis: 1 })),
  one("min", [3, 5], (x) => min(x, { axis: 0 })),
  one("variance", [3, 5], (x) => variance(x, { axis: 1, correction: 1 })),
  one("std", [3, 5], (x) => std(x, { axis: 1 })),
  one("norm", [3, 5], (x) => norm(x, { axis: 1 })),
  one("logsumexp", [3, 5], (x) => logsumexp(x, { axis: 1 })),
  one("softmax", [3, 5], (x) => softmax(x, 1)),
  one("logSoftmax", [3, 5], (x) => logSoftmax(x, 0)),
  one("layerNorm", [3, 5], (x) => layerNorm(x)),
  one("relu", [3, 5], relu),
  one("silu", [3, 5], silu),
  one("gelu", [3, 5], gelu),
  one("clip", [3, 5], (x) => clip(x, -0.5, 0.6)),
  {
    name: "matmul",
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    apply: matmul,
  },
  ...CONVOLUTIONS.map(([name, channels, kernel, options]): Tried => ({
    name: `conv2d, ${name}`,
    shapes: [[1, channels, 5, 6], kernel],
    apply: (x, w) => conv2d(x, w, options),
  })),
];
