/** Kernels of digital nets: sums of both parts of an index, nested scrambling, and numbers from words. */
import type { Tensor } from "@ansatz/tensor";
import { defineKernel, type InputSpecs, type KernelContext, type TypeSpecs, type Value } from "@ansatz/tensor/kernel";
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
const outputShape = ({ low, high }: Shapes): number[] => [high[1], high[2] * low[2], low[3]];
const units = ({ low, high }: Shapes): number[] => [high[1], high[2], low[2], low[3]];

/** The body's tools, for kernels that differ in inputs and outputs. */
type Body = KernelContext<typeof NESTED, TypeSpecs, TypeSpecs>;

function linearWords(k: Body, both: boolean): Pair {
  const { low, high } = k.inputs;
  const [replication, block, row, column] = k.indices;
  const word = (w: number): Word =>
    k.load(low, [w, replication, row, column]).xor(k.load(high, [w, replication, block, column]));
  return both ? { hi: word(0), lo: word(1) } : { hi: word(0) };
}

/** The word with its bits in reverse. */
function reverseBits(x: Word): Word {
  for (const [shift, mask] of [
    [1, 0x55555555],
    [2, 0x33333333],
    [4, 0x0f0f0f0f],
    [8, 0x00ff00ff],
  ]) {
    x = x.shr(shift).and(mask).or(x.and(mask).shl(shift));
  }
  return x.shr(16).or(x.shl(16));
}

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
function nestedWords(k: Body, both: boolean): Pair {
  const { leaves, columns } = k.inputs;
  const [replication, , , column] = k.indices;
  const straight = linearWords(k, both);
  const start = k.load(columns, [0, replication, column]);
  const leaf = k.load(leaves, [replication, start.add(straight.hi.and(LEAVES - 1)).to("i32")]);
  const seed = leaf.and(SEED);
  // The leaf has the first ten digits; the hash makes those that follow.
  const below = reverseBits(nestedHash(straight.hi.shr(TOP), seed)).shr(TOP);
  const hi = leaf.xor(seed).or(below);
  if (straight.lo === undefined) return { hi };
  const second = mixed(hi.xor(k.load(columns, [1, replication, column])));
  return { hi, lo: reverseBits(nestedHash(reverseBits(straight.lo), second)) };
}

/** Inputs of a kernel. */
export type NetTables = Readonly<Record<string, Tensor>>;

/** The kernels of one family; results have axes replication, point and column, and a row may hold several points. */
export interface NetKernels {
  /** Both words, with the digits that the masks keep. */
  words(tables: NetTables, attrs: { readonly keepHi: number; readonly keepLo: number }): { hi: Tensor; lo: Tensor };
  /** f32 from the first 32 - drop <= 24 digits, cut, plus `add`. */
  singles(tables: NetTables, attrs: { readonly drop: number; readonly scale: number; readonly add: number }): Points;
  /** f64 from the digits of the first word that the mask keeps, plus `add`. */
  doubles(tables: NetTables, attrs: { readonly keep: number; readonly add: number }): Points;
  /** f64 from the first 64 - drop <= 53 digits, cut (rounding could give 1), plus `add`. */
  wide(tables: NetTables, attrs: { readonly drop: number; readonly scale: number; readonly add: number }): Points;
}

interface Points {
  readonly points: Tensor;
}

function family(name: string, inputs: InputSpecs, words: (k: Body, both: boolean) => Pair): NetKernels {
  const at = (k: Body): Value<"i32">[] => {
    const [replication, block, row, column] = k.indices;
    return [replication, block.mul(k.size(k.inputs.low, 2)).add(row), column];
  };
  const common = { inputs: inputs as typeof NESTED, units: units as never };
  const kernels = {
    words: defineKernel({
      ...common,
      name: `${name}Words`,
      outputs: { hi: { dtype: "u32", shape: outputShape }, lo: { dtype: "u32", shape: outputShape } },
      attrs: { keepHi: "u32", keepLo: "u32" },
      body: (k) => {
        const { hi, lo } = words(k as unknown as Body, true);
        const place = at(k as unknown as Body);
        k.store(k.outputs.hi, place, hi.and(k.attrs.keepHi));
        k.store(k.outputs.lo, place, (lo as Word).and(k.attrs.keepLo));
      },
    }),
    singles: defineKernel({
      ...common,
      name: `${name}Singles`,
      outputs: { points: { dtype: "f32", shape: outputShape } },
      attrs: { drop: "u32", scale: "f32", add: "f32" },
      body: (k) => {
        const { drop, scale, add } = k.attrs;
        const whole = words(k as unknown as Body, false)
          .hi.shr(drop)
          .to("i32")
          .to("f32");
        k.store(k.outputs.points, at(k as unknown as Body), whole.mul(scale).add(add));
      },
    }),
    doubles: defineKernel({
      ...common,
      name: `${name}Doubles`,
      outputs: { points: { dtype: "f64", shape: outputShape } },
      attrs: { keep: "u32", add: "f64" },
      body: (k) => {
        // A signed word and one half are cheaper than an unsigned word, and as exact.
        const word = words(k as unknown as Body, false)
          .hi.and(k.attrs.keep)
          .xor(0x80000000);
        k.store(
          k.outputs.points,
          at(k as unknown as Body),
          word
            .to("i32")
            .to("f64")
            .mul(2 ** -32)
            .add(k.attrs.add.add(0.5)),
        );
      },
    }),
    wide: defineKernel({
      ...common,
      name: `${name}Wide`,
      outputs: { points: { dtype: "f64", shape: outputShape } },
      attrs: { drop: "u32", scale: "f64", add: "f64" },
      body: (k) => {
        const { drop, scale, add } = k.attrs;
        const { hi, lo } = words(k as unknown as Body, true);
        const rest = (lo as Word).shr(drop).to("f64").mul(scale).add(add);
        const first = hi
          .xor(0x80000000)
          .to("i32")
          .to("f64")
          .mul(2 ** -32)
          .add(0.5);
        k.store(k.outputs.points, at(k as unknown as Body), first.add(rest));
      },
    }),
  };
  return kernels as unknown as NetKernels;
}

/** Kernels of nets without and with nested scrambling. */
export const linearKernels: NetKernels = family("net", LINEAR, linearWords);
export const nestedKernels: NetKernels = family("nestedNet", NESTED, nestedWords);
