/** PLMS: the linear multistep member of the PNDM family without a Runge-Kutta start. */
import { PNDM_PAPER } from "../citation.ts";
import type { PlannedSampler } from "./base.ts";
import { adamsBashforthSampler } from "./sPndm.ts";

/**
 * PLMS, the form of PNDM that latent diffusion models use (Liu et al. 2022): the first step averages the noise
 * predictions at its two ends, then Adams-Bashforth of 2, 3 and 4 points, always through the DDIM map.
 *
 * K steps cost K + 1 model calls (the second level is visited twice). Order 2, not 4: the weights assume equal steps in
 * time while the map is linear in sigma/alpha.
 * @throws ArgumentError (from `begin`) for a first level of pure noise
 */
export function plms(): PlannedSampler {
  return adamsBashforthSampler("plms", 4, [PNDM_PAPER]);
}
