/** DDIM: deterministic, or with a share of fresh noise. */
import { ArgumentError, checkOptions, maximum, minimum, type Citation } from "@ansatz/tensor";
import { checkNumber, checkPositive } from "../check.ts";
import { DDIM_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { TransformFunction, Value } from "../plan/plan.ts";
import {
  threshold,
  thresholdNumeric,
  thresholdSettings,
  type DynamicThresholdOptions,
} from "../predictions/threshold.ts";
import { ancestralStep, posteriorDeviation } from "./ancestral.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";

/** Options of {@link ddim}. */
export interface DdimOptions {
  /** Share of fresh noise, 0 (deterministic) to 1 (ancestral sampling); 0 when left out. */
  readonly eta?: number;
  /**
   * Clips the estimate of x0 to [-clip, clip] but keeps the noise prediction as it is, as diffusers' `clip_sample` does; not
   * clipped when left out. (`withStaticThreshold` also takes the noise prediction from the clipped estimate.)
   */
  readonly clip?: number;
  /** Dynamic thresholding of the estimate of x0 that keeps the noise prediction as it is, as diffusers' `thresholding` does. */
  readonly threshold?: DynamicThresholdOptions;
}

/** How DDIM keeps estimates of x0 in range, if it does. */
export function ddimLimit({ clip, threshold: dynamic }: DdimOptions): TransformFunction | undefined {
  if (clip !== undefined && dynamic !== undefined) {
    throw new ArgumentError("ddim: clip and threshold exclude each other (got both, expected one of them).");
  }
  if (dynamic !== undefined) {
    const settings = thresholdSettings("ddim", dynamic);
    return {
      tensor: (x0) => threshold(x0, settings),
      numeric: (samples, x0) => thresholdNumeric(samples, x0, settings),
    };
  }
  if (clip === undefined) return undefined;
  checkPositive("ddim", "clip", clip);
  return {
    tensor: (x0) => maximum(minimum(x0, clip), -clip),
    numeric: (_, x0) => x0.map((v) => Math.max(Math.min(v, clip), -clip)),
  };
}

/**
 * DDIM (Song, Meng & Ermon 2021, equation 12): the noise prediction is held constant over a step,
 *
 * `x' = alpha' x0 + sqrt(sigma'^2 - s^2) epsilon + s n`, `s = eta (sigma'/sigma) sqrt(sigma^2 - (alpha sigma'/alpha')^2)`.
 *
 * Order 1 for eta = 0; one model call per step. With eta > 0 the run needs a key or noise; eta = 1 on neighbouring
 * entries of a table is DDPM's ancestral sampling. Works on any family of levels. At alpha = 0 it asks the model for x0
 * instead of epsilon, so that v-, x0- and flow-models can start from pure noise.
 * @throws ArgumentError for eta outside [0, 1], a clip that is not positive, settings of threshold out of range, or both of them
 */
export function ddim(options: DdimOptions = {}): PlannedSampler {
  checkOptions("ddim", options, ["eta", "clip", "threshold"]);
  const eta = options.eta ?? 0;
  checkNumber("ddim", "eta", eta, 0, 1);
  return ddimSampler(eta === 0 ? "ddim" : `ddim(eta=${eta})`, eta, [DDIM_PAPER], ddimLimit(options));
}

/** DDIM under a name of its own. */
export function ddimSampler(
  name: string,
  eta: number,
  citations: readonly Citation[],
  limit?: TransformFunction,
): PlannedSampler {
  return planned({
    name,
    order: eta === 0 ? 1 : 0.5,
    citations,
    write: (builder, levels) => walk(builder, levels, ({ x, from, to }) => ddimStep(builder, x, from, to, eta, limit)),
  });
}

/** One step of DDIM. */
export function ddimStep(
  builder: PlanBuilder,
  x: Value,
  from: Level,
  to: Level,
  eta = 0,
  limit?: TransformFunction,
): Value {
  const fresh = eta * posteriorDeviation(from, to);
  const kept = Math.sqrt((to.sigma - fresh) * (to.sigma + fresh));
  return ancestralStep(builder, x, from, to, kept, fresh, limit);
}
