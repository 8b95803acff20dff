/** What weight methods have in common: a grid of levels for each group of a row, and the result. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";
import type { Citation } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { LinearLayer } from "./layer.ts";

/** The levels s·(c − z), c = 0…2ᵇ − 1, and how their range is found. */
export interface GridOptions {
  /** Bits of a code, 2…8. */
  readonly bits: number;
  /** A range symmetric about zero with z = 2ᵇ⁻¹, instead of one from min to max. False by default. */
  readonly symmetric?: boolean;
  /** Consecutive columns that share a scale; the whole row when left out. Must divide the number of columns. */
  readonly group?: number;
  /** Shrink the range to the one of 81 (100 %…20 %) with the smallest Σ|w − q|^2.4. False by default. */
  readonly shrink?: boolean;
}

/** A quantised weight matrix. */
export interface QuantizedWeight {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  /** Codes 0…2ᵇ − 1, row-major. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [rows, groups], row-major. */
  readonly scale: Float64Array<ArrayBuffer>;
  /** [rows, groups]: the code of zero. */
  readonly zeroPoint: Float64Array<ArrayBuffer>;
  /** The group of each column. */
  readonly groupOf: Uint32Array<ArrayBuffer>;
  /** s·(c − z), row-major. */
  readonly values: Float64Array<ArrayBuffer>;
}

/** A method that quantises the weights of a layer, maybe with pauses. */
export interface LayerMethod {
  readonly name: string;
  quantize(layer: LinearLayer, options: GridOptions): QuantizedWeight | Promise<QuantizedWeight>;
  readonly citation?: Citation;
}

/** A method that answers at once. */
export interface WeightMethod extends LayerMethod {
  quantize(layer: LinearLayer, options: GridOptions): QuantizedWeight;
}

/** A scale and a zero point. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Number of groups in a row. Throws for bits outside 2…8 and groups that do not fill a row. */
export function checkGrid(name: string, columns: number, { bits, group = columns }: GridOptions): number {
  checkInteger(name, "bits", bits, 2, 8);
  checkInteger(name, "group", group, 1);
  if (columns % group !== 0) {
    throw new ShapeError(
      `${name}: groups do not fill a row (got ${columns} columns in groups of ${group}, expected a divisor).`,
    );
  }
  return columns / group;
}

/** Grid of a range that contains 0: min/max, or symmetric about 0 when asked for and there are negative values. */
function gridOfRange(low: number, high: number, { bits, symmetric = false }: GridOptions): Grid {
  const top = 2 ** bits - 1;
  let [min, max] = [low, high];
  if (symmetric) {
    max = Math.max(-min, max);
    min = -max;
  }
  const scale = (max - min) / top;
  // Zeros only, or so small that a scale would be subnormal in float32.
  if (!(scale >= 2 ** -126)) return { scale: 1, zeroPoint: symmetric ? 2 ** (bits - 1) : 0 };
  return { scale, zeroPoint: symmetric ? 2 ** (bits - 1) : roundHalfEven(-min / scale) };
}

/** The code of a weight. */
export function codeOf(w: number, { scale, zeroPoint }: Grid, bits: number): number {
  return clamp(roundHalfEven(w / scale) + zeroPoint, 0, 2 ** bits - 1);
}

/** The grid of some weights: range with 0 inside, shrunk if asked for. */
export function fitGrid(weights: Float64Array, options: GridOptions): Grid {
  let min = 0;
  let max = 0;
  for (const w of weights) {
    if (w < min) min = w;
    if (w > max) max = w;
  }
  const whole = gridOfRange(min, max, options);
  if (options.shrink !== true) return whole;
  const errorOf = (grid: Grid): number => {
    let sum = 0;
    for (const w of weights) {
      sum += Math.abs(w - grid.scale * (codeOf(w, grid, options.bits) - grid.zeroPoint)) ** 2.4;
    }
    return sum;
  };
  let best = whole;
  let least = errorOf(whole);
  for (let i = 1; i <= 80; i++) {
    const factor = 1 - i / 100;
    const grid = gridOfRange(factor * min, factor * max, options);
    const error = errorOf(grid);
    if (error < least) {
      least = error;
      best = grid;
    }
  }
  return best;
}

/** Puts a result together from its codes and grids. */
export function weightOf(
  layer: LinearLayer,
  bits: number,
  codes: Uint8Array<ArrayBuffer>,
  grids: readonly Grid[],
  groupOf: Uint32Array<ArrayBuffer>,
): QuantizedWeight {
  const { rows, columns } = layer;
  const groups = grids.length / rows;
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const { scale, zeroPoint } = grids[Math.floor(i / columns) * groups + groupOf[i % columns]];
    values[i] = scale * (codes[i] - zeroPoint);
  }
  return {
    rows,
    columns,
    bits,
    codes,
    scale: Float64Array.from(grids, ({ scale }) => scale),
    zeroPoint: Float64Array.from(grids, ({ zeroPoint }) => zeroPoint),
    groupOf,
    values,
  };
}

/** The grid of an element of a quantised weight. */
export function gridAt(q: QuantizedWeight, row: number, column: number): Grid {
  const at = row * (q.scale.length / q.rows) + q.groupOf[column];
  return { scale: q.scale[at], zeroPoint: q.zeroPoint[at] };
}

/** The same grids with other codes. Throws for codes out of range. */
export function withCodes(q: QuantizedWeight, codes: Uint8Array<ArrayBuffer>): QuantizedWeight {
  if (codes.length !== q.codes.length || codes.some((code) => code >= 2 ** q.bits)) {
    throw new ArgumentError(
      `withCodes: codes do not fit (got ${codes.length} codes, expected ${q.codes.length} below ${2 ** q.bits}).`,
    );
  }
  return {
    ...q,
    codes,
    values: Float64Array.from(codes, (code, i) => {
      const { scale, zeroPoint } = gridAt(q, Math.floor(i / q.columns), i % q.columns);
      return scale * (code - zeroPoint);
    }),
  };
}
