import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError } from "../../src/errors.ts";
import type { RawTensor } from "../../src/io/elements.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.ts";
import { ALL_DTYPES, NARROW, WITH_I64 } from "./safetensorsFixtures.ts";

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** A file around any header text and number of body bytes. */
function file(header: string, body = 0, length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + text.length + body);
  new DataView(out.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  out.set(text, 8);
  return out;
}

const entry = (begin: number, end: number, shape = `[${end - begin}]`, dtype = "U8"): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

function plain(tensors: ReadonlyMap<string, RawTensor>): Record<string, unknown> {
  return Object.fromEntries([...tensors].map(([k, v]) => [k, [v.dtype, v.shape, Array.from(v.data)]]));
}

describe("decodeSafetensors", () => {
  it("reads every data type and the metadata", () => {
    const { tensors, metadata } = decodeSafetensors(fromBase64(ALL_DTYPES));
    expect(metadata).toEqual({ epoch: "3", note: 'é "quoted"' });
    expect(plain(tensors)).toEqual({
      d: ["f64", [2], [0.1, -2]],
      w: ["f32", [2, 1], [1.5, -2.5]],
      u: ["u32", [], [4294967295]],
      i: ["i32", [2], [-1, 7]],
      j: ["i32", [1], [8]],
      mask: ["bool", [3], [1, 0, 1]],
    });
  });

  it("widens narrow element types, at any alignment", () => {
    const { tensors, metadata } = decodeSafetensors(fromBase64(NARROW));
    expect(metadata).toEqual({});
    expect(plain(tensors)).toEqual({
      odd: ["u32", [3], [0, 1, 255]],
      half: ["f32", [3], [0.5, -65504, 2 ** -24]],
      brain: ["f32", [2], [1, -3.140625]],
      i8: ["i32", [2], [-128, 127]],
      i16: ["i32", [1], [-32768]],
      u16: ["u32", [1], [65535]],
      f: ["f32", [1], [Math.fround(0.1)]],
      none: ["f32", [0, 4], []],
    });
  });

  it("reads named tensors only, which skips those it cannot hold", () => {
    const bytes = fromBase64(WITH_I64);
    const wide = bytes.slice();
    wide[8 + 0x70 + 4] = 1;
    expect(() => decodeSafetensors(wide)).toThrow(
      'readSafetensors: tensor "n": a 64-bit integer does not fit (got 4294967301 at element 0, expected one of 32 bits).',
    );
    expect(plain(decodeSafetensors(bytes).tensors)).toEqual({ n: ["i32", [1], [5]], w: ["f32", [1], [2]] });
    expect(plain(decodeSafetensors(bytes, ["w"]).tensors)).toEqual({ w: ["f32", [1], [2]] });
    expect(() => decodeSafetensors(bytes, ["v"])).toThrow(ArgumentError);
    expect(() => decodeSafetensors(bytes, ["v"])).toThrow(
      'readSafetensors: no tensor of this name in the file (got "v", expected one of "n", "w").',
    );
  });

  it("reads bytes as floats, and complex numbers", () => {
    const bytes = (dtype: string, body: readonly number[], size: number): Uint8Array => {
      const whole = file(`{"a":${entry(0, body.length, `[${size}]`, dtype)}}`, body.length);
      whole.set(body, whole.length - body.length);
      return whole;
    };
    const read = (dtype: string, body: readonly number[], size = body.length): unknown =>
      plain(decodeSafetensors(bytes(dtype, body, size)).tensors).a;
    expect(read("F8_E4M3", [0x38, 0xb8, 0x7e, 0x01, 0x80])).toEqual(["f32", [5], [1, -1, 448, 2 ** -9, -0]]);
    expect(read("F8_E5M2", [0x3c, 0xbc, 0x7b, 0x01, 0xfc])).toEqual(["f32", [5], [1, -1, 57344, 2 ** -16, -Infinity]]);
    expect(read("C64", [0, 0, 128, 63, 0, 0, 0, 64], 1)).toEqual(["c64", [1], [1, 2]]);
    const raw = decodeSafetensors(bytes("C64", [0, 0, 128, 63, 0, 0, 0, 64], 1)).tensors;
    expect(decodeSafetensors(encodeSafetensors(raw)).tensors).toEqual(raw);
    expect(() => encodeSafetensors([["w", { shape: [1], dtype: "c128", data: Float64Array.of(1, 2) }]])).toThrow(
      /writeSafetensors: the format has no complex numbers of 128 bits \(got c128 for "w"/,
    );
  });

  it("keeps names that mean something to objects", () => {
    const bytes = file(`{"__proto__":${entry(0, 1)},"toString":${entry(1, 2)}}`, 2);
    expect([...decodeSafetensors(bytes).tensors.keys()]).toEqual(["__proto__", "toString"]);
    const meta = decodeSafetensors(file('{"__metadata__":{"__proto__":"x"}}')).metadata;
    expect(Object.entries(meta)).toEqual([["__proto__", "x"]]);
  });

  it("accepts white space, escapes and any order of keys", () => {
    const bytes = file('{ "a\\u00e9\\"" : { "data_offsets" : [ 0 , 1 ] , "shape" : [ ] ,\n"dtype" : "U8" } }  ', 1);
    expect(plain(decodeSafetensors(bytes).tensors)).toEqual({ 'aé"': ["u32", [], [0]] });
  });

  const bad: [string, Uint8Array, string][] = [
    ["no bytes", new Uint8Array(3), "readSafetensors: not a safetensors file (got 3 bytes, expected at least 8)."],
    [
      "a hostile length",
      file("{}", 0, 2 ** 53),
      "readSafetensors: the header is too long (got 9007199254740992 bytes, expected at most 100000000). The file may not be in safetensors format.",
    ],
    [
      "a length beyond the file",
      file("{}", 0, 3),
      "readSafetensors: the header is cut off (got 10 bytes, expected at least 11).",
    ],
    ["an empty header", file(""), 'readSafetensors: the header must start with "{" (got byte none, expected 123).'],
    [
      "a header that starts with a space",
      file(" {}"),
      'readSafetensors: the header must start with "{" (got byte 32, expected 123).',
    ],
    [
      "a cut header text",
      file('{"a":'),
      'readSafetensors: the header is malformed (got the end at character 5, expected "{").',
    ],
    [
      "text after the header",
      file("{} x"),
      'readSafetensors: the header is malformed (got "x" at character 3, expected the end).',
    ],
    ["a trailing comma", file('{"__metadata__":{},}'), "expected a name in quotes)."],
    ["an open text", file('{"abc'), "expected a name in quotes)."],
    ["a bad escape", file('{"a\\x":1}'), "expected a name in quotes)."],
    ["a control character", file('{"a\n":1}'), "expected a name in quotes)."],
    [
      "a name twice",
      file(`{"a":${entry(0, 1)},"\\u0061":${entry(1, 2)}}`, 2),
      'readSafetensors: tensor "a" occurs twice in the header.',
    ],
    [
      "metadata twice",
      file('{"__metadata__":{},"__metadata__":{}}'),
      'readSafetensors: tensor "__metadata__" occurs twice in the header.',
    ],
    [
      "a metadata key twice",
      file('{"__metadata__":{"k":"1","k":"2"}}'),
      'readSafetensors: metadata key "k" occurs twice in the header.',
    ],
    ["metadata that is no text", file('{"__metadata__":{"k":1}}'), "expected a text in quotes)."],
    [
      "a key twice",
      file('{"a":{"dtype":"U8","dtype":"U8"}}'),
      'readSafetensors: in tensor "a" the key "dtype" occurs twice in the header.',
    ],
    [
      "an unknown key",
      file('{"a":{"stride":[1]}}'),
      'readSafetensors: tensor "a" has an unknown key (got "stride", expected dtype, shape and data_offsets).',
    ],
    [
      "no dtype",
      file('{"a":{"shape":[],"data_offsets":[0,1]}}', 1),
      'readSafetensors: tensor "a" lacks a key (expected dtype).',
    ],
    [
      "no shape",
      file('{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1),
      'readSafetensors: tensor "a" lacks a key (expected shape).',
    ],
    [
      "no offsets",
      file('{"a":{"dtype":"U8","shape":[]}}', 1),
      'readSafetensors: tensor "a" lacks a key (expected data_offsets).',
    ],
    [
      "three offsets",
      file('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}}', 1),
      'readSafetensors: tensor "a" needs two data offsets (got 3, expected [begin, end]).',
    ],
    ["a negative size", file(`{"a":${entry(0, 1, "[-1]")}}`, 1), "expected a non-negative integer)."],
    ["a fractional size", file(`{"a":${entry(0, 1, "[1.5]")}}`, 1), 'expected "]").'],
    ["a size with a leading zero", file(`{"a":${entry(0, 1, "[01]")}}`, 1), 'expected "]").'],
    ["an endless shape", file(`{"a":${entry(0, 1, `[${"1,".repeat(100)}1]`)}}`, 1), "expected at most 64 integers)."],
    ["nested values", file('{"a":'.repeat(5000)), 'tensor "a" has an unknown key (got "a"'],
    [
      "an unknown dtype",
      file(`{"a":${entry(0, 1, "[1]", "F8_E8M0")}}`, 1),
      'readSafetensors: tensor "a" has an element type that is not supported (got F8_E8M0, expected',
    ],
    ["an inherited name as dtype", file(`{"a":${entry(0, 1, "[1]", "toString")}}`, 1), "(got toString, expected"],
    [
      "an end before the begin",
      file(`{"a":${entry(1, 0, "[1]")}}`, 1),
      'readSafetensors: tensor "a" lies outside the file (got bytes 1 to 0, expected within 0 to 1).',
    ],
    [
      "an end outside",
      file(`{"a":${entry(0, 2)}}`, 1),
      'readSafetensors: tensor "a" lies outside the file (got bytes 0 to 2, expected within 0 to 1).',
    ],
    [
      "offsets beyond all numbers",
      file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1${"0".repeat(400)}]}}`, 1),
      "lies outside the file (got bytes 0 to Infinity",
    ],
    [
      "overlap",
      file(`{"a":${entry(0, 3)},"b":${entry(2, 4)}}`, 4),
      'readSafetensors: tensors "a" and "b" overlap (got the second at byte 2, expected 3).',
    ],
    [
      "a gap",
      file(`{"a":${entry(0, 1)},"b":${entry(2, 4)}}`, 4),
      'readSafetensors: unused bytes before tensor "b" (got it at byte 2, expected 1).',
    ],
    [
      "bytes left over",
      file(`{"a":${entry(0, 1)}}`, 4),
      "readSafetensors: unused bytes at the end (got 4 bytes of elements, expected 1).",
    ],
    [
      "a size that does not fit the bytes",
      file(`{"a":${entry(0, 4, "[2]", "F32")}}`, 4),
      'readSafetensors: tensor "a" has a wrong number of bytes (got 4, expected 8 for F32 of shape [2]).',
    ],
    [
      "a huge shape",
      file(`{"a":${entry(0, 4, "[65536,65536,0]")}}`, 4),
      "has a wrong number of bytes (got 4, expected 0",
    ],
    [
      "a huge product",
      file(`{"a":${entry(0, 4, "[65536,65536]")}}`, 4),
      'readSafetensors: tensor "a": too many elements (got shape [65536,65536], expected at most 2^31 - 1).',
    ],
    [
      "nine axes",
      file(`{"a":${entry(0, 1, "[1,1,1,1,1,1,1,1,1]")}}`, 1),
      'readSafetensors: tensor "a": too many axes (got 9, expected at most 8).',
    ],
  ];

  it.each(bad)("rejects %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(FormatError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it("rejects a boolean that is neither 0 nor 1", () => {
    const bytes = file(`{"a":${entry(0, 1, "[1]", "BOOL")}}`, 1);
    bytes[bytes.length - 1] = 7;
    expect(() => decodeSafetensors(bytes)).toThrow(
      'readSafetensors: tensor "a": a boolean must be stored as 0 or 1 (got 7 at element 0).',
    );
  });

  it("rejects a header that is not UTF-8", () => {
    const bytes = file('{"a":1}');
    bytes[10] = 0xff;
    expect(() => decodeSafetensors(bytes)).toThrow("readSafetensors: the header is not UTF-8 text.");
  });
});

describe("encodeSafetensors", () => {
  it("writes the bytes of the reference layout, whatever the order of the tensors", () => {
    const bytes = fromBase64(ALL_DTYPES);
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(encodeSafetensors(tensors, { metadata })).toEqual(bytes);
    expect(encodeSafetensors([...tensors].toReversed(), { metadata })).toEqual(bytes);
  });

  const some = (data: Float32Array | Float64Array): RawTensor => ({
    shape: [data.length],
    dtype: data instanceof Float32Array ? "f32" : "f64",
    data,
  });

  it("writes nothing as an empty object", () => {
    expect(Array.from(encodeSafetensors([]))).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 32, 32, 32, 32, 32, 32]);
    expect(decodeSafetensors(encodeSafetensors([])).tensors.size).toBe(0);
  });

  it("stores floating point tensors as halves on request, and only those", () => {
    const bytes = encodeSafetensors(
      [
        ["w", some(Float32Array.of(0.1, -65504, Infinity, 1 + 2 ** -11))],
        ["d", some(Float64Array.of(1 / 3))],
        ["i", { shape: [], dtype: "i32", data: Int32Array.of(100000) }],
      ],
      { storage: "f16" },
    );
    expect(plain(decodeSafetensors(bytes).tensors)).toEqual({
      w: ["f32", [4], [0.0999755859375, -65504, Infinity, 1]],
      d: ["f32", [1], [0.333251953125]],
      i: ["i32", [], [100000]],
    });
  });

  it("rejects what the format or the halves cannot hold", () => {
    expect(() => encodeSafetensors([["w", some(Float32Array.of(0, 70000))]], { storage: "f16" })).toThrow(
      'writeSafetensors: tensor "w": element 1 does not fit into f16 (got 70000, expected at most 65504 in size). Leave out the option storage.',
    );
    expect(() => encodeSafetensors([["__metadata__", some(new Float32Array(1))]])).toThrow(
      "writeSafetensors: __metadata__ cannot be the name of a tensor. Use the option metadata for free text.",
    );
    expect(() => encodeSafetensors([["\ud800", some(new Float32Array(1))]])).toThrow(
      'writeSafetensors: a tensor\'s name must be a well-formed text (got "\\ud800").',
    );
    expect(() => encodeSafetensors([], { metadata: { k: 3 as unknown as string } })).toThrow(
      'writeSafetensors: metadata "k" must be a well-formed text (got 3).',
    );
  });
});
