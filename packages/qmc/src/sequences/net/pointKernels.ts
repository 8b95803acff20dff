/** Kernels of digital nets: sums of both parts of an index, nested scrambling, and numbers from words. */
import type { Tensor } from "@ansatz/tensor";
import {
  defineKernel,
  reverseBitsExpr,
  type InputSpecs,
  type KernelContext,
  type KernelFunction,
  type TypeSpecs,
  type Value,
} from "@ansatz/tensor/kernel";
import { GROUP, LAYOUT, pointsShape, type Layout, type LayoutAttrs } from "../cover.ts";
import { LEAVES, TOP } from "./nusHash.ts";

/** Bits of a leaf that are its seed. */
const SEED = 2 ** (32 - TOP) - 1;

type Word = Value<"u32">;
interface Pair {
  readonly hi: Word;
  /** Absent where only the first word is wanted. */
  readonly lo?: Word;
}

/**
 * Tables of `blocks.ts`, with axes word (the first or both), replication, row or block, and column. A row may hold several
 * points, so that vectors are long enough in few dimensions.
 */
const LINEAR = { low: { dtype: "u32", rank: 4 }, high: { dtype: "u32", rank: 4 } } as const;

/**
 * What nested scrambling adds: the leaves of `nusHash.ts` ([replication, d 1024]), and for each column where its coordinate
 * begins there and the seed of its second word ([2, replication, column]).
 */
const NESTED = { ...LINEAR, leaves: { dtype: "u32", rank: 2 }, columns: { dtype: "u32", rank: 3 } } as const;

type Shapes = { readonly low: readonly number[]; readonly high: readonly number[] };

/** Points of all blocks: rows of `low` for each block of `high`. */
const outputShape = ({ low, high }: Shapes, layout: LayoutAttrs): number[] =>
  pointsShape(high[1], high[2], low[2], low[3], layout);

/** The body's tools, for kernels that differ in inputs and outputs. */
type Body = KernelContext<typeof NESTED, TypeSpecs, TypeSpecs>;

/** Words of the rows of a unit; what does not depend on the row is loaded once. */
type RowWords = (row: Value<"i32">) => Pair;

function linearWords(k: Body, both: boolean): RowWords {
  const { low, high } = k.inputs;
  const [replication, block, , column] = k.indices;
  const wordOf = (w: number): ((row: Value<"i32">) => Word) => {
    const upper = k.load(high, [w, replication, block, column]);
    return (row) => k.load(low, [w, replication, row, column]).xor(upper);
  };
  const first = wordOf(0);
  if (!both) return (row) => ({ hi: first(row) });
  const second = wordOf(1);
  return (row) => ({ hi: first(row), lo: second(row) });
}

const reverseBits = (k: Body, x: Word): Word => k.apply(reverseBitsExpr, x);

/** A permutation of words in which bit b of the result depends on bits 0 … b of `x` only. */
function nestedHash(x: Word, seed: Word): Word {
  x = x.xor(x.mul(0x3d20adea)).add(seed).mul(seed.shr(6).or(1));
  x = x.xor(x.mul(0x05526c56));
  return x.xor(x.mul(0x53a22864));
}

/** `mix` of `words.ts`. */
function mixed(x: Word): Word {
  x = x.xor(x.shr(16)).mul(0x21f0aaad);
  x = x.xor(x.shr(15)).mul(0x735a2d97);
  return x.xor(x.shr(15));
}

/** The first words of the tables are reversed, see `nusHash.ts`. */
function nestedWords(k: Body, both: boolean): RowWords {
  const { leaves, columns } = k.inputs;
  const [replication, , , column] = k.indices;
  const straightOf = linearWords(k, both);
  // Of this replication and coordinate; added up once for all rows.
  const start = k.load(columns, [0, replication, column]).add(replication.mul(k.size(leaves, 1)).to("u32"));
  const secondSeed = both ? k.load(columns, [1, replication, column]) : start;
  return (row) => {
    const straight = straightOf(row);
    const leaf = k.load(leaves, start.add(straight.hi.and(LEAVES - 1)).to("i32"));
    const seed = leaf.and(SEED);
    // The leaf has the first ten digits; the hash makes those that follow.
    const digits = reverseBits(k, nestedHash(straight.hi.shr(TOP), seed)).shr(TOP);
    const hi = leaf.xor(seed).or(digits);
    if (straight.lo === undefined) return { hi };
    return { hi, lo: reverseBits(k, nestedHash(reverseBits(k, straight.lo), mixed(hi.xor(secondSeed)))) };
  };
}

