/** Ranges of points of digital nets: which tables a range needs, and what is made of them. */
import { tensor, withDevice, type Tensor } from "@ansatz/tensor";
import type { Axes } from "../base.ts";
import { coverOf, cutToRange, GROUP, type Cover, type Layout } from "../cover.ts";
import { writeHigh, type Blocks, type Words } from "./blocks.ts";
import { digitMask } from "./matrices.ts";
import { LEAVES, type NestedTables } from "./nusHash.ts";
import {
  doublesOfBoth,
  doublesOfFirsts,
  FIRST_DIGIT,
  linearKernels,
  nestedKernels,
  type Cut,
  type LinearKernels,
  type NestedKernels,
  type NetKernels,
  type NetTables,
} from "./pointKernels.ts";

/** How fractions of 64 bits become numbers. */
export interface Cell {
  /** Number of binary digits. */
  readonly bits: number;
  /** Whether a number is the lower end of its cell of 2^-bits, or its middle. */
  readonly place: "corner" | "centre";
}

/** A net that kernels can generate. With `nested`, the first words of `blocks` have their bits in reverse. */
export interface KernelNet {
  readonly blocks: Blocks;
  readonly nested?: NestedTables;
}

/** Which words of the tables are wanted, and what is done to the first ones of nets without nested scrambling. */
interface Wanted {
  readonly both: boolean;
  /** Digits that are kept. */
  readonly keep: number;
  /** Digits that are turned. */
  readonly turn: number;
}

const FIRST: Wanted = { both: false, keep: 0xffffffff, turn: 0 };
const BOTH: Wanted = { ...FIRST, both: true };

/** Tables of all replications for a range. */
function tablesOf(nets: readonly KernelNet[], cover: Cover, { both, keep, turn }: Wanted): NetTables {
  const d = nets[0].blocks.matrices.dimension;
  const { blocks, copies, points, from } = cover;
  const width = copies * d;
  const part = blocks * width;
  const words = both ? 2 : 1;
  const replications = nets.length;
  const high = { hi: new Uint32Array(replications * part), lo: new Uint32Array(replications * part) };
  const low = new Uint32Array(words * replications * points * d);
  nets.forEach(({ blocks: net }, r) => {
    writeHigh(net, cover.firstBlock, blocks, copies, high, r * part);
    const range = [from * d, (from + points) * d] as const;
    low.set(net.low.hi.subarray(...range), r * points * d);
    if (both) low.set(net.low.lo.subarray(...range), (replications + r) * points * d);
  });
  const upper = both ? joined([high.hi, high.lo]) : high.hi;
  // Points are sums of both parts over F_2: what is done to both, or to one of them, is done to all points.
  if (keep !== 0xffffffff) for (const part of [low, upper]) for (let i = 0; i < part.length; i++) part[i] &= keep;
  if (turn !== 0) for (let i = 0; i < upper.length; i++) upper[i] ^= turn;
  return {
    low: tensor(low, { shape: [words, replications, points / copies, width] }),
    high: tensor(upper, { shape: [words, replications, blocks, width] }),
    ...(nets[0].nested === undefined ? {} : nestedTablesOf(nets, d, width)),
  };
}

function nestedTablesOf(nets: readonly KernelNet[], d: number, width: number): NetTables {
  const all = nets.map(({ nested }) => nested as NestedTables);
  const starts = Uint32Array.from({ length: width }, (_, c) => (c % d) * LEAVES);
  const columns = [
    ...all.map(() => starts),
    ...all.map(({ second }) => Uint32Array.from({ length: width }, (_, c) => second[c % d])),
  ];
  return {
    leaves: tensor(joined(all.map(({ leaves }) => leaves)), { shape: [all.length, d * LEAVES] }),
    columns: tensor(joined(columns), { shape: [2, all.length, width] }),
  };
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

type Results = Readonly<Record<string, Tensor>>;

/** Points first, …, end - 1, in tensors of so many axes. */
type Range = readonly [first: number, end: number, axes: Axes];

/** Runs kernels of one family over a range. */
function run<K extends NetKernels>(
  family: { readonly any: K; readonly grouped: K },
  nets: readonly KernelNet[],
  [first, end, axes]: Range,
  wanted: Wanted,
  use: (kernels: K, tables: NetTables, layout: Layout) => Results,
): Results {
  const { blockBits, matrices } = nets[0].blocks;
  const cover = coverOf(blockBits, matrices.dimension, first, end);
  const tables = tablesOf(nets, cover, wanted);
  const rows = cover.points / cover.copies;
  const results = use(rows % GROUP === 0 ? family.grouped : family.any, tables, { axes, copies: cover.copies });
  for (const table of Object.values(tables)) table.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, all]) => [name, cutToRange(all, cover, end - first)]));
}

