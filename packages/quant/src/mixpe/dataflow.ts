/** What stays in the elements of an array, and what that means for cycles and buffer accesses. */
import type { GemmShape } from "./model.ts";
import { foldCycles, stationaryFoldCycles } from "./systolic.ts";

/** Which operand of a product stays in the elements: sums, weights or activations. */
export const DATAFLOWS = ["output", "weight", "input"] as const;

/** One of {@link DATAFLOWS}. */
export type Dataflow = (typeof DATAFLOWS)[number];

/** The array that a product passes through. */
export interface DataflowArray {
  readonly rows: number;
  readonly columns: number;
  readonly wBits: number;
  readonly aBits: number;
  /** Bytes of the buffer for sums; half of it holds those that are worked on. */
  readonly outputBuffer: number;
}

/** Cycles of computing and bits that pass the buffers. */
export interface DataflowCost {
  readonly computeCycles: number;
  readonly sramBits: number;
}

/** Bits of a sum in its buffer. */
const SUM_BITS = 32;

/**
 * Folds of an operand that stays: [K, `kept`] in the elements, `moving` vectors of length K past them. As many vectors at
 * once as have sums in half the buffer; for each such piece the operand enters again. Sums of all folds of K but the first
 * are read, all are written.
 */
function stationary(
  k: number,
  kept: number,
  keptBits: number,
  moving: number,
  movingBits: number,
  { rows, columns, outputBuffer }: DataflowArray,
): DataflowCost {
  const most = Math.max(1, Math.floor((4 * outputBuffer) / (SUM_BITS * columns)));
  const depth = Math.ceil(k / rows);
  const folds = depth * Math.ceil(kept / columns);
  const pieces = Math.ceil(moving / most);
  const whole = Math.floor(moving / most);
  const rest = moving - whole * most;
  const cycles =
    whole * stationaryFoldCycles(rows, most, columns) + (rest > 0 ? stationaryFoldCycles(rows, rest, columns) : 0);
  return {
    computeCycles: folds * cycles,
    sramBits:
      folds * rows * (pieces * columns * keptBits + moving * movingBits) + SUM_BITS * kept * moving * (2 * depth - 1),
  };
}

/**
 * Cycles and buffer accesses of a product.
 *
 * - `output`: ⌈M/R⌉·⌈N/C⌉ folds of K + R + C − 2 cycles, each of which reads K·(R·a + C·w) bits; sums are written once.
 * - `weight`: ⌈K/R⌉·⌈N/C⌉ folds that take R cycles to fill and M + R + C − 2 to compute (SCALE-Sim's formula).
 * - `input`: the same with the activations in the elements, ⌈K/R⌉·⌈M/C⌉ folds.
 */
export const DATAFLOW_COSTS: Readonly<Record<Dataflow, (shape: GemmShape, array: DataflowArray) => DataflowCost>> = {
  output({ m, k, n }, { rows, columns, wBits, aBits }) {
    const folds = Math.ceil(m / rows) * Math.ceil(n / columns);
    return {
      computeCycles: folds * foldCycles(rows, k, columns),
      sramBits: folds * k * (rows * aBits + columns * wBits) + SUM_BITS * m * n,
    };
  },
  weight: ({ m, k, n }, array) => stationary(k, n, array.wBits, m, array.aBits, array),
  input: ({ m, k, n }, array) => stationary(k, m, array.aBits, n, array.wBits, array),
};
