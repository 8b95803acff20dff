/** What the DPM-Solver methods share: options, names, and exponential-integrator weights. */
import type { Citation } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import { DPM_SOLVER_PAPER, DPM_SOLVER_PLUS_PAPER } from "../citation.ts";
import { halfLogSnr, type Level } from "../level.ts";
import { phi } from "./phi.ts";
import { SOLVER_PREDICTIONS, transfer, type SolverPrediction } from "./transfer.ts";

/** How the second and third derivatives enter: as in the papers' midpoint forms, or as Taylor terms. */
export type SolverType = "midpoint" | "taylor";

/** Options that all DPM-Solver methods share. */
export interface DpmSolverOptions {
  /** What is integrated: `"epsilon"` is DPM-Solver, `"x0"` is DPM-Solver++; `"x0"` when left out. */
  readonly prediction?: SolverPrediction;
  /** `"midpoint"` when left out (called `dpmsolver` or `midpoint` elsewhere; `taylor` is also called `heun`). */
  readonly solverType?: SolverType;
}

/** The shared options with their defaults. */
export interface DpmSolverSettings {
  readonly prediction: SolverPrediction;
  readonly solverType: SolverType;
  /** `dpm-solver` or `dpm-solver++`. */
  readonly family: string;
  readonly citations: readonly Citation[];
}

/** Checks the shared options. */
export function dpmSettings(name: string, options: DpmSolverOptions): DpmSolverSettings {
  const prediction = options.prediction ?? "x0";
  const solverType = options.solverType ?? "midpoint";
  checkChoice(name, "prediction", prediction, SOLVER_PREDICTIONS);
  checkChoice(name, "solverType", solverType, ["midpoint", "taylor"]);
  return prediction === "x0"
    ? { prediction, solverType, family: "dpm-solver++", citations: [DPM_SOLVER_PLUS_PAPER] }
    : { prediction, solverType, family: "dpm-solver", citations: [DPM_SOLVER_PAPER] };
}

/**
 * Weights of one step: `x' = x * base + m0 * w1 + D1 * w2 + D2 * w3` with D1 = h m', D2 = h^2 m'' and
 * `w_j = g h phi_j(z h)`, where g = -sigma', z = 1 for the noise and g = alpha', z = -1 for the data prediction.
 */
export interface StepWeights {
  readonly h: number;
  readonly base: number;
  /** Weight of m0; from the DDIM map, so that it is finite at sigma' = 0 and at alpha = 0. */
  readonly w1: number;
  /** Weight of h m'; not finite for an infinite step. */
  readonly w2: number;
  /** Weight of h^2 m''; not finite for an infinite step. */
  readonly w3: number;
}

/**
 * The weights of the step between two levels.
 *
 * Where a level carries its own half log-SNR the weight of m0 follows from h instead of the DDIM map.
 */
export function stepWeights(prediction: SolverPrediction, from: Level, to: Level): StepWeights {
  const h = halfLogSnr(to) - halfLogSnr(from);
  const { x: base, m } = transfer(prediction, from, to);
  const [g, z] = prediction === "epsilon" ? [-to.sigma, 1] : [to.alpha, -1];
  const tabulated = from.lambda !== undefined || to.lambda !== undefined;
  const w1 = tabulated && Number.isFinite(h) ? g * h * phi(1, z * h) : m;
  return { h, base, w1, w2: g * h * phi(2, z * h), w3: g * h * phi(3, z * h) };
}

/** The weights of a step with fresh noise. */
export interface NoisyStepWeights extends StepWeights {
  /** Standard deviation of the fresh noise; 0 on a step to sigma' = 0. */
  readonly noise: number;
}

/**
 * The weights of a step of the stochastic equation whose noise is scaled by sqrt(eta): the predictions' weights grow by
 * 1 + eta, the signal's shrinks so that the noise level comes out right.
 * - data prediction, with H = (1 + eta) h: `base = (sigma'/sigma) e^(-eta h)`, `w_j = alpha' H phi_j(-H)`,
 *   `noise = sigma' sqrt(1 - e^(-2 eta h))`;
 * - noise prediction: `base = alpha'/alpha`, `w_j = -(1 + eta) sigma' h phi_j(h)`,
 *   `noise = sigma' sqrt(eta (e^(2 h) - 1))`.
 *
 * eta = 0 is the probability flow, eta = 1 the usual reverse-time equation. A step to sigma' = 0 is deterministic.
 */
export function noisyStepWeights(prediction: SolverPrediction, from: Level, to: Level, eta: number): NoisyStepWeights {
  const plain = stepWeights(prediction, from, to);
  const { h } = plain;
  if (eta === 0 || to.sigma === 0) return { ...plain, noise: 0 };
  if (prediction === "epsilon") {
    const grown = 1 + eta;
    const noise = to.sigma * Math.sqrt(eta * Math.expm1(2 * h));
    return { h, base: plain.base, w1: grown * plain.w1, w2: grown * plain.w2, w3: grown * plain.w3, noise };
  }
  const long = (1 + eta) * h;
  const weight = (j: number): number => to.alpha * long * phi(j, -long);
  return {
    h,
    base: (to.sigma / from.sigma) * Math.exp(-eta * h),
    w1: -to.alpha * Math.expm1(-long),
    w2: weight(2),
    w3: weight(3),
    noise: to.sigma * Math.sqrt(-Math.expm1(-2 * eta * h)),
  };
}
