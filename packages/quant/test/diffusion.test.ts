import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { unet } from "@ansatz/nn";
import { ddim, ddpm, discreteLevels, sample } from "@ansatz/samplers";
import {
  calibrationBatch,
  collectCalibration,
  layersOf,
  minMaxObserver,
  quantizeNetwork,
  quantizedDenoiser,
  quantizedFunction,
  segmentOf,
  sqnr,
  timesOf,
} from "@ansatz/quant";
import type { CalibrationSet, Observer, PtqOptions, QuantizedModel, TimePolicy } from "@ansatz/quant";
import { toyNetwork, toySchedule } from "./support/toy.ts";
import type { ToyParams } from "./support/toy.ts";

const file = JSON.parse(readFileSync(new URL("golden/ptq4dm_toy.json", import.meta.url), "utf8"));
const { network, params } = toyNetwork(file, "f32");
const schedule = toySchedule(file);

/** Points of the ring of eight Gaussians. */
async function ring(seed: number, n: number): Promise<Float32Array<ArrayBuffer>> {
  const z = await normal(key(seed), [n, 2]).data();
  return Float32Array.from(z, (v, i) => {
    const angle = ((i >> 1) % 8) * (Math.PI / 4);
    return 1.4 * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.08 * v;
  });
}

const data = async (seed: number, n: number) => tensor(await ring(seed, n), { shape: [n, 2] });

const set = async (seed: number, times: TimePolicy, n = 256): Promise<CalibrationSet> =>
  collectCalibration({
    source: times.kind === "first" ? { mode: "noise" } : { mode: "forward", data: await data(seed, n) },
    times,
    n,
    shape: [2],
    schedule,
    key: key(seed),
  });

const W8A8: PtqOptions = { weightBits: 8, inputBits: 8, observer: () => minMaxObserver() as Observer };

/** Mean square of the change of the predicted noise over all times. */
async function errorOf(model: QuantizedModel<ToyParams>): Promise<number> {
  const apply = quantizedFunction(model);
  let sum = 0;
  for (let t = 5; t < file.T; t += 10) {
    const test = await collectCalibration({
      source: { mode: "forward", data: await data(900 + t, 64) },
      times: { kind: "normal", mean: (t + 0.5) / file.T, deviation: 0 },
      n: 64,
      shape: [2],
      schedule,
      key: key(t),
    });
    expect(test.t[0]).toBe(t);
    const { x, time } = calibrationBatch(test, 0, 64);
    const exact = await network.apply(params, x, time).data();
    const found = await apply(x, t).data();
    sum += Array.from(exact).reduce((s, v, i) => s + (v - found[i]) ** 2, 0) / 64;
  }
  return sum / (file.T / 10);
}

const median = (x: number[]): number => x.sort((a, b) => a - b)[x.length >> 1];

test("spread time steps beat those of one end", async () => {
  const errors = async (times: TimePolicy): Promise<number> => {
    const found: number[] = [];
    for (const seed of [1, 2, 3, 4, 5]) {
      found.push(await errorOf(await quantizeNetwork(network, params, await set(seed, times), W8A8)));
    }
    return median(found);
  };
  const spread = await errors({ kind: "normal" });
  expect(spread).toBeLessThanOrEqual(0.5 * (await errors({ kind: "first" })));
  expect(spread).toBeLessThanOrEqual(0.3 * (await errors({ kind: "last" })));
  expect(spread).toBeLessThanOrEqual(2 * (await errors({ kind: "uniform" })));
});

describe("calibration sets", () => {
  test("time steps follow their policy", async () => {
    const times = async (policy: TimePolicy): Promise<number[]> => Array.from(await timesOf(policy, 100, 200, key(1)));
    expect(new Set(await times({ kind: "first" }))).toEqual(new Set([199]));
    expect(new Set(await times({ kind: "last" }))).toEqual(new Set([1]));
    expect(new Set(await times({ kind: "mean" }))).toEqual(new Set([100]));
    for (const kind of ["uniform", "random", "normal"] as const) {
      const found = await times({ kind });
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...found)).toBeLessThanOrEqual(199);
      expect(new Set(found).size).toBeGreaterThan(40);
    }
  });

  test("backward states carry their own time: noisy late, near the data early", async () => {
    const denoiser = quantizedDenoiser(await quantizeNetwork(network, params, await set(1, { kind: "uniform" }), W8A8));
    const levels = discreteLevels(schedule, { steps: 21, spacing: "linspace" }).slice(1);
    const { x, t } = await collectCalibration({
      source: { mode: "backward", denoiser, levels },
      times: { kind: "uniform" },
      n: 64,
      shape: [2],
      schedule,
      key: key(3),
    });
    const radius = (i: number): number => Math.hypot(x[2 * i], x[2 * i + 1]);
    const early = Array.from(t.keys()).filter((i) => t[i] < 20);
    expect(early.length).toBeGreaterThan(3);
    for (const i of early) expect(Math.abs(radius(i) - 1.4)).toBeLessThan(0.6);
    expect(new Set(t).size).toBeGreaterThan(15);
  });

  test("noise and raw data", async () => {
    const clean = await data(5, 8);
    const raw = await collectCalibration({
      source: { mode: "raw", data: clean },
      times: { kind: "mean" },
      n: 8,
      shape: [2],
      schedule,
      key: key(1),
    });
    expect(raw.x).toEqual(await clean.data());
    await expect(
      collectCalibration({
        source: { mode: "raw", data: tensor([1, 2, 3]) },
        times: { kind: "mean" },
        n: 8,
        shape: [2],
        schedule,
        key: key(1),
      }),
    ).rejects.toThrow("data are no items of the shape");
  });
});

