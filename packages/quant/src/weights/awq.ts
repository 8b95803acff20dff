/** AWQ: columns that see large inputs are scaled up before rounding, so that they lose less. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { Grid, GridOptions, QuantizedWeight } from "./base.ts";
import { checkGrid, codeOf, weightOf } from "./base.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer, outputError } from "./layer.ts";

/** The quantiser of AWQ: asymmetric, and unlike elsewhere the range need not contain 0. */
function awqGrid(weights: Float64Array, bits: number): Grid {
  let min = Infinity;
  let max = -Infinity;
  for (const w of weights) {
    if (w < min) min = w;
    if (w > max) max = w;
  }
  const top = 2 ** bits - 1;
  const scale = Math.max(max - min, 1e-5) / top;
  return { scale, zeroPoint: clamp(-roundHalfEven(min / scale), 0, top) };
}

/** Quantises groups of consecutive weights. */
function quantizeGroups(layer: LinearLayer, weight: Float64Array, bits: number, group: number): QuantizedWeight {
  const codes = new Uint8Array(weight.length);
  const grids: Grid[] = [];
  for (let start = 0; start < weight.length; start += group) {
    const grid = awqGrid(weight.subarray(start, start + group), bits);
    grids.push(grid);
    for (let i = start; i < start + group; i++) codes[i] = codeOf(weight[i], grid, bits);
  }
  const groupOf = Uint32Array.from({ length: layer.columns }, (_, j) => Math.floor(j / group));
  return weightOf(layer, bits, codes, grids, groupOf);
}

/** Mean absolute input of each column. */
export function meanAbsolute(inputs: ArrayLike<number>, columns: number): Float64Array<ArrayBuffer> {
  const mean = new Float64Array(columns);
  for (let i = 0; i < inputs.length; i++) mean[i % columns] += Math.abs(inputs[i]);
  return mean.map((sum) => (sum * columns) / inputs.length);
}

/** What {@link awq} returns. */
export interface AwqResult {
  /** The quantised W·diag(s). */
  readonly scaled: QuantizedWeight;
  /** s, by which the layer's inputs are to be divided. */
  readonly inputScale: Float64Array<ArrayBuffer>;
  /** The weights that layer and division amount to: values of `scaled` divided by s. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Number of the best ratio. */
  readonly index: number;
  /** The exponent index/steps. */
  readonly ratio: number;
  /** Mean squared change of the outputs for every ratio. */
  readonly losses: Float64Array<ArrayBuffer>;
}

function checkOptions(name: string, options: GridOptions): void {
  if (options.symmetric === true || options.shrink === true) {
    throw new ArgumentError(`${name}: the grid is asymmetric (got symmetric or shrink, expected neither).`);
  }
}

/**
 * Activation-aware scales. With a_j = mean |X_ij|, tries s = max(a^(i/steps), 1e-4)/√(max s·min s) for i = 0…steps − 1,
 * quantises W·diag(s) in groups, and keeps the first with the smallest mean squared change of the outputs.
 * Cost: steps·rows·columns·samples.
 * @param steps 20 by default
 * @throws as {@link roundToNearest}; ArgumentError for a symmetric grid
 * @see Lin et al. 2024, section 3.2
 */
export function awq(layer: LinearLayer, options: GridOptions & { readonly steps?: number }): AwqResult {
  const samples = checkLayer("awq", layer);
  const { bits, steps = 20 } = options;
  checkOptions("awq", options);
  checkInteger("awq", "steps", steps, 1);
  const { rows, columns, weight } = layer;
  const group = columns / checkGrid("awq", columns, options);
  const a = meanAbsolute(layer.inputs, columns);
  const losses = new Float64Array(steps);
  let best: AwqResult | undefined;
  for (let index = 0; index < steps; index++) {
    const raw = a.map((v) => Math.max(v ** (index / steps), 1e-4));
    const norm = Math.sqrt(Math.max(...raw) * Math.min(...raw));
    const inputScale = raw.map((v) => v / norm);
    const scaledWeight = Float64Array.from(weight, (w, i) => w * inputScale[i % columns]);
    const scaled = quantizeGroups(layer, scaledWeight, bits, group);
    const values = scaled.values.map((v, i) => v / inputScale[i % columns]);
    losses[index] = outputError(layer, values) / (rows * samples);
    if (best === undefined || losses[index] < losses[best.index]) {
      best = { scaled, inputScale, values, index, ratio: index / steps, losses };
    }
  }
  return best as AwqResult;
}

/**
 * The largest absolute value at which to clip each group: 100 %, 95 %, … 55 % of the largest weight, whichever changes
 * the group's share of the outputs least in the mean square. Returns [rows, groups].
 * @throws as {@link awq}
 * @see Lin et al. 2024, the authors' clip search
 */
export function awqClip(layer: LinearLayer, options: GridOptions): Float64Array<ArrayBuffer> {
  const samples = checkLayer("awqClip", layer);
  checkOptions("awqClip", options);
  const { columns, inputs } = layer;
  const groups = checkGrid("awqClip", columns, options);
  const group = columns / groups;
  const weight = Float64Array.from(layer.weight);
  return Float64Array.from({ length: weight.length / group }, (_, g) => {
    const w = weight.subarray(g * group, (g + 1) * group);
    const first = (g % groups) * group;
    const largest = w.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    let best = largest;
    let least = Infinity;
    for (let i = 0; i < 10; i++) {
      const limit = largest * (1 - i / 20);
      const clipped = w.map((v) => clamp(v, -limit, limit));
      const grid = awqGrid(clipped, options.bits);
      const change = clipped.map((v, j) => grid.scale * (codeOf(v, grid, options.bits) - grid.zeroPoint) - w[j]);
      let error = 0;
      for (let k = 0; k < samples; k++) {
        let d = 0;
        for (let j = 0; j < group; j++) d += change[j] * inputs[k * columns + first + j];
        error += d * d;
      }
      if (error < least) [least, best] = [error, limit];
    }
    return best;
  });
}
