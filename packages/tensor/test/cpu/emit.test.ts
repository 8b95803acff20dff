import { describe, expect, it } from "vitest";
import { instantiateKernel } from "./instantiate.ts";
import { emitKernel } from "../../src/backend/cpu/emit.ts";
import { dtypeInfo, REAL_DTYPES, type RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec, type Kernel, type StrideClass } from "../../src/kernel/kernel.ts";
import { Arena, compare, DATA, generator, sample, viewsOf, writeParams } from "./emitHarness.ts";
import { useReductions } from "../../src/backend/cpu/emitReduce.ts";

useReductions();

const load = (dtype: DType, ...classes: StrideClass[]): AccessSpec => ({ dtype, use: "load", classes });
const store = (dtype: DType, ...classes: StrideClass[]): AccessSpec => ({ dtype, use: "store", classes });
const iota = (...classes: StrideClass[]): AccessSpec => ({ dtype: null, use: "iota", classes });

/** A map kernel that stores `values` to the last accesses. */
function mapOf(accesses: readonly AccessSpec[], values: readonly Expr[]): Kernel {
  const first = accesses.length - values.length;
  return finishKernel({
    dims: accesses[0].classes.length,
    reduceDims: 0,
    accesses,
    params: [],
    vector: "parallel",
    split: false,
    stores: values.map((value, i) => ({ access: first + i, value })),
  });
}

/** As many operations as wanted on f32 values, each using the two before it. */
function chain(b: ExprBuilder, x: Expr, length: number): Expr {
  let previous = x;
  let last = b.mul(x, b.const("f32", 0.75));
  for (let i = 0; i < length; i++) {
    [previous, last] = [
      last,
      i % 2 === 0 ? b.sub(b.const("f32", 1), last) : b.mul(last, b.min(previous, b.const("f32", 1.5))),
    ];
  }
  return last;
}

