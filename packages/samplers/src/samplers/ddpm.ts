/** DDPM: ancestral sampling. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import { DDPM_PAPER } from "../citation.ts";
import { ancestralStep, posteriorDeviation, transitionDeviation } from "./ancestral.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";

/** Options of {@link ddpm}. */
export interface DdpmOptions {
  /**
   * Variance of a step: `"small"`, that of x' given x and x0, or `"large"`, that of x given x' (the two choices of the
   * paper, right for data that are a point and for data that are pure noise); `"small"` when left out.
   */
  readonly variance?: "small" | "large";
}

/**
 * DDPM (Ho, Jain & Abbeel 2020, algorithm 2), on any levels: with `b^2 = sigma^2 - (alpha sigma'/alpha')^2`,
 *
 * `x' = alpha' b^2/sigma^2 x0 + (alpha/alpha') (sigma'/sigma)^2 x + s n`, `s = b sigma'/sigma` or `b`.
 *
 * On neighbouring entries of a table b^2 is beta. One model call per step; no noise on a step to sigma 0. The run needs
 * a key or noise. With the small variance it is `ddim({ eta: 1 })`.
 * @throws ArgumentError for an unknown variance
 */
export function ddpm(options: DdpmOptions = {}): PlannedSampler {
  checkOptions("ddpm", options, ["variance"]);
  const variance = options.variance ?? "small";
  checkChoice("ddpm", "variance", variance, ["small", "large"]);
  return planned({
    name: variance === "small" ? "ddpm" : "ddpm(large)",
    order: 0.5,
    citations: [DDPM_PAPER],
    write: (builder, levels) =>
      walk(builder, levels, ({ x, from, to }) => {
        const small = posteriorDeviation(from, to);
        const kept = Math.sqrt((to.sigma - small) * (to.sigma + small));
        const fresh = variance === "small" || to.sigma === 0 ? small : transitionDeviation(from, to);
        return ancestralStep(builder, x, from, to, kept, fresh);
      }),
  });
}
