import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError } from "../../src/errors.ts";
import { readNpz, writeNpz } from "../../src/io.ts";
import { crc32 } from "../../src/io/crc32.ts";
import { tensor } from "../../src/ops/create.ts";
import type { Tensor } from "../../src/tensor.ts";
import { seeded } from "../support/random.ts";
import { COMPRESSED, STORED } from "./npzFixtures.ts";

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

async function plain(tensors: Record<string, Tensor>): Promise<Record<string, unknown>> {
  const entries = Object.entries(tensors).map(async ([name, t]) => [name, [t.dtype, t.shape, [...(await t.data())]]]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
}

const EXPECTED = {
  a: ["f32", [2, 3], [0, 1, 2, 3, 4, 5]],
  n: ["i32", [2], [1, -2]],
  z: ["c128", [], [1, 2]],
  flag: ["bool", [2], [1, 0]],
};

it("the checksum of the standard's example", () => {
  expect(crc32(new TextEncoder().encode("123456789")).toString(16)).toBe("cbf43926");
  expect(crc32(new Uint8Array(0))).toBe(0);
});

describe("readNpz", () => {
  it("reads NumPy's archives", async () => {
    expect(await plain(await readNpz(fromBase64(STORED)))).toEqual(EXPECTED);
    const all = await readNpz(fromBase64(COMPRESSED).buffer as ArrayBuffer);
    expect(all.big.shape).toEqual([3000]);
    const { big, ...rest } = all;
    expect(await plain(rest)).toEqual(EXPECTED);
    expect((await big.data()).every((v) => v === 0)).toBe(true);
  });

  it("reads named arrays only, on a device", async () => {
    const some = await readNpz(fromBase64(COMPRESSED), { names: ["n"], device: "js" });
    expect(await plain(some)).toEqual({ n: EXPECTED.n });
    expect(some.n.device).toBe("js");
    await expect(readNpz(fromBase64(STORED), { names: ["x"] })).rejects.toThrow(
      'readNpz: no array of this name in the file (got "x").',
    );
  });

  it("checks its arguments", async () => {
    await expect(readNpz("x.npz" as never)).rejects.toThrow(ArgumentError);
    await expect(readNpz(fromBase64(STORED), { name: ["a"] } as never)).rejects.toThrow(ArgumentError);
    await expect(readNpz(fromBase64(STORED), { names: "a" as never })).rejects.toThrow(/readNpz: names must be/);
  });

  const changed = (at: (view: DataView) => void, base64 = STORED): Uint8Array => {
    const bytes = fromBase64(base64);
    at(new DataView(bytes.buffer));
    return bytes;
  };
  const end = (view: DataView): number => view.byteLength - 22;
  const first = (view: DataView): number => view.getUint32(end(view) + 16, true);
  const bad: [string, Uint8Array, RegExp][] = [
    ["no bytes", new Uint8Array(0), /not a zip archive/],
    ["a cut archive", fromBase64(STORED).subarray(0, -1), /not a zip archive/],
    ["bytes behind the end", Uint8Array.of(...fromBase64(STORED), 0), /not a zip archive/],
    ["a split archive", changed((v) => v.setUint16(end(v) + 4, 1, true)), /the archive is split/],
    ["64-bit records", changed((v) => v.setUint32(end(v) + 16, 0xffffffff, true)), /64-bit records/],
    ["a shifted directory", changed((v) => v.setUint32(end(v) + 16, first(v) + 1, true)), /directory is out of place/],
    ["too many entries", changed((v) => (v.setUint16(end(v) + 8, 9, true), v.setUint16(end(v) + 10, 9, true))), /directory is malformed/], // prettier-ignore
    ["too few entries", changed((v) => (v.setUint16(end(v) + 8, 2, true), v.setUint16(end(v) + 10, 2, true))), /unused bytes/], // prettier-ignore
    ["encryption", changed((v) => v.setUint16(first(v) + 8, 1, true)), /"a.npy" is encrypted/],
    ["another compression", changed((v) => v.setUint16(first(v) + 10, 14, true)), /unknown compression \(got 14/],
    ["a name outside", changed((v) => v.setUint16(first(v) + 28, 60000, true)), /a name inside it/],
    ["a name that is no text", changed((v) => v.setUint8(first(v) + 46, 0xff)), /a name is not UTF-8/],
    ["another ending", changed((v) => v.setUint8(first(v) + 50, 0x78)), /not an array \(got "a.npx"/],
    ["two sizes", changed((v) => v.setUint32(first(v) + 24, 1, true)), /has two sizes/],
    ["a missing local header", changed((v) => v.setUint32(first(v) + 42, 1, true)), /is not there/],
    ["an entry outside", changed((v) => (v.setUint32(first(v) + 20, 1e9, true), v.setUint32(first(v) + 24, 1e9, true))), /lies outside the archive/], // prettier-ignore
    [
      "a changed byte",
      changed((v) => v.setUint8(first(v) - 1, v.getUint8(first(v) - 1) ^ 1)),
      /is damaged \(got checksum/,
    ],
    ["a wrong checksum", changed((v) => v.setUint32(first(v) + 16, 5, true), COMPRESSED), /is damaged \(got checksum/],
    [
      "a smaller size",
      changed((v) => v.setUint32(first(v) + 24, 50, true), COMPRESSED),
      /wrong size \(got 51, expected 50/,
    ],
    ["a larger size", changed((v) => v.setUint32(first(v) + 24, 5000, true), COMPRESSED), /wrong size/],
    ["broken deflated data", changed((v) => v.setUint8(35 + 20, 0xff), COMPRESSED), /"a.npy" is damaged/],
  ];
  it.each(bad)("rejects %s", async (_, bytes, message) => {
    await expect(readNpz(bytes)).rejects.toThrow(FormatError);
    await expect(readNpz(bytes)).rejects.toThrow(message);
  });

  it("rejects a name that occurs twice", async () => {
    const bytes = await writeNpz({ a: tensor([1]), b: tensor([2]) });
    const at = bytes.lastIndexOf("b".charCodeAt(0));
    bytes[at] = "a".charCodeAt(0);
    await expect(readNpz(bytes)).rejects.toThrow('readNpz: entry "a.npy" occurs twice.');
  });

  it("throws errors of ours or reads, whatever bytes change", async () => {
    const r = seeded(7);
    for (let i = 0; i < 300; i++) {
      const bytes = fromBase64(i % 2 === 0 ? STORED : COMPRESSED);
      for (let k = 0; k < 3; k++) bytes[r.int(0, bytes.length - 1)] = r.int(0, 255);
      const error = await readNpz(bytes).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(FormatError);
    }
  });
});

describe("writeNpz", () => {
  const tensors = {
    weights: tensor(Float32Array.from({ length: 500 }, (_, i) => i % 7)),
    "é/steps": tensor(7, { dtype: "i32" }),
    none: tensor([], { shape: [0, 3] }),
    waves: tensor(Float64Array.of(1, 2, 3, 4), { dtype: "c128" }),
  };

  it.each([false, true])("writes what reads back, compress: %s", async (compress) => {
    const bytes = await writeNpz(tensors, { compress });
    expect(await writeNpz(tensors, { compress })).toEqual(bytes);
    expect(await plain(await readNpz(bytes))).toEqual(await plain(tensors));
    expect(bytes.length < 2500).toBe(compress);
    expect(await plain(await readNpz(await writeNpz({})))).toEqual({});
  });

  it("checks its arguments", async () => {
    await expect(writeNpz([tensors.none] as never)).rejects.toThrow(/writeNpz: the first argument must be an object/);
    await expect(writeNpz({ a: 3 } as never)).rejects.toThrow(/writeNpz: "a" must be a tensor/);
    await expect(writeNpz(tensors, { compress: 1 as never })).rejects.toThrow(ArgumentError);
    await expect(writeNpz(tensors, { level: 1 } as never)).rejects.toThrow(ArgumentError);
    await expect(writeNpz({ "\ud800": tensors.none })).rejects.toThrow(/a name must be a well-formed, short text/);
    await expect(writeNpz({ ["x".repeat(70_000)]: tensors.none })).rejects.toThrow(ArgumentError);
  });
});
