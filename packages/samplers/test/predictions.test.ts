import { describe, expect, test } from "vitest";
import { mul, tensor, type Tensor } from "@ansatz/tensor";
import {
  asEpsilon,
  asFlow,
  asPrediction,
  asScore,
  asV,
  asX0,
  conversion,
  dynamicThreshold,
  guided,
  mixtureOf,
  PREDICTIONS,
  withDynamicThreshold,
  type Denoiser,
  type Prediction,
} from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { BUMPS, BUMPS_START, maxDifference, read, rows } from "./support.ts";

const LEVELS = [
  { alpha: 0.6, sigma: 0.8 },
  { alpha: 1, sigma: 14 },
  { alpha: 0.3, sigma: 0.7 },
  { alpha: 0.9999, sigma: 0.01 },
];

describe("conversions", () => {
  test("every pair agrees with the definition", () => {
    const [x0, epsilon] = [1.7, -0.4];
    const value = (prediction: Prediction, level: { alpha: number; sigma: number }): number => {
      const [p, r] = mixtureOf(prediction, level);
      return p * x0 + r * epsilon;
    };
    for (const level of LEVELS) {
      const x = level.alpha * x0 + level.sigma * epsilon;
      for (const from of PREDICTIONS) {
        for (const to of PREDICTIONS) {
          const factors = conversion(from, to, level);
          const got = factors.x * x + factors.prediction * value(from, level);
          const expected = value(to, level);
          expect(Math.abs(got - expected)).toBeLessThan(1e-10 * (1 + Math.abs(expected)));
        }
      }
    }
  });

  test("the same kind is passed through untouched", () => {
    for (const kind of PREDICTIONS) expect(conversion(kind, kind, LEVELS[0])).toEqual({ x: 0, prediction: 1 });
  });

  test("at pure noise only what is determined is given", () => {
    const noise = { alpha: 0, sigma: 2 };
    expect(conversion("v", "x0", noise)).toEqual({ x: 0, prediction: -1 / 2 });
    expect(conversion("x0", "epsilon", noise)).toEqual({ x: 1 / 2, prediction: 0 });
    expect(conversion("epsilon", "score", noise)).toEqual({ x: 0, prediction: -1 / 2 });
    expect(conversion("score", "epsilon", noise)).toEqual({ x: 0, prediction: -2 });
    expect(conversion("flow", "x0", noise)).toEqual({ x: 1 / 2, prediction: -1 });
    for (const from of ["epsilon", "score"] as const) {
      for (const to of ["x0", "v", "flow"] as const) {
        expect(() => conversion(from, to, noise)).toThrow(
          `conversion: ${to} cannot be computed from ${from} at this level (got (alpha = 0, sigma = 2)). ` +
            `At alpha = 0 use a model that predicts x0, v or flow, or start below pure noise.`,
        );
      }
    }
  });

  test("at the clean end likewise", () => {
    const clean = { alpha: 1, sigma: 0 };
    expect(conversion("v", "epsilon", clean)).toEqual({ x: 0, prediction: 1 });
    expect(conversion("epsilon", "x0", clean)).toEqual({ x: 1, prediction: 0 });
    expect(() => conversion("x0", "epsilon", clean)).toThrow("conversion: epsilon cannot be computed from x0");
    expect(() => conversion("score", "x0", clean)).toThrow("conversion: x0 cannot be computed from score");
    expect(() => conversion("epsilon", "score", clean)).toThrow("end above sigma 0");
  });
});

