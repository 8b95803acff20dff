/** The cosine schedule in continuous time. */
import { checkOptions } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { DPM_SOLVER_PAPER, IMPROVED_DDPM_PAPER } from "../citation.ts";
import { vpLevel } from "../level.ts";
import type { ContinuousSchedule } from "./base.ts";
import { vpContinuous, type ContinuousScheduleOptions } from "./continuous.ts";

/** Options of {@link vpCosine}. */
export interface VpCosineOptions extends ContinuousScheduleOptions {
  /** Offset s that keeps the first noise from vanishing; 0.008 when left out. */
  readonly offset?: number;
}

/**
 * The continuous cosine schedule `alpha(t) = cos(phi(t)) / cos(phi(0))`, `phi(t) = (t + s)/(1 + s) * pi/2`
 * (Nichol & Dhariwal in the continuous form of Lu et al.), for t in [0, 0.9946]: beyond, the noise rate is unbounded.
 *
 * `sigma^2 = sin(phi - phi_0) sin(phi + phi_0) / cos^2(phi_0)` and the inverse
 * `phi = atan2(sqrt(sin^2 phi_0 + cos^2 phi_0 sigma^2), alpha cos phi_0)` stay accurate at both ends.
 * @throws ArgumentError for offset out of range or an unknown option
 */
export function vpCosine(options: VpCosineOptions = {}): ContinuousSchedule {
  checkOptions("vpCosine", options, ["offset", "modelTime", "count"]);
  const offset = options.offset ?? 0.008;
  checkPositive("vpCosine", "offset", offset);
  const angle = (t: number): number => (((t + offset) / (1 + offset)) * Math.PI) / 2;
  const start = angle(0);
  const advance = (t: number): number => ((t / (1 + offset)) * Math.PI) / 2;
  const cos0 = Math.cos(start);
  const sin0 = Math.sin(start);
  return vpContinuous(
    {
      name: `continuous cosine, offset ${offset}`,
      citations: [IMPROVED_DDPM_PAPER, DPM_SOLVER_PAPER],
      maxTime: 0.9946,
      logAlpha: (t) => Math.log(Math.cos(angle(t)) / cos0),
      sigma: (t) => Math.sqrt(Math.sin(advance(t)) * Math.sin(angle(t) + start)) / cos0,
      timeAt: (lambda) => {
        const { alpha, sigma } = vpLevel(lambda);
        const phi = Math.atan2(Math.hypot(sin0, cos0 * sigma), alpha * cos0);
        return ((phi * 2) / Math.PI) * (1 + offset) - offset;
      },
    },
    options,
  );
}
