/** What criteria that double their points share: their start, and the state after a doubling. */
import { ArgumentError } from "@ansatz/tensor";
import type { Integrand } from "../integrands/base.ts";
import type { Combination } from "../integrands/sensitivity.ts";
import type { Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";
import {
  activeOutputs,
  judge,
  separate,
  statusOf,
  type CubatureProblem,
  type CubatureState,
  type Tolerance,
} from "./base.ts";

/** What is known about each output. */
export interface OutputBounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Whether it is still needed. */
  readonly active: readonly boolean[];
}

/** The quantities of a problem. */
export function combinationOf({ integrand, combined }: CubatureProblem): Combination {
  return combined ?? separate(integrand.outputs);
}

/** Nothing is known, everything is needed. */
export function noBounds(outputs: number): OutputBounds {
  return {
    low: new Float64Array(outputs).fill(-Infinity),
    high: new Float64Array(outputs).fill(Infinity),
    active: new Array<boolean>(outputs).fill(true),
  };
}

/** Throws unless fast transforms know the points, and they are those of the integrand. */
export function requireLinearPoints(name: string, points: DigitalNet | Lattice, integrand: Integrand): void {
  const linear = points.kind === "lattice" || points.linear;
  if (
    points.order !== "natural" ||
    !linear ||
    points.dimension !== integrand.dimension ||
    points.replications !== undefined
  ) {
    throw new ArgumentError(
      `${name}: the points do not fit (got ${points.name} of dimension ${points.dimension}, order ${points.order}, expected ` +
        `dimension ${integrand.dimension}, natural order, no nested scrambling, no replications).`,
    );
  }
}

/** What a doubling led to. */
export interface Doubling {
  readonly size: number;
  /** Most points that may be taken. */
  readonly most: number;
  readonly evaluations: number;
  readonly warnings: readonly string[];
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The state after a doubling, and the bounds that go on. */
export function afterDoubling(
  problem: CubatureProblem,
  tolerance: Tolerance,
  { size, most, evaluations, warnings, low, high }: Doubling,
): { readonly state: CubatureState; readonly bounds: OutputBounds } {
  const combined = combinationOf(problem);
  const judgement = judge(combined, low, high, tolerance);
  const status = statusOf(judgement.finished, 2 * size > most, size);
  return {
    state: { ...judgement, ...status, size, evaluations, warnings },
    bounds: { low, high, active: activeOutputs(combined, judgement.finished, problem.integrand.outputs) },
  };
}
