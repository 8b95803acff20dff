/** What `quantizeNetwork` offers beyond rounding: methods that look at inputs, scales of channels, corrected biases. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conv2d, dense } from "@ansatz/nn";
import { tensor, type Tensor, type Tree } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  adaRoundMethod,
  bestMethod,
  bestWeight,
  calibrationBatch,
  gptqMethod,
  polishedGptq,
  quantizeNetwork,
  quantizedFunction,
  roundToNearest,
  type CalibrationSet,
  type LinearLayer,
  type PtqOptions,
  type QuantizedWeight,
  type TimedNetwork,
} from "@ansatz/quant";
import { toyNetwork } from "./support/toy.ts";

const file = JSON.parse(readFileSync(new URL("golden/ptq4dm_toy.json", import.meta.url), "utf8"));
const { network, params } = toyNetwork(file, "f32");

async function points(seed: number, n: number): Promise<CalibrationSet> {
  const x = Float32Array.from(await normal(key(seed), [n * 2]).data());
  return { x, t: Int32Array.from({ length: n }, (_, i) => (37 * i) % file.T), shape: [2] };
}

/** Mean square of the change of the toy's predictions on other points. */
async function errorOf(options: PtqOptions): Promise<number> {
  const apply = quantizedFunction(await quantizeNetwork(network, params, await points(1, 128), options));
  let sum = 0;
  const test = await points(2, 20);
  for (let i = 0; i < 20; i++) {
    const { x, time } = calibrationBatch(test, i, i + 1);
    const [a, b] = [await network.apply(params, x, time).data(), await apply(x, test.t[i]).data()];
    for (let j = 0; j < a.length; j++) sum += (a[j] - b[j]) ** 2;
  }
  return sum;
}

describe("weight methods", () => {
  const bits: PtqOptions = { weightBits: 3, inputBits: 8, edgeBits: 3 };

  test("that look at inputs change predictions less than rounding", async () => {
    const nearest = await errorOf(bits);
    for (const weightMethod of [gptqMethod(), polishedGptq, adaRoundMethod({ steps: 100 })]) {
      expect(await errorOf({ ...bits, weightMethod }), weightMethod.name).toBeLessThan(0.8 * nearest);
    }
  });

  test("are chosen layer by layer", async () => {
    const seen: string[] = [];
    const weightMethod: PtqOptions["weightMethod"] = ({ path, index }) => {
      seen.push(path);
      return index === 1 ? gptqMethod() : undefined;
    };
    const set = await points(1, 64);
    const [some, none] = [
      await quantizeNetwork(network, params, set, { ...bits, weightMethod }),
      await quantizeNetwork(network, params, set, bits),
    ];
    expect(seen.sort()).toEqual(none.layers.map(({ path }) => path).sort());
    for (const { path, index } of none.layers) {
      const [a, b] = [some, none].map(({ weights }) => Array.from(weights.get(path)?.codes ?? []));
      if (index === 1) expect(a).not.toEqual(b);
      else expect(a).toEqual(b);
    }
  });

  test("may be the best of all", async () => {
    const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(7 * i + 1));
    const layer = { rows: 2, columns: 4, weight: wave(8), inputs: wave(40) };
    const best = await bestWeight(layer, { bits: 2 });
    expect((await bestMethod.quantize(layer, { bits: 2 })).codes).toEqual(best.weight.codes);
  });

  test("must give one symmetric scale for each output channel", async () => {
    const skew = {
      name: "skew",
      quantize: (layer: LinearLayer): QuantizedWeight => roundToNearest(layer, { bits: 3 }),
    };
    await expect(quantizeNetwork(network, params, await points(1, 8), { ...bits, weightMethod: skew })).rejects.toThrow(
      "skew does not give one symmetric scale for each output channel",
    );
  });
});

