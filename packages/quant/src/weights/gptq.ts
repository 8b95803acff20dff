/** GPTQ: columns are rounded one after the other, and the columns to come make up for each error. */
import { ArgumentError } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { GPTQ_PAPER } from "../citation.ts";
import type { Grid, GridOptions, QuantizedWeight, WeightMethod } from "./base.ts";
import { checkGrid, codeOf, fitGrid, weightOf } from "./base.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer, gramOf } from "./layer.ts";
import { inverseFactor } from "./inverseFactor.ts";

/** Options of {@link gptq}. */
export interface GptqOptions extends GridOptions {
  /** λ: the mean of the Hessian's diagonal times λ is added to it. 0.01 by default. */
  readonly damping?: number;
  /** Take columns by decreasing diagonal of the Hessian instead of from left to right. False by default. */
  readonly activationOrder?: boolean;
  /**
   * Scales from the original weights, groups of consecutive original columns. When false (the default) a group's scale
   * is found when the method enters it, from weights that already make up for earlier errors; with
   * `activationOrder` the groups are then groups of the new order.
   */
  readonly staticGroups?: boolean;
}

/** What {@link gptq} returns. */
export interface GptqResult extends QuantizedWeight {
  /** Σ e²/2, which GPTQ makes small column by column. */
  readonly loss: number;
  /** The damping that was used: ten times more than asked for whenever the Hessian could not be factored. */
  readonly damping: number;
}

/** Times that the damping is raised before giving up. */
const RAISES = 6;

/** Columns by decreasing value, equal ones in their order. */
function byDecreasing(values: Float64Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
}

/** U with H⁻¹ = UᵀU for H plus damping, raising the damping until it works. */
function factorOf(hessian: readonly Float64Array[], damping: number): { U: Float64Array[]; damping: number } {
  const mean = hessian.reduce((sum, row, i) => sum + row[i], 0) / hessian.length;
  for (let raise = 0, used = damping; raise <= RAISES; raise++, used = used === 0 ? 1e-8 : used * 10) {
    const U = inverseFactor(hessian.map((row, i) => row.map((v, j) => (i === j ? v + used * mean : v))));
    if (U !== null) return { U, damping: used };
  }
  throw new ArgumentError(
    `gptq: the Hessian cannot be factored (got a damping of ${damping}, raised ${RAISES} times). Use more inputs.`,
  );
}

/**
 * GPTQ of a layer, in double precision.
 *
 * H = 2XᵀX (columns without input: H_jj = 1 and weight 0) plus λ·mean(diag H)·I, H⁻¹ = UᵀU. For each column i:
 * q = Q(w_i), e = (w_i − q)/U_ii, and w_j −= e·U_ij for the columns j to come. Cost rows·columns² + columns³.
 * @throws ShapeError and ArgumentError for sizes that do not fit, bits outside 2…8, numbers that are not finite, and a
 * Hessian that cannot be factored even with 10⁶ times the damping
 * @see Frantar, Ashkboos, Hoefler & Alistarh 2023, algorithm 1
 */
export function gptq(layer: LinearLayer, options: GptqOptions): GptqResult {
  checkLayer("gptq", layer);
  const { rows, columns } = layer;
  const { bits, damping = 0.01, activationOrder = false, staticGroups = false } = options;
  const groups = checkGrid("gptq", columns, options);
  checkNumber("gptq", "damping", damping, 0);
  const group = columns / groups;
  const weight = Float64Array.from(layer.weight);
  const gram = gramOf(layer.inputs, columns);
  const diagonal = Float64Array.from(gram, (row, j) => 2 * row[j]);
  for (let j = 0; j < columns; j++) {
    if (diagonal[j] !== 0) continue;
    diagonal[j] = 1;
    for (let r = 0; r < rows; r++) weight[r * columns + j] = 0;
  }
  const order = activationOrder ? byDecreasing(diagonal) : Uint32Array.from(diagonal.keys());
  const hessian = Array.from(order, (p, i) =>
    Float64Array.from(order, (q, j) => (i === j ? diagonal[p] : 2 * gram[p][q])),
  );
  const factored = factorOf(hessian, damping);
  // Position in the order that decides about the group.
  const groupOf = new Uint32Array(columns);
  order.forEach((column, i) => {
    groupOf[column] = Math.floor((staticGroups ? column : i) / group);
  });
  const codes = new Uint8Array(rows * columns);
  const grids: Grid[] = [];
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const original = weight.subarray(r * columns, (r + 1) * columns);
    const w = Float64Array.from(order, (column) => original[column]);
    const rowGrids: Grid[] = [];
    if (staticGroups) {
      for (let g = 0; g < groups; g++) rowGrids.push(fitGrid(original.subarray(g * group, (g + 1) * group), options));
    }
    for (let i = 0; i < columns; i++) {
      const column = order[i];
      if (!staticGroups && i % group === 0) rowGrids.push(fitGrid(w.subarray(i, i + group), options));
      const grid = rowGrids[groupOf[column]];
      const code = codeOf(w[i], grid, bits);
      codes[r * columns + column] = code;
      const u = factored.U[i];
      const e = (w[i] - grid.scale * (code - grid.zeroPoint)) / u[i];
      loss += (e * e) / 2;
      for (let j = i + 1; j < columns; j++) w[j] -= e * u[j];
    }
    grids.push(...rowGrids);
  }
  return { ...weightOf(layer, bits, codes, grids, groupOf), loss, damping: factored.damping };
}

/** {@link gptq} as a method, with the given settings. */
export function gptqMethod(settings: Omit<GptqOptions, keyof GridOptions> = {}): WeightMethod {
  return {
    name: settings.activationOrder === true ? "gptq, activation order" : "gptq",
    quantize: (layer, options) => gptq(layer, { ...options, ...settings }),
    citation: GPTQ_PAPER,
  };
}
