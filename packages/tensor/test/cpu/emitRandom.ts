/** Random kernels with their launches, made from lists of numbers so that fast-check can shrink them. */
import fc from "fast-check";
import type { RealDType as DType } from "../../src/dtype.ts";
import type { Expr, Ty } from "../../src/kernel/expr.ts";
import { finishKernel, type AccessSpec, type Reduction, type StrideClass } from "../../src/kernel/kernel.ts";
import { Arena, generator, sample, type Launch, type Place } from "./emitHarness.ts";
import { Pool, type Gene } from "./emitPool.ts";

const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100];
/** Positions of one launch: the oracle is slow. */
const MAX_POSITIONS = 1500;

/** One access: its stride pattern per loop and the order of its loops in memory. */
interface AccessRecipe {
  readonly dtype: number;
  /** Per loop: 0 broadcast, 1 forward, 2 backward, 3 forward with gaps, 4 class k whatever the stride. */
  readonly moves: readonly number[];
  readonly order: number;
}

export interface Recipe {
  readonly seed: number;
  readonly wide: boolean;
  readonly sizes: readonly number[];
  readonly dims: number;
  readonly loads: readonly AccessRecipe[];
  readonly iotas: readonly AccessRecipe[];
  readonly params: readonly number[];
  readonly genes: readonly Gene[];
  readonly epilogue: readonly Gene[];
  readonly stores: readonly AccessRecipe[];
  /** Absent in a map. */
  readonly reduce?: {
    readonly kinds: readonly number[];
    readonly vector: "parallel" | "reduce";
    readonly split: boolean;
    readonly block: number;
  };
  readonly range: readonly [number, number];
  readonly cuts: readonly number[];
}

const nat = fc.nat({ max: 1000 });
const access: fc.Arbitrary<AccessRecipe> = fc.record({
  dtype: nat,
  moves: fc.array(fc.nat({ max: 4 }), { minLength: 5, maxLength: 5 }),
  order: fc.nat({ max: 120 }),
});
const gene: fc.Arbitrary<Gene> = fc.tuple(nat, nat, nat, nat);
const common = {
  seed: fc.integer(),
  wide: fc.boolean(),
  loads: fc.array(access, { minLength: 1, maxLength: 4 }),
  iotas: fc.array(access, { maxLength: 2 }),
  params: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
  stores: fc.array(access, { minLength: 1, maxLength: 3 }),
  range: fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 100 })),
  cuts: fc.array(fc.nat({ max: 100 }), { maxLength: 3 }),
};
const size = fc.constantFrom(...SIZES);

/** Map kernels of up to `genes` operations. */
export const mapRecipe = (genes: number): fc.Arbitrary<Recipe> =>
  fc
    .record({
      ...common,
      genes: fc.array(gene, { maxLength: genes }),
      sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
      epilogue: fc.constant<readonly Gene[]>([]),
    })
    .map((r) => ({ ...r, dims: r.sizes.length }));

/** Reduction kernels of up to `genes` operations. */
export const reduceRecipe = (genes: number): fc.Arbitrary<Recipe> =>
  fc
    .record({
      ...common,
      genes: fc.array(gene, { maxLength: genes }),
      outer: fc.array(size, { minLength: 1, maxLength: 3 }),
      inner: fc.array(size, { minLength: 1, maxLength: 2 }),
      epilogue: fc.array(gene, { maxLength: 6 }),
      reduce: fc.record({
        kinds: fc.array(nat, { minLength: 1, maxLength: 3 }),
        vector: fc.constantFrom("parallel" as const, "reduce" as const),
        split: fc.boolean(),
        block: fc.integer({ min: 1, max: 40 }),
      }),
    })
    .map(({ outer, inner, ...r }) => ({ ...r, sizes: [...outer, ...inner], dims: outer.length }));

/** Elements beyond the affine part that a gather may reach. */
const GATHER_REACH = 5;
const INDICES = Array.from({ length: 2 * GATHER_REACH + 1 }, (_, i) => i - GATHER_REACH);

function permutation(n: number, code: number): number[] {
  const rest = Array.from({ length: n }, (_, i) => i);
  const out: number[] = [];
  for (let left = n; left > 0; left--) {
    out.push(...rest.splice(code % left, 1));
    code = Math.floor(code / left);
  }
  return out;
}

