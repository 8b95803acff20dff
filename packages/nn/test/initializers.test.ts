import * as nn from "@ansatz/nn";
import { defaultInit, initializers, kaiming, onesInit, xavier, zerosInit, type Initializer } from "@ansatz/nn";
import { ArgumentError } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { message } from "./support/trees.ts";

const SHAPE = [40, 20, 5, 5];
const [FAN_IN, FAN_OUT] = [20 * 25, 40 * 25];

async function moments(init: Initializer): Promise<{ mean: number; deviation: number; largest: number }> {
  const values = await init(key(4), SHAPE, { dtype: "f64" }).data();
  const n = values.length;
  const list = Array.from(values as Float64Array);
  const mean = list.reduce((a, b) => a + b, 0) / n;
  const deviation = Math.sqrt(list.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  return { mean, deviation, largest: Math.max(...list.map(Math.abs)) };
}

const kinds: [string, Initializer, number][] = [
  ...initializers.map((entry): [string, Initializer, number] => [
    entry.name,
    entry.create(),
    entry.deviation(FAN_IN, FAN_OUT),
  ]),
  ["kaiming, gain 1", kaiming({ gain: 1 }), Math.sqrt(1 / FAN_IN)],
  ["xavier, normal, gain 2", xavier({ distribution: "normal", gain: 2 }), 2 * Math.sqrt(2 / (FAN_IN + FAN_OUT))],
  ["the default", defaultInit, Math.sqrt(1 / (3 * FAN_IN))],
];

describe.each(kinds.filter(([, , deviation]) => deviation > 0))("%s", (name, init, deviation) => {
  test("has the stated deviation, mean 0 and bounds", async () => {
    const got = await moments(init);
    // 20000 numbers: the mean is off by about 0.7 %, the deviation by about 0.5 % of the deviation.
    expect(Math.abs(got.mean)).toBeLessThan(0.03 * deviation);
    expect(Math.abs(got.deviation / deviation - 1)).toBeLessThan(0.02);
    if (name.includes("normal")) {
      expect(got.largest).toBeGreaterThan(3 * deviation);
    } else {
      expect(got.largest).toBeLessThanOrEqual(deviation * Math.sqrt(3));
      expect(got.largest).toBeGreaterThan(0.99 * deviation * Math.sqrt(3));
    }
  });
});

test("the registry holds every initialiser, with sources for all but constants", () => {
  const exported = Object.keys(nn).filter((name) => /^(kaiming|xavier|\w+Init)$/.test(name) && name !== "defaultInit");
  expect(new Set(initializers.map(({ factory }) => factory))).toEqual(new Set(exported));
  for (const { citations, deviation } of initializers) {
    expect(citations.length > 0).toBe(deviation(1, 1) > 0);
  }
});

test("constants", async () => {
  expect(await zerosInit(key(0), [2]).data()).toEqual(Float32Array.of(0, 0));
  expect(await onesInit(key(0), [2], { dtype: "f64" }).data()).toEqual(Float64Array.of(1, 1));
});

test("another key gives other numbers", async () => {
  expect(await defaultInit(key(0), [2, 2]).data()).not.toEqual(await defaultInit(key(1), [2, 2]).data());
});

test("options and shapes outside their range are refused", () => {
  expect(message(() => kaiming({ gain: 0 }))).toBe(
    "kaiming: gain is out of range (got 0, expected a finite number > 0).",
  );
  expect(message(() => kaiming({ mode: "both" as never }))).toContain('kaiming: unknown mode (got "both"');
  expect(message(() => xavier({ distribution: "cauchy" as never }))).toContain("xavier: unknown distribution");
  expect(() => xavier({ mode: "in" } as never)).toThrow(ArgumentError);
  expect(message(() => kaiming()(key(0), [3]))).toContain("fans need two axes (got [3]");
});
