/** The best of all weight methods that keep the grid of rounding to nearest or GPTQ. */
import { adaRound } from "./adaRound.ts";
import type { GridOptions, LayerMethod, QuantizedWeight } from "./base.ts";
import { gptq } from "./gptq.ts";
import type { LinearLayer } from "./layer.ts";
import { outputError } from "./layer.ts";
import { polish } from "./polish.ts";
import { roundToNearest } from "./rtn.ts";

/** What {@link bestWeight} returns. */
export interface BestWeight {
  readonly method: string;
  readonly weight: QuantizedWeight;
  /** ‖(Q − W)Xᵀ‖² of every candidate. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Runs rounding to nearest, GPTQ, both polished, and AdaRound, and keeps the one with the smallest output error. */
export async function bestWeight(layer: LinearLayer, options: GridOptions): Promise<BestWeight> {
  const nearest = roundToNearest(layer, options);
  const compensated = gptq(layer, options);
  const candidates: Record<string, QuantizedWeight> = {
    rtn: nearest,
    gptq: compensated,
    "rtn, polished": polish(layer, nearest),
    "gptq, polished": polish(layer, compensated),
    adaRound: await adaRound(layer, options),
  };
  const errors = Object.fromEntries(
    Object.entries(candidates).map(([name, q]) => [name, outputError(layer, q.values)]),
  );
  const [method] = Object.entries(errors).reduce((best, entry) => (entry[1] < best[1] ? entry : best));
  return { method, weight: candidates[method], errors };
}

/** {@link bestWeight} as a method. */
export const bestMethod: LayerMethod = {
  name: "best",
  quantize: async (layer, options) => (await bestWeight(layer, options)).weight,
};
