/** Random reduction kernels over given loops, the same for the same seed. */
import { ExprBuilder, type Expr, type Ty } from "../../src/kernel/expr.ts";
import { finishKernel, type Reduction, type Store } from "../../src/kernel/kernel.ts";
import type { Launch } from "./launch.ts";
import { collector, grow, random, randomParams, type GpuType } from "./randomKernel.ts";

/** Parts of a reduction: accumulators whose results do not depend on the order. */
export interface ReductionPart {
  readonly types: readonly Ty[];
  readonly init: readonly Expr[];
  readonly step: readonly Expr[];
  readonly merge: readonly Expr[];
}

type Known = Record<GpuType, Expr[]>;

/** A small integer made of an i32, so that float sums are exact in every order. */
function smallFloat(b: ExprBuilder, x: Expr): Expr {
  return b.convert("f32", b.sub(b.and(x, b.const("i32", 255)), b.const("i32", 128)));
}

/** Accumulators by name. */
export const REDUCTION_PARTS: Record<
  string,
  (b: ExprBuilder, slot: number, known: Known, index: Expr) => ReductionPart
> = {
  "sum i32": (b, k, known) => fold(b, k, "i32", 0, known.i32.at(-1) as Expr, (x, y) => b.add(x, y)),
  "sum f32": (b, k, known) => fold(b, k, "f32", 0, smallFloat(b, known.i32.at(-1) as Expr), (x, y) => b.add(x, y)),
  "xor u32": (b, k, known) => fold(b, k, "u32", 0, known.u32.at(-1) as Expr, (x, y) => b.xor(x, y)),
  "min f32": (b, k, known) => fold(b, k, "f32", Infinity, known.f32.at(-1) as Expr, (x, y) => b.min(x, y)),
  "max f32": (b, k, known) => fold(b, k, "f32", -Infinity, known.f32.at(-1) as Expr, (x, y) => b.max(x, y)),
  "max u32": (b, k, known) => fold(b, k, "u32", 0, known.u32.at(-1) as Expr, (x, y) => b.max(x, y)),
  any: (b, k, known) => fold(b, k, "bool", 0, known.bool.at(-1) as Expr, (x, y) => b.or(x, y)),
  argmax: (b, k, known, index) => {
    const value = known.i32.at(-1) as Expr;
    const choose = (v0: Expr, i0: Expr, v1: Expr, i1: Expr): readonly Expr[] => {
      const take = b.or(b.gt(v1, v0), b.and(b.eq(v1, v0), b.lt(i1, i0)));
      return [b.select(take, v1, v0), b.select(take, i1, i0)];
    };
    const acc = [b.acc("i32", k), b.acc("i32", k + 1)];
    return {
      types: ["i32", "i32"],
      init: [b.const("i32", -2147483648), b.const("i32", 2147483647)],
      step: choose(acc[0], acc[1], value, index),
      merge: choose(acc[0], acc[1], b.accOther("i32", k), b.accOther("i32", k + 1)),
    };
  },
};

/** One accumulator, combined by one operation. */
export function fold(
  b: ExprBuilder,
  slot: number,
  ty: Ty,
  init: number,
  value: Expr,
  combine: (x: Expr, y: Expr) => Expr,
): ReductionPart {
  const acc = b.acc(ty, slot);
  return {
    types: [ty],
    init: [b.const(ty, init)],
    step: [combine(acc, value)],
    merge: [combine(acc, b.accOther(ty, slot))],
  };
}

/** Loops of a reduction. */
export interface ReductionShape {
  readonly parallel: readonly number[];
  readonly reduced: readonly number[];
  readonly vector: "parallel" | "reduce";
  readonly block?: number;
}

