/** The continuous variance-preserving schedule whose rate of noise grows linearly. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkNumber, checkPositive } from "../check.ts";
import { SCORE_SDE_PAPER } from "../citation.ts";
import { log1pExp } from "../math.ts";
import type { ContinuousSchedule } from "./base.ts";
import { vpContinuous, type ContinuousScheduleOptions } from "./continuous.ts";

/** Options of {@link vpLinear}. */
export interface VpLinearOptions extends ContinuousScheduleOptions {
  /** Rate at t = 0; 0.1 when left out. */
  readonly betaMin?: number;
  /** Rate at t = 1; 20 when left out. */
  readonly betaMax?: number;
}

/**
 * The continuous linear schedule `ln alpha(t) = -t^2 (B - b)/4 - t b/2` for t in [0, 1] with b = betaMin, B = betaMax
 * (Song et al. 2021, equation 33), `sigma = sqrt(-expm1(2 ln alpha))`.
 *
 * Exact inverse in half log-SNR: with `q = 2 (B - b) ln(1 + e^{-2 lambda})`, `t = q / ((sqrt(b^2 + q) + b)(B - b))`.
 * @throws ArgumentError unless 0 <= betaMin < betaMax
 */
export function vpLinear(options: VpLinearOptions = {}): ContinuousSchedule {
  checkOptions("vpLinear", options, ["betaMin", "betaMax", "modelTime", "count"]);
  const low = options.betaMin ?? 0.1;
  const high = options.betaMax ?? 20;
  checkNumber("vpLinear", "betaMin", low, 0);
  checkPositive("vpLinear", "betaMax", high);
  if (!(low < high)) {
    throw new ArgumentError(
      `vpLinear: the rate must grow (got betaMin = ${low}, betaMax = ${high}, expected betaMin < betaMax).`,
    );
  }
  const logAlpha = (t: number): number => (-t * t * (high - low)) / 4 - (t * low) / 2;
  return vpContinuous(
    {
      name: `continuous linear, rate ${low} to ${high}`,
      citations: [SCORE_SDE_PAPER],
      maxTime: 1,
      logAlpha,
      sigma: (t) => Math.sqrt(-Math.expm1(2 * logAlpha(t))),
      timeAt: (lambda) => {
        const q = 2 * (high - low) * log1pExp(-2 * lambda);
        return q / ((Math.sqrt(low * low + q) + low) * (high - low));
      },
    },
    options,
  );
}
