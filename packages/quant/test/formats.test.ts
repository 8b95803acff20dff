import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FLOAT_FORMATS,
  affineFormat,
  decodeFloat,
  dequantizeAffine,
  encodeFloat,
  encodeMx,
  encodeNf4,
  encodeNvfp4,
  fakeQuantize,
  gptqZeros,
  quantizeAffine,
  roundHalfEven,
  scaleOfRange,
} from "@ansatz/quant";
import type { FloatFormat } from "@ansatz/quant";

const names = Object.keys(FLOAT_FORMATS) as FloatFormat[];

test("roundHalfEven rounds ties to even at every size", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 0]);
  expect([2 ** 51 + 0.5, 2 ** 51 + 1.5, -(2 ** 51) - 0.5].map(roundHalfEven)).toEqual([
    2 ** 51,
    2 ** 51 + 2,
    -(2 ** 51),
  ]);
  expect([2 ** 60, Infinity, -Infinity].map(roundHalfEven)).toEqual([2 ** 60, Infinity, -Infinity]);
  expect(roundHalfEven(NaN)).toBeNaN();
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
      const floor = Math.floor(x);
      const rest = x - floor;
      const wanted = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
      return roundHalfEven(x) === wanted || (wanted === 0 && roundHalfEven(x) === 0);
    }),
  );
});

describe("floats", () => {
  test.each(names)("%s: every finite code is a fixed point", (name) => {
    const { bits, largest } = FLOAT_FORMATS[name];
    const codes = Array.from({ length: 2 ** bits }, (_, code) => code).filter(
      (code) => (code & (2 ** (bits - 1) - 1)) <= largest,
    );
    expect(Array.from(encodeFloat(decodeFloat(codes, name), name))).toEqual(codes);
  });

  test.each(names)("%s: the code is a nearest one, ties to even", (name) => {
    const { largest } = FLOAT_FORMATS[name];
    const table = decodeFloat(
      Array.from({ length: largest + 1 }, (_, code) => code),
      name,
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: largest - 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (low, f) => {
        const x = table[low] + f * (table[low + 1] - table[low]);
        const [below, above] = [x - table[low], table[low + 1] - x];
        const wanted = below < above ? low : below > above ? low + 1 : low % 2 === 0 ? low : low + 1;
        return encodeFloat([x], name)[0] === wanted;
      }),
    );
  });

  test("huge numbers, infinities and NaN", () => {
    expect(encodeFloat([1e30, -Infinity, NaN], "e4m3fn")).toEqual(Uint8Array.of(0x7e, 0xfe, 0x7f));
    expect(encodeFloat([464, 464.1, -Infinity], "e4m3fn", { saturate: false })).toEqual(
      Uint8Array.of(0x7e, 0x7f, 0xff),
    );
    expect(encodeFloat([61439, 61440], "e5m2", { saturate: false })).toEqual(Uint8Array.of(0x7b, 0x7c));
    expect(() => encodeFloat([NaN], "e2m1")).toThrow("encodeFloat: e2m1 has no NaN (got NaN at index 0");
  });
});

