/** Random kernels with random layouts, the same for the same seed. */
import type { View } from "../../src/backend/backend.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { ExprBuilder, type BinaryOp, type CompareOp, type Expr, type Ty, type UnaryOp } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec, type StrideClass } from "../../src/kernel/kernel.ts";
import type { Data, Launch, Operand } from "./launch.ts";

export type GpuType = "bool" | "i32" | "u32" | "f32";

/** Uniform integers below `n` and choices, from a small counter-based hash. */
export interface Random {
  readonly int: (n: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  readonly chance: (p: number) => boolean;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  };
  const int = (n: number): number => next() % n;
  return { int, pick: (items) => items[int(items.length)], chance: (p) => next() / 2 ** 32 < p };
}

const UNARY: Record<GpuType, readonly UnaryOp[]> = {
  bool: ["not"],
  i32: ["neg", "abs", "not", "clz"],
  u32: ["not", "clz"],
  f32: ["neg", "abs", "sqrt", "floor", "ceil", "trunc", "nearest"],
};
const BINARY: Record<GpuType, readonly BinaryOp[]> = {
  bool: ["and", "or", "xor"],
  i32: ["add", "sub", "mul", "min", "max", "idiv", "irem", "mulhi", "and", "or", "xor", "shl", "shr"],
  u32: ["add", "sub", "mul", "min", "max", "idiv", "irem", "mulhi", "and", "or", "xor", "shl", "shr"],
  f32: ["add", "sub", "mul", "div", "min", "max"],
};
const COMPARE: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const TYPES: readonly GpuType[] = ["bool", "i32", "u32", "f32"];
const FLOATS = [0, -0, 0.5, -0.5, 1, -1, 1.5, -2.5, 3, 1024, -0.001, 1e6, Infinity, -Infinity, NaN];
const INTS = [0, 1, -1, 2, 3, -5, 7, 31, 255, 65537, -2147483648, 2147483647];

function randomData(r: Random, dtype: GpuType, size: number): Data {
  if (dtype === "bool") return Uint8Array.from({ length: size }, () => r.int(2));
  if (dtype === "f32") {
    return Float32Array.from({ length: size }, () => (r.chance(0.2) ? r.pick(FLOATS) : (r.int(2001) - 1000) / 64));
  }
  const value = (): number => (r.chance(0.3) ? r.pick(INTS) : r.int(2 ** 32));
  return dtype === "i32"
    ? Int32Array.from({ length: size }, () => value() | 0)
    : Uint32Array.from({ length: size }, () => value() >>> 0);
}

function randomConst(r: Random, b: ExprBuilder, type: GpuType): Expr {
  return b.const(type, type === "bool" ? r.int(2) : r.pick(type === "f32" ? FLOATS : INTS));
}

/** A layout of `sizes` in memory: axes in any order, some reversed, with gaps, and (for loads) repeated axes. */
export function randomView(
  r: Random,
  slot: number,
  sizes: readonly number[],
  repeat: boolean,
): { readonly view: View; readonly size: number } {
  const strides = sizes.map(() => 0);
  const axes = sizes.map((_, d) => d);
  if (r.chance(0.5)) axes.reverse();
  if (r.chance(0.3)) axes.push(axes.shift() as number);
  let offset = r.chance(0.5) ? 0 : r.int(5);
  let step = r.chance(0.7) ? 1 : 2;
  for (const d of axes) {
    if (repeat && r.chance(0.25)) continue;
    const flipped = r.chance(0.2);
    strides[d] = flipped ? -step : step;
    if (flipped) offset += step * Math.max(0, sizes[d] - 1);
    step *= sizes[d] + (r.chance(0.2) ? 1 : 0);
  }
  const first = offset + strides.reduce((sum, s, d) => sum + Math.min(0, s * (sizes[d] - 1)), 0);
  const last = offset + strides.reduce((sum, s, d) => sum + Math.max(0, s * (sizes[d] - 1)), 0);
  return { view: { slot, offset: offset - Math.min(0, first), strides }, size: last + 1 };
}

function classesOf(strides: readonly number[]): StrideClass[] {
  return strides.map((s) => (s === 0 ? "0" : s === 1 ? "1" : "k"));
}

