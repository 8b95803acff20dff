/** Every operation of the kernel language on every type, on the values where implementations differ. */
import { describe, test } from "vitest";
import type { RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type BinaryOp, type CompareOp, type Expr, type Ty, type UnaryOp } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec } from "../../src/kernel/kernel.ts";
import { expectSameAsOracle, openBackend } from "./harness.ts";
import type { Data, Launch } from "./launch.ts";

type GpuType = "bool" | "i32" | "u32" | "f32";

const f32 = Math.fround;
const INTS = [0, 1, 2, 3, 5, 7, 31, 32, 33, 100, 65535, 65536, 0x12345678, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xdeadbeef, 3291239263, 16777217, 0xfffffffe, 0xffffffff]; // prettier-ignore
const FLOATS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 1e-3, 0.1, 7.75, 8388607.5, 8388608, 16777215, 2147483520, 2147483648, 4294967040, 4294967296, 1e10, 3e38, 1.1754943508222875e-38, Infinity]; // prettier-ignore

/** WGSL lets a GPU flush these to zero in arithmetic; everything else must keep them. */
const SUBNORMALS = [1.401298464324817e-45, -1.401298464324817e-45, 1.1754942106924411e-38, -1.1754942106924411e-38];
const ARITHMETIC = new Set(["add", "sub", "mul", "div", "sqrt", "floor", "ceil", "trunc", "nearest"]);

const VALUES: Record<GpuType, readonly number[]> = {
  bool: [0, 1],
  i32: INTS.map((x) => x | 0),
  u32: INTS,
  f32: [...FLOATS, ...FLOATS.map((x) => -x), NaN, ...SUBNORMALS].map(f32),
};

function valuesOf(type: GpuType, op: string): readonly number[] {
  return type === "f32" && ARITHMETIC.has(op) ? VALUES.f32.filter((x) => !SUBNORMALS.includes(x)) : VALUES[type];
}

const ARRAYS: Record<GpuType, (values: readonly number[]) => Data> = {
  bool: (v) => Uint8Array.from(v),
  i32: (v) => Int32Array.from(v),
  u32: (v) => Uint32Array.from(v),
  f32: (v) => Float32Array.from(v),
};

const one = (dtype: DType, use: "load" | "store"): AccessSpec => ({ dtype, use, classes: ["1"] });

/** A map over all combinations of `arity` values of `type`. */
function overAll(
  type: GpuType,
  arity: number,
  result: Ty,
  body: (b: ExprBuilder, x: Expr[]) => Expr,
  values: readonly number[] = VALUES[type],
): Launch {
  const n = values.length ** arity;
  const columns = Array.from({ length: arity }, (_, k) =>
    ARRAYS[type](Array.from({ length: n }, (_, i) => values[Math.floor(i / values.length ** k) % values.length])),
  );
  const b = new ExprBuilder();
  const x = columns.map((_, k) => b.load(type, k));
  const kernel = finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: [...columns.map(() => one(type, "load")), one(result as DType, "store")],
    params: [],
    stores: [{ access: arity, value: body(b, x) }],
    vector: "parallel",
    split: false,
  });
  return {
    kernel,
    sizes: [n],
    accesses: [...columns, null].map((_, slot) => ({ slot, offset: 0, strides: [1] })),
    operands: [
      ...columns.map((data) => ({ dtype: type, data })),
      { dtype: result as DType, data: ARRAYS[result as GpuType](new Array<number>(n).fill(0)) },
    ],
  };
}

const UNARY: Record<UnaryOp, readonly GpuType[]> = {
  neg: ["f32", "i32"],
  abs: ["f32", "i32"],
  sqrt: ["f32"],
  floor: ["f32"],
  ceil: ["f32"],
  trunc: ["f32"],
  nearest: ["f32"],
  not: ["bool", "i32", "u32"],
  clz: ["i32", "u32"],
};
const BINARY: Record<BinaryOp, readonly GpuType[]> = {
  add: ["i32", "u32", "f32"],
  sub: ["i32", "u32", "f32"],
  mul: ["i32", "u32", "f32"],
  div: ["f32"],
  min: ["i32", "u32", "f32"],
  max: ["i32", "u32", "f32"],
  idiv: ["i32", "u32"],
  irem: ["i32", "u32"],
  mulhi: ["i32", "u32"],
  and: ["bool", "i32", "u32"],
  or: ["bool", "i32", "u32"],
  xor: ["bool", "i32", "u32"],
  shl: ["i32", "u32"],
  shr: ["i32", "u32"],
};
const COMPARE: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const TYPES: readonly GpuType[] = ["bool", "i32", "u32", "f32"];