/** A random kernel that reduces with every named part. */
export function randomReduction(seed: number, names: readonly string[], shape: ReductionShape): Launch {
  const r = random(seed);
  const b = new ExprBuilder();
  const { parallel, reduced, vector, block } = shape;
  const split = block !== undefined;
  const dims = parallel.length + (split ? 1 : 0);
  // Layouts are made for the whole loops; a split loop becomes blocks with the stride of a whole block.
  const whole = [...parallel, ...reduced];
  const c = collector(r);
  const loads = (["i32", "u32", "f32", "bool"] as const).map((ty) => b.load(ty, c.access("load", ty, whole)));
  const counter = c.iota(whole);
  c.views[counter] = { slot: -1, offset: 0, strides: rowMajor(parallel.length, reduced) };
  const params: GpuType[] = ["i32", "f32"];
  const known = grow(r, b, [...loads, b.iota(counter), ...params.map((ty, i) => b.param(ty, i))], 12);

  const reduction = { types: [] as Ty[], init: [] as Expr[], step: [] as Expr[], merge: [] as Expr[] };
  for (const name of names) {
    const part = REDUCTION_PARTS[name](b, reduction.types.length, known, b.iota(counter));
    for (const key of ["init", "step", "merge"] as const) reduction[key].push(...part[key]);
    reduction.types.push(...part.types);
  }
  const blocks = split ? Math.ceil(reduced[0] / block) : 1;
  const outer = split ? [blocks, ...parallel] : parallel;
  const positions = c.accesses.length;
  // The value of an accumulator, and one computed from it and a load that does not move with the reduction.
  const bias = b.load("i32", c.access("load", "i32", outer));
  const stores: Store[] = reduction.types.map((ty, k) => ({
    access: c.access("store", ty as GpuType, outer),
    value: b.acc(ty, k),
  }));
  stores.push({
    access: c.access("store", "i32", outer),
    value: b.add(b.convert("i32", b.acc(reduction.types[0], 0)), bias),
  });

  const views = c.views.map((view, i) => {
    const s = view.strides;
    const blockStride = split && i < positions ? [s[parallel.length] * block] : [];
    const strides = i < positions ? [...blockStride, ...s] : [...s, ...reduced.map(() => 0)];
    return { ...view, strides };
  });
  const kernel = finishKernel({
    dims,
    reduceDims: reduced.length,
    accesses: c.accesses.map((a, i) => ({
      ...a,
      classes: views[i].strides.map((s) => (s === 0 ? "0" : s === 1 ? "1" : "k")),
    })),
    params,
    stores,
    reduce: reduction as Reduction,
    vector,
    split,
  });
  return {
    kernel,
    sizes: [...outer, ...reduced],
    block,
    accesses: views,
    operands: c.operands,
    params: randomParams(r, params),
  };
}

/** Strides that number the positions of the reduction loops. */
function rowMajor(parallel: number, reduced: readonly number[]): number[] {
  const strides = reduced.map((_, d) => reduced.slice(d + 1).reduce((a, n) => a * n, 1));
  return [...new Array<number>(parallel).fill(0), ...strides];
}

/** Loops that make the shader take every way of sharing an output. */
export const REDUCTION_SHAPES: Record<string, ReductionShape> = {
  "one invocation per output": { parallel: [300], reduced: [9], vector: "reduce" },
  "one invocation, column loop": { parallel: [5, 70], reduced: [6, 3], vector: "parallel" },
  "16 lanes": { parallel: [37], reduced: [5, 11], vector: "reduce" },
  "64 lanes": { parallel: [3, 7], reduced: [130], vector: "reduce" },
  "256 lanes": { parallel: [2], reduced: [40, 33], vector: "reduce" },
  "256 lanes, columns": { parallel: [11], reduced: [700], vector: "parallel" },
  "one output": { parallel: [1], reduced: [2000], vector: "reduce" },
  "empty reduction": { parallel: [4], reduced: [0], vector: "reduce" },
  "empty inner reduction": { parallel: [4], reduced: [3, 0], vector: "reduce" },
  "blocks, last one short": { parallel: [3], reduced: [50, 4], vector: "reduce", block: 16 },
  "blocks of long rows": { parallel: [2], reduced: [10, 130], vector: "reduce", block: 4 },
  "blocks without parallel loops": { parallel: [], reduced: [1000], vector: "reduce", block: 256 },
  "blocks of columns": { parallel: [4], reduced: [37], vector: "parallel", block: 8 },
};
