/** Classifier-free guidance. */
import { add, ArgumentError, checkOptions, mul, sub, type Tensor } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { GUIDANCE_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import { checkOutput, describeDenoiser, type Denoiser, type PredictingDenoiser } from "./denoiser.ts";

/** Options of {@link guided}. */
export interface GuidanceOptions<C = unknown> {
  readonly conditional: Denoiser<C>;
  readonly unconditional: Denoiser<C>;
  /** Weight w >= 0: 0 is unconditional, 1 is conditional (one model call), above 1 exaggerates the condition. */
  readonly weight: number;
}

/**
 * Classifier-free guidance (Ho & Salimans 2022): `m_u + w (m_c - m_u)` on what the models predict. Both must predict
 * the same quantity; every prediction is linear in epsilon at a fixed x, so the result does not depend on which.
 *
 * The guided denoiser makes two model calls per evaluation, one for w = 0 or 1.
 * @throws ArgumentError for a negative weight or models that predict different quantities
 */
export function guided<C = unknown>(options: GuidanceOptions<C>): PredictingDenoiser<C> {
  checkOptions("guided", options, ["conditional", "unconditional", "weight"]);
  const conditional = describeDenoiser("guided", options.conditional);
  const unconditional = describeDenoiser("guided", options.unconditional);
  const { weight } = options;
  checkNumber("guided", "weight", weight, 0);
  if (conditional.predict !== unconditional.predict) {
    throw new ArgumentError(
      `guided: both models must predict the same (got ${conditional.predict} and ${unconditional.predict}). Convert one with asPrediction.`,
    );
  }
  const { predict } = conditional;
  if (weight === 1) return conditional;
  if (weight === 0) return unconditional;
  const call = async (x: Tensor, level: Level, context?: C): Promise<Tensor> => {
    const base = await unconditional.call(x, level, context);
    const target = await conditional.call(x, level, context);
    checkOutput("guided", base, x);
    checkOutput("guided", target, x);
    const mixed = add(base, mul(sub(target, base), weight));
    for (const used of new Set([base, target])) if (used !== x) used.dispose();
    return mixed;
  };
  const citations = [GUIDANCE_PAPER, ...(conditional.citations ?? []), ...(unconditional.citations ?? [])];
  return { predict, call, citations };
}
