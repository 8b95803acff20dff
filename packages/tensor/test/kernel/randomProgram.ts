/** Random programs with their launches. */
import type { RealDType } from "../../src/dtype.ts";
import { ExprBuilder, type Expr, type Ty } from "../../src/kernel/expr.ts";
import type { BufferSpec, Program, Statement } from "../../src/kernel/program.ts";
import { Pool } from "../cpu/emitPool.ts";
import { sample } from "../cpu/emitHarness.ts";
import { seeded } from "../support/random.ts";
import type { ProgramLaunch } from "./programHarness.ts";

export interface Options {
  /** With f64 (and i64 in expressions). */
  readonly wide?: boolean;
  /** Only operations that every device computes exactly. */
  readonly integers?: boolean;
  readonly statements?: number;
  readonly genes?: number;
}

const INPUT_SIZE = 64;
const INNER = [1, 2, 3, 4, 5, 7, 8, 9, 13, 24];

/** Builds the program of a seed. */
export function randomProgram(seed: number, options: Options = {}): ProgramLaunch {
  const { wide = false, integers = false, statements = 14, genes = 5 } = options;
  const r = seeded(seed);
  const b = new ExprBuilder();
  const types: Ty[] = integers
    ? ["bool", "i32", "u32"]
    : wide
      ? ["bool", "i32", "u32", "f32", "f64"]
      : ["bool", "i32", "u32", "f32"];
  const dims = r.pick([1, 1, 2, 3]);
  const sizes = Array.from({ length: dims }, (_, d) => (d === dims - 1 ? r.pick(INNER) : r.int(1, 4)));
  if (r.int(0, 30) === 0) sizes[0] = 0;
  const units = sizes.reduce((x, y) => x * y, 1);

  const registers: Ty[] = sizes.map(() => "i32");
  const buffers: BufferSpec[] = [];
  const data: { size: number; data?: number[] }[] = [];
  const numbers = (): number => r.int(0, 2 ** 31 - 1) * 2 + r.int(0, 1);
  const inputs = r.int(1, 4);
  for (let i = 0; i < inputs; i++) {
    const dtype = r.pick(types) as RealDType;
    buffers.push({ dtype, use: "input" });
    const values = sample(dtype, INPUT_SIZE, numbers).map((v) => (dtype === "bool" ? Number(v !== 0) : v));
    data.push({ size: INPUT_SIZE, data: values });
  }
  /** Elements per unit of each output, next to each other or far apart. */
  const shares: { readonly each: number; readonly together: boolean }[] = [];
  for (let i = r.int(1, 3); i > 0; i--) {
    buffers.push({ dtype: r.pick(types) as RealDType, use: "output" });
    const each = r.int(1, 3);
    shares.push({ each, together: r.int(0, 1) === 0 });
    data.push({ size: units * each });
  }
  const params = Array.from({ length: r.int(0, 3) }, () => r.pick(types));

  const pool = new Pool(wide, b);
  const usable = integers ? types : pool.types;
  const makers = pool.makers;
  const fits = (e: Expr): boolean => !integers || usable.includes(e.ty);
  params.forEach((ty, i) => pool.add(b.param(ty, i)));
  sizes.forEach((_, d) => pool.add(b.acc("i32", d)));
  const pick = (ty: Ty): Expr => pool.pick(ty, r.int(0, 11));
  const grow = (): void => {
    for (let i = r.int(0, genes); i > 0; i--) {
      const e = makers[r.int(0, makers.length - 1)](pool.pick, [0, r.int(0, 9), r.int(0, 9), r.int(0, 9)]);
      if (fits(e) && isExact(e, integers)) pool.add(e);
    }
  };
  const register = (ty: Ty): number => registers.push(ty) - 1;
  /** An i32 in [0, n) made of anything. */
  const below = (e: Expr, n: number): Expr =>
    b.convert("i32", b.binary("irem", b.convert("u32", e), b.const("u32", n)));
  let flat: Expr = b.acc("i32", 0);
  for (let d = 1; d < dims; d++) flat = b.add(b.mul(flat, b.const("i32", sizes[d])), b.acc("i32", d));

  const inputIndex = (): Expr => {
    const last = b.acc("i32", dims - 1);
    switch (r.int(0, 4)) {
      case 0:
        return b.add(last, b.const("i32", r.int(0, 12)));
      case 1:
        return b.add(last, below(pick("i32"), 12));
      case 2:
        return b.sub(b.const("i32", INPUT_SIZE - 1), b.mul(last, b.const("i32", 2)));
      case 3:
        return b.const("i32", r.int(0, INPUT_SIZE - 1));
      default:
        return below(pick(r.pick(["i32", "u32"] as const)), INPUT_SIZE);
    }
  };
  const ownIndex = (k: number): Expr => {
    const { each, together } = shares[k];
    const j = r.int(0, 1) === 0 ? b.const("i32", r.int(0, each - 1)) : below(pick("i32"), each);
    return together ? b.add(b.mul(flat, b.const("i32", each)), j) : b.add(flat, b.mul(j, b.const("i32", units)));
  };
  /** Bodies of loops around the statement that is being made. */
  let loops = 0;
  const variables: { readonly register: number; readonly ty: Ty }[] = [];

  const statement = (out: Statement[], depth: number): void => {
    grow();
    if (loops > 0 && r.int(0, 5) === 0) {
      out.push({ op: r.pick(["break", "continue"] as const) });
      return;
    }
    const kind = r.int(0, depth >= 3 ? 6 : 10);
    if (kind === 0) {
      const buffer = r.int(0, inputs - 1);
      const index = inputIndex();
      const to = register(buffers[buffer].dtype);
      out.push({ op: "load", register: to, buffer, index });
      pool.add(b.acc(registers[to], to));
    } else if (kind === 1) {
      const k = r.int(0, shares.length - 1);
      const to = register(buffers[inputs + k].dtype);
      out.push({ op: "load", register: to, buffer: inputs + k, index: ownIndex(k) });
      pool.add(b.acc(registers[to], to));
    } else if (kind === 2 || variables.length === 0) {
      const ty = r.pick(types);
      const variable = register(ty);
      out.push({ op: "declare", variable, value: pick(ty) });
      variables.push({ register: variable, ty });
    } else if (kind === 3 || kind === 4) {
      const { register: variable, ty } = r.pick(variables);
      out.push({ op: "assign", variable, value: pick(ty) });
    } else if (kind === 5) {
      const { register: variable, ty } = r.pick(variables);
      const to = register(ty);
      out.push({ op: "read", register: to, variable });
      pool.add(b.acc(ty, to));
    } else if (kind === 6) {
      const k = r.int(0, shares.length - 1);
      out.push({ op: "store", buffer: inputs + k, index: ownIndex(k), value: pick(buffers[inputs + k].dtype) });
    } else if (kind === 7 || kind === 8) {
      const condition = pick("bool");
      const then = block(depth + 1);
      out.push({ op: "if", condition, then, otherwise: r.int(0, 1) === 0 ? [] : block(depth + 1) });
    } else if (kind === 9) {
      const from = r.int(0, 1) === 0 ? b.const("i32", r.int(-2, 2)) : below(pick("i32"), 4);
      const to = r.int(0, 1) === 0 ? b.const("i32", r.int(-2, 4)) : b.add(from, below(pick("i32"), 5));
      const index = register("i32");
      loops++;
      const body = block(depth + 1, () => pool.add(b.acc("i32", index)));
      loops--;
      out.push({ op: "for", index, from, to, step: r.int(1, 3), body });
    } else whileLoop(out, depth);
  };
  /** A loop that ends after a few iterations at the latest. */
  const whileLoop = (out: Statement[], depth: number): void => {
    const count = register("i32");
    out.push({ op: "declare", variable: count, value: b.const("i32", 0) });
    const saved = snapshot();
    const head: Statement[] = [];
    const seen = register("i32");
    head.push({ op: "read", register: seen, variable: count });
    const around = loops;
    loops = 0;
    for (let i = r.int(0, 2); i > 0; i--) statement(head, 3);
    loops = around + 1;
    const limit = r.int(0, 1) === 0 ? b.const("i32", r.int(0, 3)) : below(pick("i32"), 4);
    const condition = b.and(b.lt(b.acc("i32", seen), limit), r.int(0, 2) === 0 ? pick("bool") : b.const("bool", 1));
    const body = block(depth + 1);
    loops = around;
    // First, because what follows may go on with the next round.
    body.unshift({ op: "assign", variable: count, value: b.add(b.acc("i32", seen), b.const("i32", 1)) });
    restore(saved);
    out.push({ op: "while", head, condition, body });
  };
  const snapshot = () => ({
    exprs: Object.fromEntries(Object.entries(pool.exprs).map(([ty, l]) => [ty, l.length])),
    variables: variables.length,
  });
  const restore = (saved: ReturnType<typeof snapshot>): void => {
    for (const [ty, n] of Object.entries(saved.exprs)) pool.exprs[ty as Ty].length = n;
    variables.length = saved.variables;
  };
  const block = (depth: number, before?: () => void): Statement[] => {
    const saved = snapshot();
    before?.();
    const out: Statement[] = [];
    for (let i = r.int(0, 4); i > 0; i--) statement(out, depth);
    restore(saved);
    return out;
  };

  const body: Statement[] = [];
  shares.forEach(({ each, together }, k) => {
    for (let j = 0; j < each; j++) {
      const index = together
        ? b.add(b.mul(flat, b.const("i32", each)), b.const("i32", j))
        : b.add(flat, b.const("i32", j * units));
      body.push({ op: "store", buffer: inputs + k, index, value: pick(buffers[inputs + k].dtype) });
    }
  });
  for (let i = r.int(1, statements); i > 0; i--) statement(body, 0);
  shares.forEach((_, k) => {
    grow();
    body.push({ op: "store", buffer: inputs + k, index: ownIndex(k), value: pick(buffers[inputs + k].dtype) });
  });
  const program: Program = { name: "random", builder: b, dims, buffers, params, registers, body };
  const values = params.map((ty) => {
    const [v] = sample(ty as RealDType, 1, numbers);
    return ty === "bool" ? Number(v !== 0) : ty === "f32" ? Math.fround(v) : v;
  });
  const cuts = Array.from({ length: r.int(0, 3) }, () => r.int(0, units));
  return { program, sizes, buffers: data, params: values, cuts };
}

/** Whether an expression is made of integers and bools only. */
function isExact(e: Expr, integers: boolean): boolean {
  return !integers || e.args.every((a) => ["bool", "i32", "u32"].includes(a.ty) && isExact(a, integers));
}
