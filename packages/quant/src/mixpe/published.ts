/** The simulator that was published with MixPE, to set beside our model: what it counts, not what hardware would do. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { GemmShape } from "./model.ts";

/** An array of the published simulator. */
export interface PublishedArray {
  readonly rows: number;
  readonly columns: number;
  /** Bits of the widest and of the narrowest operands of an element; narrower ones than the widest run several at a time. */
  readonly mostBits: number;
  readonly leastBits: number;
  /** Bits of both operands: weights and activations alike. */
  readonly bits: number;
  /** pJ per element: of every cycle, and of every cycle that computes. */
  readonly core: readonly [leakage: number, dynamic: number];
}

const NARROW = [0.128628, 0.55992] as const;

/** The arrays of its configuration files: sizes are chosen there, not derived from an area. */
export const PUBLISHED_ARRAYS: Readonly<Record<"w4a8" | "bitfusion" | "int8" | "w4a16" | "fp16", PublishedArray>> = {
  w4a8: { rows: 64, columns: 64, mostBits: 8, leastBits: 4, bits: 4, core: NARROW },
  bitfusion: { rows: 32, columns: 40, mostBits: 8, leastBits: 4, bits: 4, core: NARROW },
  int8: { rows: 32, columns: 32, mostBits: 8, leastBits: 4, bits: 8, core: NARROW },
  w4a16: { rows: 32, columns: 32, mostBits: 16, leastBits: 8, bits: 8, core: [0.256916, 1.089964] },
  fp16: { rows: 32, columns: 28, mostBits: 16, leastBits: 16, bits: 16, core: [0.385884, 1.679964] },
};

/** Bits of buffers: half of 128 KiB for weights, of 256 KiB for activations and of 128 KiB for sums. */
const HALF = { weights: 2 ** 19, activations: 2 ** 20, outputs: 2 ** 19 } as const;

/** DRAM bits per cycle, and bits of an output. */
const BANDWIDTH = 1024;
const OUTPUT_BITS = 16;

/** pJ for 1024 bits (CACTI, 28 nm). Weights and activations are read equally often, so that only their sum is known. */
const ENERGY = {
  dramRead: 644.304,
  dramWrite: 784.104,
  weightWrite: 40.6844,
  activationWrite: 49.7732,
  operandReads: 69.3224,
  outputRead: 9.43824,
  outputWrite: 13.3096,
} as const;

/** nJ per cycle, whatever is computed. */
const STATIC = 0.96923;

/** What its choice between tilings with equal cycles adds up: nJ per cycle of memories, and nJ for 1024 bits of DRAM. */
const CHOICE = {
  leakage: (2.96594 * 32 + 5.4983 * 32 + 0.127708 * 1024) / 500 + 3838.05 / 500_000,
  read: 1.18294,
  write: 1.47797,
} as const;

/** What the published simulator says of a fully connected layer. Energies in nJ. */
export interface PublishedCost {
  readonly cycles: number;
  readonly stallCycles: number;
  readonly dramReadBits: number;
  readonly dramWriteBits: number;
  readonly reads: { readonly activations: number; readonly weights: number; readonly outputs: number };
  readonly writes: { readonly activations: number; readonly weights: number; readonly outputs: number };
  readonly energy: { readonly static: number; readonly dram: number; readonly buffers: number; readonly core: number };
}

type Loop = "m" | "k" | "n";

/** Loops over tiles from the innermost outwards. */
const ORDERS: readonly (readonly Loop[])[] = [
  ["k", "m", "n"],
  ["k", "n", "m"],
  ["m", "k", "n"],
  ["m", "n", "k"],
  ["n", "k", "m"],
  ["n", "m", "k"],
];

/** Powers of two below `most`, and `most`. */
function tileSizes(most: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 2) sizes.push(size);
  return [...sizes, most];
}

const ceil = (a: number, b: number): number => Math.ceil(a / b);

/**
 * Bits that loops move of an operand with tiles of `tile` bits, and the most that stays in its buffer: a loop that the
 * operand depends on multiplies both while the result fits; beyond that every loop multiplies what is moved.
 */
function promote(
  tile: number,
  half: number,
  depends: string,
  order: readonly Loop[],
  counts: Readonly<Record<Loop, number>>,
): { readonly moved: number; readonly held: number; readonly grew: boolean } {
  let [moved, held, fits, grew] = [tile, tile, true, false];
  for (const loop of order) {
    if (fits && !depends.includes(loop)) continue;
    moved *= counts[loop];
    if (!fits) continue;
    fits = moved <= half;
    if (fits) [held, grew] = [moved, true];
  }
  return { moved, held, grew };
}