describe("denoisers", () => {
  const adapters = { epsilon: asEpsilon, x0: asX0, v: asV, score: asScore, flow: asFlow };

  for (const device of ["cpu", "js"]) {
    for (const from of PREDICTIONS) {
      test(`a model of ${from} serves every request (${device})`, async () => {
        const x = rows(BUMPS_START, "f64", device);
        const model = gaussianMixture({ ...BUMPS, predict: from });
        for (const to of PREDICTIONS) {
          const exact = await read(await gaussianMixture({ ...BUMPS, predict: to }).call(x, LEVELS[0]));
          expect(maxDifference(await read(await adapters[to](model)(x, LEVELS[0])), exact)).toBeLessThan(1e-12);
        }
      });
    }
  }

  test("a bare function means x0, promises are awaited, and context arrives", async () => {
    const x = rows([[2, 4]]);
    const half: Denoiser<{ factor: number }> = (z, _level, context) => mul(z, context?.factor ?? NaN);
    expect(await read(await asX0(half)(x, LEVELS[0], { factor: 0.5 }))).toEqual([1, 2]);
    const slow: Denoiser = { predict: "epsilon", call: async (z) => mul(z, 0.5) };
    expect(maxDifference(await read(await asX0(slow)(x, LEVELS[0])), [(2 - 0.8) / 0.6, (4 - 1.6) / 0.6])).toBeLessThan(
      1e-14,
    );
  });

  test("the model is not called where the conversion is undefined", () => {
    let calls = 0;
    const model: Denoiser = { predict: "epsilon", call: (z) => (calls++, mul(z, 1)) };
    expect(() => asX0(model)(rows([[1, 2]]), { alpha: 0, sigma: 1 })).toThrow(
      "conversion: x0 cannot be computed from epsilon",
    );
    expect(calls).toBe(0);
  });

  test("a converted output frees the model's", async () => {
    let output: Tensor | undefined;
    const model: Denoiser = { predict: "epsilon", call: (z) => (output = mul(z, 0.5)) };
    await read(await asX0(model)(rows([[1, 2]]), LEVELS[0]));
    await expect(async () => output?.data()).rejects.toThrow("disposed");
  });
});

describe("guidance", () => {
  const level = { alpha: 0.6, sigma: 0.8 };
  const scaled = (factor: number, predict: Prediction = "epsilon"): Denoiser => ({
    predict,
    call: (x) => mul(x, factor),
  });

  test("extrapolates from the unconditional to the conditional output", async () => {
    const mixed = guided({ conditional: scaled(3), unconditional: scaled(1), weight: 2.5 });
    expect(await read(await mixed.call(rows([[1, 2]]), level))).toEqual([6, 12]);
  });

  test("needs one call for weights 0 and 1", async () => {
    let calls = 0;
    const count = (factor: number): Denoiser => ({ predict: "v", call: (x) => (calls++, mul(x, factor)) });
    for (const weight of [0, 1]) {
      const mixed = guided({ conditional: count(3), unconditional: count(1), weight });
      expect(mixed.predict).toBe("v");
      expect(await read(await mixed.call(rows([[1, 2]]), level))).toEqual(weight === 1 ? [3, 6] : [1, 2]);
    }
    expect(calls).toBe(2);
  });

  test("cites its paper, and the models' own", () => {
    const paper = { title: "A model", authors: "A. Author", year: 2020, url: "https://example.org/model" };
    const model: Denoiser = { predict: "epsilon", call: (x) => mul(x, 1), citations: [paper] };
    const mixed = guided({ conditional: model, unconditional: scaled(1), weight: 2 });
    const titles = withDynamicThreshold(mixed).citations?.map(({ title }) => title);
    expect(titles).toEqual([
      "Photorealistic Text-to-Image Diffusion Models with Deep Language Understanding",
      "Classifier-Free Diffusion Guidance",
      "A model",
    ]);
  });

  test("does not depend on what the models predict", async () => {
    const other = { ...BUMPS, weights: [1, 1e-3, 1] };
    const results: number[][] = [];
    for (const predict of ["epsilon", "x0", "v"] as const) {
      const mixed = guided({
        conditional: gaussianMixture({ ...other, predict }),
        unconditional: gaussianMixture({ ...BUMPS, predict }),
        weight: 7.5,
      });
      results.push(await read(await asX0(mixed)(rows(BUMPS_START), level)));
    }
    expect(maxDifference(results[0], results[1])).toBeLessThan(1e-12);
    expect(maxDifference(results[0], results[2])).toBeLessThan(1e-12);
  });

  test("errors", () => {
    const base = { conditional: scaled(1), unconditional: scaled(1) };
    expect(() => guided({ ...base, weight: -1 })).toThrow(
      "guided: weight is out of range (got -1, expected a finite number >= 0).",
    );
    expect(() => guided({ ...base, unconditional: scaled(1, "v"), weight: 2 })).toThrow(
      "guided: both models must predict the same (got epsilon and v). Convert one with asPrediction.",
    );
  });
});

