import { describe, expect, it } from "vitest";
import { emitKernel } from "../../src/backend/cpu/emit.ts";
import type { RealDType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr } from "../../src/kernel/expr.ts";
import { sin } from "../../src/kernel/math/trig.ts";
import { finishKernel, type Kernel } from "../../src/kernel/kernel.ts";
import { instantiateKernel } from "./instantiate.ts";
import { Arena, compare, generator, sample, writeParams, type Launch } from "./emitHarness.ts";

/** Inputs 0 to 3 of type `dtype`, inputs 4 and 5 bools; the values are stored one buffer each. */
function kernelOf(dtype: RealDType, values: readonly Expr[]): Kernel {
  const load = (d: RealDType) => ({ dtype: d, use: "load", classes: ["1"] }) as const;
  return finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: [
      ...Array.from({ length: 4 }, () => load(dtype)),
      load("bool"),
      load("bool"),
      ...values.map((v) => ({ dtype: v.ty as RealDType, use: "store", classes: ["1"] }) as const),
    ],
    params: [],
    vector: "parallel",
    split: false,
    stores: values.map((value, i) => ({ access: 6 + i, value })),
  });
}

/** How the two conditions vary from element to element. */
const PATTERNS: Record<string, (i: number) => readonly [boolean, boolean]> = {
  "nowhere true": () => [false, false],
  "true everywhere": () => [true, true],
  "true in some vectors": (i) => [(i >> 2) % 2 === 0, (i >> 3) % 2 === 1],
  "true in some lanes": (i) => [i % 3 === 0, i % 5 < 2],
  "one true": () => [true, false],
  "the other true": () => [false, true],
};

function check(dtype: "f32" | "f64", values: readonly Expr[]): void {
  const kernel = kernelOf(dtype, values);
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    for (const count of [1, 3, 4, 23]) {
      const arena = new Arena();
      const next = generator(count);
      const flags = (k: 0 | 1): number[] => Array.from({ length: count }, (_, i) => Number(pattern(i)[k]));
      const bases = [
        ...Array.from({ length: 4 }, () => arena.place(dtype, count, sample(dtype, count, next))),
        arena.place("bool", count, flags(0)),
        arena.place("bool", count, flags(1)),
        ...values.map((v) => arena.place(v.ty as RealDType, count)),
      ];
      const places = bases.map((base) => ({ base, strides: [1] }));
      const launch = { kernel, sizes: [count], block: 0, places, params: [], lo: 0, hi: count };
      expect(() => compare(arena, launch), `${name}, ${count} elements`).not.toThrow();
    }
  }
}

describe.each(["f32", "f64"] as const)("operands behind branches, %s", (ty) => {
  /** A fresh builder with its inputs and a long expression of some of them. */
  function setUp() {
    const b = new ExprBuilder();
    const x = [0, 1, 2, 3].map((i) => b.load(ty, i));
    const [c, d] = [b.load("bool", 4), b.load("bool", 5)];
    let salt = 0;
    const long = (...from: Expr[]): Expr => {
      const start = b.const(ty, ++salt);
      return Array.from({ length: 26 }, (_, i) => from[i % from.length]).reduce(
        (e, y, i) => (i % 2 === 0 ? b.add(e, y) : b.mul(b.const(ty, 0.75), e)),
        start,
      );
    };
    return { b, x, c, d, long };
  }

  it("first, second and both", () => {
    const { b, x, c, long } = setUp();
    check(ty, [b.select(c, long(x[0]), x[1])]);
    check(ty, [b.select(c, x[1], long(x[0]))]);
    check(ty, [b.select(c, long(x[0]), long(x[1]))]);
  });

  it("of several selects with one condition", () => {
    const { b, x, c, long } = setUp();
    const shared = long(x[0], x[1]);
    check(ty, [
      b.select(c, b.mul(shared, x[2]), x[0]),
      b.select(c, b.sub(shared, x[3]), long(x[1])),
      b.select(c, x[2], shared === x[0] ? x[1] : long(x[3])),
    ]);
    check(ty, [b.add(b.select(c, shared, x[0]), b.select(c, shared, x[1])), b.select(c, x[1], x[0])]);
  });

  it("that other values need as well", () => {
    const { b, x, c, long } = setUp();
    const both = long(x[0]);
    check(ty, [b.select(c, long(both, x[1]), x[2]), both]);
    check(ty, [b.add(b.select(c, long(both, x[1]), x[2]), both), b.select(c, x[3], both)]);
    // An operand that is itself stored.
    const stored = long(x[1]);
    check(ty, [b.select(c, stored, x[2]), stored]);
  });

  it("one within the other", () => {
    const { b, x, c, d, long } = setUp();
    for (const inner of [c, d]) {
      const deep = b.select(inner, long(x[0]), long(x[1], x[2]));
      check(ty, [b.select(c, long(deep, x[3]), x[0])]);
      check(ty, [b.select(c, x[0], b.select(inner, long(deep), long(x[2])))]);
    }
  });

  it("of which one lies within another's branch", () => {
    const { b, x, c, d, long } = setUp();
    // Two selects on d, one of them behind the branch of c: they must not share a branch there.
    const shared = long(x[0], x[2]);
    const inside = b.select(d, b.mul(shared, x[1]), x[1]);
    const outside = b.select(d, b.mul(shared, x[3]), x[2]);
    check(ty, [b.select(c, long(inside), x[3]), outside]);
    check(ty, [outside, b.select(c, long(inside), x[3])]);
  });

  it("that depend on each other", () => {
    const { b, x, c, d, long } = setUp();
    const first = b.select(c, long(x[0]), x[1]);
    check(ty, [b.select(c, long(first), x[2]), b.select(c, long(x[3]), x[2])]);
    // c1 -> d1 and d2 -> c2: the groups {c1, c2} and {d1, d2} cannot both be computed first.
    const c1 = b.select(c, long(x[0]), x[1]);
    const d2 = b.select(d, long(x[2]), x[3]);
    const d1 = b.select(d, long(c1, x[0]), x[2]);
    const c2 = b.select(c, long(d2, x[1]), x[0]);
    check(ty, [d1, c2]);
    check(ty, [c2, d1]);
    check(ty, [b.add(d1, c2), b.sub(c1, d2)]);
  });

  it("with conditions and results of every width", () => {
    const { b, x, c, long } = setUp();
    const positive = b.lt(b.const(ty, 0), x[0]);
    const wide = b.and(positive, b.lt(x[1], x[2]));
    for (const condition of [positive, wide, b.not(c), b.xor(c, positive)]) {
      check(ty, [b.select(condition, long(x[1]), x[0]), b.select(condition, x[2], long(x[3]))]);
      const test = b.select(condition, b.lt(long(x[0]), x[1]), b.and(c, b.lt(long(x[2]), x[3])));
      check(ty, [test, b.select(test, x[0], x[1])]);
      check(ty, [b.select(condition, b.convert("i32", long(x[0])), b.const("i32", 7))]);
    }
  });
});