const linear = (
  nets: readonly KernelNet[],
  range: Range,
  wanted: Wanted,
  use: (kernels: LinearKernels, tables: NetTables, layout: Layout) => Results,
): Results => run(linearKernels, nets, range, wanted, use);
const nested = (
  nets: readonly KernelNet[],
  range: Range,
  wanted: Wanted,
  use: (kernels: NestedKernels, tables: NetTables, layout: Layout) => Results,
): Results => run(nestedKernels, nets, range, wanted, use);

/** Points first, …, end - 1 as numbers, [r, n, d]. */
export function netPoints(
  nets: readonly KernelNet[],
  { bits, place }: Cell,
  dtype: "f64" | "f32",
  first: number,
  end: number,
  axes: Axes,
): Tensor {
  const centre = place === "centre";
  const digits = Math.min(bits, dtype === "f32" ? (centre ? 23 : 24) : centre ? 52 : 53);
  const add = centre ? 2 ** -(digits + 1) : 0;
  const range = [first, end, axes] as const;
  const isNested = nets[0].nested !== undefined;
  if (dtype === "f32") {
    const cut = { drop: 32 - digits, scale: 2 ** -digits, add };
    const singles = (kernels: NetKernels, tables: NetTables, layout: Layout): Results => ({
      ...kernels.singles(tables, { ...cut, ...layout }),
    });
    return (isNested ? nested(nets, range, FIRST, singles) : linear(nets, range, FIRST, singles)).points;
  }
  const keep = digitMask(digits)[0];
  const cut: Cut = { drop: 64 - digits, scale: 2 ** -digits, add };
  if (!isNested) {
    if (digits > 32)
      return linear(nets, range, BOTH, (kernels, tables, layout) => ({
        ...kernels.wide(tables, { ...cut, ...layout }),
      })).points;
    const wanted = { both: false, keep, turn: FIRST_DIGIT };
    return linear(nets, range, wanted, (kernels, tables, layout) => ({
      ...kernels.doubles(tables, { add, ...layout }),
    })).points;
  }
  const { points } = nested(nets, range, digits > 32 ? BOTH : FIRST, (kernels, tables, layout) => {
    if (digits <= 32) {
      const { words } = kernels.firsts(tables, layout);
      const numbers = doublesOfFirsts({ hi: words }, { keep, add });
      words.dispose();
      return { ...numbers };
    }
    const { hi, lo } = kernels.words(tables, { keepHi: 0xffffffff, keepLo: 0xffffffff, ...layout });
    const numbers = doublesOfBoth({ hi, lo }, cut);
    hi.dispose();
    lo.dispose();
    return { ...numbers };
  });
  return points;
}

/** Points first, …, end - 1 as fractions of 64 bits of which `bits` digits are kept, r n d words each. */
export function netWords(nets: readonly KernelNet[], bits: number, first: number, end: number): Words {
  const [keepHi, keepLo] = digitMask(bits);
  const use = (kernels: NetKernels, tables: NetTables, layout: Layout): Results => ({
    ...kernels.words(tables, { keepHi, keepLo, ...layout }),
  });
  return withDevice("cpu", () => {
    const range = [first, end, 3] as const;
    const { hi, lo } = nets[0].nested === undefined ? linear(nets, range, BOTH, use) : nested(nets, range, BOTH, use);
    const words = { hi: hi.dataSync() as Uint32Array, lo: lo.dataSync() as Uint32Array };
    hi.dispose();
    lo.dispose();
    return words;
  });
}
