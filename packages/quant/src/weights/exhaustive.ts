/** The best choice between rounding down and up, by trying all: a certificate for small rows. */
import { ShapeError } from "@ansatz/tensor";
import { checkInteger, checkLength, checkPositive } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp } from "../numbers.ts";
import { gramOf } from "./layer.ts";

/** Longest row: 2²⁰ choices. */
const LONGEST = 20;

/** What {@link exhaustiveRounding} finds. */
export interface ExhaustiveRounding {
  /** Signed codes ⌊w/s⌋ or ⌊w/s⌋ + 1, limited to the range of b bits. */
  readonly codes: Int32Array<ArrayBuffer>;
  /** (s·codes − w)ᵀ XᵀX (s·codes − w). */
  readonly objective: number;
}

/**
 * Of all 2ᵈ ways to round the d weights of a row down or up, the one whose output error is smallest.
 * Goes through them in Gray-code order, with d operations for each.
 * @throws ShapeError for more than 20 weights
 */
export function exhaustiveRounding(w: Numbers, inputs: Numbers, scale: number, bits: number): ExhaustiveRounding {
  const name = "exhaustiveRounding";
  const d = w.length;
  if (d > LONGEST) throw new ShapeError(`${name}: too many weights (got ${d}, expected at most ${LONGEST}).`);
  checkPositive(name, "scale", scale);
  checkInteger(name, "bits", bits, 2, 8);
  checkLength(name, "inputs", inputs, Math.ceil(inputs.length / d) * d);
  const H = gramOf(inputs, d);
  const limit = 2 ** (bits - 1);
  const level = (j: number, up: number): number => clamp(Math.floor(w[j] / scale) + up, -limit, limit - 1);
  const e = Float64Array.from(w, (v, j) => scale * level(j, 0) - v);
  const g = Float64Array.from(H, (row) => row.reduce((sum, h, j) => sum + h * e[j], 0));
  let objective = e.reduce((sum, v, j) => sum + v * g[j], 0);
  let least = objective;
  let best = 0;
  let chosen = 0;
  for (let count = 1; count < 2 ** d; count++) {
    const j = 31 - Math.clz32(count & -count);
    chosen ^= 1 << j;
    const delta = scale * (level(j, 1) - level(j, 0)) * ((chosen >> j) & 1 ? 1 : -1);
    objective += delta * (2 * g[j] + delta * H[j][j]);
    for (let i = 0; i < d; i++) g[i] += delta * H[j][i];
    if (objective < least) [least, best] = [objective, chosen];
  }
  const codes = Int32Array.from({ length: d }, (_, j) => level(j, (best >> j) & 1));
  const error = codes.reduce((sum, c, i) => {
    const ei = scale * c - w[i];
    return sum + ei * codes.reduce((s, q, j) => s + H[i][j] * (scale * q - w[j]), 0);
  }, 0);
  return { codes, objective: error };
}