describe("a branch", () => {
  it("is not taken where no lane needs it", () => {
    const b = new ExprBuilder();
    // Far outside of the memory: the load traps if it runs.
    let value = b.load("f32", 0, b.const("i32", 0x1fffffff));
    for (let i = 0; i < 24; i++) value = b.add(value, b.load("f32", 1));
    const kernel = kernelOf("f32", [b.select(b.load("bool", 4), value, b.load("f32", 2))]);
    const run = (flag: (i: number) => number): void => {
      const arena = new Arena();
      const count = 11;
      const data = Array.from({ length: count }, (_, i) => i);
      const bases = [0, 1, 2, 3].map(() => arena.place("f32", count, data));
      for (let k = 0; k < 2; k++) bases.push(arena.place("bool", count, data.map(flag)));
      bases.push(arena.place("f32", count));
      const places = bases.map((base) => ({ base, strides: [1] }));
      const launch: Launch = { kernel, sizes: [count], block: 0, places, params: [], lo: 0, hi: count };
      writeParams(arena.views, launch, 64);
      instantiateKernel(emitKernel(kernel, { shared: false }), arena.memory)(64, 0, count, 0);
      expect([...new Float32Array(arena.memory.buffer, bases[6], count)]).toEqual(data);
    };
    run(() => 0);
    for (const at of [0, 5, 10]) expect(() => run((i) => Number(i === at))).toThrow(WebAssembly.RuntimeError);
  });

  it("spares sines of moderate angles the long reduction", () => {
    const b = new ExprBuilder();
    const branches = (e: Expr): number => {
      // In the binary format: v128.any_true, then if without a result. The body is written for vectors and once more for single lanes.
      const text = Buffer.from(emitKernel(kernelOf(e.ty as RealDType, [e]), { shared: false })).toString("hex");
      return text.split("fd530440").length - 1;
    };
    expect(branches(sin(b, b.load("f32", 0)))).toBe(2);
    expect(branches(sin(b, b.load("f64", 0)))).toBe(2);
    expect(branches(b.select(b.load("bool", 4), b.sqrt(b.load("f32", 0)), b.load("f32", 1)))).toBe(0);
  });
});

describe.each(["f32", "f64"] as const)("selects of the smaller or larger, %s", (ty) => {
  it("keep every bit", () => {
    const b = new ExprBuilder();
    const [x, y] = [b.load(ty, 0), b.load(ty, 1)];
    const zero = b.const(ty, 0);
    const pairs = (u: Expr, v: Expr): Expr[] =>
      (["lt", "gt", "le", "ge", "eq", "ne"] as const).flatMap((op) => [
        b.select(b.compare(op, u, v), u, v),
        b.select(b.compare(op, u, v), v, u),
      ]);
    check(ty, pairs(x, y));
    check(ty, [...pairs(x, zero), ...pairs(b.const(ty, -0), y)]);
    const test = b.lt(x, y);
    check(ty, [b.select(test, x, y), b.select(test, y, zero), test]);
  });
});
