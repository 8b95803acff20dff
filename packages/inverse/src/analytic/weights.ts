/** How much of the circle every view stands for. */
import { ArgumentError } from "@ansatz/tensor";
import type { FlatFan } from "../geometry/flatFan.ts";
import type { CurvedFan } from "../geometry/curvedFan.ts";

/** Angles on a circle of circumference `period`. */
export interface Coverage {
  /** Half the gaps on both sides of every view. */
  readonly weights: Float64Array;
  /** Usual distance of neighbours. */
  readonly step: number;
  /** Largest distance of neighbours, and the angle after it. */
  readonly gap: number;
  readonly first: number;
  /** Whether there is a gap that is no step. */
  readonly limited: boolean;
}

/** Trapezoidal weights of angles on a circle. A gap of more than two steps counts as one step. */
export function coverageOf(angles: readonly number[], period: number): Coverage {
  const wrapped = angles.map((angle) => ((angle % period) + period) % period);
  const order = wrapped.map((_, i) => i).sort((i, j) => wrapped[i] - wrapped[j]);
  const n = order.length;
  const gaps = order.map((i, p) =>
    n === 1 ? period : wrapped[order[(p + 1) % n]] - wrapped[i] + (p === n - 1 ? period : 0),
  );
  // Views that look along the same lines have no distance.
  const sorted = gaps.filter((gap) => gap > 1e-9 * period).sort((a, b) => a - b);
  const step = sorted[Math.floor((sorted.length - 1) / 2)] ?? period;
  const widest = gaps.indexOf(Math.max(...gaps));
  const gap = gaps[widest];
  const limited = gap > 2 * step * (1 + 1e-6);
  const counted = gaps.map((g) => (g > 2 * step * (1 + 1e-6) ? step : g));
  const weights = new Float64Array(n);
  order.forEach((i, p) => (weights[i] = (counted[p] + counted[(p + n - 1) % n]) / 2));
  return { weights, step, gap, first: wrapped[order[(widest + 1) % n]], limited };
}

/** Throws for views that leave a gap, unless that is allowed. */
export function refuseGap(name: string, { gap, step }: Coverage): never {
  throw new ArgumentError(
    `${name}: angles leave a gap (got ${gap} radians between neighbours, expected about ${step}). ` +
      `Pass allowLimited: true for a reconstruction from a limited angle.`,
  );
}

/**
 * Parker's weights [views, detectors] of a short scan over `pi + 2 delta`, which count every line once (Parker 1982, with our sense of
 * the fan: the line of view b and fan angle g is that of view `b + pi - 2 g` and angle `-g`).
 */
export function parkerWeights(geometry: FlatFan | CurvedFan, first: number, delta: number): Float64Array {
  const { angles, detectors, spacing, offset } = geometry;
  const bump = (x: number): number => Math.sin((Math.PI / 4) * x) ** 2;
  const fan = Array.from({ length: detectors }, (_, k) => {
    const at = (k - (detectors - 1) / 2) * spacing + offset;
    return geometry.kind === "curved-fan" ? at : Math.atan(at / (geometry.sourceDistance + geometry.detectorDistance));
  });
  const turn = 2 * Math.PI;
  return Float64Array.from(
    angles.flatMap((angle) => {
      const b = (((angle - first) % turn) + turn) % turn;
      return fan.map((g) => {
        if (b < 2 * (delta + g)) return bump(b / (delta + g));
        if (b > Math.PI + 2 * g) return bump(Math.max(0, Math.PI + 2 * delta - b) / (delta - g));
        return 1;
      });
    }),
  );
}
