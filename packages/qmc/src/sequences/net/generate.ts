/** Ranges of points of digital nets: which tables a range needs, and what is made of them. */
import { tensor, withDevice, type Tensor } from "@ansatz/tensor";
import { coverOf, cutToRange, type Cover } from "../cover.ts";
import { writeHigh, type Blocks, type Words } from "./blocks.ts";
import { digitMask } from "./matrices.ts";
import { LEAVES, type NestedTables } from "./nusHash.ts";
import { linearKernels, nestedKernels, type NetKernels, type NetTables } from "./pointKernels.ts";

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

/** Tables of all replications for a range; the second words only where they are wanted. */
function tablesOf(nets: readonly KernelNet[], cover: Cover, both: boolean): NetTables {
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

/** Runs one of the kernels over a range; results have shape [r, n, d]. */
function run(
  nets: readonly KernelNet[],
  first: number,
  end: number,
  both: boolean,
  kernel: (kernels: NetKernels, tables: NetTables) => Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  const { blockBits, matrices } = nets[0].blocks;
  const d = matrices.dimension;
  const cover = coverOf(blockBits, d, first, end);
  const tables = tablesOf(nets, cover, both);
  const results = kernel(nets[0].nested === undefined ? linearKernels : nestedKernels, tables);
  for (const table of Object.values(tables)) table.dispose();
  return Object.fromEntries(
    Object.entries(results).map(([name, all]) => [name, cutToRange(all, nets.length, cover, end - first)]),
  );
}

/** Points first, …, end - 1 as numbers, [r, n, d]. */
export function netPoints(
  nets: readonly KernelNet[],
  { bits, place }: Cell,
  dtype: "f64" | "f32",
  first: number,
  end: number,
): Tensor {
  const centre = place === "centre";
  const digits = Math.min(bits, dtype === "f32" ? (centre ? 23 : 24) : centre ? 52 : 53);
  const add = centre ? 2 ** -(digits + 1) : 0;
  const { points } = run(nets, first, end, digits > 32, (kernels, tables) => {
    if (dtype === "f32") return { ...kernels.singles(tables, { drop: 32 - digits, scale: 2 ** -digits, add }) };
    if (digits <= 32) return { ...kernels.doubles(tables, { keep: digitMask(digits)[0], add }) };
    return { ...kernels.wide(tables, { drop: 64 - digits, scale: 2 ** -digits, add }) };
  });
  return points;
}

/** Points first, …, end - 1 as fractions of 64 bits of which `bits` digits are kept, r n d words each. */
export function netWords(nets: readonly KernelNet[], bits: number, first: number, end: number): Words {
  const [keepHi, keepLo] = digitMask(bits);
  return withDevice("cpu", () => {
    const { hi, lo } = run(nets, first, end, true, (kernels, tables) => ({
      ...kernels.words(tables, { keepHi, keepLo }),
    }));
    const words = { hi: hi.dataSync() as Uint32Array, lo: lo.dataSync() as Uint32Array };
    hi.dispose();
    lo.dispose();
    return words;
  });
}
