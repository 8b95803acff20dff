import { describe, expect, it } from "vitest";
import { bfloatToNumber, byteToNumber, halfToNumber, numberToHalf } from "../../src/io/half.ts";

/** Value of a half from the definition, with exponents as real numbers. */
function definition(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
}

describe("halves", () => {
  it("decode as defined and encode back, all 65 536 of them", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const x = halfToNumber(bits);
      expect(Object.is(x, definition(bits))).toBe(true);
      if (x === x) expect(numberToHalf(x)).toBe(bits);
    }
    expect(numberToHalf(NaN)).toBe(0x7e00);
  });

  it("encode to nearest, ties to even, between every two neighbours", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
      const middle = (low + high) / 2;
      const quarter = (high - low) / 4;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect(numberToHalf(middle)).toBe(even);
      expect(numberToHalf(-middle)).toBe(even | 0x8000);
      expect(numberToHalf(middle - quarter)).toBe(bits);
      expect(numberToHalf(middle + quarter)).toBe(bits + 1);
      // One unit of the f64 beside the tie decides.
      expect(numberToHalf(middle * (1 + 2 ** -52))).toBe(bits + 1);
      expect(numberToHalf(middle * (1 - 2 ** -53))).toBe(bits);
    }
  });

  it("encode the ends of the range", () => {
    expect(numberToHalf(65519.99)).toBe(0x7bff);
    expect(numberToHalf(65520)).toBe(0x7c00);
    expect(numberToHalf(-1e300)).toBe(0xfc00);
    expect(numberToHalf(5e-324)).toBe(0);
    expect(numberToHalf(-5e-324)).toBe(0x8000);
    expect(numberToHalf(2 ** -25)).toBe(0);
    expect(numberToHalf(2 ** -25 * 1.0001)).toBe(1);
  });
});

describe("bfloat16", () => {
  it("is the upper half of an f32", () => {
    for (const [bits, value] of [
      [0x3f80, 1],
      [0xc049, -3.140625],
      [0x0001, 2 ** -133],
      [0x7f80, Infinity],
      [0x8000, -0],
    ]) {
      expect(Object.is(bfloatToNumber(bits), value)).toBe(true);
    }
    expect(bfloatToNumber(0x7fc0)).toBeNaN();
  });
});

describe("bytes", () => {
  it.each([
    ["E4M3", 3, 7],
    ["E5M2", 2, 15],
  ] as const)("decode %s as defined, all 256 of them", (_, fraction, bias) => {
    for (let bits = 0; bits < 256; bits++) {
      const sign = bits >> 7 ? -1 : 1;
      const exponent = (bits & 127) >> fraction;
      const part = (bits & ((1 << fraction) - 1)) / (1 << fraction);
      const special = fraction === 3 ? (bits & 127) === 127 : exponent === 31;
      const finite = exponent ? 2 ** (exponent - bias) * (1 + part) : 2 ** (1 - bias) * part;
      const want = special ? (fraction === 2 && part === 0 ? sign * Infinity : NaN) : sign * finite;
      expect(Object.is(byteToNumber(bits, fraction), want), `${bits}`).toBe(true);
    }
  });
});