describe("rows of a convolution's inputs", () => {
  const image: CalibrationSet = {
    x: Float32Array.from({ length: 2 * 2 * 6 * 5 }, (_, i) => Math.sin(3 * i + 1)),
    t: Int32Array.of(3, 700),
    shape: [2, 6, 5],
  };
  const cases: Parameters<typeof conv2d>[0][] = [
    { in: 2, out: 3, kernel: 3, padding: "same" },
    { in: 2, out: 3, kernel: [3, 2], stride: [2, 1], padding: [2, 1] },
    { in: 2, out: 3, kernel: 3, padding: 2, dilation: 2, paddingMode: "reflect" },
  ];
  test.each(cases)("give its outputs: %j", async (options) => {
    const layer = conv2d({ ...options, bias: false });
    const single: TimedNetwork = { apply: (p, x) => layer.apply(p as { weight: Tensor }, x) };
    const own = layer.init(key(4)) as { weight: Tensor };
    let found: LinearLayer | undefined;
    const spy = {
      name: "spy",
      quantize: (seen: LinearLayer, grid: { bits: number; symmetric?: boolean }): QuantizedWeight => {
        found = seen;
        return roundToNearest(seen, grid);
      },
    };
    const all = { weightBits: 8, inputBits: 8, samples: 1e6, weightMethod: spy };
    await quantizeNetwork(single, own as Tree, image, all);
    const y = layer.apply(own, tensor(image.x, { shape: [2, 2, 6, 5] }));
    const expected = (await y.permute([0, 2, 3, 1]).data()) as Float32Array;
    const { rows, columns, weight, inputs } = found as LinearLayer;
    expect(inputs.length / columns).toBe(expected.length / rows);
    expected.forEach((v, i) => {
      const [row, out] = [Math.floor(i / rows), i % rows];
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += weight[out * columns + j] * inputs[row * columns + j];
      expect(Math.abs(sum - v)).toBeLessThan(1e-5);
    });
  });

  test("are not there with groups", async () => {
    const layer = conv2d({ in: 2, out: 2, kernel: 1, groups: 2 });
    const single: TimedNetwork = { apply: (p, x) => layer.apply(p as { weight: Tensor }, x) };
    const own = layer.init(key(4)) as Tree;
    const bits = { weightBits: 8, inputBits: 8 };
    await expect(quantizeNetwork(single, own, image, { ...bits, biasCorrection: true })).rejects.toThrow(
      "need convolutions without groups (got 2 at",
    );
    await quantizeNetwork(single, own, image, bits);
  });
});

describe("channels of very different size", () => {
  const layer = dense({ in: 4, out: 3 });
  const single: TimedNetwork = { apply: (p, x) => layer.apply(p as { weight: Tensor }, x) };
  const own = layer.init(key(4)) as Tree;
  const sizes = [100, 1, 0.1, 30];

  async function mixed(seed: number): Promise<CalibrationSet> {
    const x = Float32Array.from(await normal(key(seed), [400]).data(), (v, i) => v * sizes[i % 4]);
    return { x, t: new Int32Array(100), shape: [4] };
  }

  /** Mean and mean square of the change of every output. */
  async function changes(options: PtqOptions, seed = 1): Promise<{ mean: number[]; square: number }> {
    const apply = quantizedFunction(await quantizeNetwork(single, own, await mixed(1), options));
    const { x, time } = calibrationBatch(await mixed(seed), 0, 100);
    const [a, b] = [await single.apply(own, x, time).data(), await apply(x, 0).data()];
    const change = Array.from(a, (v, i) => b[i] - v);
    const mean = [0, 1, 2].map((o) => change.filter((_, i) => i % 3 === o).reduce((s, v) => s + v / 100, 0));
    return { mean, square: change.reduce((s, v) => s + v * v, 0) };
  }

  test("are better off with scales of their own", async () => {
    const bits = { weightBits: 8, inputBits: 4, edgeBits: 4 };
    const plain = (await changes(bits, 2)).square;
    for (const channelScales of [0.5, "awq"] as const) {
      expect((await changes({ ...bits, channelScales }, 2)).square).toBeLessThan(0.9 * plain);
    }
    const model = await quantizeNetwork(single, own, await mixed(1), { ...bits, channelScales: 1 });
    const largest = [0, 1, 2, 3].map((c) => model.inputs.get("")?.channelScales?.[c] ?? 0);
    largest.forEach((v, c) => expect(v / sizes[c]).toBeGreaterThan(2));
  });

  test("corrected biases leave no mean change on the set", async () => {
    const bits = { weightBits: 3, inputBits: 3, edgeBits: 3, samples: 100 };
    const [plain, corrected] = [await changes(bits), await changes({ ...bits, biasCorrection: true })];
    expect(Math.max(...plain.mean.map(Math.abs))).toBeGreaterThan(0.1);
    expect(Math.max(...corrected.mean.map(Math.abs))).toBeLessThan(1e-4);
    expect(corrected.square).toBeLessThan(plain.square);
  });

  test("bad options are named", async () => {
    const set = await mixed(1);
    const bits = { weightBits: 8, inputBits: 8 };
    await expect(quantizeNetwork(single, own, set, { ...bits, channelScales: 2 })).rejects.toThrow(
      'channelScales (or "awq") is out of range (got 2',
    );
    await expect(quantizeNetwork(single, own, set, { ...bits, biasCorrection: 1 as never })).rejects.toThrow(
      "biasCorrection is no flag (got 1",
    );
  });
});
