import { expect, test } from "vitest";
import { tensor } from "@ansatz/tensor";
import { int8Matmul, packRows } from "@ansatz/tensor/integer";
import { conv2d } from "@ansatz/tensor/nn";
import {
  dequantizeSums,
  fixedFactor,
  integerConv2d,
  integerLinear,
  packWeight,
  requantizeFixed,
  requantizeFactor,
  requantizeFloat,
  requantizeSums,
} from "@ansatz/quant";

const codes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7919 + 13) & 255);

test.each([
  { stride: 1, padding: 1 },
  { stride: 2, padding: 0 },
  { stride: 2, padding: 1 },
])("an integer convolution equals the float one on the same integers: %o", async ({ stride, padding }) => {
  const [batch, channels, height, width, out] = [2, 3, 7, 6, 5];
  const input = codes(batch * channels * height * width);
  const weight = new Int8Array(codes(out * channels * 9).buffer);
  const zero = 100;
  const shape = { batch, channels, height, width, kernel: [3, 3] as const, stride, padding };
  const { sums, outHeight, outWidth } = integerConv2d(
    { codes: input, zeroPoint: zero },
    shape,
    packWeight(weight, out, channels * 9),
  );
  const x = tensor(
    Float32Array.from(input, (v) => v - zero),
    { shape: [batch, channels, height, width] },
  );
  const w = tensor(Float32Array.from(weight), { shape: [out, channels, 3, 3] });
  const y = conv2d(x, w, { stride, padding });
  expect(y.shape).toEqual([batch, out, outHeight, outWidth]);
  const expected = await y.data();
  const found = await sums.data();
  const pixels = outHeight * outWidth;
  expected.forEach((v, i) => {
    const [b, o, p] = [Math.floor(i / (out * pixels)), Math.floor(i / pixels) % out, i % pixels];
    expect(found[(b * pixels + p) * out + o]).toBe(v);
  });
});

test("sums become floats with bias and activation", async () => {
  const sums = integerLinear({ codes: Uint8Array.of(3, 5) }, 1, packWeight(Int8Array.of(1, 1, -1, -1), 2, 2));
  const y = dequantizeSums(sums, { aScale: 0.5, wScale: [1, 2], bias: [1, 2], relu: true });
  expect(Array.from(await y.data())).toEqual([5, 0]);
});

test("the two rules of requantisation differ by at most one, rarely", () => {
  const sums = Int32Array.from({ length: 5000 }, (_, i) => (i - 2500) * 37);
  const output = { type: "i8", zeroPoint: 3 } as const;
  const factor = Math.fround(0.00137);
  const float = requantizeFloat(sums, factor, output);
  const fixed = requantizeFixed(sums, fixedFactor(factor), output);
  const differing = Array.from(float.keys()).filter((i) => float[i] !== fixed[i]);
  for (const i of differing) expect(Math.abs(float[i] - fixed[i])).toBe(1);
  expect(differing.length).toBeLessThan(50);
  expect(() => requantizeFloat(sums, 0, output)).toThrow("factor is out of range (got 0");
  expect(() => requantizeFloat(sums, 1, { type: "i8", zeroPoint: 128 })).toThrow("zeroPoint is out of range");
});

test.each([
  ["u8", 7, false],
  ["i8", -5, true],
  ["i8", 100, false],
] as const)("sums become the packed codes of the next layer: %s, zero point %i", async (type, zeroPoint, relu) => {
  const [m, columns, rows] = [3, 20, 6];
  const weight = packWeight(new Int8Array(codes(rows * columns).buffer), rows, columns);
  const sums = integerLinear({ codes: codes(m * columns), zeroPoint: 100 }, m, weight);
  const factors = Array.from({ length: rows }, (_, r) => requantizeFactor(0.01, 0.02 + 0.01 * r, 5));
  const bias = Array.from({ length: rows }, (_, r) => 1000 * (r - 2));
  const packed = requantizeSums(sums, { factors, bias, type, zeroPoint, relu });
  // Row by row with plain numbers.
  const c = await sums.data();
  const expected = Array.from(c, (v, i) => {
    const r = i % rows;
    const [code] = requantizeFloat([v + bias[r]], factors[r], { type, zeroPoint });
    return relu ? Math.max(code, zeroPoint) : code;
  });
  expect(new Set(expected).size).toBeGreaterThan(3);
  const bytes = type === "u8" ? Uint8Array.from(expected) : Int8Array.from(expected);
  expect(await packed.data()).toEqual(packRows(bytes, m, rows));
  // The next layer takes them as they are.
  const next = packWeight(Int8Array.of(1, -2, 3, -4, 5, -6), 1, rows);
  const y = int8Matmul(packed, next.words, { k: rows, aSigned: type === "i8", aZero: zeroPoint });
  const plain = integerLinear({ codes: bytes, zeroPoint }, m, next);
  expect(await y.data()).toEqual(await plain.data());
});

test("sums that do not fit are named", () => {
  const sums = integerLinear({ codes: Uint8Array.of(3, 5) }, 1, packWeight(Int8Array.of(1, 1, -1, -1), 2, 2));
  const options = { factors: [1, 1], type: "u8", zeroPoint: 0 } as const;
  expect(() => requantizeSums(tensor([1]), options)).toThrow("not the sums of a layer (got f32 of rank 1");
  expect(() => requantizeSums(sums, { ...options, factors: [1] })).toThrow("factors");
  expect(() => requantizeSums(sums, { ...options, zeroPoint: 300 })).toThrow("zeroPoint is out of range (got 300");
});