describe("dynamic thresholding", () => {
  test("leaves data inside [-1, 1] alone and scales the rest into it", async () => {
    for (const dtype of ["f32", "f64"] as const) {
      const x0 = rows(
        [
          [0.5, -0.25, 0.125, 0.75],
          [4, -2, 0, 1],
        ],
        dtype,
      );
      expect(await read(await dynamicThreshold(x0, { ratio: 1 }))).toEqual([0.5, -0.25, 0.125, 0.75, 1, -0.5, 0, 0.25]);
      expect(await read(await dynamicThreshold(x0, { ratio: 1, max: 2 }))).toEqual([
        0.5, -0.25, 0.125, 0.75, 1, -1, 0, 0.5,
      ]);
    }
  });

  test("works on single values and as a denoiser", async () => {
    expect(await read(await dynamicThreshold(tensor(3), { ratio: 1, max: 2 }))).toEqual([1]);
    const model = withDynamicThreshold({ predict: "epsilon", call: (x) => mul(x, 0) }, { ratio: 1 });
    expect(model.predict).toBe("x0");
    const got = await read(await model.call(rows([[0.6, -1.8]]), { alpha: 0.6, sigma: 0.8 }));
    expect(maxDifference(got, [1 / 3, -1])).toBeLessThan(1e-15);
  });

  test("errors", async () => {
    await expect(dynamicThreshold(tensor([1]), { ratio: 0 })).rejects.toThrow(
      "dynamicThreshold: ratio is out of range (got 0",
    );
    await expect(dynamicThreshold(tensor([1]), { max: 0.5 })).rejects.toThrow(
      "dynamicThreshold: max is out of range (got 0.5",
    );
    expect(() => withDynamicThreshold((x) => x, { quantile: 1 } as never)).toThrow(
      'withDynamicThreshold: unknown option (got "quantile"',
    );
  });
});

describe("denoiser errors", () => {
  const x = rows([[1, 2]]);
  const level = LEVELS[0];
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => asX0(5 as never),
      "asPrediction: not a denoiser (got number, expected a function (x, level) => x0 or { predict, call }).",
    ],
    [() => asX0(null as never), "asPrediction: not a denoiser (got null"],
    [
      () => asX0({ predict: "noise", call: () => x } as never),
      'asPrediction: unknown prediction (got "noise", expected one of "x0", "epsilon", "v", "score", "flow").',
    ],
    [() => asPrediction((z) => z, "noise" as never), 'asPrediction: unknown prediction (got "noise"'],
    [
      () => asX0({ predict: "v", call: () => 5 as never })(x, level),
      "asPrediction: the denoiser must return a tensor (got number, expected a tensor of shape [1, 2]).",
    ],
    [
      () => asX0({ predict: "v", call: () => tensor([1, 2]) })(x, level),
      "asPrediction: the denoiser's output does not have the shape of its input (got [2], expected [1, 2]).",
    ],
    [
      () => asX0({ predict: "v", call: () => rows([[1, 2]], "f32") })(x, level),
      "asPrediction: the denoiser's output does not have the dtype of its input (got f32, expected f64).",
    ],
  ];
  for (const [act, message] of cases) {
    test(message, () => {
      expect(act).toThrow(message);
    });
  }
});
