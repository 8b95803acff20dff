/** Classifier-free guidance. */
import { add, ArgumentError, checkOptions, div, equal, mul, std, sub, where, type Tensor } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { GUIDANCE_PAPER, ZERO_SNR_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import { checkOutput, describeDenoiser, type Denoiser, type PredictingDenoiser } from "./denoiser.ts";

/** Options of {@link guided}. */
export interface GuidanceOptions<C = unknown> {
  readonly conditional: Denoiser<C>;
  readonly unconditional: Denoiser<C>;
  /** Weight w >= 0: 0 is unconditional, 1 is conditional (one model call), above 1 exaggerates the condition. */
  readonly weight: number;
  /**
   * Share phi in [0, 1] of the guided prediction that is rescaled, per sample, to the standard deviation of the
   * conditional one (Lin et al. 2024, section 3.4): against washed-out pictures at large weights. 0 when left out.
   */
  readonly rescale?: number;
}

/**
 * Classifier-free guidance (Ho & Salimans 2022): `m_u + w (m_c - m_u)` on what the models predict. Both must predict
 * the same quantity; every prediction is linear in epsilon at a fixed x, so the result does not depend on which.
 *
 * The guided denoiser makes two model calls per evaluation, one for w = 0 or 1.
 * @throws ArgumentError for a negative weight or models that predict different quantities
 */
export function guided<C = unknown>(options: GuidanceOptions<C>): PredictingDenoiser<C> {
  checkOptions("guided", options, ["conditional", "unconditional", "weight", "rescale"]);
  const conditional = describeDenoiser("guided", options.conditional);
  const unconditional = describeDenoiser("guided", options.unconditional);
  const { weight } = options;
  checkNumber("guided", "weight", weight, 0);
  const rescale = options.rescale ?? 0;
  checkNumber("guided", "rescale", rescale, 0, 1);
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
    const plain = add(base, mul(sub(target, base), weight));
    const mixed = (rescale === 0 ? plain : rescaled(plain, target, rescale)).eval();
    for (const used of new Set([base, target])) if (used !== x) used.dispose();
    return mixed;
  };
  const papers = rescale === 0 ? [GUIDANCE_PAPER] : [GUIDANCE_PAPER, ZERO_SNR_PAPER];
  const citations = [...papers, ...(conditional.citations ?? []), ...(unconditional.citations ?? [])];
  return { predict, call, citations };
}

/** `phi g std(c)/std(g) + (1 - phi) g`, the deviations taken over each sample; samples without variation stay. */
function rescaled(guidedOutput: Tensor, conditional: Tensor, phi: number): Tensor {
  const axis = guidedOutput.shape.map((_, i) => i).slice(1);
  if (axis.length === 0) return guidedOutput;
  const wanted = std(conditional, { axis, keepDims: true });
  const found = std(guidedOutput, { axis, keepDims: true });
  const flat = equal(found, 0);
  const factor = where(flat, 1, div(wanted, where(flat, 1, found)));
  return mul(guidedOutput, add(mul(factor, phi), 1 - phi));
}
