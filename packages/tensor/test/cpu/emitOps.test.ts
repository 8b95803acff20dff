import { describe, it } from "vitest";
import { ExprBuilder, type BinaryOp, type CompareOp, type Expr, type Ty, type UnaryOp } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec } from "../../src/kernel/kernel.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { Arena, compare, generator, sample, SPECIAL, type Place } from "./emitHarness.ts";

/** Types with a dtype of their own; i64 values are put together from two u32. */
const TYPES: readonly DType[] = ["bool", "i32", "u32", "f32", "f64"];

const UNARY: Record<UnaryOp, readonly Ty[]> = {
  neg: ["f32", "f64", "i32"],
  abs: ["f32", "f64", "i32"],
  sqrt: ["f32", "f64"],
  floor: ["f32", "f64"],
  ceil: ["f32", "f64"],
  trunc: ["f32", "f64"],
  nearest: ["f32", "f64"],
  not: ["bool", "i32", "u32", "i64"],
  clz: ["i32", "u32"],
};
const NUMBERS: readonly Ty[] = ["i32", "u32", "i64", "f32", "f64"];
const BINARY: Record<BinaryOp, readonly Ty[]> = {
  add: NUMBERS,
  sub: NUMBERS,
  mul: NUMBERS,
  div: ["f32", "f64"],
  min: ["i32", "u32", "f32", "f64"],
  max: ["i32", "u32", "f32", "f64"],
  idiv: ["i32", "u32"],
  irem: ["i32", "u32"],
  mulhi: ["i32", "u32"],
  and: ["bool", "i32", "u32", "i64"],
  or: ["bool", "i32", "u32", "i64"],
  xor: ["bool", "i32", "u32", "i64"],
  shl: ["i32", "u32", "i64"],
  shr: ["i32", "u32", "i64"],
};
const COMPARE: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const CONVERT: Record<Ty, readonly Ty[]> = {
  bool: ["i32", "u32", "f32", "f64"],
  i32: ["bool", "u32", "i64", "f32", "f64"],
  u32: ["bool", "i32", "i64", "f32", "f64"],
  i64: ["i32", "u32"],
  f32: ["bool", "i32", "u32", "f64"],
  f64: ["bool", "i32", "u32", "f32"],
};
const BITCAST: readonly (readonly [Ty, Ty])[] = [
  ["f32", "i32"],
  ["f32", "u32"],
  ["i32", "f32"],
  ["i32", "u32"],
  ["u32", "f32"],
  ["u32", "i32"],
  ["i64", "f64"],
  ["f64", "i64"],
];

/** What a test of one operation gives its operands and does with the result. */
interface Bench {
  readonly b: ExprBuilder;
  /** Operand number `i` of the test. */
  operand(i: number): Expr;
}

const I64 = [
  0n,
  1n,
  -1n,
  2n,
  63n,
  64n,
  65n,
  1n << 31n,
  1n << 32n,
  -(1n << 31n),
  (1n << 63n) - 1n,
  -(1n << 63n),
  0x123456789abcdefn,
  3037000500n,
  -12345n,
];

/** Loads operands of `types` (all pairs of special values and then some), applies `build`, stores the result. */
function check(types: readonly Ty[], build: (bench: Bench) => Expr, wide: boolean): void {
  const b = new ExprBuilder();
  const arena = new Arena();
  const next = generator(types.length * 7 + 1);
  const count = types.length === 1 ? 143 : 2003;
  const accesses: AccessSpec[] = [];
  const places: Place[] = [];
  const load = (dtype: DType, data: ArrayLike<number>): Expr => {
    accesses.push({ dtype, use: "load", classes: ["1"] });
    places.push({ base: arena.place(dtype, count, data), strides: [1] });
    return b.load(dtype, accesses.length - 1);
  };
  /** The special values, in all pairs between the first two operands, before those of `data`. */
  const mixed = <T>(special: readonly T[], i: number, data: readonly T[]): T[] =>
    data.map((v, k) =>
      i > 1 || k >= special.length ** 2 ? v : special[i === 0 ? k % special.length : Math.floor(k / special.length)],
    );
  const loaded = types.map((ty, i): Expr => {
    if (ty !== "i64") return load(ty, mixed(SPECIAL[ty], i, sample(ty, count, next)));
    const data = mixed(
      I64,
      i,
      Array.from({ length: count }, () => BigInt(next()) * BigInt(next() | 0)),
    );
    const low = load(
      "u32",
      data.map((v) => Number(BigInt.asUintN(32, v))),
    );
    const high = load(
      "u32",
      data.map((v) => Number(BigInt.asUintN(32, v >> 32n))),
    );
    return b.or(b.shl(b.convert("i64", high), 32), b.convert("i64", low));
  });
  const result = build({ b, operand: (i) => loaded[i] });
  const results = result.ty === "i64" ? [b.convert("u32", result), b.convert("u32", b.shr(result, 32))] : [result];
  if (wide) results.push(load("f64", sample("f64", count, next)));
  const stores = results.map((value) => {
    const dtype = value.ty as DType;
    accesses.push({ dtype, use: "store", classes: ["1"] });
    places.push({ base: arena.place(dtype, count), strides: [1] });
    return { access: accesses.length - 1, value };
  });
  const kernel = finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses,
    params: [],
    vector: "parallel",
    split: false,
    stores,
  });
  compare(arena, { kernel, sizes: [count], block: 0, places, params: [], lo: 0, hi: count });
}