describe("maps", () => {
  it.each([100, 20_000])("of %i operations do not run out of stack", (length) => {
    const b = new ExprBuilder();
    const kernel = mapOf([load("f32", "1"), store("f32", "1")], [chain(b, b.load("f32", 0), length)]);
    const arena = new Arena();
    const data = sample("f32", 7, generator(3));
    const places = [
      { base: arena.place("f32", 7, data), strides: [1] },
      { base: arena.place("f32", 7), strides: [1] },
    ];
    compare(arena, { kernel, sizes: [7], block: 0, places, params: [], lo: 0, hi: 7 });
  });

  it("may write over their inputs", () => {
    const b = new ExprBuilder();
    const [x, y] = [b.load("f32", 0), b.load("f32", 1)];
    // Swaps two buffers, in part.
    const kernel = mapOf(
      [load("f32", "1"), load("f32", "1"), store("f32", "1"), store("f32", "1")],
      [b.add(y, x), b.sub(x, y)],
    );
    for (const count of [1, 3, 4, 19]) {
      const arena = new Arena();
      const next = generator(count);
      const places = [0, 1].map(() => ({ base: arena.place("f32", count, sample("f32", count, next)), strides: [1] }));
      compare(arena, {
        kernel,
        sizes: [count],
        block: 0,
        places: [...places, ...places],
        params: [],
        lo: 0,
        hi: count,
      });
    }
  });

  it.each(REAL_DTYPES)("read and write no byte beyond their operands (%s)", (dtype) => {
    const b = new ExprBuilder();
    const { bytes } = dtypeInfo(dtype);
    const kernel = mapOf([load(dtype, "1"), store(dtype, "1")], [b.load(dtype, 0)]);
    for (let count = 1; count < 12; count++) {
      const arena = new Arena(1);
      const end = arena.views.u8.length;
      const data = sample(dtype, count, generator(count)).map((v) => (dtype === "bool" ? v && 1 : v));
      const { array } = dtypeInfo(dtype);
      // The input ends with the memory; then the output does.
      const middle = arena.place(dtype, count, data);
      const last = end - count * bytes;
      compare(arena, {
        kernel,
        sizes: [count],
        block: 0,
        places: [
          { base: middle, strides: [1] },
          { base: last, strides: [1] },
        ],
        params: [],
        lo: 0,
        hi: count,
      });
      new Uint8Array(arena.memory.buffer, middle, count * bytes).fill(0);
      compare(arena, {
        kernel,
        sizes: [count],
        block: 0,
        places: [
          { base: last, strides: [1] },
          { base: middle, strides: [1] },
        ],
        params: [],
        lo: 0,
        hi: count,
      });
      expect([...new array(arena.memory.buffer as ArrayBuffer, middle, count)]).toEqual(
        data.map((v) => new array([v])[0]),
      );
    }
  });

  it("read no byte beyond their operands when they transpose", () => {
    const b = new ExprBuilder();
    const kernel = mapOf([load("f32", "1", "k"), store("f32", "k", "1")], [b.load("f32", 0)]);
    for (const [rows, columns] of [
      [4, 5],
      [5, 4],
      [8, 7],
      [6, 6],
    ]) {
      const arena = new Arena(1);
      const base = arena.views.u8.length - 4 * rows * columns;
      const places = [
        { base, strides: [1, rows] },
        { base: arena.place("f32", rows * columns), strides: [columns, 1] },
      ];
      compare(arena, { kernel, sizes: [rows, columns], block: 0, places, params: [], lo: 0, hi: rows });
    }
  });

  it("keep the last of several values stored at one place", () => {
    const b = new ExprBuilder();
    for (const cls of ["0", "k"] as const) {
      const kernel = mapOf([load("f32", "1"), store("f32", cls)], [b.load("f32", 0)]);
      for (const count of [1, 4, 6, 16]) {
        const arena = new Arena();
        const data = Array.from({ length: count }, (_, i) => i + 1);
        const places = [
          { base: arena.place("f32", count, data), strides: [1] },
          { base: arena.place("f32", 1), strides: [0] },
        ];
        compare(arena, { kernel, sizes: [count], block: 0, places, params: [], lo: 0, hi: count });
      }
    }
  });

  const shapes = [
    [1, 1],
    [4, 4],
    [5, 6],
    [32, 32],
    [33, 70],
    [70, 45],
    [3, 200],
  ] as const;
  it.each(REAL_DTYPES.flatMap((dtype) => [false, true].map((long) => [dtype, long] as const)))(
    "transpose %s (long expressions: %s)",
    (dtype, long) => {
      const b = new ExprBuilder();
      const asF32 = (e: Expr): Expr => b.convert("f32", e);
      const accesses = [
        load(dtype, "1", "k"),
        load(dtype, "1", "0"),
        load(dtype, "0", "1"),
        load("f32", "1", "k"),
        iota("1", "k"),
        iota("k", "1"),
        store(dtype, "k", "1"),
        store("f32", "k", "1"),
        store("i32", "1", "k"),
      ];
      const x = b.load(dtype, 0);
      const sum = b.add(b.add(asF32(b.load(dtype, 1)), asF32(b.load(dtype, 2))), b.mul(asF32(x), b.load("f32", 3)));
      const position = b.sub(b.iota(4), b.mul(b.iota(5), b.const("i32", 3)));
      const kernel = mapOf(accesses, [x, long ? chain(b, sum, 40) : sum, position]);
      for (const [rows, columns] of shapes) {
        const arena = new Arena();
        const next = generator(rows * columns);
        const count = rows * columns;
        const data = (d: DType, n: number): number =>
          arena.place(
            d,
            n,
            sample(d, n, next).map((v) => (d === "bool" ? v && 1 : v)),
          );
        const places = [
          { base: data(dtype, count), strides: [1, rows] },
          { base: data(dtype, rows), strides: [1, 0] },
          { base: data(dtype, columns), strides: [0, 1] },
          { base: data("f32", count), strides: [1, rows] },
          { base: 5, strides: [1, 1000] },
          { base: -7, strides: [100, 1] },
          { base: arena.place(dtype, count), strides: [columns, 1] },
          { base: arena.place("f32", count), strides: [columns, 1] },
          { base: arena.place("i32", count), strides: [1, rows] },
        ];
        compare(arena, {
          kernel,
          sizes: [rows, columns],
          block: 0,
          places,
          params: [],
          lo: 0,
          hi: rows,
          cuts: [1, 9, 40],
        });
      }
    },
  );

  it("reach all of a 4 GiB address space, and positions beyond 2^31", () => {
    const memory = new WebAssembly.Memory({ initial: 65536 });
    const views = viewsOf(memory.buffer);
    const b = new ExprBuilder();
    const x = b.load("f32", 0);
    const kernel = mapOf(
      [load("f32", "1", "k"), load("f32", "k", "1"), store("f32", "k", "1")],
      [b.add(x, b.load("f32", 1))],
    );
    const run = instantiateKernel(emitKernel(kernel, { shared: false }), memory);
    const [rows, columns] = [6, 7];
    const size = rows * columns;
    const from = 2 ** 32 - 4 * size;
    const other = 2 ** 31 - 40;
    const to = 2 ** 31 + 2 ** 20;
    for (let i = 0; i < size; i++) views.f32[from / 4 + i] = i;
    for (let i = 0; i < size; i++) views.f32[other / 4 + i] = 100 * i;
    // Rows 2^31 - 3 to 2^31 + 3, so the address of row 0 wraps around.
    const lo = 2 ** 31 - 3;
    const places = [
      { base: (from - 4 * lo) >>> 0, strides: [1, rows] },
      { base: Number(BigInt.asUintN(32, BigInt(other) - BigInt(4 * columns) * BigInt(lo))), strides: [columns, 1] },
      { base: Number(BigInt.asUintN(32, BigInt(to) - BigInt(4 * columns) * BigInt(lo))), strides: [columns, 1] },
    ];
    writeParams(views, { kernel, sizes: [lo + rows, columns], block: 0, places, params: [], lo: 0, hi: 0 }, DATA);
    run(DATA, lo, lo + rows, 0);
    const actual = Array.from(views.f32.subarray(to / 4, to / 4 + size));
    expect(actual).toEqual(actual.map((_, i) => (i % columns) * rows + Math.floor(i / columns) + 100 * i));
    expect(views.u32[to / 4 + size]).toBe(0);
  });
});

