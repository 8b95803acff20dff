/** Euler ancestral sampling. */
import { checkOptions } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { DDIM_PAPER, EDM_PAPER } from "../citation.ts";
import type { PlannedSampler } from "./base.ts";
import { ddimSampler } from "./ddim.ts";

/** Options of {@link eulerAncestral}. */
export interface EulerAncestralOptions {
  /** Share of fresh noise, 0 (deterministic) to 1; 1 when left out. */
  readonly eta?: number;
}

/**
 * Euler ancestral sampling, "Euler a": an Euler step in u = sigma/alpha down to `sqrt(u'^2 - s^2)`, then fresh noise of
 * deviation `s = eta (u'/u) sqrt(u^2 - u'^2)`.
 *
 * In two-coefficient form this is exactly `ddim({ eta })`; it is listed under the name by which it is known, with the
 * default eta = 1. One model call per step; the run needs a key or noise unless eta is 0.
 * @throws ArgumentError for eta outside [0, 1]
 */
export function eulerAncestral(options: EulerAncestralOptions = {}): PlannedSampler {
  checkOptions("eulerAncestral", options, ["eta"]);
  const eta = options.eta ?? 1;
  checkNumber("eulerAncestral", "eta", eta, 0, 1);
  return ddimSampler(eta === 1 ? "euler-ancestral" : `euler-ancestral(eta=${eta})`, eta, [EDM_PAPER, DDIM_PAPER]);
}
