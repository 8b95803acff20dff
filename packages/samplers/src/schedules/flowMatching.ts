/** Flow-matching levels: a straight path from data to noise. */
import { checkOptions } from "@ansatz/tensor";
import { checkInteger, checkNumber, checkPositive } from "../check.ts";
import { FLOW_MATCHING_PAPER } from "../citation.ts";
import { halfLogSnr, type Level } from "../level.ts";
import type { ContinuousSchedule } from "./base.ts";

/** Options of {@link flowMatching}. */
export interface FlowMatchingOptions {
  /** Moves the levels towards noise: `sigma = shift t/(1 + (shift - 1) t)`; 1 (none) when left out. */
  readonly shift?: number;
  /** The model is told `count sigma`; 1000 when left out, 1 for models of continuous time. */
  readonly count?: number;
}

/**
 * The flow-matching schedule (Lipman et al. 2023; rectified flow): alpha = 1 - sigma, sigma = t for t in [0, 1], or a
 * shifted t (Esser et al. 2024, for larger pictures). At t = 1 the signal is pure noise: there the model must predict
 * flow, x0 or v. Steps uniform in t with `ddim` or `euler` are the usual sampler of such models.
 * @throws ArgumentError for a shift or count that is not positive
 */
export function flowMatching(options: FlowMatchingOptions = {}): ContinuousSchedule {
  const name = "flowMatching";
  checkOptions(name, options, ["shift", "count"]);
  const { shift = 1, count = 1000 } = options;
  checkPositive(name, "shift", shift);
  checkInteger(name, "count", count, 1);
  const atSigma = (sigma: number): Level => ({ alpha: 1 - sigma, sigma, time: count * sigma });
  const sigmaOf = (t: number): number => (shift * t) / (1 + (shift - 1) * t);
  const level = (t: number): Level => {
    checkNumber(name, "time", t, 0, 1);
    return atSigma(sigmaOf(t));
  };
  // sigma/alpha = e^{-lambda}
  const sigmaAt = (lambda: number): number => 1 / (1 + Math.exp(lambda));
  const timeAt = (lambda: number): number => {
    const sigma = sigmaAt(lambda);
    return sigma / (shift - (shift - 1) * sigma);
  };
  return {
    kind: "continuous",
    name: `flow matching${shift === 1 ? "" : `, shift ${shift}`}`,
    citations: [FLOW_MATCHING_PAPER],
    maxTime: 1,
    logAlpha: (t) => Math.log1p(-sigmaOf(t)),
    level,
    timeAt,
    levelAt: (lambda) => ({
      alpha: 1 / (1 + Math.exp(-lambda)),
      sigma: sigmaAt(lambda),
      time: count * sigmaAt(lambda),
    }),
    midpoint: (from, to) => level((timeAt(halfLogSnr(from)) + timeAt(halfLogSnr(to))) / 2),
  };
}