describe("reductions", () => {
  it.each(["parallel", "reduce"] as const)("of masks from 64-bit comparisons (%s)", (vector) => {
    const b = new ExprBuilder();
    const positive = b.gt(b.load("f64", 0), b.const("f64", 0));
    const [all, odd] = [b.acc("bool", 0), b.acc("bool", 1)];
    const kernel = finishKernel({
      dims: 1,
      reduceDims: 1,
      params: [],
      vector,
      split: false,
      accesses: [load("f64", "k", "1"), store("bool", "1", "0"), store("bool", "1", "0")],
      stores: [
        { access: 1, value: all },
        { access: 2, value: odd },
      ],
      reduce: {
        types: ["bool", "bool"],
        init: [b.const("bool", 1), b.const("bool", 0)],
        step: [b.and(positive, all), b.xor(positive, odd)],
        merge: [b.and(b.accOther("bool", 0), all), b.xor(b.accOther("bool", 1), odd)],
      },
    });
    for (const count of [1, 2, 3, 19]) {
      const arena = new Arena();
      const next = generator(count);
      const data = Array.from({ length: 7 * count }, () => (next() % 4 === 0 ? -1 : 1));
      const places = [
        { base: arena.place("f64", 7 * count, data), strides: [count, 1] },
        ...[0, 1].map(() => ({ base: arena.place("bool", 7), strides: [1, 0] })),
      ];
      compare(arena, { kernel, sizes: [7, count], block: 0, places, params: [], lo: 0, hi: 7 });
    }
  });

  it.each(["parallel", "reduce"] as const)("with long steps (%s)", (vector) => {
    for (const length of [10, 60, 5000]) {
      const b = new ExprBuilder();
      const acc = b.acc("f32", 0);
      const kernel = finishKernel({
        dims: 1,
        reduceDims: 1,
        params: [],
        vector,
        split: false,
        accesses: [load("f32", "k", "1"), store("f32", "1", "0")],
        stores: [{ access: 1, value: b.mul(acc, b.const("f32", 2)) }],
        reduce: {
          types: ["f32"],
          init: [b.const("f32", 0.25)],
          step: [b.sub(chain(b, b.load("f32", 0), length), acc)],
          merge: [b.sub(acc, b.accOther("f32", 0))],
        },
      });
      const arena = new Arena();
      const places = [
        {
          base: arena.place(
            "f32",
            300,
            Float32Array.from({ length: 300 }, (_, i) => ((i * 37) % 101) / 64),
          ),
          strides: [99, 1],
        },
        { base: arena.place("f32", 3), strides: [1, 0] },
      ];
      compare(arena, { kernel, sizes: [3, length > 1000 ? 21 : 99], block: 0, places, params: [], lo: 0, hi: 3 });
    }
  });

  it.each([0, 8, 40])("of many columns with steps of %i operations", (length) => {
    for (const [columns, rows, wide] of [
      [33, 4, false],
      [1027, 7, false],
      [2500, 5, true],
      [1500, 1, true],
    ] as const) {
      const b = new ExprBuilder();
      const ty = wide ? "f64" : "f32";
      const [acc, at] = [b.acc(ty, 0), b.acc("i32", 1)];
      // The cheapest steps have one accumulator.
      const alone = length === 0;
      const x = b.convert(ty, alone ? b.load("f32", 0) : chain(b, b.load("f32", 0), length));
      const kernel = finishKernel({
        dims: 1,
        reduceDims: 1,
        params: [],
        vector: "parallel",
        split: false,
        accesses: [load("f32", "1", "k"), iota("1", "k"), store("i32", "1", "0"), store(ty, "1", "0")],
        stores: [
          { access: 3, value: acc },
          { access: 2, value: at },
        ].slice(0, alone ? 1 : 2),
        reduce: {
          types: alone ? [ty] : [ty, "i32"],
          init: [b.const(ty, 0.25), b.const("i32", -1)].slice(0, alone ? 1 : 2),
          step: alone ? [b.sub(x, acc)] : [b.sub(x, acc), b.select(b.gt(x, acc), b.iota(1), at)],
          merge: alone
            ? [b.sub(acc, b.accOther(ty, 0))]
            : [b.sub(acc, b.accOther(ty, 0)), b.add(at, b.accOther("i32", 1))],
        },
      });
      const arena = new Arena();
      const places = [
        {
          base: arena.place("f32", columns * rows, sample("f32", columns * rows, generator(5))),
          strides: [1, columns],
        },
        { base: 3, strides: [1, columns] },
        { base: arena.place("i32", columns), strides: [1, 0] },
        { base: arena.place(ty, columns), strides: [1, 0] },
      ];
      const cuts = [columns >> 1, columns - 3];
      compare(arena, { kernel, sizes: [columns, rows], block: 0, places, params: [], lo: 0, hi: columns, cuts });
    }
  });

  it.each([40, 41, 39, 8, 3])("of blocks, two at a time, of %i elements in all", (size) => {
    const b = new ExprBuilder();
    const acc = b.acc("f32", 0);
    const kernel = finishKernel({
      dims: 1,
      reduceDims: 1,
      params: [],
      vector: "reduce",
      split: true,
      accesses: [load("f32", "k", "1"), store("f32", "1", "0")],
      stores: [{ access: 1, value: acc }],
      reduce: {
        types: ["f32"],
        init: [b.const("f32", 0)],
        step: [b.sub(b.load("f32", 0), acc)],
        merge: [b.sub(acc, b.accOther("f32", 0))],
      },
    });
    for (const blocks of [5, 6]) {
      const arena = new Arena();
      const places = [
        { base: arena.place("f32", size, sample("f32", size, generator(size))), strides: [8, 1] },
        { base: arena.place("f32", blocks), strides: [1, 0] },
      ];
      const cuts = [1, 4];
      compare(arena, { kernel, sizes: [blocks, size], block: 8, places, params: [], lo: 0, hi: blocks, cuts });
    }
  });
});