/** Inputs of a kernel. */
export type NetTables = Readonly<Record<string, Tensor>>;

/** How digits that are cut become numbers: (word >> drop) scale + add. */
export interface Cut {
  readonly drop: number;
  readonly scale: number;
  readonly add: number;
}

export interface Points {
  readonly points: Tensor;
}

/** Kernels of one family; results have axes replication, point and column, and a row may hold several points. */
export interface NetKernels {
  /** Both words, with the digits that the masks keep. */
  words(
    tables: NetTables,
    attrs: { readonly keepHi: number; readonly keepLo: number } & Layout,
  ): { hi: Tensor; lo: Tensor };
  /** f32 from the first 32 - drop <= 24 digits, cut, plus `add`. */
  singles(tables: NetTables, cut: Cut & Layout): Points;
}

/** Kernels of nets without nested scrambling. */
export interface LinearKernels extends NetKernels {
  /** f64 from the first words, whose first digit the tables have turned, plus `add`. */
  doubles(tables: NetTables, attrs: { readonly add: number } & Layout): Points;
  /** f64 from the first 64 - drop <= 53 digits, cut (rounding could give 1), plus `add`. */
  wide(tables: NetTables, cut: Cut & Layout): Points;
}

/** Kernels of nets with nested scrambling. Four words share a vector, but two f64: numbers are made in a second pass. */
export interface NestedKernels extends NetKernels {
  /** The first words alone. */
  firsts(tables: NetTables, attrs: Layout): { words: Tensor };
}

/** A signed word is cheaper to convert than an unsigned one, and as exact: turning the first digit subtracts 1/2. */
export const FIRST_DIGIT = 0x80000000;

/** word 2^-32 + add, for a word that is turned. */
const fromTurned = (word: Word, add: Value<"f64">): Value<"f64"> =>
  word
    .to("i32")
    .to("f64")
    .mul(2 ** -32)
    .add(add);

const fromBoth = (hi: Word, lo: Word, { drop, scale, add }: { drop: Word; scale: Value<"f64">; add: Value<"f64"> }) =>
  fromTurned(hi.xor(FIRST_DIGIT), add.add(0.5)).add(lo.shr(drop).to("i32").to("f64").mul(scale));

/** What kernels whose units make `rows` rows each have in common. */
function family(name: string, inputs: InputSpecs, words: (k: Body, both: boolean) => RowWords, rows: number) {
  /** Makes the words of all rows of a unit, the second ones where they are wanted, and hands them on with their places. */
  const each = (kernel: unknown, both: boolean, use: (words: Pair, place: Value<"i32">) => void): void => {
    const k = kernel as Body;
    const { low, high } = k.inputs;
    const [replication, block, group, column] = k.indices;
    const width = k.size(low, 3);
    const firstRow = rows === 1 ? group : group.mul(rows);
    const first = replication.mul(k.size(high, 2)).add(block).mul(k.size(low, 2)).add(firstRow);
    const place = first.mul(width).add(column);
    const wordsOf = words(k, both);
    for (let r = 0; r < rows; r++) {
      if (r === 0) use(wordsOf(firstRow), place);
      else use(wordsOf(firstRow.add(r)), place.add(width.mul(r)));
    }
  };
  const units = ({ low, high }: Shapes): number[] => [high[1], high[2], low[2] / rows, low[3]];
  const common = { inputs: inputs as typeof NESTED, units: units as never };
  return {
    common,
    each,
    words: defineKernel({
      ...common,
      name: `${name}Words`,
      outputs: { hi: { dtype: "u32", shape: outputShape }, lo: { dtype: "u32", shape: outputShape } },
      attrs: { ...LAYOUT, keepHi: "u32", keepLo: "u32" },
      body: (k) =>
        each(k, true, ({ hi, lo }, place) => {
          k.store(k.outputs.hi, place, hi.and(k.attrs.keepHi));
          k.store(k.outputs.lo, place, (lo as Word).and(k.attrs.keepLo));
        }),
    }),
    singles: defineKernel({
      ...common,
      name: `${name}Singles`,
      outputs: { points: { dtype: "f32", shape: outputShape } },
      attrs: { ...LAYOUT, drop: "u32", scale: "f32", add: "f32" },
      body: (k) =>
        each(k, false, ({ hi }, place) => {
          const { drop, scale, add } = k.attrs;
          k.store(k.outputs.points, place, hi.shr(drop).to("i32").to("f32").mul(scale).add(add));
        }),
    }),
  };
}

