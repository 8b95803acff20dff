/** Runs kernel expressions on the oracle, for tests of lowerings. */
import type { RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr, type Ty } from "../../src/kernel/expr.ts";
import { interpret, type MemoryViews } from "../../src/kernel/interp.ts";
import { finishKernel, layoutOf } from "../../src/kernel/kernel.ts";

function viewsOf(buffer: ArrayBuffer): MemoryViews {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** What an expression under test may use. */
export interface Inputs {
  readonly b: ExprBuilder;
  /** The position, i32. */
  readonly index: Expr;
  /** u32 parameters, one per given value. */
  readonly params: readonly Expr[];
  /** Entry of the given table at an i32 index. */
  readonly table: (index: Expr) => Expr;
  /** Element of the given words at the position, u32. */
  readonly word: Expr;
}

export interface Given {
  readonly n: number;
  readonly dtype: DType;
  readonly params?: readonly number[];
  readonly table?: Int32Array;
  readonly words?: Uint32Array;
}

/** The values of `make`'s expression at positions 0 to n - 1. */
export function evaluateAt(given: Given, make: (inputs: Inputs) => Expr): ArrayLike<number> {
  const b = new ExprBuilder();
  const params = given.params ?? [];
  const value = make({
    b,
    index: b.iota(0),
    params: params.map((_, i) => b.param("u32", i)),
    table: (index) => b.load("i32", 2, index),
    word: b.load("u32", 3),
  });
  const kernel = finishKernel({
    dims: 1,
    reduceDims: 0,
    accesses: [
      { dtype: null, use: "iota", classes: ["1"] },
      { dtype: given.dtype, use: "store", classes: ["1"] },
      { dtype: "i32", use: "load", classes: ["0"] },
      { dtype: "u32", use: "load", classes: ["1"] },
    ],
    params: params.map((): Ty => "u32"),
    stores: [{ access: 1, value }],
    vector: "parallel",
    split: false,
  });
  const layout = layoutOf(kernel);
  const table = given.table ?? new Int32Array(0);
  const words = given.words ?? new Uint32Array(0);
  const wide = given.dtype === "f64" ? 8 : 4;
  const tableAt = layout.words * 4;
  const wordsAt = tableAt + table.byteLength;
  const outAt = Math.ceil((wordsAt + words.byteLength) / 8) * 8;
  const views = viewsOf(new ArrayBuffer(outAt + given.n * 8));
  views.i32.set(table, tableAt / 4);
  views.u32.set(words, wordsAt / 4);
  views.i32[0] = given.n;
  const place = (access: number, base: number, stride: number): void => {
    views.i32[layout.accesses[access]] = base;
    views.i32[layout.accesses[access] + 1] = stride;
  };
  place(0, 0, 1);
  place(1, outAt, wide);
  place(2, tableAt, 0);
  place(3, wordsAt, 4);
  params.forEach((v, i) => (views.u32[layout.params[i]] = v));
  interpret(kernel, () => views)(0, 0, given.n, 0);
  if (given.dtype === "f64") return views.f64.slice(outAt / 8, outAt / 8 + given.n);
  const from = { i32: views.i32, u32: views.u32, f32: views.f32, bool: views.u8 }[given.dtype];
  return from.slice(outAt / 4, outAt / 4 + given.n);
}
