/** Transforms of tensors are those of arrays, on every device, and have gradients. */
import { fftBitReversed, fwht, ifftBitReversed } from "@ansatz/qmc";
import { tensor, type Tensor } from "@ansatz/tensor";
import { gradcheck } from "@ansatz/tensor/testing";
import { describe, expect, test } from "vitest";
import { testDevices } from "./support/devices.ts";

const devices = await testDevices();
const wave = (size: number, shift = 0): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(i * i + shift));

describe.each(devices)("Walsh-Hadamard on %s", (device) => {
  test.each([1, 2, 8, 16, 32, 1024])("%i numbers", async (n) => {
    const x = Float32Array.from(wave(3 * n));
    using y = fwht(tensor(x, { shape: [3, n], device }));
    expect(y.shape).toEqual([3, n]);
    const got = (await y.data()) as Float32Array;
    for (let row = 0; row < 3; row++) {
      const want = fwht(Float64Array.from(x.subarray(row * n, (row + 1) * n)));
      want.forEach((value, i) => expect(Math.abs(got[row * n + i] - value)).toBeLessThan(2e-6));
    }
  });
});

test("f64 is exact, the transform is its own inverse and adjoint", async () => {
  const x = wave(4096);
  using y = fwht(tensor(x));
  const want = fwht(x.slice());
  y.dataSync().forEach((value, i) => expect(Math.abs(Number(value) - want[i])).toBeLessThan(1e-13));
  using z = fwht(y);
  z.dataSync().forEach((value, i) => expect(Math.abs(Number(value) - x[i])).toBeLessThan(1e-13));
  const small = tensor(wave(32), { shape: [1, 32] }) as Tensor<"f64">;
  await gradcheck((v) => fwht(v) as Tensor<"f64">, [small]);
  expect(() => fwht(tensor(wave(12)))).toThrow(/fwht: the length/);
  expect(() => fwht(tensor(wave(1)).reshape([]))).toThrow(/no axis/);
});

test.each([
  ["fftBitReversed", fftBitReversed],
  ["ifftBitReversed", ifftBitReversed],
] as const)("%s", async (_, f) => {
  const n = 64;
  const [re, im] = [wave(n), wave(n, 1)];
  const pairs = Float64Array.from({ length: 2 * n }, (_unused, i) => (i % 2 === 0 ? re : im)[i >> 1]);
  using y = f(tensor(pairs, { shape: [n, 2] }));
  f(re, im);
  (await y.data()).forEach((value, i) => {
    expect(Math.abs(Number(value) - (i % 2 === 0 ? re : im)[i >> 1])).toBeLessThan(1e-13);
  });
});
