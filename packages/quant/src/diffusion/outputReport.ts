/** The quantised model beside the float one. */
import type { Tree } from "@ansatz/tensor";
import { treeEntries } from "@ansatz/tensor";
import { sqnr } from "../metrics.ts";
import { calibrationBatch, type CalibrationSet } from "./calibration.ts";
import { quantizedFunction, type RunnableModel } from "./denoiser.ts";

/** Items that both models are run on. */
const ITEMS = 4;

/**
 * Signal to noise in dB of a quantised model's outputs against those of the float model, on up to four items spread over
 * the set.
 */
export async function outputReport<P extends Tree>(
  model: RunnableModel<P>,
  float: P,
  set: CalibrationSet,
): Promise<number> {
  const [, leaf] = treeEntries(float)[0];
  const like = { dtype: leaf.dtype as "f32" | "f64", device: leaf.device };
  const apply = quantizedFunction(model);
  const count = Math.min(ITEMS, set.t.length);
  const [exact, found]: number[][] = [[], []];
  for (let i = 0; i < count; i++) {
    const at = Math.floor((i * set.t.length) / count);
    const { x, time } = calibrationBatch(set, at, at + 1, like);
    exact.push(...Array.from(await model.network.apply(float, x, time).data(), Number));
    found.push(...Array.from(await apply(x, set.t[at]).data(), Number));
  }
  return sqnr(exact, found);
}
