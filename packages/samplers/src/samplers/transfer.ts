/** The exact map from one level to another when the prediction stays constant (the DDIM map), in f64. */
import type { Level } from "../level.ts";

/** Factors of `x' = a x + b m`. */
export interface Transfer {
  readonly x: number;
  readonly m: number;
}

/** What a solver integrates. */
export type SolverPrediction = "epsilon" | "x0";

/** What a solver may integrate. */
export const SOLVER_PREDICTIONS: readonly SolverPrediction[] = ["epsilon", "x0"];

/**
 * For a constant noise prediction `x' = (alpha'/alpha) x + (sigma' - alpha' sigma/alpha) epsilon`; for a constant data
 * prediction `x' = (sigma'/sigma) x + (alpha' - sigma' alpha/sigma) x0`. Both are the same map where both exist; the
 * first ends well at sigma' = 0, the second starts well at alpha = 0.
 */
export function transfer(prediction: SolverPrediction, from: Level, to: Level): Transfer {
  if (prediction === "epsilon") {
    const scale = to.alpha / from.alpha;
    return { x: scale, m: to.sigma - scale * from.sigma };
  }
  const scale = to.sigma / from.sigma;
  return { x: scale, m: to.alpha - scale * from.alpha };
}