describe.each([
  ["4 lanes", false],
  ["2 lanes", true],
] as const)("operations on %s", (_, wide) => {
  const fits = (...types: Ty[]): boolean => wide || !types.some((t) => t === "f64" || t === "i64");

  for (const [op, types] of Object.entries(UNARY) as [UnaryOp, readonly Ty[]][]) {
    for (const ty of types.filter((t) => fits(t))) {
      it(`${op} ${ty}`, () => check([ty], ({ b, operand }) => b.unary(op, operand(0)), wide));
    }
  }

  for (const [op, types] of Object.entries(BINARY) as [BinaryOp, readonly Ty[]][]) {
    for (const ty of types.filter((t) => fits(t))) {
      it(`${op} ${ty}`, () => check([ty, ty], ({ b, operand }) => b.binary(op, operand(0), operand(1)), wide));
      if (["idiv", "irem", "shl", "shr"].includes(op)) {
        for (const constant of [0, 1, -1, 7, -3, 31, 32, 63, 65, -2147483648]) {
          it(`${op} ${ty} by ${constant}`, () => {
            check([ty], ({ b, operand }) => b.binary(op, operand(0), b.const(ty, constant)), wide);
          });
        }
      }
    }
  }

  for (const op of COMPARE) {
    for (const ty of (["bool", ...NUMBERS] as const).filter((t) => fits(t))) {
      it(`${op} ${ty}`, () => check([ty, ty], ({ b, operand }) => b.compare(op, operand(0), operand(1)), wide));
    }
  }

  for (const ty of (["bool", ...NUMBERS] as const).filter((t) => fits(t))) {
    it(`select ${ty}`, () => {
      check([ty, ty, "bool"], ({ b, operand }) => b.select(operand(2), operand(0), operand(1)), wide);
    });
    for (const by of TYPES.filter((t) => fits(t))) {
      it(`select ${ty} by a comparison of ${by}`, () => {
        check(
          [ty, ty, by],
          ({ b, operand }) => b.select(b.ne(operand(2), b.const(by, 0)), operand(0), operand(1)),
          wide,
        );
      });
    }
  }

  for (const [from, tos] of Object.entries(CONVERT) as [Ty, readonly Ty[]][]) {
    for (const to of tos.filter((t) => fits(t, from))) {
      it(`convert ${from} to ${to}`, () => check([from], ({ b, operand }) => b.convert(to, operand(0)), wide));
    }
  }

  for (const [from, to] of BITCAST.filter((pair) => fits(...pair))) {
    it(`bitcast ${from} to ${to}`, () => {
      check(
        [from],
        ({ b, operand }) => {
          const x = operand(0);
          // Which NaN a float operand holds is not defined, so it is left out.
          const safe = from === "f32" || from === "f64" ? b.select(b.eq(x, x), x, b.const(from, 1)) : x;
          return b.bitcast(to, safe);
        },
        wide,
      );
    });
  }

  it("mixes masks of both widths", () => {
    const wideTy: Ty = wide ? "f64" : "f32";
    check(
      [wideTy, "f32", "bool"],
      ({ b, operand }) => {
        const zero = b.const(wideTy, 0);
        const narrow = b.lt(operand(1), b.const("f32", 0.5));
        const broad = b.gt(operand(0), zero);
        const mixed = b.xor(b.and(narrow, broad), b.or(b.not(operand(2)), broad));
        const picked = b.select(broad, narrow, mixed);
        return b.add(
          b.convert(wideTy, picked),
          b.select(b.ne(mixed, picked), operand(0), b.convert(wideTy, operand(1))),
        );
      },
      wide,
    );
  });

  it("selects between constants by masks of both widths", () => {
    const ty: Ty = wide ? "f64" : "f32";
    check(
      [ty, "i32"],
      ({ b, operand }) => {
        const yes = b.const("bool", 1);
        const no = b.const("bool", 0);
        const x = b.select(b.lt(operand(0), b.const(ty, 1)), yes, no);
        const y = b.select(b.lt(operand(1), b.const("i32", 1)), no, yes);
        return b.add(b.convert("i32", x), b.mul(b.const("i32", 2), b.convert("i32", b.and(y, x))));
      },
      wide,
    );
  });
});
