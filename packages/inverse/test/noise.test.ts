/** Noise: moments of many draws. */
import { gaussianNoise, poisson, sigmaForSnr, transmissionNoise } from "@ansatz/inverse";
import { complex, full, imag, ones, real, tensor, type Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

const DRAWS = 100_000;

async function moments(t: Tensor): Promise<{ mean: number; variance: number }> {
  const values = await read(t);
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

describe.each([0.1, 5, 29.9, 50, 1e4])("Poisson counts of mean %d", (rate) => {
  test("have the mean and variance, and are counts", async () => {
    const counts = await poisson(key(rate * 10), full([DRAWS], rate, { dtype: "f64" }));
    const { mean, variance } = await moments(counts);
    expect(Math.abs(mean - rate)).toBeLessThan(4 * Math.sqrt(rate / DRAWS));
    expect(Math.abs(variance / rate - 1)).toBeLessThan(0.03);
    expect((await read(counts)).every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
  });
});

test("Poisson counts of mean 0 are 0, and means below 0 are refused", async () => {
  expect(await read(await poisson(key(1), tensor([0, 0])))).toEqual([0, 0]);
  await expect(poisson(key(1), tensor([1, -1]))).rejects.toThrow(/means\[1\] is out of range/);
});

test("complex noise is split equally", async () => {
  const zero = full([DRAWS], 0, { dtype: "f64" });
  const noisy = gaussianNoise(key(2), complex(zero, zero), 2);
  for (const part of [real(noisy), imag(noisy)])
    expect(Math.abs((await moments(part)).variance / 2 - 1)).toBeLessThan(0.03);
});

test("noise has the ratio of powers that is asked for", async () => {
  const data = full([DRAWS], 3, { dtype: "f64" });
  const { variance } = await moments(gaussianNoise(key(3), data, await sigmaForSnr(data, 20)));
  expect(Math.abs(variance / 0.09 - 1)).toBeLessThan(0.03);
});

test("many photons leave a transmission scan as it is", async () => {
  const noisy = await transmissionNoise(key(4), ones([50]), { photons: 1e12 });
  for (const value of await read(noisy)) expect(value).toBeCloseTo(1, 4);
});
