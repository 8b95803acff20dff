import { defaultInit, kaiming, onesInit, xavier, zerosInit, type Initializer } from "@ansatz/nn";
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

const kinds: [string, Initializer, number, "uniform" | "normal"][] = [
  ["kaiming, uniform", kaiming(), Math.sqrt(2 / FAN_IN), "uniform"],
  ["kaiming, normal, out", kaiming({ distribution: "normal", mode: "out" }), Math.sqrt(2 / FAN_OUT), "normal"],
  ["kaiming, gain 1", kaiming({ gain: 1 }), Math.sqrt(1 / FAN_IN), "uniform"],
  ["xavier, uniform", xavier(), Math.sqrt(2 / (FAN_IN + FAN_OUT)), "uniform"],
  [
    "xavier, normal, gain 2",
    xavier({ distribution: "normal", gain: 2 }),
    2 * Math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "normal",
  ],
  ["the default", defaultInit, Math.sqrt(1 / (3 * FAN_IN)), "uniform"],
];

describe.each(kinds)("%s", (_name, init, deviation, distribution) => {
  test("has the stated deviation, mean 0 and bounds", async () => {
    const got = await moments(init);
    // 20000 numbers: the mean is off by about 0.7 %, the deviation by about 0.5 % of the deviation.
    expect(Math.abs(got.mean)).toBeLessThan(0.03 * deviation);
    expect(Math.abs(got.deviation / deviation - 1)).toBeLessThan(0.02);
    if (distribution === "uniform") {
      expect(got.largest).toBeLessThanOrEqual(deviation * Math.sqrt(3));
      expect(got.largest).toBeGreaterThan(0.99 * deviation * Math.sqrt(3));
    } else {
      expect(got.largest).toBeGreaterThan(3 * deviation);
    }
  });
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
