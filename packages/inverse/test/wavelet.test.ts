/** Wavelets. */
import { inverseWaveletTransform, waveletOperator, waveletTransform } from "@ansatz/inverse";
import { ones, square, tensor, sub, sum } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";
import { read } from "./reader/common.ts";

const WAVELETS = ["haar", "db2", "db4"] as const;

describe.each(WAVELETS)("%s", (wavelet) => {
  test.each([[[32]], [[16, 24]], [[8, 16, 8]]])("keeps the length, and is inverted, on %j", async (shape) => {
    const x = normal(key(1), shape, { dtype: "f64" });
    const c = waveletTransform(x, { wavelet });
    expect(Number(await sum(square(c)).item())).toBeCloseTo(Number(await sum(square(x)).item()), 10);
    const back = inverseWaveletTransform(c, { wavelet });
    for (const d of await read(sub(back, x))) expect(Math.abs(d)).toBeLessThan(1e-12);
  });
});

test.each([
  ["haar", 1],
  ["db2", 2],
  ["db4", 4],
] as const)("details of %s vanish for polynomials of %d coefficients, away from the ends", async (wavelet, moments) => {
  const powers = Array.from({ length: 64 }, (_, i) => (i / 64) ** (moments - 1));
  const x = tensor(powers, { dtype: "f64" });
  const details = (await read(waveletTransform(x, { wavelet, levels: 1 }))).slice(32, 32 + 28);
  for (const d of details) expect(Math.abs(d)).toBeLessThan(1e-9);
});

test("the mean of an image is in the first coefficient", async () => {
  const c = await read(waveletTransform(ones([16, 16], { dtype: "f64" }), { levels: 4 }));
  expect(c[0]).toBeCloseTo(16, 12);
  expect(Math.max(...c.slice(1).map(Math.abs))).toBeLessThan(1e-12);
});

test("sizes and levels that do not fit are refused", () => {
  expect(() => waveletTransform(ones([8, 7]))).toThrow(/all sizes must be even/);
  expect(() => waveletTransform(ones([8, 12]), { levels: 3 })).toThrow(
    /levels is too large \(got 3, expected at most 2/,
  );
  expect(() => waveletOperator([8, 8], { wavelet: "db9" as never })).toThrow(/wavelet is unknown/);
});
