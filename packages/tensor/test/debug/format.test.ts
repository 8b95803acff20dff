/** Values as text, against what numpy.array2string (NumPy 2.4) writes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { add, tensor, zeros, type DType, type Tensor } from "@ansatz/tensor";
import { format, type FormatOptions } from "@ansatz/tensor/debug";
import "@ansatz/tensor/half";

interface Case {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Numbers that JSON has no form for as texts. */
  readonly data: readonly (number | string)[];
  readonly options: FormatOptions;
  readonly text: readonly string[];
}

const cases = JSON.parse(readFileSync(new URL("numpy.json", import.meta.url), "utf8")) as Case[];

const ARRAYS = {
  bool: Uint8Array,
  i32: Int32Array,
  u32: Uint32Array,
  f16: Float64Array,
  f32: Float32Array,
  f64: Float64Array,
  c64: Float32Array,
  c128: Float64Array,
};

describe("format", () => {
  it.each(cases)("writes $name as NumPy", async ({ dtype, shape, data, options, text }) => {
    const x = tensor(ARRAYS[dtype].from(data.map(Number)), { shape, dtype });
    expect((await format(x, options)).split("\n")).toEqual(text);
    x.dispose();
  });

  it("evaluates what is pending", async () => {
    expect(await format(add(tensor([1, 2]), 0.5))).toBe("[1.5 2.5]");
  });

  it("writes everything on demand", async () => {
    const text = await format(zeros([1001]), { threshold: Infinity, width: Infinity });
    expect(text).toBe(`[${"0. ".repeat(1001).trimEnd()}]`);
  });

  it.each([
    [{ precision: -1 }, /format: precision is out of range \(got -1, expected an integer of 0 to 20\)/],
    [{ precision: 21 }, /precision is out of range \(got 21/],
    [{ precision: Infinity }, /precision is out of range \(got Infinity/],
    [{ threshold: 1.5 }, /threshold is out of range \(got 1.5, expected an integer of at least 0, or Infinity\)/],
    [{ edge: 0 }, /edge is out of range \(got 0, expected an integer of at least 1/],
    [{ width: Number.NaN }, /width is out of range \(got NaN/],
    [{ digits: 3 } as FormatOptions, /format: unknown option \(got "digits"/],
  ])("refuses %j", async (options, message) => {
    await expect(format(zeros([2]), options)).rejects.toThrow(message);
  });

  it("refuses what is no tensor, and what is gone", async () => {
    await expect(format([1, 2] as unknown as Tensor)).rejects.toThrow(/format: x must be a tensor \(got \[1, 2\]\)/);
    const x = zeros([2]);
    x.dispose();
    await expect(format(x)).rejects.toThrow(/format: tensor was disposed/);
  });
});
