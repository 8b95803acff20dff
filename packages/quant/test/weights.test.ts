import { describe, expect, test } from "vitest";
import { key, normal } from "@ansatz/tensor/random";
import {
  adaRound,
  awq,
  bestWeight,
  exhaustiveRounding,
  gptq,
  outputError,
  polish,
  roundToNearest,
  smoothQuant,
  weightMethods,
} from "@ansatz/quant";
import type { LinearLayer } from "@ansatz/quant";

/** A layer whose inputs are correlated: X = Z·M with a random M, and a few large columns. */
async function randomLayer(seed: number, rows: number, columns: number, samples: number): Promise<LinearLayer> {
  const [a, b, c] = key(seed).split(3);
  const z = await normal(a, [samples, columns]).data();
  const mix = await normal(b, [columns, columns]).data();
  const inputs = new Float64Array(samples * columns);
  for (let k = 0; k < samples; k++) {
    for (let j = 0; j < columns; j++) {
      let v = z[k * columns + j];
      for (let i = 0; i < columns; i++) v += (0.7 * z[k * columns + i] * mix[i * columns + j]) / Math.sqrt(columns);
      inputs[k * columns + j] = v * (j % 11 === 3 ? 4 : 1);
    }
  }
  return { rows, columns, weight: await normal(c, [rows, columns]).data(), inputs };
}

const layers = await Promise.all(Array.from({ length: 20 }, (_, i) => randomLayer(i, 6, 32, 96)));
const median = (x: number[]): number => x.sort((a, b) => a - b)[x.length >> 1];

test("GPTQ has at most 0.65 of the error of rounding, and the polish at most 0.95 of that", () => {
  const options = { bits: 3 };
  const ratios = layers.map((layer) => {
    const nearest = outputError(layer, roundToNearest(layer, options).values);
    const compensated = gptq(layer, options);
    const error = outputError(layer, compensated.values);
    const polished = outputError(layer, polish(layer, compensated).values);
    const single = outputError(layer, polish(layer, compensated, { pairs: false }).values);
    expect(polished).toBeLessThanOrEqual(single * (1 + 1e-12));
    expect(single).toBeLessThanOrEqual(error * (1 + 1e-12));
    return [error / nearest, polished / error];
  });
  expect(median(ratios.map(([g]) => g))).toBeLessThanOrEqual(0.65);
  expect(median(ratios.map(([, p]) => p))).toBeLessThanOrEqual(0.95);
});

describe.each(weightMethods.map((method) => [method.name, method] as const))("%s", (_, method) => {
  test.each([
    { bits: 4 },
    { bits: 2, symmetric: true },
    { bits: 3, group: 8 },
    { bits: 3, group: 8, shrink: true, symmetric: true },
  ])("keeps to its grid: %o", (options) => {
    const [layer] = layers;
    const q = method.quantize(layer, options);
    expect(q.scale.length).toBe(layer.rows * (layer.columns / (options.group ?? layer.columns)));
    q.values.forEach((v, i) => {
      const at = Math.floor(i / 32) * (q.scale.length / 6) + q.groupOf[i % 32];
      expect(v).toBe(q.scale[at] * (q.codes[i] - q.zeroPoint[at]));
      expect(q.codes[i]).toBeLessThan(2 ** options.bits);
    });
  });

  test("takes zeros and columns without input", () => {
    const inputs = Float64Array.from({ length: 40 }, (_, i) => (i % 4 === 2 ? 0 : Math.sin(i)));
    const layer = { rows: 2, columns: 4, weight: [0, 0, 0, 0, 1, -2, 3, 0.5], inputs };
    const q = method.quantize(layer, { bits: 4 });
    expect(q.values.slice(0, 4)).toEqual(new Float64Array(4));
    expect(outputError(layer, q.values)).toBeLessThan(1);
  });

  test("names bad input", () => {
    const [layer] = layers;
    expect(() => method.quantize(layer, { bits: 9 })).toThrow("bits is out of range (got 9");
    expect(() => method.quantize(layer, { bits: 4, group: 5 })).toThrow("groups do not fill a row (got 32 columns");
    expect(() => method.quantize({ ...layer, weight: [NaN, ...Array<number>(191).fill(0)] }, { bits: 4 })).toThrow(
      "weight has a number that is not finite (got NaN at index 0",
    );
    expect(() => method.quantize({ ...layer, inputs: [1] }, { bits: 4 })).toThrow("no whole number of rows");
  });
});

test("polish reaches the exhaustive optimum of short rows more often than not", async () => {
  const ratios: number[] = [];
  for (let i = 0; i < 8; i++) {
    const layer = await randomLayer(100 + i, 1, 9, 40);
    const start = roundToNearest(layer, { bits: 3, symmetric: true });
    const best = exhaustiveRounding(layer.weight, layer.inputs, start.scale[0], 3);
    ratios.push(outputError(layer, polish(layer, start).values) / best.objective);
  }
  // The polish may leave the two neighbouring levels, so ratios below 1 are possible.
  expect(median(ratios)).toBeLessThanOrEqual(1.05);
});

test("AdaRound beats rounding to nearest when inputs are correlated", async () => {
  const layer = await randomLayer(200, 16, 64, 256);
  const nearest = outputError(layer, roundToNearest(layer, { bits: 3 }).values);
  const learned = outputError(layer, (await adaRound(layer, { bits: 3, steps: 600 })).values);
  expect(learned / nearest).toBeLessThan(0.75);
});

test("the best of all methods is none worse than any", async () => {
  const { weight, errors, method } = await bestWeight(layers[1], { bits: 3, group: 16 });
  expect(errors[method]).toBe(Math.min(...Object.values(errors)));
  expect(outputError(layers[1], weight.values)).toBe(errors[method]);
});

test("AWQ lowers the error where some columns see large inputs", () => {
  const { losses, index, values, inputScale } = awq(layers[2], { bits: 3, group: 16 });
  expect(losses[index]).toBeLessThan(0.95 * losses[0]);
  expect(outputError(layers[2], values) / (6 * 96)).toBeCloseTo(losses[index], 10);
  expect(inputScale[3]).toBeGreaterThan(inputScale[4]);
  expect(() => awq(layers[2], { bits: 3, symmetric: true })).toThrow("the grid is asymmetric");
});

test("SmoothQuant leaves the outputs as they are", () => {
  const [layer] = layers;
  const { layer: smooth } = smoothQuant(layer);
  const dot = (l: LinearLayer): number =>
    Array.from({ length: 32 }, (_, j) => l.weight[j] * l.inputs[j]).reduce((a, b) => a + b);
  expect(dot(smooth)).toBeCloseTo(dot(layer), 5);
  expect(() => smoothQuant(layer, 1.5)).toThrow("alpha is out of range (got 1.5");
});

test("GPTQ raises the damping when inputs do not determine the weights, and reports it", () => {
  const inputs = Float64Array.from({ length: 64 }, (_, i) => Math.sin(Math.floor(i / 8)));
  const layer = { rows: 1, columns: 8, weight: [1, 2, 3, 4, 5, 6, 7, 8], inputs };
  const { damping, loss } = gptq(layer, { bits: 4, damping: 0 });
  expect(damping).toBeGreaterThan(0);
  expect(loss).toBeLessThan(Infinity);
});