/** Strides over `loops` of a buffer, and the number of elements below and above position 0 that it spans. */
function layOut(recipe: AccessRecipe, sizes: readonly number[], loops: number, injective: boolean) {
  const strides = sizes.map(() => 0);
  const classes: StrideClass[] = sizes.map(() => "0");
  let step = 1;
  let below = 0;
  let above = 0;
  for (const d of permutation(loops, recipe.order)) {
    const kind = injective && recipe.moves[d] === 0 ? 1 : recipe.moves[d];
    if (kind === 0) continue;
    if (kind === 3) step += 1;
    strides[d] = kind === 2 ? -step : step;
    classes[d] = strides[d] === 1 && kind !== 4 ? "1" : "k";
    const reach = step * Math.max(0, sizes[d] - 1);
    if (kind === 2) below += reach;
    else above += reach;
    step += reach;
  }
  return { strides, classes, below, above };
}

/** Accumulators of one reduction over the values in `pool`. */
function monoid(pool: Pool, kind: number, seed: number, first: number): Reduction {
  const { b, pick, types } = pool;
  const numbers = types.filter((t) => t !== "bool");
  const ty = numbers[seed % numbers.length];
  const simple = (t: Ty, init: number, make: (x: Expr, y: Expr) => Expr): Reduction => ({
    types: [t],
    init: [b.const(t, init)],
    step: [make(b.acc(t, first), pick(t, seed))],
    merge: [make(b.acc(t, first), b.accOther(t, first))],
  });
  switch (kind % 8) {
    case 0:
      return simple(ty, 0, (x, y) => b.add(x, y));
    case 1:
      return simple(ty, 1, (x, y) => b.mul(x, y));
    case 2:
      return simple(ty === "i64" ? "f64" : ty, 5, (x, y) => b.min(x, y));
    case 3:
      return simple(ty === "i64" ? "f64" : ty, -5, (x, y) => b.max(x, y));
    case 4:
      return simple("bool", 1, (x, y) => (seed % 4 === 0 ? b.and(x, y) : seed % 4 === 1 ? b.and(y, x) : b.xor(y, x)));
    case 5:
      return simple(seed % 2 === 0 ? "bool" : "i32", 0, (x, y) => (seed % 3 === 0 ? b.or(x, y) : b.or(y, x)));
    case 6: {
      // Largest value and its position.
      const better = (v: Expr, i: Expr, w: Expr, j: Expr): Expr => b.or(b.gt(w, v), b.and(b.eq(w, v), b.lt(j, i)));
      const a = [b.acc("f32", first), b.acc("i32", first + 1)];
      const take = (w: Expr, j: Expr): Expr[] => {
        const c = better(a[0], a[1], w, j);
        return [b.select(c, w, a[0]), b.select(c, j, a[1])];
      };
      return {
        types: ["f32", "i32"],
        init: [b.const("f32", -Infinity), b.const("i32", 2147483647)],
        step: take(pick("f32", seed), pick("i32", seed)),
        merge: take(b.accOther("f32", first), b.accOther("i32", first + 1)),
      };
    }
    default: {
      // Neither commutative nor associative: sees every change of order.
      const t = ty === "i64" ? "f64" : ty;
      const half = (x: Expr): Expr =>
        t === "f32" || t === "f64" ? b.mul(x, b.const(t, 0.625)) : b.mul(x, b.const(t, 3));
      const x = b.acc(t, first);
      return {
        types: [t],
        init: [b.const(t, 2)],
        step: [b.add(half(x), pick(t, seed))],
        merge: [b.sub(half(x), b.accOther(t, first))],
      };
    }
  }
}

