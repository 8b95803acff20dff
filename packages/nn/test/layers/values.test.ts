/** Values known in closed form. */
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
  residual,
  selfAttention,
  sequential,
  sinusoidalEmbedding,
  spatialAttention,
  timeEmbedding,
  upsample,
  upsampleBilinear,
  upsampleNearest,
} from "@ansatz/nn";
import { add, arange, mul, ones, permute, reshape, slice, tensor, zeros, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { noiseLike } from "../support/trees.ts";

const list = async (t: Tensor): Promise<number[]> => Array.from((await t.data()) as Float64Array);
const f64 = (data: never): Tensor => tensor(data, { dtype: "f64" });
const near = (got: readonly number[], want: readonly number[], within = 1e-12): void => {
  expect(got.length).toBe(want.length);
  got.forEach((v, i) => expect(Math.abs(v - want[i]), `element ${i}: ${v} and ${want[i]}`).toBeLessThanOrEqual(within));
};

describe("dense", () => {
  test("multiplies by the transposed weight and adds the bias", async () => {
    const y = dense({ in: 2, out: 3 }).apply(
      {
        weight: tensor([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        bias: tensor([10, 20, 30]),
      },
      tensor([
        [1, 1],
        [0, -1],
      ]),
    );
    expect(y.shape).toEqual([2, 3]);
    expect(await list(y)).toEqual([13, 27, 41, 8, 16, 24]);
  });
});

describe("conv2d", () => {
  test("correlates, strides, and adds a bias per channel", async () => {
    const x = reshape(arange(0, 16, 1, { dtype: "f32" }), [1, 1, 4, 4]);
    const weight = tensor([
      [
        [
          [1, 0],
          [0, -1],
        ],
      ],
    ]);
    const y = conv2d({ in: 1, out: 1, kernel: 2, stride: 2 }).apply({ weight, bias: tensor([100]) }, x);
    expect(await list(y)).toEqual([95, 95, 95, 95]);
  });

  test('padding "same" keeps the size for odd kernels with any dilation', () => {
    const layer = conv2d({ in: 1, out: 2, kernel: [3, 5], dilation: [2, 1], padding: "same" });
    expect(layer.apply(layer.init(key(0)), zeros([1, 1, 7, 9])).shape).toEqual([1, 2, 7, 9]);
  });

  test("a reflecting border and a mean filter leave a constant image constant", async () => {
    const layer = conv2d({ in: 1, out: 1, kernel: 3, padding: "same", paddingMode: "reflect", bias: false });
    const y = layer.apply(
      { weight: mul(ones([1, 1, 3, 3], { dtype: "f64" }), 1 / 9) },
      ones([1, 1, 4, 5], { dtype: "f64" }),
    );
    near(await list(y), new Array<number>(20).fill(1), 1e-15);
  });
});

describe("normalisation", () => {
  test("gives every group mean 0 and variance 1 whatever shift and scale come in", async () => {
    const x = add(mul(normal(key(1), [2, 6, 4, 5], { dtype: "f64" }), 7), 3);
    for (const groups of [1, 2, 3, 6]) {
      const layer = groupNorm({ channels: 6, groups, epsilon: 1e-12 });
      const y = reshape(layer.apply(layer.init(key(0), { dtype: "f64" }), x), [2 * groups, (6 / groups) * 20]);
      near(await list(y.mean({ axis: 1 })), new Array<number>(2 * groups).fill(0));
      near(await list(y.variance({ axis: 1 })), new Array<number>(2 * groups).fill(1));
    }
  });

  test("scales and shifts per channel", async () => {
    const layer = groupNorm({ channels: 2, groups: 1 });
    const [scale, shift] = [tensor([2, 0], { dtype: "f64" }), tensor([0, 5], { dtype: "f64" })];
    const x = normal(key(2), [1, 2, 2, 2], { dtype: "f64" });
    const plain = await list(groupNorm({ channels: 2, groups: 1, affine: false }).apply({}, x));
    const y = await list(layer.apply({ scale, shift }, x));
    near(
      y.slice(0, 4),
      plain.slice(0, 4).map((v) => 2 * v),
    );
    near(y.slice(4), [5, 5, 5, 5]);
  });

  test("one group per channel is instance normalisation", async () => {
    const x = normal(key(3), [2, 3, 4, 4], { dtype: "f64" });
    const a = groupNorm({ channels: 3, groups: 3, affine: false }).apply({}, x);
    expect(await list(a)).toEqual(await list(instanceNorm({ channels: 3 }).apply({}, x)));
  });
});

describe("attention", () => {
  test("with equal keys everywhere, every position gets the mean of the values", async () => {
    const layer = selfAttention({ channels: 4, heads: 2 });
    const params = noiseLike(layer.init(key(0), { dtype: "f64" }), key(1));
    if (!("bias" in params.qkv) || !("bias" in params.out)) throw new Error("biases are missing");
    // Queries and keys are switched off; values are the input, and so is the last projection.
    const eye = f64([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Number(i === j))) as never);
    const weight = reshape(add(mul(reshape(eye, [1, 4, 4]), f64([[[0]], [[0]], [[1]]] as never)), 0), [12, 4]);
    const none = { dtype: "f64" } as const;
    const x = normal(key(2), [2, 5, 4], { dtype: "f64" });
    const y = layer.apply(
      { qkv: { weight, bias: zeros([12], none) }, out: { weight: eye, bias: zeros([4], none) } },
      x,
    );
    const mean = await list(x.mean({ axis: 1, keepDims: true }).broadcastTo([2, 5, 4]));
    near(await list(y), mean);
  });

  test("equals softmax(q k^T / sqrt(d)) v, head by head", async () => {
    const [channels, heads, positions] = [4, 2, 3];
    const layer = selfAttention({ channels, heads });
    const params = noiseLike(layer.init(key(0), { dtype: "f64" }), key(1), 1);
    const x = normal(key(2), [1, positions, channels], { dtype: "f64" });
    const projected = await list(dense({ in: channels, out: 3 * channels }).apply(params.qkv, x));
    const size = channels / heads;
    const at = (part: number, position: number, channel: number): number =>
      projected[position * 3 * channels + part * channels + channel];
    const mixed: number[][] = [];
    for (let i = 0; i < positions; i++) {
      mixed.push([]);
      for (let c = 0; c < channels; c++) {
        const first = Math.floor(c / size) * size;
        const scores = Array.from({ length: positions }, (_, j) => {
          let score = 0;
          for (let d = first; d < first + size; d++) score += at(0, i, d) * at(1, j, d);
          return Math.exp(score / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        mixed[i].push(scores.reduce((sum, score, j) => sum + (score / total) * at(2, j, c), 0));
      }
    }
    const want = dense({ in: channels, out: channels }).apply(params.out, f64([mixed] as never));
    near(await list(layer.apply(params, x)), await list(want), 1e-12);
  });

  test("permuting the positions permutes the result", async () => {
    const layer = selfAttention({ channels: 4, heads: 2 });
    const params = noiseLike(layer.init(key(0), { dtype: "f64" }), key(1), 1);
    const x = normal(key(2), [1, 4, 4], { dtype: "f64" });
    const order = tensor([2, 0, 3, 1], { dtype: "i32" });
    near(await list(layer.apply(params, x.take(order, 1))), await list(layer.apply(params, x).take(order, 1)), 1e-13);
  });

  test("the spatial block starts as the identity", async () => {
    const layer = spatialAttention({ channels: 4, heads: 2, groups: 2 });
    const x = normal(key(2), [2, 4, 3, 2]);
    expect(await list(layer.apply(layer.init(key(0)), x))).toEqual(await list(x));
  });

  test("the spatial block treats rows and columns alike", async () => {
    const layer = spatialAttention({ channels: 4, heads: 2, groups: 2 });
    const params = noiseLike(layer.init(key(0), { dtype: "f64" }), key(1), 1);
    const x = normal(key(2), [1, 4, 3, 5], { dtype: "f64" });
    const turned = layer.apply(params, permute(x, [0, 1, 3, 2]));
    near(await list(permute(turned, [0, 1, 3, 2])), await list(layer.apply(params, x)), 1e-12);
  });
});

describe("resampling", () => {
  test("nearest", async () => {
    expect(
      await list(
        upsampleNearest(
          tensor([
            [
              [
                [1, 2],
                [3, 4],
              ],
            ],
          ]),
          2,
        ),
      ),
    ).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  test("bilinear interpolation reproduces linear images inside and clamps at the edge", async () => {
    for (const factor of [2, 3, 4]) {
      const [h, w] = [4, 5];
      const at = (i: number, j: number): number => 3 * i - 2 * j + 1;
      const image = Array.from({ length: h }, (_, i) => Array.from({ length: w }, (_, j) => at(i, j)));
      const got = await list(upsampleBilinear(f64([[image]] as never), factor));
      const place = (i: number, size: number): number => Math.min(size - 1, Math.max(0, (i + 0.5) / factor - 0.5));
      const want = Array.from({ length: h * factor }, (_, i) =>
        Array.from({ length: w * factor }, (_, j) => at(place(i, h), place(j, w))),
      ).flat();
      near(got, want);
    }
  });

  test("average pooling undoes nearest upsampling", async () => {
    const x = normal(key(0), [2, 3, 2, 4], { dtype: "f64" });
    near(await list(averagePool2d(upsampleNearest(x, 3), 3)), await list(x), 1e-15);
  });

  test("layers double and halve", () => {
    const [up, down] = [upsample({ in: 2, out: 3 }), downsample({ in: 3, out: 2 })];
    const y = up.apply(up.init(key(0)), zeros([1, 2, 5, 4]));
    expect(y.shape).toEqual([1, 3, 10, 8]);
    expect(down.apply(down.init(key(0)), y).shape).toEqual([1, 2, 5, 4]);
    expect(down.apply(down.init(key(0)), zeros([1, 3, 7, 5])).shape).toEqual([1, 2, 4, 3]);
  });

  test("where the convolution comes first, the result consists of equal blocks", async () => {
    const layer = upsample({ in: 1, out: 1, convolveFirst: true });
    const y = layer.apply(layer.init(key(0)), normal(key(1), [1, 1, 3, 3]));
    expect(await list(averagePool2d(y, 2))).toEqual(await list(slice(y, [null, null, [0, 6, 2], [0, 6, 2]])));
  });
});

test("reflecting borders mirror without repeating the edge", async () => {
  const x = tensor([
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  ]);
  expect(await list(reflectionPad2d(x, [0, 2]))).toEqual([3, 2, 1, 2, 3, 2, 1, 6, 5, 4, 5, 6, 5, 4]);
  expect(await list(reflectionPad2d(x, [1, 0]))).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3]);
  expect(await list(reflectionPad2d(x, 1))).toEqual([5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2]);
});

test("activations", async () => {
  const x = tensor([-100, -1, 0, 2], { dtype: "f64" });
  near(await list(leakyRelu(x, 0.1)), [-10, -0.1, 0, 2], 1e-15);
  near(await list(elu(x, 2)), [-2, 2 * Math.expm1(-1), 0, 2], 1e-15);
  near(await list(elu(tensor([1000], { dtype: "f64" }))), [1000]);
});

test("sinusoidal features: sines first, geometric frequencies", async () => {
  const got = await list(sinusoidalEmbedding(tensor([0, 3.5], { dtype: "f64" }), 6, { maxPeriod: 100 }));
  const frequencies = [1, 100 ** (-1 / 3), 100 ** (-2 / 3)];
  near(got.slice(0, 6), [0, 0, 0, 1, 1, 1]);
  near(got.slice(6), [...frequencies.map((f) => Math.sin(3.5 * f)), ...frequencies.map((f) => Math.cos(3.5 * f))]);
  expect(sinusoidalEmbedding(tensor([1, 2], { dtype: "i32" }), 2).dtype).toBe("f32");
});

test("time embeddings scale times", async () => {
  const [plain, scaled] = [1, 1000].map((scale) => timeEmbedding({ features: 4, out: 3, scale }));
  const params = plain.init(key(0), { dtype: "f64" });
  const a = plain.apply(params, tensor([250, 500], { dtype: "f64" }));
  near(await list(scaled.apply(params, tensor([0.25, 0.5], { dtype: "f64" }))), await list(a));
});

test("combinators", async () => {
  const twice = activation((x) => mul(x, 2));
  const x = tensor([1, 2]);
  expect(await list(sequential([twice, twice, twice]).apply([{}, {}, {}], x))).toEqual([8, 16]);
  expect(await list(residual(twice).apply({}, x))).toEqual([3, 6]);
  const net = sequential([dense({ in: 2, out: 2 }), twice]);
  const params = net.init(key(0));
  expect(params[1]).toEqual({});
  expect(params[0].weight.shape).toEqual([2, 2]);
});
