import fc from "fast-check";
import { expect, test } from "vitest";
import { tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { affineFormat, dequantize, formats, packBits, quantize, sqnr, unpackBits, unpackQTensor } from "@ansatz/quant";

test("packed codes come back at every width", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.array(fc.nat(255), { maxLength: 90 }),
      (bits, signed, list) => {
        const lo = signed ? -(2 ** (bits - 1)) : 0;
        const codes = list.map((c) => (c % 2 ** bits) + lo);
        expect(Array.from(unpackBits(packBits(codes, bits), bits, codes.length, signed))).toEqual(codes);
      },
    ),
  );
});

test("names are distinct", () => {
  const names = formats.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

const [gaussian, rest] = key(7).split();
const x = normal(gaussian, [64, 256]);

for (const format of formats) {
  test(`${format.name}: quantised tensors are what the format says, and stable`, async () => {
    const q = await quantize(x, format);
    const { codes, scale, zeroPoint } = await unpackQTensor(q);
    const direct = format.encode(await x.data(), [64, 256]);
    expect(Array.from(codes)).toEqual(Array.from(direct.codes));
    expect(scale).toEqual(direct.scale);
    expect(zeroPoint).toEqual(direct.zeroPoint);
    const back = await dequantize(q);
    expect(back.shape).toEqual([64, 256]);
    expect(q.bytes).toBeLessThan(64 * 256 * 4 * 0.5);
    expect(sqnr(await x.data(), await back.data())).toBeGreaterThan(7);
    const zeros = format.decode(format.encode(new Float32Array(256), [1, 256]), [1, 256]);
    expect(zeros.every((v) => v === 0)).toBe(true);
  });
}

/** Signal to noise in dB for normal and Student-t (4 degrees of freedom) numbers, from the specification. */
const SQNR: readonly (readonly [string, number, number])[] = [
  ["i8 sym g128", 43.7, 39.4],
  ["i4 sym g128", 18.55, 14.4],
  ["u4 asym g128", 19.9, 16.8],
  ["i4 sym g32", 20.2, 17.65],
  ["u4 asym g32", 21.8, 20.3],
  ["u3 asym g32", 15.2, 13.75],
  ["nf4 g64", 20.7, 19.1],
  ["mx e2m1", 18.8, 17.6],
  ["nvfp4", 20.4, 20.75],
  ["mx e2m3", 30.9, 30.0],
  ["mx e3m2", 25.35, 25.2],
  ["mx e4m3fn", 30.6, 29.9],
  ["mx e5m2", 25.35, 25.2],
  ["mx int8", 41.7, 39.3],
  ["e4m3fn tensor", 31.55, 31.5],
  ["e5m2 tensor", 25.6, 25.55],
];

test("signal to noise is as specified", async () => {
  const n = 2 ** 18;
  const shape = [n / 256, 256];
  const parts = (await normal(rest, [5, n]).data()) as Float32Array;
  const z = parts.subarray(0, n);
  const t = z.map((v, i) => v / Math.sqrt([1, 2, 3, 4].reduce((s, k) => s + parts[k * n + i] ** 2, 0) / 4));
  const found = SQNR.map(([name]) => {
    const format = formats.find((f) => f.name === name) as (typeof formats)[number];
    return [z, t].map((v) => sqnr(v, format.decode(format.encode(v, shape), shape)));
  });
  for (const [i, [name, normalDb, studentDb]] of SQNR.entries()) {
    expect(Math.abs(found[i][0] - normalDb), `${name}: ${found[i][0]} dB`).toBeLessThan(0.3);
    expect(Math.abs(found[i][1] - studentDb), `${name}, Student: ${found[i][1]} dB`).toBeLessThan(0.3);
  }
});

test("quantize takes f32 tensors only", async () => {
  await expect(quantize(tensor([1, 2], { dtype: "f64" }), affineFormat({ type: "i8" }))).rejects.toThrow(
    "quantize: x is not an f32 tensor (got f64",
  );
});