/** Builds the kernel of a recipe and places its buffers. */
export function build(recipe: Recipe): { arena: Arena; launch: Launch } {
  const next = generator(recipe.seed);
  const arena = new Arena(2);
  const pool = new Pool(recipe.wide);
  const { b } = pool;
  const dtypes: readonly DType[] = recipe.wide ? ["bool", "i32", "u32", "f32", "f64"] : ["bool", "i32", "u32", "f32"];
  const { reduce, dims } = recipe;

  const block = reduce?.block ?? 0;
  const split = reduce?.split ?? false;
  const sizes = [...recipe.sizes];
  for (;;) {
    // The first parallel loop of a split reduction counts blocks, sometimes one too many.
    if (split) sizes[0] = Math.max(1, Math.ceil(sizes[dims] / block)) + (recipe.seed % 4 === 0 ? 1 : 0);
    if (sizes.reduce((p, n) => p * Math.max(1, n), 1) <= MAX_POSITIONS) break;
    const largest = sizes.indexOf(Math.max(...sizes.slice(split ? 1 : 0)), split ? 1 : 0);
    sizes[largest] = SIZES[SIZES.indexOf(sizes[largest]) - 1];
  }
  const bounds = sizes;

  const accesses: AccessSpec[] = [];
  const places: Place[] = [];
  const addLoad = (r: AccessRecipe, loops: number, gather: boolean, values?: readonly number[]): number => {
    const dtype = values ? "i32" : dtypes[r.dtype % dtypes.length];
    const { strides, classes, below, above } = layOut(r, bounds, loops, false);
    const extra = gather ? GATHER_REACH : 0;
    // A block of a split reduction starts where its first iteration is.
    if (split && loops > dims) {
      strides[0] = strides[dims] * block;
      classes[0] = strides[0] === 0 ? "0" : strides[0] === 1 ? "1" : "k";
    }
    const slack = split && loops > dims ? Math.abs(strides[0]) * (sizes[0] + 1) : 0;
    const count = below + above + 1 + 2 * extra + 2 * slack;
    const bytes = dtype === "bool" ? 1 : dtype === "f64" ? 8 : 4;
    const data = values
      ? Array.from({ length: count }, () => values[next() % values.length])
      : sample(dtype, count, next);
    const base = arena.place(dtype, count, data) + (below + extra + slack) * bytes;
    accesses.push({ dtype, use: "load", classes });
    places.push({ base, strides });
    return accesses.length - 1;
  };
  const addLeaves = (loads: readonly AccessRecipe[], loops: number): void => {
    for (const r of loads) {
      const gathered = r.order % 3 === 0;
      const index = addLoad(r, loops, gathered);
      const ty = accesses[index].dtype as Ty;
      pool.add(b.load(ty, index));
      if (!gathered) continue;
      const reach = b.const("u32", 2 * GATHER_REACH + 1);
      const gather = (at: Expr): Expr => {
        const offset = b.convert("i32", b.binary("irem", b.convert("u32", at), reach));
        return b.load(ty, index, b.sub(offset, b.const("i32", GATHER_REACH)));
      };
      pool.makers.unshift((p, x) => gather(p("i32", x[1])));
      // A short index, so that several copies of the gather are written side by side.
      const at = addLoad({ ...r, dtype: 0, order: 1 }, loops, false, INDICES);
      pool.add(b.load(ty, index, b.load("i32", at)));
    }
  };
  addLeaves(recipe.loads, sizes.length);
  for (const r of recipe.iotas) {
    const { strides, classes } = layOut(r, bounds, sizes.length, false);
    accesses.push({ dtype: null, use: "iota", classes });
    places.push({ base: r.dtype - 500, strides });
    pool.add(b.iota(accesses.length - 1));
  }
  const params = recipe.params.map((p) => dtypes[p % dtypes.length]);
  params.forEach((ty, i) => pool.add(b.param(ty, i)));
  pool.grow(recipe.genes);

  let reduction: Reduction | undefined;
  let results = pool;
  if (reduce) {
    const parts = { types: [] as Ty[], init: [] as Expr[], step: [] as Expr[], merge: [] as Expr[] };
    for (const kind of reduce.kinds) {
      const m = monoid(pool, kind, Math.floor(kind / 8), parts.types.length);
      parts.types.push(...m.types);
      parts.init.push(...m.init);
      parts.step.push(...m.step);
      parts.merge.push(...m.merge);
    }
    reduction = parts;
    // The epilogue sees the accumulators, scalars and loads that do not move with the reduction loops.
    results = new Pool(recipe.wide, b);
    for (const ty of results.types) results.exprs[ty] = [b.const(ty, 1)];
    const epilogueLoads = recipe.loads.slice(0, 1);
    for (const r of epilogueLoads) results.add(b.load(dtypes[r.dtype % dtypes.length], addLoad(r, dims, false)));
    params.forEach((ty, i) => results.add(b.param(ty, i)));
    parts.types.forEach((ty, i) => results.add(b.acc(ty, i)));
    results.grow(recipe.epilogue);
  }

  const stores = recipe.stores.map((r, i) => {
    const dtype = dtypes[r.dtype % dtypes.length];
    const { strides, classes, below, above } = layOut(r, bounds, dims, true);
    const bytes = dtype === "bool" ? 1 : dtype === "f64" ? 8 : 4;
    const base = arena.place(dtype, below + above + 1) + below * bytes;
    accesses.push({ dtype, use: "store", classes });
    places.push({ base, strides });
    return { access: accesses.length - 1, value: results.value(dtype, i === 0 ? 0 : r.order) };
  });

  const kernel = finishKernel({
    dims,
    reduceDims: sizes.length - dims,
    accesses,
    params,
    stores,
    reduce: reduction,
    vector: reduce?.vector ?? "parallel",
    split,
  });
  const [from, to] = recipe.range;
  const n = sizes[0];
  const lo = from > 50 ? 0 : Math.min(from % (n + 1), n);
  const hi = to > 50 ? n : Math.max(lo, Math.min(to, n));
  const values = params.map((ty) => sample(ty, 1, next)[0]);
  return { arena, launch: { kernel, sizes, block, places, params: values, lo, hi, cuts: recipe.cuts } };
}