function linearFamily(rows: number): LinearKernels {
  const { common, each, words, singles } = family("net", LINEAR, linearWords, rows);
  const kernels = {
    words,
    singles,
    doubles: defineKernel({
      ...common,
      name: "netDoubles",
      outputs: { points: { dtype: "f64", shape: outputShape } },
      attrs: { ...LAYOUT, add: "f64" },
      body: (k) =>
        each(k, false, ({ hi }, place) => k.store(k.outputs.points, place, fromTurned(hi, k.attrs.add.add(0.5)))),
    }),
    wide: defineKernel({
      ...common,
      name: "netWide",
      outputs: { points: { dtype: "f64", shape: outputShape } },
      attrs: { ...LAYOUT, drop: "u32", scale: "f64", add: "f64" },
      body: (k) =>
        each(k, true, ({ hi, lo }, place) => k.store(k.outputs.points, place, fromBoth(hi, lo as Word, k.attrs))),
    }),
  };
  return kernels as unknown as LinearKernels;
}

function nestedFamily(rows: number): NestedKernels {
  const { common, each, words, singles } = family("nestedNet", NESTED, nestedWords, rows);
  const kernels = {
    words,
    singles,
    firsts: defineKernel({
      ...common,
      name: "nestedNetFirsts",
      outputs: { words: { dtype: "u32", shape: outputShape } },
      attrs: LAYOUT,
      body: (k) => each(k, false, ({ hi }, place) => k.store(k.outputs.words, place, hi)),
    }),
  };
  return kernels as unknown as NestedKernels;
}

/** Kernels for tables with any number of rows, and for multiples of {@link GROUP}. */
export interface ByRows<K> {
  readonly any: K;
  readonly grouped: K;
}

export const linearKernels: ByRows<LinearKernels> = { any: linearFamily(1), grouped: linearFamily(GROUP) };
export const nestedKernels: ByRows<NestedKernels> = { any: nestedFamily(1), grouped: nestedFamily(GROUP) };

const sameShape = ({ hi }: { readonly hi: readonly number[] }): readonly number[] => hi;
const sizeOf = ({ hi }: { readonly hi: readonly number[] }): number => hi.reduce((a, b) => a * b, 1);

/** f64 from those digits of first words that the mask keeps, plus `add`. */
export const doublesOfFirsts: KernelFunction<{ hi: "u32" }, { points: "f64" }, { keep: "u32"; add: "f64" }> =
  defineKernel({
    name: "doublesOfFirsts",
    inputs: { hi: "u32" },
    outputs: { points: { dtype: "f64", shape: sameShape } },
    attrs: { keep: "u32", add: "f64" },
    units: sizeOf,
    body: (k) => {
      const turned = k.load(k.inputs.hi, k.index).and(k.attrs.keep).xor(FIRST_DIGIT);
      k.store(k.outputs.points, k.index, fromTurned(turned, k.attrs.add.add(0.5)));
    },
  });

/** f64 from both words, as {@link LinearKernels.wide}. */
export const doublesOfBoth: KernelFunction<
  { hi: "u32"; lo: "u32" },
  { points: "f64" },
  { drop: "u32"; scale: "f64"; add: "f64" }
> = defineKernel({
  name: "doublesOfBoth",
  inputs: { hi: "u32", lo: "u32" },
  outputs: { points: { dtype: "f64", shape: sameShape } },
  attrs: { drop: "u32", scale: "f64", add: "f64" },
  units: sizeOf,
  body: (k) => {
    const { hi, lo } = k.inputs;
    k.store(k.outputs.points, k.index, fromBoth(k.load(hi, k.index), k.load(lo, k.index), k.attrs));
  },
});
