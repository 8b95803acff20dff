/**
 * A transform as steps, each a batch of short transforms of strided data. A length n = m1 m2 ... is seen as axes: step s
 * transforms axis s, multiplies by `e^(-2 pi i k_s r / n_s)` where r is the place along the later axes and n_s the size of
 * these and its own (decimation in frequency), and leaves the result where the data was. Only the last step of a transform in
 * natural order moves its results.
 *
 * Source: Bailey 1990, "FFTs in external or hierarchical memory", for the cut into steps.
 */
import { reverseBits } from "./factor.ts";

/**
 * `natural`: results in order. `scrambled`: frequency k is found at the position whose bits are those of k in reverse.
 * `unscrambling`: the input is in that order and the result in the natural one. The last two for powers of two only.
 */
export type Order = "natural" | "scrambled" | "unscrambling";

/** What the routine is told. */
export interface FftAttr {
  /** The axis of the signal, counted without the axis of the two parts. */
  readonly axis: number;
  /** Lengths of the steps; their product is the length of the axis. */
  readonly lengths: readonly number[];
  /** Sign +1 in the exponent instead of -1. */
  readonly inverse: boolean;
  /** Factor of the results. */
  readonly scale: number;
  readonly order: Order;
}

/** One axis of the batch of short transforms of a step. */
export interface Lane {
  readonly size: number;
  /** Strides of the data read and written, in real numbers. */
  readonly from: number;
  readonly to: number;
  /** What the place along this axis adds to the column of the twiddle factors. */
  readonly column: number;
}

/** Where an operand of the transform lies: strides in real numbers. */
export interface SignalView {
  /** Stride along the transformed axis. */
  readonly along: number;
  /** Strides of the other axes. */
  readonly others: readonly number[];
}

/** An operand of shape [..., n, ..., 2] as sizes of the other axes and strides. */
export function signalOf(
  { shape, strides }: { readonly shape: readonly number[]; readonly strides: readonly number[] },
  axis: number,
): { readonly sizes: readonly number[]; readonly view: SignalView; readonly pair: number } {
  const others = shape.map((_, d) => d).filter((d) => d !== axis && d !== shape.length - 1);
  return {
    sizes: others.map((d) => shape[d]),
    view: { along: strides[axis], others: others.map((d) => strides[d]) },
    pair: strides[shape.length - 1],
  };
}

/** The places of numbered values: `stride * i`, or where `reversed` says so `stride` times the reversed bits of i. */
export interface Places {
  /** In real numbers. */
  readonly stride: number;
  readonly reversed: boolean;
}

/** The places of the values 0 ... length - 1. */
export function placesFor({ stride, reversed }: Places, length: number): Int32Array {
  const bits = Math.round(Math.log2(length));
  return Int32Array.from({ length }, (_, i) => stride * (reversed ? reverseBits(i, bits) : i));
}

/** One step. */
export interface Step {
  readonly length: number;
  readonly from: "input" | "temp";
  readonly to: "temp" | "output";
  /** Axes of the batch, innermost first. */
  readonly lanes: readonly Lane[];
  /** Place of the elements of a short transform. */
  readonly load: Places;
  /** Place of its results, by frequency. */
  readonly store: Places;
  /** Number of columns of the twiddle factors; 1: the last step, which has none. */
  readonly columns: number;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Drops axes of size 1, sorts by the stride written, and joins axes that one stride describes. */
function tidy(lanes: readonly Lane[]): Lane[] {
  const sorted = lanes.filter((l) => l.size !== 1).sort((a, b) => a.to - b.to);
  const joined: Lane[] = [];
  for (const lane of sorted) {
    const last = joined.at(-1);
    const follows = (key: "from" | "to" | "column"): boolean =>
      last !== undefined && lane[key] === last[key] * last.size;
    if (last !== undefined && follows("from") && follows("to") && follows("column")) {
      joined[joined.length - 1] = { ...last, size: last.size * lane.size };
    } else joined.push(lane);
  }
  return joined.length === 0 ? [{ size: 1, from: 0, to: 0, column: 0 }] : joined;
}

/**
 * The steps of a transform.
 * @param sizes sizes of the other axes
 * @param input layout of the input
 * @param output layout of the output; temporaries between steps have the same
 */
export function stepsOf(
  { lengths, order }: Pick<FftAttr, "lengths" | "order">,
  sizes: readonly number[],
  input: SignalView,
  output: SignalView,
): Step[] {
  return lengths.map((length, s): Step => {
    const [first, last] = [s === 0, s === lengths.length - 1];
    const before = product(lengths.slice(0, s));
    const after = product(lengths.slice(s + 1));
    const source = first ? input : output;
    const lanes = sizes.map((size, d): Lane => ({ size, from: source.others[d], to: output.others[d], column: 0 }));
    const add = (size: number, from: number, to: number, column: number): void => {
      lanes.push({ size, from: from * source.along, to: to * output.along, column });
    };
    let [fromStride, toStride] = [after, after];
    if (order === "unscrambling") {
      // Frequencies found so far are the lowest bits of the position, what is still to be transformed the highest.
      [fromStride, toStride] = [before, before];
      add(before, 1, 1, 0);
      add(after, before * length, before * length, 1);
    } else {
      add(after, 1, 1, 1);
      if (last && order === "natural") {
        toStride = before;
        for (let d = 0; d < s; d++) add(lengths[d], product(lengths.slice(d + 1)), product(lengths.slice(0, d)), 0);
      } else add(before, length * after, length * after, 0);
    }
    return {
      length,
      from: first ? "input" : "temp",
      to: last ? "output" : "temp",
      lanes: tidy(lanes),
      load: { stride: fromStride * source.along, reversed: order === "unscrambling" },
      store: { stride: toStride * output.along, reversed: order === "scrambled" },
      columns: after,
    };
  });
}
