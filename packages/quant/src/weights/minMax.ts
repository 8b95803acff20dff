/** Weights whose worst output error is smallest: min-max violation on the calibration inputs. */
import { ArgumentError } from "@ansatz/tensor";
import { roundToLevels, solveDiscrete } from "@ansatz/optim/discrete";
import type { DiscreteResult } from "@ansatz/optim/discrete";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import type { Numbers } from "../check.ts";
import type { QuantizedWeight } from "./base.ts";
import { weightOf } from "./base.ts";
import { inverseFactor } from "./inverseFactor.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer, gramOf } from "./layer.ts";

/** Options of {@link minMaxViolation}. */
export interface MinMaxOptions {
  readonly bits: number;
  readonly key?: Key;
  /** Iterations of the search for each row; 300 when left out. */
  readonly iterations?: number;
  /** Keep the sum of squared errors of every row at most that of GPTQ (`true`), or let it only break ties (`false`, the default). */
  readonly guard?: boolean;
}

/** The result for one row. */
export interface MinMaxRow {
  readonly codes: Int32Array;
  /** max over inputs of |X_i·(ŵ − w)|. */
  readonly worst: number;
  /** Sum of squares of the same. */
  readonly squares: number;
  readonly search: DiscreteResult;
}

/**
 * The levels min w + c·step, c = 0…2ᵇ − 1, with step = (max w − min w)/(2ᵇ − 1); two equal weights give step 1.
 * @throws ArgumentError for bits out of range
 */
export function spannedLevels(w: Numbers, bits: number): Float64Array<ArrayBuffer> {
  checkInteger("spannedLevels", "bits", bits, 1, 8);
  let [min, max] = [Infinity, -Infinity];
  for (let j = 0; j < w.length; j++) {
    min = Math.min(min, w[j]);
    max = Math.max(max, w[j]);
  }
  const step = max > min ? (max - min) / (2 ** bits - 1) : 1;
  return Float64Array.from({ length: 2 ** bits }, (_, c) => min + c * step);
}

/** Number of the level nearest to a value; of two the lower one. */
function nearest(levels: Float64Array, v: number): number {
  const step = levels[1] - levels[0];
  return Math.max(0, Math.min(levels.length - 1, Math.ceil((v - levels[0]) / step - 0.5)));
}

/** Codes of the levels next to each weight. */
export function nearestCodes(w: Numbers, levels: Float64Array): Int32Array<ArrayBuffer> {
  return Int32Array.from(w, (v) => nearest(levels, v));
}

/**
 * GPTQ on given levels: H = 2XᵀX + 0.01·mean(diag)·I, weights from left to right, the ones to come make up for errors.
 * @throws ArgumentError when all inputs are zero
 */
export function gptqCodes(w: Numbers, inputs: Numbers, levels: Float64Array): Int32Array<ArrayBuffer> {
  const n = w.length;
  const gram = gramOf(inputs, n);
  const damping = (0.02 * gram.reduce((sum, row, j) => sum + row[j], 0)) / n;
  const U = inverseFactor(gram.map((row, i) => row.map((v, j) => 2 * v + (i === j ? damping : 0))));
  if (U === null) throw new ArgumentError("gptqCodes: the inputs are all zero (got no variation, expected some).");
  const rest = Float64Array.from(w);
  const codes = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    codes[i] = nearest(levels, rest[i]);
    const e = (rest[i] - levels[codes[i]]) / U[i][i];
    for (let j = i + 1; j < n; j++) rest[j] -= e * U[i][j];
  }
  return codes;
}

/** Worst and squared output error of codes on levels. */
export function rowViolation(
  w: Numbers,
  inputs: Numbers,
  levels: Float64Array,
  codes: Numbers,
): { readonly worst: number; readonly squares: number } {
  const n = w.length;
  let [worst, squares] = [0, 0];
  for (let at = 0; at < inputs.length; at += n) {
    let d = 0;
    for (let j = 0; j < n; j++) d += (levels[codes[j]] - w[j]) * inputs[at + j];
    worst = Math.max(worst, Math.abs(d));
    squares += d * d;
  }
  return { worst, squares };
}

/**
 * Codes of one row that make max_i |X_i·(ŵ − w)| small. Starts from GPTQ and from rounding to nearest and searches with
 * moves of one and two codes (`solveDiscrete`).
 * @see the discrete min-max violation search of `@ansatz/optim/discrete`
 * @throws ShapeError for arrays that do not fit the layer
 */
export async function minMaxRow(w: Numbers, inputs: Numbers, options: MinMaxOptions): Promise<MinMaxRow> {
  const n = w.length;
  checkLayer("minMaxRow", { rows: 1, columns: n, weight: w, inputs });
  const levels = spannedLevels(w, options.bits);
  const matrix = Array.from({ length: inputs.length / n }, (_, i) =>
    Float64Array.from({ length: n }, (_unused, j) => inputs[i * n + j]),
  );
  const target = matrix.map((row) => row.reduce((sum, x, j) => sum + x * w[j], 0));
  const problem = { matrix, target, levels };
  const valuesOf = (codes: Int32Array): Float64Array => Float64Array.from(codes, (c) => levels[c]);
  const start = [gptqCodes(w, inputs, levels), nearestCodes(w, levels)].map(valuesOf);
  const search = await solveDiscrete(problem, {
    ...(options.key === undefined ? {} : { key: options.key }),
    start: await Promise.all(start.map((values) => roundToLevels(problem, values))),
    maxIterations: options.iterations ?? 300,
    squares: options.guard === true ? "guard" : "tie",
    bound: false,
  });
  const codes = Int32Array.from(search.indices);
  return { codes, ...rowViolation(w, inputs, levels, codes), search };
}

/**
 * The weights of a layer row by row with the smallest worst output error that the search finds.
 *
 * Levels span each row from its smallest to its largest weight, so the zero point is no integer in general; groups are not
 * supported. The inputs should be those of the layer in the already quantised model. Costs a search per row.
 * @throws ShapeError for arrays that do not fit the layer; ArgumentError for bits out of range
 */
export async function minMaxViolation(layer: LinearLayer, options: MinMaxOptions): Promise<QuantizedWeight> {
  checkLayer("minMaxViolation", layer);
  checkInteger("minMaxViolation", "bits", options.bits, 2, 8);
  const { rows, columns } = layer;
  const weight = Float64Array.from(layer.weight);
  const codes = new Uint8Array(weight.length);
  const grids: { scale: number; zeroPoint: number }[] = [];
  for (let r = 0; r < rows; r++) {
    const w = weight.subarray(r * columns, (r + 1) * columns);
    const levels = spannedLevels(w, options.bits);
    const key = options.key?.fold(r);
    const found = await minMaxRow(w, layer.inputs, key === undefined ? options : { ...options, key });
    codes.set(found.codes, r * columns);
    const scale = levels[1] - levels[0];
    grids.push({ scale, zeroPoint: -levels[0] / scale });
  }
  return weightOf(layer, options.bits, codes, grids, new Uint32Array(columns));
}