describe("operations equal the reference semantics", () => {
  for (const [op, types] of Object.entries(UNARY) as [UnaryOp, GpuType[]][]) {
    for (const type of types) {
      test(`${op} ${type}`, async (context) => {
        const backend = await openBackend(context);
        const launch = overAll(type, 1, type, (b, [x]) => b.unary(op, x), valuesOf(type, op));
        await expectSameAsOracle(backend, launch, "", { flush: ARITHMETIC.has(op) });
      });
    }
  }

  for (const [op, types] of Object.entries(BINARY) as [BinaryOp, GpuType[]][]) {
    for (const type of types) {
      test(`${op} ${type}`, async (context) => {
        const backend = await openBackend(context);
        const launch = overAll(type, 2, type, (b, [x, y]) => b.binary(op, x, y), valuesOf(type, op));
        await expectSameAsOracle(backend, launch, "", { flush: ARITHMETIC.has(op) });
      });
    }
  }

  for (const op of COMPARE) {
    for (const type of TYPES) {
      test(`${op} ${type}`, async (context) => {
        const backend = await openBackend(context);
        await expectSameAsOracle(
          backend,
          overAll(type, 2, "bool", (b, [x, y]) => b.compare(op, x, y)),
        );
        await expectSameAsOracle(
          backend,
          overAll(type, 1, "bool", (b, [x]) => b.compare(op, x, x)),
        );
      });
    }
  }

  for (const from of TYPES) {
    for (const to of TYPES) {
      if (from === to) continue;
      test(`convert ${from} to ${to}`, async (context) => {
        const backend = await openBackend(context);
        await expectSameAsOracle(
          backend,
          overAll(from, 1, to, (b, [x]) => b.convert(to, x)),
        );
      });
      if (from === "bool" || to === "bool") continue;
      test(`bitcast ${from} to ${to}`, async (context) => {
        const backend = await openBackend(context);
        await expectSameAsOracle(
          backend,
          overAll(from, 1, to, (b, [x]) => b.bitcast(to, x)),
        );
      });
    }
  }

  for (const type of TYPES) {
    test(`select ${type}`, async (context) => {
      const backend = await openBackend(context);
      await expectSameAsOracle(
        backend,
        overAll(type, 2, type, (b, [x, y]) => b.select(b.compare("eq", x, y), x, y)),
      );
      await expectSameAsOracle(
        backend,
        overAll(type, 2, type, (b, [x, y]) => b.select(b.compare("lt", x, y), y, x)),
      );
    });
  }
});

describe("arithmetic is not rewritten", () => {
  const REWRITES: Record<string, (b: ExprBuilder, x: Expr, y: Expr) => Expr> = {
    "(x - y) + y": (b, x, y) => b.add(b.sub(x, y), y),
    "(x + y) - y": (b, x, y) => b.sub(b.add(x, y), y),
    "x - (x - y)": (b, x, y) => b.sub(x, b.sub(x, y)),
    "x y + x": (b, x, y) => b.add(b.mul(x, y), x),
    "x y + y x": (b, x, y) => b.add(b.mul(x, y), b.mul(y, x)),
    "x y - x x": (b, x, y) => b.sub(b.mul(x, y), b.mul(x, x)),
    "(x / y) y": (b, x, y) => b.mul(b.div(x, y), y),
    "(x y) / y": (b, x, y) => b.div(b.mul(x, y), y),
    "x / y + y / x": (b, x, y) => b.add(b.div(x, y), b.div(y, x)),
    "sqrt(x) sqrt(x)": (b, x) => b.mul(b.sqrt(x), b.sqrt(x)),
    "-(x - y)": (b, x, y) => b.neg(b.sub(x, y)),
    "x - x": (b, x) => b.sub(x, x),
    "x / x": (b, x) => b.div(x, x),
    "x f32(x < y)": (b, x, y) => b.mul(x, b.convert("f32", b.lt(x, y))),
    "rounding by 1.5 2^23": (b, x) => {
      const magic = b.const("f32", 12582912);
      return b.sub(b.add(x, magic), magic);
    },
    "error of x + y": (b, x, y) => {
      const sum = b.add(x, y);
      const part = b.sub(sum, x);
      return b.add(b.sub(x, b.sub(sum, part)), b.sub(y, part));
    },
    "error of x y": (b, x, y) => {
      const split = (v: Expr): [Expr, Expr] => {
        const t = b.mul(v, b.const("f32", 4097));
        const high = b.sub(t, b.sub(t, v));
        return [high, b.sub(v, high)];
      };
      const [xh, xl] = split(x);
      const [yh, yl] = split(y);
      const a = b.sub(b.mul(xh, yh), b.mul(x, y));
      return b.add(b.add(b.add(a, b.mul(xh, yl)), b.mul(xl, yh)), b.mul(xl, yl));
    },
  };
  // Without numbers whose products or quotients are subnormal.
  const plain = (x: number): boolean => x === 0 || !Number.isFinite(x) || (Math.abs(x) > 1e-6 && Math.abs(x) < 1e12);
  const values = [...VALUES.f32.filter(plain), ...[1 / 3, 1.2345678, -4567.8911, 7e-6].map(f32)];
  for (const [name, body] of Object.entries(REWRITES)) {
    test(name, async (context) => {
      const backend = await openBackend(context);
      const launch = overAll("f32", 2, "f32", (b, [x, y]) => body(b, x, y), values);
      await expectSameAsOracle(backend, launch, "", { flush: true });
    });
  }
});

