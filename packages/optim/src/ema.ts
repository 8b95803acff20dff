/** Exponential moving averages of parameters. */
import { add, ArgumentError, checkOptions, mul, sub, treeMap, type Operand, type Tree } from "@ansatz/tensor";
import { checkDecay, checkFlag } from "./check.ts";
import { matching } from "./trees.ts";

/** Options of {@link emaWeight}. */
export interface EmaOptions {
  /** Share of the average that is kept in each step, in [0, 1); 0.999 when left out. */
  readonly decay?: number;
  /** Average over about a tenth of the steps so far while they are few; true when left out. */
  readonly warmup?: boolean;
}

/**
 * Weight of the newest parameters in step number `step` (from 1): `1 - decay`, with warm-up
 * `1 - min(decay, (1 + step) / (10 + step))`.
 *
 * Computed on the host in double precision: near 1, a decay rounded to f32 would be off by up to `3e-8 / (1 - decay)` of
 * the weight.
 * @throws ArgumentError for a decay outside [0, 1)
 */
export function emaWeight(step: number, options: EmaOptions = {}): number {
  checkOptions("emaWeight", options, ["decay", "warmup"]);
  const { decay = 0.999, warmup = true } = options;
  checkDecay("emaWeight", "decay", decay);
  checkFlag("emaWeight", "warmup", warmup);
  if (!(Number.isSafeInteger(step) && step >= 1)) {
    throw new ArgumentError(`emaWeight: step is out of range (got ${String(step)}, expected an integer >= 1).`);
  }
  return 1 - (warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay);
}

/**
 * Moves an average towards new values: `average + weight * (values - average)`, tensor by tensor.
 *
 * Pure, and one fused operation per tensor. Start with the parameters themselves as the average; no bias correction is
 * needed then.
 * @param weight see {@link emaWeight}; a number, or the scalar tensor it becomes under `compile`
 * @throws ArgumentError, DTypeError or ShapeError when the trees differ in structure, data types or shapes
 */
export function emaUpdate<P extends Tree>(average: P, values: P, weight: Operand): P {
  matching("emaUpdate", "values", average, values);
  return treeMap((a, v) => add(a, mul(sub(v, a), weight)), average, values);
}