describe("impossible kernels", () => {
  const b = new ExprBuilder();
  const access = [store("f32", "1")];
  const map = mapOf(access, [b.const("f32", 1)]);
  it.each([
    ["emitKernel: impossible loops (got 0 and 0).", { ...map, dims: 0 }],
    ["emitKernel: impossible loops (got 1 and 1).", { ...map, reduceDims: 1 }],
    [
      "emitKernel: a merge must not read accesses.",
      {
        ...map,
        reduceDims: 1,
        accesses: [load("f32", "1", "1"), ...access],
        reduce: {
          types: ["f32" as const],
          init: [b.const("f32", 0)],
          step: [b.acc("f32", 0)],
          merge: [b.load("f32", 0)],
        },
      },
    ],
  ])("%s", (message, kernel) => {
    expect(() => emitKernel(kernel, { shared: false })).toThrow(message);
  });
});

it.each([false, true])("a kernel runs on its memory (shared: %s)", (shared) => {
  const b = new ExprBuilder();
  const kernel = mapOf([load("i32", "1"), store("i32", "1")], [b.add(b.load("i32", 0), b.const("i32", 1))]);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
  const views = viewsOf(memory.buffer);
  views.i32.set([1, 2, 3, 4, 2147483647], DATA / 4);
  const places = [DATA, DATA + 64].map((base) => ({ base, strides: [1] }));
  writeParams(views, { kernel, sizes: [5], block: 0, params: [], lo: 0, hi: 5, places }, 64);
  instantiateKernel(emitKernel(kernel, { shared }), memory)(64, 0, 5, 0);
  expect([...views.i32.subarray(DATA / 4 + 16, DATA / 4 + 22)]).toEqual([2, 3, 4, 5, -2147483648, 0]);
});