/** Grows expressions of all types from leaves. */
export function grow(r: Random, b: ExprBuilder, leaves: readonly Expr[], count: number): Record<GpuType, Expr[]> {
  const known: Record<GpuType, Expr[]> = { bool: [], i32: [], u32: [], f32: [] };
  for (const type of TYPES) known[type].push(randomConst(r, b, type));
  for (const leaf of leaves) known[leaf.ty as GpuType].push(leaf);
  const some = (type: GpuType): Expr => {
    // Mostly recent values, so that expressions get deep.
    const list = known[type];
    return r.chance(0.6) ? list[Math.max(0, list.length - 1 - r.int(3))] : r.pick(list);
  };
  for (let i = 0; i < count; i++) {
    const type = r.pick(TYPES);
    const kind = r.int(8);
    let made: Expr;
    if (kind === 0) made = b.unary(r.pick(UNARY[type]), some(type));
    else if (kind < 4) made = b.binary(r.pick(BINARY[type]), some(type), some(type));
    else if (kind === 4) made = b.compare(r.pick(COMPARE), some(type), some(type));
    else if (kind === 5) made = b.select(some("bool"), some(type), some(type));
    else if (kind === 6) made = b.convert(r.pick(TYPES), some(type));
    else if (type === "i32") made = b.bitcast("u32", some("i32"));
    else made = randomConst(r, b, type);
    known[made.ty as GpuType].push(made);
  }
  return known;
}

/** Collects accesses, views and operands of a launch. */
export function collector(r: Random): {
  readonly accesses: AccessSpec[];
  readonly views: View[];
  readonly operands: Operand[];
  access(use: "load" | "store", dtype: GpuType, sizes: readonly number[], slot?: number): number;
  iota(sizes: readonly number[]): number;
} {
  const accesses: AccessSpec[] = [];
  const views: View[] = [];
  const operands: Operand[] = [];
  return {
    accesses,
    views,
    operands,
    access(use, dtype, sizes, slot) {
      const { view, size } = randomView(r, slot ?? operands.length, sizes, use === "load");
      const at = view.slot;
      if (slot === undefined) operands.push({ dtype, data: randomData(r, dtype, size) });
      else if (operands[at].data.length < size) operands[at] = { dtype, data: randomData(r, dtype, size) };
      views.push(view);
      return accesses.push({ dtype, use, classes: classesOf(view.strides) }) - 1;
    },
    iota(sizes) {
      const strides = sizes.map(() => r.int(5) - 2);
      views.push({ slot: -1, offset: r.int(100) - 50, strides });
      return accesses.push({ dtype: null, use: "iota", classes: classesOf(strides) }) - 1;
    },
  };
}

/** Random values for scalar parameters. */
export function randomParams(r: Random, types: readonly Ty[]): number[] {
  return types.map((ty) => randomData(r, ty as GpuType, 1)[0]);
}

/** A random map kernel. */
export function randomMap(seed: number): Launch {
  const r = random(seed);
  const b = new ExprBuilder();
  const dims = 1 + r.int(4);
  const sizes = Array.from({ length: dims }, () => 1 + r.int(7));
  const c = collector(r);
  const leaves: Expr[] = [];
  for (let i = 0; i < 1 + r.int(4); i++) {
    const shared = i > 0 && r.chance(0.3) ? 0 : undefined;
    const type = shared === undefined ? r.pick(TYPES) : (c.operands[0].dtype as GpuType);
    leaves.push(b.load(type, c.access("load", type, sizes, shared)));
  }
  if (r.chance(0.5)) leaves.push(b.iota(c.iota(sizes)));
  const params = Array.from({ length: r.int(4) }, () => r.pick(TYPES));
  params.forEach((ty, slot) => leaves.push(b.param(ty, slot)));
  if (r.chance(0.4)) {
    // A gather: four elements from the start of a buffer, chosen by a computed index.
    const type = r.pick(TYPES);
    const index = grow(r, b, leaves, 4).i32.at(-1) as Expr;
    const slot = c.operands.push({ dtype: type, data: randomData(r, type, 4) }) - 1;
    c.views.push({ slot, offset: 0, strides: sizes.map(() => 0) });
    const access = c.accesses.push({ dtype: type, use: "load", classes: sizes.map(() => "0") }) - 1;
    leaves.push(b.load(type, access, b.and(index, b.const("i32", 3))));
  }
  const known = grow(r, b, leaves, 10 + r.int(60));
  const stores = Array.from({ length: 1 + r.int(3) }, () => {
    const type = r.pick(TYPES);
    return { access: c.access("store", type as DType as GpuType, sizes), value: known[type].at(-1) as Expr };
  });
  const kernel = finishKernel({
    dims,
    reduceDims: 0,
    accesses: c.accesses,
    params,
    stores,
    vector: "parallel",
    split: false,
  });
  return { kernel, sizes, accesses: c.views, operands: c.operands, params: randomParams(r, params) };
}
