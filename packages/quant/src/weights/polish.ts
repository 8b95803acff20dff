/** Coordinate descent on the codes of a quantised weight, after any other method. */
import { checkInteger, checkLength } from "../check.ts";
import { QUANTEASE_PAPER } from "../citation.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { QuantizedWeight, WeightMethod } from "./base.ts";
import { gridAt, withCodes } from "./base.ts";
import { gptq } from "./gptq.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer, gramOf } from "./layer.ts";

/** Options of {@link polish}. */
export interface PolishOptions {
  /** Also change two codes at once by ±1, when no single change helps. True by default. */
  readonly pairs?: boolean;
  /** Most changes in a row of the matrix; 50 times its length by default. */
  readonly moves?: number;
}

/** One row: codes, their steps, and the gradient g = H·e of the objective eᵀHe. */
interface Row {
  readonly codes: Uint8Array;
  readonly steps: Float64Array;
  readonly g: Float64Array;
}

/** Decreases smaller than this part of the objective's size are rounding. */
const RELATIVE = 1e-12;

function apply({ codes, steps, g }: Row, H: readonly Float64Array[], j: number, by: number): void {
  codes[j] += by;
  const delta = by * steps[j];
  const row = H[j];
  for (let i = 0; i < g.length; i++) g[i] += delta * row[i];
}

/** The best change of a single code: by how much, and the change of the objective. */
function bestSingle(
  { codes, steps, g }: Row,
  H: readonly Float64Array[],
  top: number,
): readonly [number, number, number] {
  let [at, by, gain] = [-1, 0, 0];
  for (let j = 0; j < g.length; j++) {
    const h = H[j][j];
    if (h === 0) continue;
    const wanted = clamp(codes[j] + roundHalfEven(-g[j] / (h * steps[j])), 0, top) - codes[j];
    if (wanted === 0) continue;
    const delta = wanted * steps[j];
    const change = delta * (2 * g[j] + delta * h);
    if (change < gain) [at, by, gain] = [j, wanted, change];
  }
  return [at, by, gain];
}

/** The best change of two codes by ±1. */
function bestPair(
  { codes, steps, g }: Row,
  H: readonly Float64Array[],
  top: number,
): readonly [i: number, byI: number, j: number, byJ: number, gain: number] {
  const n = g.length;
  let best: readonly [number, number, number, number, number] = [-1, 0, -1, 0, 0];
  for (let i = 0; i < n; i++) {
    for (const byI of [-1, 1]) {
      if (codes[i] + byI < 0 || codes[i] + byI > top) continue;
      const di = byI * steps[i];
      const changeI = di * (2 * g[i] + di * H[i][i]);
      const cross = 2 * di;
      for (let j = i + 1; j < n; j++) {
        // The better sign of the second change; its range is checked only when the pair would win.
        const slope = 2 * g[j] + cross * H[i][j];
        const byJ = slope > 0 ? -1 : 1;
        const dj = byJ * steps[j];
        const change = changeI + dj * (slope + dj * H[j][j]);
        if (change < best[4] && codes[j] + byJ >= 0 && codes[j] + byJ <= top) best = [i, byI, j, byJ, change];
      }
    }
  }
  return best;
}

/**
 * Lowers the objective Σ_rows (q − w)ᵀ XᵀX (q − w) by changing codes: always the best single change, and when none is
 * left the best ±1 change of two codes. Scales and zero points stay. Never makes the objective larger.
 * Cost for each change: columns (single), columns² (pair).
 * @throws ShapeError when the weight does not belong to the layer
 * @see Behdin et al. 2023 (QuantEase) for the single changes
 */
export function polish(layer: LinearLayer, start: QuantizedWeight, options: PolishOptions = {}): QuantizedWeight {
  checkLayer("polish", layer);
  const { rows, columns } = layer;
  checkLength("polish", "the start's codes", start.codes, rows * columns);
  const { pairs = true, moves = 50 * columns } = options;
  checkInteger("polish", "moves", moves, 0);
  const H = gramOf(layer.inputs, columns);
  const size = H.reduce((sum, row, j) => sum + row[j], 0);
  const codes = start.codes.slice();
  const top = 2 ** start.bits - 1;
  for (let r = 0; r < rows; r++) {
    const steps = Float64Array.from({ length: columns }, (_, j) => gridAt(start, r, j).scale);
    const e = Float64Array.from(
      { length: columns },
      (_, j) => start.values[r * columns + j] - layer.weight[r * columns + j],
    );
    const g = Float64Array.from(H, (row) => row.reduce((sum, h, j) => sum + h * e[j], 0));
    const row: Row = { codes: codes.subarray(r * columns, (r + 1) * columns), steps, g };
    const least = -RELATIVE * size * Math.max(...steps) ** 2;
    for (let move = 0; move < moves; move++) {
      const [at, by, gain] = bestSingle(row, H, top);
      if (gain < least) {
        apply(row, H, at, by);
        continue;
      }
      const [i, byI, j, byJ, pairGain] = pairs ? bestPair(row, H, top) : [-1, 0, -1, 0, 0];
      if (pairGain >= least) break;
      apply(row, H, i, byI);
      apply(row, H, j, byJ);
    }
  }
  return withCodes(start, codes);
}

/** GPTQ and then {@link polish}. */
export const polishedGptq: WeightMethod = {
  name: "gptq, polished",
  quantize: (layer, options) => polish(layer, gptq(layer, options)),
  citation: QUANTEASE_PAPER,
};