/**
 * A fully connected layer of M rows, [M, K]·[K, N], in the published simulator (yuzhang712/mixpe_simulator, which builds on
 * that of BitFusion): the tiles (powers of two) and the order of loops with the fewest cycles, then the least energy.
 *
 * Both operands have the same bits; every multiply-add reads the buffers; there are no cycles for filling and draining; a
 * tile of sums that stays in its buffer costs no time on its way out. Sizes of buffers and energies were found from its
 * results. Use {@link gemmCost} for statements about hardware.
 * @throws ArgumentError for sizes that are no positive integers, and for arrays whose smallest tile exceeds a buffer
 */
export function publishedCost({ m, k, n }: GemmShape, array: PublishedArray): PublishedCost {
  const { rows, columns, mostBits, leastBits, bits, core } = array;
  const sizes = { m, k, n, rows, columns, mostBits, leastBits, bits };
  for (const [field, value] of Object.entries(sizes)) checkInteger("publishedCost", field, value, 1);
  const factor = Math.floor(mostBits / Math.max(bits, leastBits));
  const [high, wide] = [rows * factor, columns * factor];
  const [leakage, dynamic] = core.map((energy) => (energy * rows * columns) / 1000);
  let best: { cycles: number; energy: number; cost: Omit<PublishedCost, "energy"> } | undefined;
  for (const tm of tileSizes(m)) {
    for (const tk of tileSizes(k)) {
      const activationTile = ceil(tk, wide) * wide * tm * bits;
      if (activationTile > HALF.activations) continue;
      for (const tn of tileSizes(n)) {
        const weightTile = ceil(tk, high) * high * tn * bits;
        if (weightTile > HALF.weights) continue;
        const counts = { m: ceil(m, tm), k: ceil(k, tk), n: ceil(n, tn) };
        const tiles = counts.m * counts.k * counts.n;
        const compute = tiles * ceil(tm, high) * ceil(tn, wide) * tk;
        for (const order of ORDERS) {
          const weights = promote(weightTile, HALF.weights, "kn", order, counts);
          const activations = promote(activationTile, HALF.activations, "mk", order, counts);
          const outputs = promote(tn * tm * OUTPUT_BITS, HALF.outputs, "mn", order, counts);
          const first = weights.held + activations.held;
          const last = outputs.grew ? 0 : outputs.held;
          const traffic = weights.moved + activations.moved + outputs.moved;
          const stallCycles =
            Math.max(0, ceil(traffic - first - last, BANDWIDTH) - compute) +
            ceil(first, BANDWIDTH) +
            ceil(last, BANDWIDTH);
          const cycles = compute + stallCycles;
          if (best !== undefined && cycles > best.cycles) continue;
          const products = tn * tk * tm * tiles * bits;
          const sums = tn * tm * OUTPUT_BITS * tiles;
          const dramReadBits = weights.moved + activations.moved;
          const cost = {
            cycles,
            stallCycles,
            dramReadBits,
            dramWriteBits: outputs.moved,
            reads: { activations: products, weights: products, outputs: sums + outputs.moved },
            writes: { activations: activations.moved, weights: weights.moved, outputs: sums },
          };
          const energy =
            cycles * (leakage + CHOICE.leakage) +
            compute * dynamic +
            buffers(cost) +
            (dramReadBits * CHOICE.read + outputs.moved * CHOICE.write) / 1024;
          if (best === undefined || cycles < best.cycles || energy < best.energy) best = { cycles, energy, cost };
        }
      }
    }
  }
  if (best === undefined) {
    throw new ArgumentError(
      `publishedCost: no tile fits the buffers (got ${rows} x ${columns} elements with operands of ${bits} bits). Choose a smaller array.`,
    );
  }
  const { cost } = best;
  return {
    ...cost,
    energy: {
      static: cost.cycles * STATIC,
      dram: (cost.dramReadBits * ENERGY.dramRead + cost.dramWriteBits * ENERGY.dramWrite) / 1024 / 1000,
      buffers: buffers(cost),
      core: cost.cycles * leakage + (cost.cycles - cost.stallCycles) * dynamic,
    },
  };
}

/** nJ of all accesses to buffers. */
function buffers({ reads, writes }: Pick<PublishedCost, "reads" | "writes">): number {
  const picojoules =
    reads.weights * ENERGY.operandReads +
    writes.weights * ENERGY.weightWrite +
    writes.activations * ENERGY.activationWrite +
    reads.outputs * ENERGY.outputRead +
    writes.outputs * ENERGY.outputWrite;
  return picojoules / 1024 / 1000;
}
