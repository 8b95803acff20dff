/** The constants of a transform: twiddle factors within steps and between them, as one array. */
import { placesOf, radicesOf, reverseBits } from "./factor.ts";
import { rootOfUnity } from "./roots.ts";
import type { FftAttr } from "./steps.ts";

/** One pass of butterflies over blocks of `radix * span` elements. */
export interface Pass {
  readonly radix: number;
  /** Distance of the elements of a butterfly. */
  readonly span: number;
  /**
   * Where its twiddle factors begin, in complex numbers: for each of the `span` butterflies of a block `radix - 1` factors, in
   * the order of the places. The last pass (span 1) has none.
   */
  readonly factors: number;
}

/**
 * Twiddle factors after a step, `e^(-2 pi i k c / n)` for frequency k and column c. Where a table of all of them would be
 * large, they are products of two: k = low + group * high.
 */
export interface Between {
  /** Where the tables begin, in complex numbers; both have `columns` factors per row. */
  readonly low: number;
  readonly high: number;
  readonly columns: number;
  /** Rows of the first table. */
  readonly group: number;
  /** Rows of the second; 1: the first has all factors. */
  readonly groups: number;
}

/** Constants of one step. */
export interface StepTables {
  readonly passes: readonly Pass[];
  readonly between: Between | null;
}

/** Tables of more factors than this are split in two. */
const LARGEST = 32768;

/** Where everything lies in the array of constants. */
export interface Layout {
  readonly steps: readonly StepTables[];
  /** Number of complex numbers. */
  readonly size: number;
}

/** The layout of the constants of a transform whose steps have these lengths. */
export function tableLayout(lengths: readonly number[]): Layout {
  let size = 0;
  const take = (count: number): number => {
    size += count;
    return size - count;
  };
  const steps = lengths.map((length, s): StepTables => {
    let span = length;
    const passes = radicesOf(length).map((radix): Pass => {
      span /= radix;
      return { radix, span, factors: span === 1 ? 0 : take(span * (radix - 1)) };
    });
    const columns = lengths.slice(s + 1).reduce((a, b) => a * b, 1);
    if (columns === 1) return { passes, between: null };
    const group = length * columns <= LARGEST ? length : Math.ceil(Math.sqrt(length));
    const groups = Math.ceil(length / group);
    const low = take(group * columns);
    return { passes, between: { low, high: groups === 1 ? low : take(groups * columns), columns, group, groups } };
  });
  return { steps, size };
}

/**
 * The constants, real and imaginary parts interleaved.
 * @param attr lengths of the steps and their order: bit-reversed input has its columns in that order too
 */
export function tableValues({ lengths, order }: Pick<FftAttr, "lengths" | "order">): Float64Array<ArrayBuffer> {
  const { steps, size } = tableLayout(lengths);
  const values = new Float64Array(2 * size);
  const put = (at: number, k: number, n: number): void => {
    [values[2 * at], values[2 * at + 1]] = rootOfUnity(k, n);
  };
  steps.forEach(({ passes, between }, s) => {
    for (const { radix, span, factors } of passes) {
      if (span === 1) continue;
      const places = placesOf(radix as never);
      for (let j = 0; j < span; j++) {
        for (let place = 1; place < radix; place++) {
          put(factors + j * (radix - 1) + place - 1, j * places[place], radix * span);
        }
      }
    }
    if (between === null) return;
    const { low, high, columns, group, groups } = between;
    const n = lengths[s] * columns;
    const bits = Math.round(Math.log2(columns));
    for (let c = 0; c < columns; c++) {
      const column = order === "unscrambling" ? reverseBits(c, bits) : c;
      for (let row = 0; row < group; row++) put(low + row * columns + c, row * column, n);
      for (let row = 0; groups > 1 && row < groups; row++) put(high + row * columns + c, row * group * column, n);
    }
  });
  return values;
}
