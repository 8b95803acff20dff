/** Variance-exploding levels, as EDM parameterises them: alpha = 1 and the time is sigma. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkNumber, checkPositive } from "../check.ts";
import { EDM_PAPER } from "../citation.ts";
import { edmSigma, type Level } from "../level.ts";
import type { ContinuousSchedule } from "./base.ts";

/** Options of {@link edm}. */
export interface EdmOptions {
  /** Smallest sigma, > 0, where grids end by default; 0.002 when left out. */
  readonly sigmaMin?: number;
  /** Largest sigma; 80 when left out. */
  readonly sigmaMax?: number;
  /** What the model is told: sigma, or `ln(sigma)/4` (EDM's c_noise); `"sigma"` when left out. */
  readonly modelTime?: "sigma" | "quarter-log";
}

/**
 * The variance-exploding schedule of EDM (Karras et al. 2022): `x = x0 + sigma n`, time = sigma. The initial signal is
 * `sigmaMax n`. The usual grid is `continuousLevels(edm(), { steps, spacing: "karras", final: "zero" })`.
 * @throws ArgumentError unless 0 < sigmaMin < sigmaMax
 */
export function edm(options: EdmOptions = {}): ContinuousSchedule {
  const name = "edm";
  checkOptions(name, options, ["sigmaMin", "sigmaMax", "modelTime"]);
  const { sigmaMin = 0.002, sigmaMax = 80, modelTime = "sigma" } = options;
  checkPositive(name, "sigmaMin", sigmaMin);
  checkPositive(name, "sigmaMax", sigmaMax);
  checkChoice(name, "modelTime", modelTime, ["sigma", "quarter-log"]);
  if (!(sigmaMin < sigmaMax)) {
    throw new ArgumentError(
      `${name}: the range is upside down (got ${sigmaMin} to ${sigmaMax}, expected an increase).`,
    );
  }
  const level = (sigma: number): Level => {
    checkNumber(name, "sigma", sigma, 0, Number.MAX_VALUE);
    if (sigma === 0) return { alpha: 1, sigma: 0 };
    return { alpha: 1, sigma, time: modelTime === "sigma" ? sigma : Math.log(sigma) / 4 };
  };
  return {
    kind: "continuous",
    name: `EDM, sigma ${sigmaMin} to ${sigmaMax}`,
    citations: [EDM_PAPER],
    maxTime: sigmaMax,
    minTime: sigmaMin,
    logAlpha: () => 0,
    level,
    timeAt: (lambda) => Math.exp(-lambda),
    levelAt: (lambda) => level(Math.exp(-lambda)),
    midpoint: (from, to) => level((edmSigma(from) + edmSigma(to)) / 2),
  };
}
