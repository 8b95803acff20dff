/** The operations of random kernels. */
import type { RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type BinaryOp, type CompareOp, type Expr, type Ty, type UnaryOp } from "../../src/kernel/expr.ts";

/** An expression: an operation and its operands, as numbers to be taken modulo what there is to choose from. */
export type Gene = readonly [number, number, number, number];

const UNARY: readonly (readonly [UnaryOp, readonly Ty[]])[] = [
  ["neg", ["f32", "f64", "i32"]],
  ["abs", ["f32", "f64", "i32"]],
  ["sqrt", ["f32", "f64"]],
  ["floor", ["f32", "f64"]],
  ["ceil", ["f32", "f64"]],
  ["trunc", ["f32", "f64"]],
  ["nearest", ["f32", "f64"]],
  ["not", ["bool", "i32", "u32", "i64"]],
  ["clz", ["i32", "u32"]],
];
const BINARY: readonly (readonly [BinaryOp, readonly Ty[]])[] = [
  ["add", ["i32", "u32", "i64", "f32", "f64"]],
  ["sub", ["i32", "u32", "i64", "f32", "f64"]],
  ["mul", ["i32", "u32", "i64", "f32", "f64"]],
  ["div", ["f32", "f64"]],
  ["min", ["i32", "u32", "f32", "f64"]],
  ["max", ["i32", "u32", "f32", "f64"]],
  ["idiv", ["i32", "u32"]],
  ["irem", ["i32", "u32"]],
  ["mulhi", ["i32", "u32"]],
  ["and", ["bool", "i32", "u32", "i64"]],
  ["or", ["bool", "i32", "u32", "i64"]],
  ["xor", ["bool", "i32", "u32", "i64"]],
  ["shl", ["i32", "u32", "i64"]],
  ["shr", ["i32", "u32", "i64"]],
];
const COMPARE: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const CONVERT: readonly (readonly [Ty, Ty])[] = [
  ["bool", "i32"],
  ["bool", "u32"],
  ["bool", "f32"],
  ["bool", "f64"],
  ["i32", "bool"],
  ["i32", "u32"],
  ["i32", "i64"],
  ["i32", "f32"],
  ["i32", "f64"],
  ["u32", "bool"],
  ["u32", "i32"],
  ["u32", "i64"],
  ["u32", "f32"],
  ["u32", "f64"],
  ["i64", "i32"],
  ["i64", "u32"],
  ["f32", "bool"],
  ["f32", "i32"],
  ["f32", "u32"],
  ["f32", "f64"],
  ["f64", "bool"],
  ["f64", "i32"],
  ["f64", "u32"],
  ["f64", "f32"],
];
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

/** Makes an expression from operands that `pick` chooses. */
export type Maker = (pick: (ty: Ty, n: number) => Expr, x: Gene) => Expr;

/** Expressions to choose operands from, by type. */
export class Pool {
  readonly b: ExprBuilder;
  readonly types: readonly Ty[];
  readonly exprs: Record<Ty, Expr[]> = { bool: [], i32: [], u32: [], i64: [], f32: [], f64: [] };
  readonly makers: Maker[] = [];

  constructor(wide: boolean, b: ExprBuilder = new ExprBuilder()) {
    this.b = b;
    this.types = wide ? ["bool", "i32", "u32", "i64", "f32", "f64"] : ["bool", "i32", "u32", "f32"];
    const has = (...types: Ty[]): boolean => types.every((t) => this.types.includes(t));
    for (const ty of this.types) this.exprs[ty].push(b.const(ty, 1), b.const(ty, ty === "bool" ? 0 : 3));
    for (const [op, types] of UNARY)
      for (const ty of types) if (has(ty)) this.makers.push((p, x) => b.unary(op, p(ty, x[1])));
    for (const [op, types] of BINARY)
      for (const ty of types) if (has(ty)) this.makers.push((p, x) => b.binary(op, p(ty, x[1]), p(ty, x[2])));
    for (const ty of this.types) {
      this.makers.push((p, x) => b.select(p("bool", x[1]), p(ty, x[2]), p(ty, x[3])));
      for (let i = 0; i < 2; i++) this.makers.push((p, x) => b.compare(COMPARE[x[3] % 6], p(ty, x[1]), p(ty, x[2])));
    }
    for (const ty of this.types) {
      if (ty !== "f32" && ty !== "f64") continue;
      // The forms of pmin and pmax, and some that only look like them.
      this.makers.push((p, x) => {
        const [u, v] = [p(ty, x[1]), p(ty, x[2])];
        const test = b.compare(COMPARE[x[3] % 6], u, v);
        return x[3] % 4 < 2 ? b.select(test, u, v) : b.select(test, v, u);
      });
    }
    for (let i = 0; i < 2; i++) this.makers.push((p, x) => this.branches(p, x));
    for (const [from, to] of CONVERT) if (has(from, to)) this.makers.push((p, x) => b.convert(to, p(from, x[1])));
    for (const [from, to] of BITCAST) if (has(from, to)) this.makers.push((p, x) => this.bits(to, p(from, x[1])));
  }

  /** Selects between long expressions: two with one condition, and one that depends on them and may have the same one. */
  branches(pick: (ty: Ty, n: number) => Expr, x: Gene): Expr {
    const { b } = this;
    const condition = pick("bool", x[1]);
    const chain = (e: Expr, length: number): Expr => {
      for (let i = 0; i < length; i++)
        e = i % 2 === 0 ? b.sub(pick("f32", x[2] + i), e) : b.mul(e, pick("f32", x[3] + i));
      return e;
    };
    const shared = chain(pick("f32", x[2]), 15);
    const first = b.select(
      condition,
      chain(shared, 4),
      x[3] % 2 === 0 ? pick("f32", x[3]) : chain(pick("f32", x[3]), 25),
    );
    const second = b.select(condition, b.convert("f32", b.convert("i32", chain(shared, 7))), pick("f32", x[2] + 1));
    const sum = b.add(first, second);
    const other = x[2] % 3 === 0 ? condition : pick("bool", x[3]);
    return b.select(other, sum, chain(sum, 22));
  }

  /** The bits of a NaN are not defined, so they are not looked at. */
  bits(to: Ty, x: Expr): Expr {
    const { b } = this;
    const float = x.ty === "f32" || x.ty === "f64";
    return b.bitcast(to, float ? b.select(b.eq(x, x), x, b.const(x.ty, 1)) : x);
  }

  add(e: Expr): Expr {
    this.exprs[e.ty].push(e);
    return e;
  }

  /** Recent expressions are chosen more often, so that deep ones come up. */
  readonly pick = (ty: Ty, n: number): Expr => {
    const list = this.exprs[ty];
    return list[list.length - 1 - (n % list.length)];
  };

  grow(genes: readonly Gene[]): void {
    for (const g of genes) this.add(this.makers[g[0] % this.makers.length](this.pick, g));
  }

  /** The last value of a type that can be stored. */
  value(dtype: DType, n: number): Expr {
    return this.pick(dtype, n);
  }
}
