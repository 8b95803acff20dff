import fc from "fast-check";
import { describe, it } from "vitest";
import type { RealDType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr, type Ty } from "../../src/kernel/expr.ts";
import type { Program } from "../../src/kernel/program.ts";
import { SPECIAL } from "../cpu/emitHarness.ts";
import { compareProgram } from "./programHarness.ts";
import { randomProgram } from "./randomProgram.ts";

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe("random programs equal the oracle", () => {
  it.each([
    ["of 32-bit values", {}, 1500],
    ["with 64-bit values", { wide: true }, 1000],
    ["of integers", { integers: true }, 500],
    ["with long expressions", { genes: 40, statements: 6 }, 200],
    ["of many statements", { statements: 60 }, 150],
  ] as const)("%s", { timeout: 120_000 }, (_, options, numRuns) => {
    fc.assert(
      fc.property(seeds, (seed) => compareProgram(randomProgram(seed, options))),
      { numRuns },
    );
  });
});

it("64-bit values that are computed once for all units count, too", () => {
  // What is left in the loop over units is a sum of 32-bit values.
  const b = new ExprBuilder();
  const third = b.convert("f32", b.div(b.convert("f64", b.acc("i32", 1)), b.const("f64", 3)));
  const program: Program = {
    name: "once",
    builder: b,
    dims: 1,
    buffers: [
      { dtype: "i32", use: "input" },
      { dtype: "f32", use: "output" },
    ],
    params: [],
    registers: ["i32", "i32"],
    body: [
      { op: "load", register: 1, buffer: 0, index: b.const("i32", 0) },
      { op: "store", buffer: 1, index: b.acc("i32", 0), value: b.add(third, b.convert("f32", b.acc("i32", 0))) },
    ],
  };
  compareProgram({ program, sizes: [11], buffers: [{ size: 1, data: [7] }, { size: 11 }], params: [] });
});

/** Operations on integers and bools, of one or two operands. */
const INTEGER_OPS: readonly (readonly [string, readonly Ty[], (b: ExprBuilder, x: Expr, y: Expr) => Expr])[] = [
  ...(["add", "sub", "mul", "min", "max", "idiv", "irem", "mulhi", "and", "or", "xor", "shl", "shr"] as const).map(
    (op) => [op, ["i32", "u32"], (b: ExprBuilder, x: Expr, y: Expr) => b.binary(op, x, y)] as const,
  ),
  ...(["and", "or", "xor"] as const).map(
    (op) => [`${op} of bools`, ["bool"], (b: ExprBuilder, x: Expr, y: Expr) => b.binary(op, x, y)] as const,
  ),
  ...(["eq", "ne", "lt", "le", "gt", "ge"] as const).map(
    (op) => [op, ["i32", "u32", "bool"], (b: ExprBuilder, x: Expr, y: Expr) => b.compare(op, x, y)] as const,
  ),
  ["neg", ["i32"], (b, x) => b.neg(x)],
  ["abs", ["i32"], (b, x) => b.abs(x)],
  ["not", ["i32", "u32", "bool"], (b, x) => b.not(x)],
  ["clz", ["i32", "u32"], (b, x) => b.unary("clz", x)],
  ["select", ["i32", "u32", "bool"], (b, x, y) => b.select(b.lt(x, y), x, b.select(b.eq(x, y), b.const(x.ty, 1), y))],
  ["to bool", ["i32", "u32"], (b, x) => b.convert("bool", x)],
  ["to i32", ["u32", "bool"], (b, x) => b.convert("i32", x)],
  ["to u32", ["i32", "bool"], (b, x) => b.convert("u32", x)],
  ["to f32 and back", ["i32", "u32", "bool"], (b, x) => b.convert(x.ty, b.convert("f32", x))],
];

describe("integers", () => {
  it.each(INTEGER_OPS.flatMap(([name, types, make]) => types.map((ty) => [name, ty, make] as const)))(
    "%s of %s, one at a time and as vectors",
    (_, ty, make) => {
      const special = [...new Set(SPECIAL[ty as RealDType].map((v) => (ty === "bool" ? Number(v !== 0) : v)))];
      const xs = special.flatMap((x) => special.map(() => x));
      const ys = special.flatMap(() => special);
      for (const constant of [undefined, ...(ty === "bool" ? [] : [0, 1, -1, 7, 33])]) {
        // A last loop of one position leaves nothing to put into vectors.
        for (const sizes of [[xs.length], [xs.length, 1]]) {
          const b = new ExprBuilder();
          const y = constant === undefined ? b.acc(ty, sizes.length + 1) : b.const(ty, constant);
          const value = make(b, b.acc(ty, sizes.length), y);
          const at = b.acc("i32", 0);
          const input = { dtype: ty as RealDType, use: "input" } as const;
          const program: Program = {
            name: "integers",
            builder: b,
            dims: sizes.length,
            buffers: [input, input, { dtype: value.ty as RealDType, use: "output" }],
            params: [],
            registers: [...sizes.map(() => "i32" as const), ty, ty],
            body: [
              { op: "load", register: sizes.length, buffer: 0, index: at },
              { op: "load", register: sizes.length + 1, buffer: 1, index: at },
              { op: "store", buffer: 2, index: at, value },
            ],
          };
          const size = xs.length;
          compareProgram({ program, sizes, buffers: [{ size, data: xs }, { size, data: ys }, { size }], params: [] });
        }
      }
    },
  );
});
