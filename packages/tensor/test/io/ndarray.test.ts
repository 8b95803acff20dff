import ndarray from "ndarray";
import { describe, expect, it, vi } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../src/errors.ts";
import { fromNdarray, fromStrided, toNdarray, type NdArrayLike, type StridedArray } from "../../src/ndarray.ts";
import { tensor } from "../../src/ops/create.ts";
import type { Tensor } from "../../src/tensor.ts";

/** Data type, shape and elements. */
function facts(t: Tensor): unknown[] {
  return [t.dtype, t.shape, Array.from(t.dataSync())];
}

const base = Float64Array.from({ length: 24 }, (_, i) => i + 0.5);

describe("fromNdarray", () => {
  it("reads every kind of view that ndarray makes", () => {
    const cube = ndarray(base, [2, 3, 4]);
    const views = [
      cube,
      cube.transpose(2, 0, 1),
      cube.step(-1, 1, -2),
      cube.lo(1, 1, 1),
      cube.hi(1, 2, 3).transpose(1, 0, 2),
      cube.pick(null, 1, null),
      cube.pick(1, 2, 3),
      cube.lo(0, 3, 0),
    ];
    for (const view of views) {
      const t = fromNdarray(view);
      expect([t.dtype, t.shape]).toEqual(["f64", view.shape]);
      // The elements by ndarray's own indexing.
      const expected: number[] = [];
      const visit = (index: number[]): void => {
        if (index.length === view.dimension) expected.push(view.get(...index));
        else for (let i = 0; i < view.shape[index.length]; i++) visit([...index, i]);
      };
      visit([]);
      expect(Array.from(t.dataSync())).toEqual(expected);
    }
  });

  it.each([
    [Float32Array.of(0.1, -2), "f32"],
    [Float64Array.of(0.1, -2), "f64"],
    [Int8Array.of(-128, 127), "i32"],
    [Int16Array.of(-32768, 1), "i32"],
    [Int32Array.of(-2147483648, 1), "i32"],
    [Uint8Array.of(0, 255), "u32"],
    [Uint8ClampedArray.of(0, 255), "u32"],
    [Uint16Array.of(0, 65535), "u32"],
    [Uint32Array.of(0, 4294967295), "u32"],
    [[0.1, -2], "f64"],
  ] as const)("maps %o to %s", (data, dtype) => {
    const t = fromNdarray({ data, shape: [2], stride: [1], offset: 0 });
    expect(facts(t)).toEqual([dtype, [2], Array.from(data)]);
  });

  it("converts on request", () => {
    expect(facts(fromNdarray(ndarray(Uint8Array.of(0, 3)), { dtype: "bool" }))).toEqual(["bool", [2], [0, 1]]);
    expect(facts(fromNdarray(ndarray(base, [2]), { dtype: "f32" }))).toEqual(["f32", [2], [0.5, 1.5]]);
    expect(() => fromNdarray(ndarray(base, [2]), { dtype: "i32" })).toThrow(DTypeError);
  });

  it("refuses what it cannot hold, with advice", () => {
    expect(() => fromNdarray(ndarray(BigInt64Array.of(1n)) as unknown as NdArrayLike)).toThrow(
      "fromNdarray: array type not accepted (got BigInt64Array, expected one of Float32Array, Float64Array, Float16Array, Int8Array, Int16Array, Int32Array, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, Array). 64-bit integers have no data type here: convert them with Int32Array.from(data, Number) or Float64Array.from(data, Number).",
    );
    const store = { get: () => 1, set: () => 1, length: 4 };
    expect(() => fromNdarray(ndarray(store, [4]) as unknown as NdArrayLike)).toThrow(
      "fromNdarray: ndarrays over a store with get and set are not accepted",
    );
    expect(() => fromNdarray(ndarray(["a"], [1]) as unknown as NdArrayLike)).toThrow(
      "fromNdarray: elements must be numbers (got string at index 0).",
    );
    expect(() => fromNdarray({ data: base, shape: [2] } as unknown as NdArrayLike)).toThrow(
      "fromNdarray: expected an ndarray (got object, expected an object with data, shape, stride and offset).",
    );
    expect(() => fromNdarray(null as unknown as NdArrayLike)).toThrow("fromNdarray: expected an ndarray (got null");
    expect(() => fromNdarray(ndarray(base), { kind: 1 } as never)).toThrow(
      'fromNdarray: unknown option (got "kind", expected one of dtype, device).',
    );
  });
});

