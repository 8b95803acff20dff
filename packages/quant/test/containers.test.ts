/** Hostile headers: every one gets a FormatError or is read within the bounds of the file. */
import { describe, expect, test } from "vitest";
import { FormatError } from "@ansatz/tensor";
import {
  ggufValues,
  readGguf,
  readSmallSafetensors,
  safetensorsValues,
  writeGguf,
  writeSmallSafetensors,
} from "@ansatz/quant";

const gguf = writeGguf({
  metadata: [
    ["general.alignment", { type: "u32", value: 32 }],
    ["big", { type: "u64", value: 2n ** 60n + 1n }],
    ["names", { type: "array", of: "string", value: ["a", "bc"] }],
    ["flags", { type: "array", of: "bool", value: [true, false] }],
    ["x", { type: "f64", value: 0.1 }],
  ],
  tensors: [
    { name: "w", shape: [2, 32], type: "Q4_0", values: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)) },
    { name: "v", shape: [3], type: "F32", values: [1, 2, 3] },
    { name: "scalar", shape: [], type: "F16", values: [0.5] },
  ],
});

const safetensors = writeSmallSafetensors(
  [
    { name: "a", dtype: "F8_E4M3", shape: [2, 3], bytes: new Uint8Array(6) },
    { name: "b", dtype: "I8", shape: [4], bytes: new Uint8Array(4) },
    { name: "c", dtype: "F32", shape: [2], bytes: new Uint8Array(8) },
  ],
  { k: "v" },
);

test("files come back", () => {
  const { metadata, tensors } = readGguf(gguf);
  expect(metadata.get("big")?.value).toBe(2n ** 60n + 1n);
  expect(metadata.get("names")?.value).toEqual(["a", "bc"]);
  expect(metadata.get("flags")?.value).toEqual([true, false]);
  expect(tensors.get("w")?.shape).toEqual([2, 32]);
  const values = ["w", "v", "scalar"].map((name) => ggufValues(tensors.get(name) as never));
  expect(values[0].every((v, i) => Math.abs(v - Math.sin(i)) < 0.13)).toBe(true);
  expect(values[1]).toEqual(Float32Array.of(1, 2, 3));
  expect(values[2]).toEqual(Float32Array.of(0.5));
  expect([...readSmallSafetensors(safetensors).tensors.keys()].sort()).toEqual(["a", "b", "c"]);
});

test("bad content to write is named", () => {
  expect(() => writeGguf({ metadata: [["a", { type: "u8", value: 300 }]], tensors: [] })).toThrow(
    'metadata "a" does not fit its type (got 300, expected u8)',
  );
  const tensor = { name: "w", shape: [33], type: "Q4_0", values: new Float32Array(33) };
  expect(() => writeGguf({ metadata: [], tensors: [tensor] })).toThrow("no whole blocks (got 33");
  expect(() =>
    writeGguf({ metadata: [], tensors: [{ ...tensor, shape: [256], values: new Float32Array(256), type: "Q4_K" }] }),
  ).toThrow("this format is only read (got Q4_K)");
  expect(() => writeSmallSafetensors([{ name: "a", dtype: "I64", shape: [1], bytes: new Uint8Array(8) }])).toThrow(
    "not supported (got I64",
  );
});

/** Numbers that headers get wrong on purpose. */
const NASTY = [0, 1, 2, 9, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** xorshift32: the same hostile files in every run. */
function random(seed: number): (below: number) => number {
  let s = seed;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % below;
  };
}

/** A damaged copy: cut off, bytes and words replaced, or pieces moved. */
function damage(file: Uint8Array, next: (below: number) => number): Uint8Array {
  const copy = next(4) === 0 ? file.slice(0, next(file.length)) : file.slice();
  if (copy.length < 12) return copy;
  for (let k = next(4); k >= 0; k--) {
    const at = next(copy.length - 8);
    switch (next(4)) {
      case 0:
        copy[at] = next(256);
        break;
      case 1:
        new DataView(copy.buffer).setUint32(at, NASTY[next(NASTY.length)], true);
        break;
      case 2:
        new DataView(copy.buffer).setBigUint64(at, BigInt(NASTY[next(NASTY.length)]) << BigInt(next(33)), true);
        break;
      default:
        copy.copyWithin(at, next(copy.length), next(copy.length));
    }
  }
  return copy;
}

/** Bytes of the values that a file is read as. */
const READERS = {
  gguf: (file: Uint8Array) => [...readGguf(file).tensors.values()].reduce((n, t) => n + ggufValues(t).byteLength, 0),
  safetensors: (file: Uint8Array) =>
    [...readSmallSafetensors(file).tensors.values()].reduce((n, t) => n + safetensorsValues(t).byteLength, 0),
};

describe.each([
  ["gguf", gguf],
  ["safetensors", safetensors],
] as const)("%s", (name, file) => {
  test("100000 damaged files are rejected with a FormatError, or read without growing", () => {
    const next = random(12345);
    let rejected = 0;
    let read = 0;
    let grown = 0;
    const limit = Error.stackTraceLimit;
    // Stacks of errors would take most of the time.
    Error.stackTraceLimit = 0;
    try {
      for (let i = 0; i < 100_000; i++) {
        const copy = damage(file, next);
        try {
          // 32 values of Q4_0 are 18 bytes in a file and 128 in float32.
          if (READERS[name](copy) > 8 * copy.length) grown++;
          read++;
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          rejected++;
        }
      }
    } finally {
      Error.stackTraceLimit = limit;
    }
    expect(grown).toBe(0);
    expect(rejected).toBeGreaterThan(20_000);
    expect(read).toBeGreaterThan(1000);
  });
});

test("counts and lengths far beyond the file allocate nothing", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const at of [8, 16, 24]) {
    for (const value of [2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]) {
      const copy = gguf.slice();
      new DataView(copy.buffer).setBigUint64(at, value, true);
      expect(() => readGguf(copy)).toThrow(FormatError);
    }
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
});

test("types that are not read are named", () => {
  const copy = gguf.slice();
  const text = new TextDecoder("latin1").decode(copy);
  // Name (1 byte), rank (4), two extents (16), then the type.
  const place = text.indexOf("w", text.indexOf("\u0001\0\0\0\0\0\0\0w")) + 1 + 4 + 16;
  new DataView(copy.buffer).setUint32(place, 10, true);
  expect(() => readGguf(copy)).toThrow('tensor "w" has a type that is not supported (got Q2_K');
});
