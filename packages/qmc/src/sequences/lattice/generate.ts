/** Points of rank-1 lattices by a kernel: sums of both parts of an index, modulo 1 in integers. */
import { tensor, type Tensor } from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";
import type { Axes } from "../base.ts";
import { blockBitsFor, coverOf, cutToRange, GROUP, LAYOUT, pointsShape, type LayoutAttrs } from "../cover.ts";
import { reverse32 } from "../net/nusHash.ts";

/** A lattice, ready to generate: coordinates are words / modulus. */
export interface LatticeBlocks {
  readonly z: Float64Array;
  /** Number n of points in linear order, 2^32 otherwise. */
  readonly modulus: number;
  readonly gray: boolean;
  readonly blockBits: number;
  /** The part of the low digits: point r, coordinate j at r d + j; in Gray order once for even and once for odd blocks. */
  readonly low: Uint32Array;
}

/** Prepares a lattice with generating vector z, of `size` points in linear order. */
export function latticeBlocks(z: Float64Array, size: number | undefined, gray: boolean): LatticeBlocks {
  const d = z.length;
  const blockBits = blockBitsFor(d, 32);
  const count = 2 ** blockBits;
  const lattice = { z, modulus: size ?? 2 ** 32, gray, blockBits, low: new Uint32Array((gray ? 2 : 1) * count * d) };
  for (let r = 0; r < count; r++) {
    writeRow(lattice, gray ? r ^ (r >>> 1) : r, lattice.low, r * d);
    // The lowest digit of an odd block's number changes the highest digit below it.
    if (gray) writeRow(lattice, r ^ (r >>> 1) ^ (count >>> 1), lattice.low, (count + r) * d);
  }
  return lattice;
}

/** Writes phi(index) z modulo 1 in 32 bits, or index z modulo n. */
function writeRow({ z, modulus }: LatticeBlocks, index: number, out: Uint32Array, at: number): void {
  if (modulus === 2 ** 32) {
    const phi = reverse32(index);
    for (let j = 0; j < z.length; j++) out[at + j] = Math.imul(phi, z[j]);
  } else {
    for (let j = 0; j < z.length; j++) out[at + j] = ((index % modulus) * (z[j] % modulus)) % modulus;
  }
}

type Shapes = Readonly<Record<"low" | "high" | "shifts", readonly number[]>>;

/** Makes the kernel for one precision, whose units make `rows` rows: words are cut to what the precision holds and divided. */
function kernelFor(dtype: "f32" | "f64", rows: number) {
  return defineKernel({
    name: "latticePoints",
    inputs: {
      low: { dtype: "u32", rank: 3 },
      high: { dtype: "u32", rank: 2 },
      odd: { dtype: "u32", rank: 1 },
      shifts: { dtype, rank: 2 },
    },
    outputs: {
      points: {
        dtype,
        shape: ({ low, high, shifts }: Shapes, layout: LayoutAttrs) =>
          pointsShape(shifts[0], high[0], low[1], low[2], layout),
      },
    },
    attrs: { ...LAYOUT, modulus: "u32", drop: "u32", divisor: dtype },
    units: ({ low, high, shifts }) => [shifts[0], high[0], low[1] / rows, low[2]],
    body: (k) => {
      const { low, high, odd, shifts } = k.inputs;
      const { modulus, drop, divisor } = k.attrs;
      const [replication, block, group, column] = k.indices;
      const parity = k.load(odd, block).to("i32");
      const upper = k.load(high, [block, column]);
      const shift = k.load(shifts, [replication, column]);
      const first = replication.mul(k.size(high, 0)).add(block).mul(k.size(low, 1));
      for (let r = 0; r < rows; r++) {
        const row = rows === 1 ? group : group.mul(rows).add(r);
        const sum = k.load(low, [parity, row, column]).add(upper);
        // A modulus of 0 stands for 2^32.
        const word = k.select(sum.ge(modulus), sum.sub(modulus), sum).shr(drop);
        const x = word.to(dtype).div(divisor).add(shift);
        k.store(k.outputs.points, first.add(row).mul(k.size(low, 2)).add(column), k.select(x.ge(1), x.sub(1), x));
      }
    },
  });
}

const doubles = { any: kernelFor("f64", 1), grouped: kernelFor("f64", GROUP) };
const singles = { any: kernelFor("f32", 1), grouped: kernelFor("f32", GROUP) };

/** Points first, …, end - 1, one randomisation for each shift. */
export function latticePoints(
  lattice: LatticeBlocks,
  given: readonly Float64Array[],
  dtype: "f64" | "f32",
  first: number,
  end: number,
  axes: Axes,
): Tensor {
  const { z, modulus, gray, blockBits } = lattice;
  const d = z.length;
  const cover = coverOf(blockBits, d, first, end);
  const { firstBlock, blocks, copies, from, points } = cover;
  const width = copies * d;
  const size = 2 ** blockBits;
  const high = new Uint32Array(blocks * width);
  const odd = new Uint32Array(blocks);
  for (let b = 0; b < blocks; b++) {
    const block = firstBlock + b;
    if (gray) odd[b] = block & 1;
    writeRow(lattice, (gray ? block ^ (block >>> 1) : block) * size, high, b * width);
    for (let copy = 1; copy < copies; copy++) high.copyWithin(b * width + copy * d, b * width, b * width + d);
  }
  const parities = gray ? 2 : 1;
  const low = new Uint32Array(parities * points * d);
  for (let p = 0; p < parities; p++) {
    low.set(lattice.low.subarray((p * size + from) * d, (p * size + from + points) * d), p * points * d);
  }
  const shifts = Float64Array.from({ length: given.length * width }, (_, i) => given[Math.floor(i / width)][i % d]);
  const single = dtype === "f32";
  // Numbers just below 1 may round to 1.
  const cut = single ? Float32Array.from(shifts, (x) => Math.min(x, 1 - 2 ** -24)) : shifts;
  const inputs = {
    low: tensor(low, { shape: [parities, points / copies, width] }),
    high: tensor(high, { shape: [blocks, width] }),
    odd: tensor(odd),
    shifts: tensor(cut, { shape: [given.length, width] }),
  };
  const drop = single && modulus === 2 ** 32 ? 8 : 0;
  const attrs = { modulus: modulus === 2 ** 32 ? 0 : modulus, drop, divisor: modulus * 2 ** -drop, axes, copies };
  const rows = (points / copies) % GROUP === 0 ? "grouped" : "any";
  const { points: all } = single ? singles[rows](inputs, attrs) : doubles[rows](inputs, attrs);
  for (const input of Object.values(inputs)) input.dispose();
  return cutToRange(all, cover, end - first);
}