describe("operations with a constant equal the reference semantics", () => {
  for (const [op, types] of Object.entries(BINARY) as [BinaryOp, GpuType[]][]) {
    for (const type of types) {
      test(`${op} ${type}`, async (context) => {
        const backend = await openBackend(context);
        // All constants in one kernel per side, so that few shaders are compiled.
        const mixed = (b: ExprBuilder, left: boolean) => (x: Expr, c: number) => {
          const k = b.const(type, c);
          return left ? b.binary(op, k, x) : b.binary(op, x, k);
        };
        for (const left of [false, true]) {
          const launch = manyConstants(type, type, (b) => mixed(b, left), valuesOf(type, op));
          const side = left ? "constant left" : "constant right";
          await expectSameAsOracle(backend, launch, side, { flush: ARITHMETIC.has(op) });
        }
      });
    }
  }

  for (const type of TYPES) {
    test(`comparisons of ${type}`, async (context) => {
      const backend = await openBackend(context);
      for (const op of COMPARE) {
        for (const left of [false, true]) {
          const launch = manyConstants(type, "bool", (b) => (x, c) => {
            const k = b.const(type, c);
            return left ? b.compare(op, k, x) : b.compare(op, x, k);
          });
          await expectSameAsOracle(backend, launch, `${op} ${left}`);
        }
      }
    });

    test(`constants of type ${type} are exact`, async (context) => {
      const backend = await openBackend(context);
      const launch = manyConstants(type, type, (b) => (_, c) => b.const(type, c));
      await expectSameAsOracle(backend, launch);
    });
  }
});

/** One row of results per constant: `body(x, constant)` for every value x, selected by the row number. */
function manyConstants(
  type: GpuType,
  result: GpuType,
  body: (b: ExprBuilder) => (x: Expr, c: number) => Expr,
  values: readonly number[] = VALUES[type],
): Launch {
  const n = values.length;
  const b = new ExprBuilder();
  const x = b.load(type, 0);
  const row = b.iota(1);
  const apply = body(b);
  let value = apply(x, values[0]);
  values.forEach((c, k) => {
    if (k > 0) value = b.select(b.eq(row, b.const("i32", k)), apply(x, c), value);
  });
  const kernel = finishKernel({
    dims: 2,
    reduceDims: 0,
    accesses: [
      { dtype: type, use: "load", classes: ["0", "1"] },
      { dtype: null, use: "iota", classes: ["k", "0"] },
      { dtype: result, use: "store", classes: ["k", "1"] },
    ],
    params: [],
    stores: [{ access: 2, value }],
    vector: "parallel",
    split: false,
  });
  return {
    kernel,
    sizes: [values.length, n],
    accesses: [
      { slot: 0, offset: 0, strides: [0, 1] },
      { slot: -1, offset: 0, strides: [1, 0] },
      { slot: 1, offset: 0, strides: [n, 1] },
    ],
    operands: [
      { dtype: type, data: ARRAYS[type](values) },
      { dtype: result, data: ARRAYS[result](new Array<number>(n * values.length).fill(0)) },
    ],
  };
}
