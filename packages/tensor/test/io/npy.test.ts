import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { decodeNpy, encodeNpy } from "../../src/io/npy.ts";
import { NPY_FIXTURES, NPY_REJECTED } from "./npyFixtures.ts";

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** A file around any header and body. */
function file(header: string, body: readonly number[] = [], version: readonly number[] = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version[0] === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version, ...length, ...text, ...body]);
}

const GOOD = "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }\n";

describe("decodeNpy", () => {
  it.each(NPY_FIXTURES)("reads NumPy's $name", ({ base64, dtype, shape, values }) => {
    const raw = decodeNpy(fromBase64(base64));
    expect(raw.dtype).toBe(dtype);
    expect(raw.shape).toEqual(shape);
    expect(Array.from(raw.data)).toEqual(values);
  });

  it("reads at any alignment, also from a Buffer, and does not alias", () => {
    const { base64, values } = NPY_FIXTURES[0];
    const bytes = fromBase64(base64);
    const shifted = Buffer.alloc(bytes.length + 3);
    shifted.set(bytes, 3);
    const raw = decodeNpy(shifted.subarray(3));
    shifted.fill(0);
    expect(Array.from(raw.data)).toEqual(values);
    expect(raw.data.constructor).toBe(Float32Array);
  });

  it.each([
    "{'descr':'<i4','fortran_order':False,'shape':(1,)}",
    '  { "shape" : ( 1 , ) , "descr" : "<i4" , \'fortran_order\' : False , }  \n',
    "{'descr': '<i4', 'fortran_order': True, 'shape': (1L,)}\n",
  ])("reads the spelling %j", (header) => {
    expect(decodeNpy(file(header, [7, 1, 0, 0]))).toEqual({ shape: [1], dtype: "i32", data: Int32Array.of(263) });
  });

  it.each(NPY_REJECTED)("rejects the element type %s of NumPy", (name, base64) => {
    const expected = name === "struct" ? /structured element types are not supported/ : /element type not supported/;
    expect(() => decodeNpy(fromBase64(base64))).toThrow(FormatError);
    expect(() => decodeNpy(fromBase64(base64))).toThrow(expected);
  });

  it("reads 64-bit integers that fit, and complex numbers in either order", () => {
    const read = (descr: string, body: readonly number[]): unknown => decodeNpy(file(GOOD.replace("<i4", descr), body));
    expect(read("<i8", [254, ...new Array<number>(7).fill(255)])).toEqual({
      shape: [1],
      dtype: "i32",
      data: Int32Array.of(-2),
    });
    expect(read(">u8", [0, 0, 0, 0, 255, 255, 255, 254])).toEqual({
      shape: [1],
      dtype: "u32",
      data: Uint32Array.of(4294967294),
    });
    const [one, two] = [[0, 0, 128, 63], [0, 0, 0, 64]]; // prettier-ignore
    expect(read("<c8", [...one, ...two])).toEqual({ shape: [1], dtype: "c64", data: Float32Array.of(1, 2) });
    expect(read(">c8", [...one.toReversed(), ...two.toReversed()])).toEqual({
      shape: [1],
      dtype: "c64",
      data: Float32Array.of(1, 2),
    });
    const columns = file("{'descr': '<c8', 'fortran_order': True, 'shape': (2, 2)}", [...one, ...two, ...two, ...two, ...one, ...one, ...two, ...one]); // prettier-ignore
    expect(decodeNpy(columns)).toEqual({ shape: [2, 2], dtype: "c64", data: Float32Array.of(1, 2, 1, 1, 2, 2, 2, 1) });
  });

  const bad: [string, Uint8Array, string][] = [
    [
      "no bytes",
      new Uint8Array(0),
      "readNpy: not a .npy file (got 0 bytes, expected at least 10 that start with \\x93NUMPY).",
    ],
    ["other magic bytes", new Uint8Array(20), "readNpy: not a .npy file (got 20 bytes"],
    ["version 4", file(GOOD, [], [4, 0]), "readNpy: unknown version (got 4.0, expected 1.0, 2.0 or 3.0)."],
    ["version 1.1", file(GOOD, [], [1, 1]), "readNpy: unknown version (got 1.1"],
    [
      "a cut header",
      file(GOOD).subarray(0, 40),
      "readNpy: the header is cut off (got 40 bytes, expected at least 68).",
    ],
    [
      "a cut length",
      file(GOOD, [], [2, 0]).subarray(0, 10),
      "readNpy: the header is cut off (got 10 bytes, expected at least 12).",
    ],
    [
      "a hostile length",
      new Uint8Array([...file("", [], [2, 0]).subarray(0, 8), 255, 255, 255, 255]),
      "readNpy: the header is too long (got 4294967295 bytes, expected at most 65536).",
    ],
    ["invalid UTF-8", file("{'é", [], [3, 0]).subarray(0, 15), "readNpy: the header is cut off"],
    [
      "too few bytes",
      file(GOOD, [1, 2, 3]),
      "readNpy: wrong number of bytes after the header (got 3, expected 4 for <i4 of shape [1]).",
    ],
    [
      "too many bytes",
      file(GOOD, [1, 2, 3, 4, 5]),
      "readNpy: wrong number of bytes after the header (got 5, expected 4",
    ],
    [
      "a bool of 2",
      file(GOOD.replace("<i4", "|b1"), [2]),
      "readNpy: a boolean must be stored as 0 or 1 (got 2 at element 0).",
    ],
    [
      "native byte order",
      file(GOOD.replace("<i4", "=i4"), [0, 0, 0, 0]),
      'readNpy: element type not supported (got "=i4", expected one of |b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8, c8, c16).',
    ],
    ["no byte order", file(GOOD.replace("<i4", "|i4"), [0, 0, 0, 0]), 'element type not supported (got "|i4"'],
    [
      "an inherited name as type",
      file(GOOD.replace("<i4", "<toString")),
      'element type not supported (got "<toString"',
    ],
    [
      "i8 of 33 bits",
      file(GOOD.replace("<i4", "<i8"), [0, 0, 0, 128, 0, 0, 0, 0]),
      "readNpy: a 64-bit integer does not fit (got 2147483648 at element 0, expected one of 32 bits).",
    ],
    [
      "u8 of 33 bits",
      file(GOOD.replace("<i4", ">u8"), [0, 0, 0, 1, 0, 0, 0, 0]),
      "readNpy: a 64-bit integer does not fit (got 4294967296 at element 0",
    ],
    ["f16", file(GOOD.replace("<i4", "<f16")), 'readNpy: element type not supported (got "<f16"'],
    [
      "a huge size",
      file(GOOD.replace("(1,)", "(99999999999999999999,)")),
      "readNpy: too many elements (got shape [100000000000000000000], expected at most 2^31 - 1).",
    ],
    [
      "a huge product",
      file(GOOD.replace("(1,)", "(65536, 65536)")),
      "readNpy: too many elements (got shape [65536,65536], expected at most 2^31 - 1).",
    ],
    [
      "a huge size beside a zero",
      file(GOOD.replace("(1,)", "(0, 4294967296)")),
      "readNpy: too many elements (got shape [0,4294967296]",
    ],
    [
      "nine axes",
      file(GOOD.replace("(1,)", `(${"1, ".repeat(9)})`), [0, 0, 0, 0]),
      "readNpy: too many axes (got 9, expected at most 8).",
    ],
    [
      "a negative size",
      file(GOOD.replace("(1,)", "(-1,)")),
      'readNpy: the header is not a dictionary as NumPy writes it (got "-1,), }\\n" at character 51, expected a size).',
    ],
    ["a plain number as shape", file(GOOD.replace("(1,)", "(1)")), 'expected ",").'],
    ["no shape tuple", file(GOOD.replace("(1,)", "1")), 'expected "(").'],
    [
      "no dictionary",
      file("[1, 2]"),
      'readNpy: the header is not a dictionary as NumPy writes it (got "[1, 2]" at character 0, expected "{").',
    ],
    ["an empty header", file(""), '(got the end at character 0, expected "{").'],
    [
      "an unknown key",
      file(GOOD.replace("{", "{'extra': 1, ")),
      'readNpy: unknown key in the header (got "extra", expected descr, fortran_order and shape).',
    ],
    ["a key twice", file(GOOD.replace("{", "{'descr': '<i4', ")), 'readNpy: key "descr" occurs twice in the header.'],
    [
      "a missing key",
      file("{'descr': '<i4', 'shape': (1,)}"),
      "readNpy: a key is missing in the header (expected fortran_order).",
    ],
    ["no boolean", file(GOOD.replace("False", "0")), "expected True or False)."],
    ["no type name", file(GOOD.replace("'<i4'", "5")), "expected an element type in quotes)."],
    ["text after the dictionary", file(`${GOOD}x`), '(got "x" at character 58, expected the end).'],
    ["a missing colon", file(GOOD.replace("':", "'")), 'expected ":").'],
  ];

  it.each(bad)("rejects %s", (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(FormatError);
    expect(() => decodeNpy(bytes)).toThrow(message);
  });

  it("rejects a version 3 header that is not UTF-8", () => {
    const bytes = file(`${GOOD}    `, [0, 0, 0, 0], [3, 0]);
    bytes[12 + GOOD.length] = 0xff;
    expect(() => decodeNpy(bytes)).toThrow("readNpy: the header is not UTF-8 text.");
  });
});

describe("encodeNpy", () => {
  it.each(NPY_FIXTURES.filter((f) => f.roundTrip))("writes NumPy's bytes for $name", ({ base64 }) => {
    const bytes = fromBase64(base64);
    expect(encodeNpy(decodeNpy(bytes))).toEqual(bytes);
  });

  it("writes any shape so that it reads back", () => {
    for (const shape of [[1, 1, 1, 1, 1, 1, 1, 1], [1000000], [12345, 1, 2], [2147483647, 0]]) {
      const data = new Uint8Array(shape.reduce((a, b) => a * b, 1));
      const bytes = encodeNpy({ shape, dtype: "bool", data });
      expect((bytes.length - data.length) % 64).toBe(0);
      expect(decodeNpy(bytes)).toEqual({ shape, dtype: "bool", data });
    }
  });
});
