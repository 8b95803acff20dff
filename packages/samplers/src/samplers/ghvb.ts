/** GHVB: momentum inside the multistep method. */
import { checkOptions } from "@ansatz/tensor";
import { MOMENTUM_PAPER } from "../citation.ts";
import type { Term, Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { fractionalOrder, velocity } from "./momentum.ts";
import { planned, walk } from "./planned.ts";
import { transferSum } from "./pndm.ts";

/** Options of {@link ghvb}. */
export interface GhvbOptions {
  /** `k - 1 + beta` in (0, 5]: k points and damping beta >= 0.05 (1 for integers); 2.5 when left out. */
  readonly order?: number;
}

/**
 * The generalised heavy-ball method GHVB (Wizadwongsa et al. 2023, section 4): `v <- (1 - beta) v + beta epsilon`, and
 * the step `x' = T(x, sum_j c_j v_{-j})` by the DDIM map with the coefficients of {@link ghvbCoefficients}, which undo the
 * lag of the velocity. v starts as the first prediction; beta = 1 is Adams-Bashforth of k points.
 *
 * One model call per step. Order 1 for k = 1, else 2 (the start and the unequal steps in sigma/alpha cap it). Smaller
 * beta makes it more stable and less accurate: 2.5 stands guidance weights that make PLMS diverge, at 20 steps and mild
 * guidance higher orders win.
 * @throws ArgumentError for an order out of range; from `begin` for a first level of pure noise
 */
export function ghvb(options: GhvbOptions = {}): PlannedSampler {
  checkOptions("ghvb", options, ["order"]);
  const order = options.order ?? 2.5;
  const { points, beta } = fractionalOrder("ghvb", order, 5);
  return planned({
    name: `ghvb-${order}`,
    order: Math.min(points, 2),
    citations: [MOMENTUM_PAPER],
    write: (builder, levels) => {
      const history: Value[] = [];
      const push = velocity(builder, beta);
      walk(builder, levels, ({ x, from, to }) => {
        const epsilon = builder.evaluate(x, from, "epsilon");
        history.unshift(push([[1, epsilon]], epsilon));
        history.length = Math.min(history.length, points);
        const coefficients = ghvbCoefficients(history.length, beta);
        const terms = history.map((v, j): Term => [coefficients[j], v]);
        return transferSum(builder, x, from, to, terms);
      });
    },
  });
}

/**
 * Coefficients of the last k velocities, newest first; they sum to 1.
 * @param points k, 1 to 5
 * @param beta damping in (0, 1]
 */
export function ghvbCoefficients(points: number, beta: number): number[] {
  const b = beta;
  switch (points) {
    case 1:
      return [1];
    case 2:
      return [2 + b, -(2 - b)].map((c) => c / (2 * b));
    case 3:
      return [18 + 5 * b, -(24 - 8 * b), 6 - b].map((c) => c / (12 * b));
    case 4:
      return [46 + 9 * b, -(78 - 19 * b), 42 - 5 * b, -(10 - b)].map((c) => c / (24 * b));
    default:
      return [1650 + 251 * b, -(3420 - 646 * b), 2880 - 264 * b, -(1380 - 106 * b), 270 - 19 * b].map(
        (c) => c / (720 * b),
      );
  }
}