describe("affine", () => {
  test("codes of values are within half a step, and round trip", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 64 }),
        (list) => {
          const x = Float32Array.from(list);
          const { scale, zeroPoint } = scaleOfRange(Math.min(...x), Math.max(...x), { type: "u8" });
          const parameters = { type: "u8" as const, scale: [scale], zeroPoint: [zeroPoint] };
          const back = dequantizeAffine(quantizeAffine(x, [x.length], parameters), [x.length], parameters);
          // The zero point is rounded, so the outermost values may saturate by half a step more.
          back.forEach((v, i) => expect(Math.abs(v - x[i])).toBeLessThanOrEqual(1.001 * scale));
          expect(quantizeAffine(back, [x.length], parameters)).toEqual(quantizeAffine(x, [x.length], parameters));
        },
      ),
    );
  });

  test("torch's reciprocal differs next to ties", () => {
    const parameters = { type: "i8" as const, scale: [0.0137], zeroPoint: [0] };
    // In exact arithmetic these are ties: (k + 1/2)·s.
    const s = Math.fround(0.0137);
    const x = Float32Array.from({ length: 200 }, (_, i) => (i - 100 + 0.5) * s);
    const onnx = quantizeAffine(x, [200], parameters);
    const torch = quantizeAffine(x, [200], parameters, "torchReciprocal");
    expect(onnx).not.toEqual(torch);
    onnx.forEach((code, i) => expect(Math.abs(code - torch[i])).toBeLessThanOrEqual(1));
  });

  test("the straight-through mask is 0 where codes saturate", () => {
    const { values, mask } = fakeQuantize([-9, -1, 0, 7.4, 7.6], [5], { type: "i4", scale: [1], zeroPoint: [0] });
    expect(Array.from(values)).toEqual([-8, -1, 0, 7, 7]);
    expect(Array.from(mask)).toEqual([0, 1, 1, 1, 0]);
  });

  test("infinities saturate and zeros have scale 1", () => {
    const parameters = { type: "i4" as const, scale: [1], zeroPoint: [0] };
    expect(quantizeAffine([Infinity, -Infinity], [2], parameters)).toEqual(Int8Array.of(7, -8));
    expect(scaleOfRange(0, 0, { type: "u8" })).toEqual({ scale: 1, zeroPoint: 0 });
    const { scale } = affineFormat({ type: "i4", granularity: { per: "group", group: 2 } }).encode([0, 0, 3, 1], [4]);
    expect(scale[0]).toBe(1);
  });

  test("a last group may be shorter when asked for", () => {
    const granularity = { per: "group", group: 4, padLast: true } as const;
    const format = affineFormat({ type: "i8", symmetric: true, granularity });
    const x = Float32Array.of(1, 2, 3, 4, 5, 60, -1, -2, -3, -4, -5, 0.5);
    const encoded = format.encode(x, [2, 6]);
    expect(encoded.scale.length).toBe(4);
    format.decode(encoded, [2, 6]).forEach((v, i) => expect(Math.abs(v - x[i])).toBeLessThan(0.24));
  });

  test("bad input is named", () => {
    const good = { type: "i8" as const, scale: [1], zeroPoint: [0] };
    expect(() => quantizeAffine([1, NaN], [2], good)).toThrow("quantizeAffine: x has a NaN (got NaN at index 1");
    for (const scale of [0, -1, NaN, Infinity, 1e-40]) {
      expect(() => quantizeAffine([1], [1], { ...good, scale: [scale] })).toThrow("scale 0 cannot be used");
    }
    expect(() => quantizeAffine([1], [1], { ...good, type: "i9" as "i8" })).toThrow("unknown type (got i9");
    expect(() => quantizeAffine([1], [1], { ...good, zeroPoint: [128] })).toThrow("zeroPoint 0 is out of range");
    expect(() => quantizeAffine([1], [1], { ...good, scale: [1, 1] })).toThrow("scale has a wrong length");
    expect(() => quantizeAffine([1, 2, 3], [3], { ...good, granularity: { per: "group", group: 2 } })).toThrow(
      "groups do not fill the last axis (got 3 elements in groups of 2",
    );
    expect(() => dequantizeAffine([200], [1], good)).toThrow("code 0 is out of range (got 200");
    expect(() => scaleOfRange(1, -1, { type: "i8" })).toThrow("the range is reversed");
  });
});

test("block formats reject incomplete blocks and values that are not finite", () => {
  expect(() => encodeMx(new Float32Array(31), "e2m1")).toThrow("blocks have 32 elements (got 31");
  expect(() => encodeNvfp4(new Float32Array(17))).toThrow("blocks have 16 elements (got 17");
  expect(() => encodeMx(new Float32Array(32).fill(Infinity), "e2m1")).toThrow("not finite");
  expect(() => encodeNf4([NaN])).toThrow("x has a NaN");
});

test("GPTQ zero points of version 1 are stored minus one", () => {
  expect(Array.from(gptqZeros([0, 1, 8, 15], "toStored"))).toEqual([15, 0, 7, 14]);
  expect(Array.from(gptqZeros(gptqZeros([0, 1, 8, 15], "toStored"), "fromStored"))).toEqual([0, 1, 8, 15]);
});
