/** Derivatives from earlier predictions, as the multistep DPM-Solvers take them. */
import type { Term, Value } from "../plan/plan.ts";
import type { SolverType, StepWeights } from "./dpmSolver.ts";

/** A prediction and where it was made. */
export interface Point {
  readonly lambda: number;
  readonly m: Value;
}

/**
 * `m0 w1 + D1 w2 + D2 w3` as terms of up to three predictions, newest first.
 * @param secondScale weight of the second divided difference: 2 makes it the second derivative
 */
export function derivativeTerms(
  { h, w1, w2, w3 }: StepWeights,
  points: readonly Point[],
  solverType: SolverType,
  secondScale: number,
): Term[] {
  const [p0, p1, p2] = points;
  if (p1 === undefined) return [[w1, p0.m]];
  // Ratios as h/h_{-1} and so on: zero, not infinite, after a step from pure noise.
  const q0 = h / (p0.lambda - p1.lambda);
  if (p2 === undefined) {
    const weight = (solverType === "midpoint" ? w1 / 2 : w2) * q0;
    return [
      [w1 + weight, p0.m],
      [-weight, p1.m],
    ];
  }
  const q1 = h / (p1.lambda - p2.lambda);
  const span = (p0.lambda - p2.lambda) / h;
  const share = span === Infinity ? 0 : 1 / q0 / span;
  // D1 = (1 + share) D10 - share D11, D2 = secondScale (D10 - D11)/span.
  const curvature = (secondScale * w3) / span;
  const c10 = (w2 * (1 + share) + curvature) * q0;
  const c11 = (w2 * share + curvature) * q1;
  return [
    [w1 + c10, p0.m],
    [-c10 - c11, p1.m],
    [c11, p2.m],
  ];
}