describe("fromStrided", () => {
  it("reads any strides and takes C order when there are none", () => {
    expect(facts(fromStrided({ data: base, shape: [2, 2] }))).toEqual(["f64", [2, 2], [0.5, 1.5, 2.5, 3.5]]);
    expect(facts(fromStrided({ data: base, shape: [3], strides: [0], offset: 4 }))[2]).toEqual([4.5, 4.5, 4.5]);
    expect(facts(fromStrided({ data: base, shape: [2, 2], strides: [-6, -1], offset: 23 }))[2]).toEqual([
      23.5, 22.5, 17.5, 16.5,
    ]);
    expect(facts(fromStrided({ data: base, shape: [] }))).toEqual(["f64", [], [0.5]]);
    expect(facts(fromStrided({ data: base, shape: [0, 9], strides: [1000, 1000] }))).toEqual(["f64", [0, 9], []]);
  });

  const bad: [string, StridedArray, new (m: string) => Error, string][] = [
    [
      "too few elements",
      { data: base, shape: [25] },
      ShapeError,
      "fromStrided: elements lie outside the data (got indices 0 to 24 for shape [25] and strides [1], expected within 0 to 23).",
    ],
    ["a negative index", { data: base, shape: [2], strides: [-1] }, ShapeError, "(got indices -1 to 0 for shape [2]"],
    ["an offset outside", { data: base, shape: [], offset: 24 }, ShapeError, "(got indices 24 to 24"],
    [
      "a missing stride",
      { data: base, shape: [2, 2], strides: [1] },
      ShapeError,
      "fromStrided: strides must be one integer per axis (got [1], expected 2).",
    ],
    [
      "a fractional stride",
      { data: base, shape: [2], strides: [0.5] },
      ShapeError,
      "fromStrided: strides must be one integer per axis (got [0.5], expected 1).",
    ],
    [
      "a fractional offset",
      { data: base, shape: [2], offset: 0.5 },
      ShapeError,
      "fromStrided: offset must be an integer (got 0.5).",
    ],
    [
      "a negative size",
      { data: base, shape: [-2] },
      ShapeError,
      "fromStrided: sizes must be non-negative integers (got -2 at axis 0 of [-2]).",
    ],
    [
      "a huge view",
      { data: base, shape: [65536, 65536], strides: [0, 0] },
      ShapeError,
      "fromStrided: too many elements",
    ],
    [
      "no record",
      5 as unknown as StridedArray,
      ArgumentError,
      "fromStrided: expected a record (got 5, expected { data, shape, strides, offset }).",
    ],
    [
      "an unknown field",
      { data: base, shape: [2], stride: [1] } as StridedArray,
      ArgumentError,
      'fromStrided: unknown option (got "stride", expected one of data, shape, strides, offset).',
    ],
    [
      "no array",
      { data: new Map(), shape: [2] } as unknown as StridedArray,
      DTypeError,
      "fromStrided: array type not accepted (got Map, expected one of",
    ],
  ];
  it.each(bad)("rejects %s", (_, array, kind, message) => {
    expect(() => fromStrided(array)).toThrow(kind);
    expect(() => fromStrided(array)).toThrow(message);
  });
});

describe("toNdarray", () => {
  it("gives an ndarray of the matching type that round-trips", async () => {
    for (const [dtype, name] of [
      ["f32", "float32"],
      ["f64", "float64"],
      ["i32", "int32"],
      ["u32", "uint32"],
      ["bool", "uint8"],
    ] as const) {
      const t = tensor(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        { dtype },
      );
      const array = await toNdarray(t);
      expect([array.dtype, array.shape, array.stride, array.get(1, 2), array.get(0, 1)]).toEqual([
        name,
        [2, 3],
        [3, 1],
        1,
        0,
      ]);
      expect(facts(fromNdarray(array as NdArrayLike, { dtype }))).toEqual(facts(t));
    }
  });

  it("copies", async () => {
    const t = tensor([1, 2]);
    (await toNdarray(t)).set(0, 9);
    expect(Array.from(t.dataSync())).toEqual([1, 2]);
  });

  it("takes scalars and empty tensors, and nothing but tensors", async () => {
    expect((await toNdarray(tensor(3))).get()).toBe(3);
    expect((await toNdarray(tensor([]))).shape).toEqual([0]);
    await expect(toNdarray([1] as never)).rejects.toThrow("toNdarray: the argument must be a tensor (got object).");
  });

  it("says what to install when ndarray is missing", async () => {
    vi.doMock("ndarray", () => {
      throw new Error("no such module");
    });
    try {
      await expect(toNdarray(tensor(1))).rejects.toThrow(
        "toNdarray: the package ndarray is not installed. Run `npm install ndarray`.",
      );
    } finally {
      vi.doUnmock("ndarray");
    }
  });
});