describe("samplers", () => {
  test.each([
    ["ddim", ddim()],
    ["ddpm", ddpm()],
  ])("%s takes the quantised model unchanged", async (_, sampler) => {
    const model = await quantizeNetwork(network, params, await set(1, { kind: "normal" }), W8A8);
    const { status, value } = await sample({
      sampler,
      denoiser: quantizedDenoiser(model),
      levels: discreteLevels(schedule, { steps: 25, spacing: "linspace" }).slice(1),
      x: normal(key(4), [200, 2]),
      key: key(5),
    });
    expect(status).toBe("completed");
    const x = await value.data();
    const radii = Array.from({ length: 200 }, (_, i) => Math.hypot(x[2 * i], x[2 * i + 1]));
    expect(Math.abs(median(radii) - 1.4)).toBeLessThan(0.15);
  });
});

test("the output of the quantised model is compared with the float one", async () => {
  const spread = await set(5, { kind: "uniform" }, 8);
  const found: number[] = [];
  for (const bits of [4, 8]) {
    const model = await quantizeNetwork(network, params, spread, { weightBits: bits, inputBits: bits, edgeBits: bits });
    const apply = quantizedFunction(model);
    const [exact, rounded]: number[][] = [[], []];
    for (const i of [0, 2, 4, 6]) {
      const { x, time } = calibrationBatch(spread, i, i + 1);
      exact.push(...(await network.apply(params, x, time).data()));
      rounded.push(...(await apply(x, spread.t[i]).data()));
    }
    expect(model.outputSqnr).toBeCloseTo(sqnr(exact, rounded), 9);
    found.push(model.outputSqnr);
  }
  expect(found[0]).toBeLessThan(30);
  expect(found[1]).toBeGreaterThan(found[0] + 10);
});

describe("a U-Net", () => {
  const net = unet({ base: 8, multipliers: [1, 2], groups: 4, heads: 2 });
  const weights = net.init(key(1));
  const small: CalibrationSet = { x: new Float32Array(2 * 64).fill(0.3), t: Int32Array.of(10, 700), shape: [1, 8, 8] };

  test("all convolutions and dense layers are found, attention and skips included", () => {
    const layers = layersOf(net, weights, tensor(small.x.subarray(0, 64), { shape: [1, 1, 8, 8] }), tensor([5]));
    const paths = layers.map(({ path }) => path);
    for (const path of ["input", "output", "time.first", "middle.attention.attention.qkv", "up.0.blocks.0.skip"]) {
      expect(paths).toContain(path);
    }
    expect(layers.map(({ index }) => index)).toEqual([...layers.keys()]);
    expect(layers.at(-1)?.path).toBe("output");
  });

  test("first and last layer keep 8 bits, layers can be left alone, sizes add up", async () => {
    const model = await quantizeNetwork(net, weights, small, {
      weightBits: 4,
      inputBits: 6,
      layerBits: ({ path }) => (path.startsWith("time") ? { weight: "float", input: "float" } : undefined),
    });
    const bits = new Map(model.layers.map((layer) => [layer.path, layer]));
    expect(bits.get("input")).toMatchObject({ weight: 4, input: 6 });
    expect(bits.get("output")).toMatchObject({ weight: 8, input: 8 });
    expect(bits.get("time.first")).toMatchObject({ weight: "float", input: "float", weightSqnr: Infinity });
    expect(bits.get("middle.first.conv1")).toMatchObject({ weight: 4, input: 6 });
    expect(model.bytes).toBeLessThan(0.35 * model.floatBytes);
    const { codes, scale, values } = model.weights.get("middle.first.conv1") as NonNullable<
      ReturnType<typeof model.weights.get>
    >;
    const width = values.length / scale.length;
    values.forEach((v, i) => expect(v).toBe(Math.fround(codes[i] * scale[Math.floor(i / width)])));
  });

  test("ranges may depend on the time", async () => {
    const model = await quantizeNetwork(net, weights, small, {
      weightBits: 8,
      inputBits: 8,
      segments: 2,
      timeSteps: 1000,
    });
    expect(model.inputs.get("input")?.segments.length).toBe(2);
    expect([0, 499, 500, 999].map((t) => segmentOf(t, 2, 1000))).toEqual([0, 0, 1, 1]);
    const apply = quantizedFunction(model);
    expect(apply(tensor(small.x, { shape: [2, 1, 8, 8] }), 700).shape).toEqual([2, 1, 8, 8]);
  });

  test("bad options are named", async () => {
    await expect(quantizeNetwork(net, weights, small, { weightBits: 1, inputBits: 8 })).rejects.toThrow(
      "weightBits is out of range (got 1",
    );
    await expect(quantizeNetwork(net, weights, small, { weightBits: 8, inputBits: 8, segments: 2 })).rejects.toThrow(
      "timeSteps (needed for segments) is out of range",
    );
    await expect(
      quantizeNetwork(net, weights, { ...small, t: new Int32Array(0) }, { weightBits: 8, inputBits: 8 }),
    ).rejects.toThrow("the calibration set is empty");
  });
});
