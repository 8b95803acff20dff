/** What the pseudo numerical methods share: Adams-Bashforth weights on the noise predictions, and the DDIM map. */
import type { Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Term, Value } from "../plan/plan.ts";
import { transfer } from "./transfer.ts";

/** Adams-Bashforth weights for equal steps, newest first, by number of points. */
export const ADAMS_BASHFORTH: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/** The DDIM map with a weighted sum of noise predictions. */
export function transferSum(builder: PlanBuilder, x: Value, from: Level, to: Level, sum: readonly Term[]): Value {
  const factors = transfer("epsilon", from, to);
  return builder.combine([[factors.x, x], ...sum.map(([weight, value]): Term => [factors.m * weight, value])]);
}

/**
 * The noise predictions of a run, newest first, and the step that combines as many of them as the method allows.
 * @param points most predictions in one step, 1 to 4
 */
export function epsilonHistory(
  builder: PlanBuilder,
  points: number,
): { push(epsilon: Value): void; step(x: Value, from: Level, to: Level): Value } {
  const history: Value[] = [];
  return {
    push(epsilon) {
      history.unshift(epsilon);
      history.length = Math.min(history.length, points);
    },
    step(x, from, to) {
      const weights = ADAMS_BASHFORTH[history.length - 1];
      return transferSum(
        builder,
        x,
        from,
        to,
        history.map((value, i): Term => [weights[i], value]),
      );
    },
  };
}

/**
 * The start of S-PNDM and PLMS: the mean of the predictions at both ends of a step, `(e1 + eps(T(x, e1)))/2`. A first
 * step to sigma 0 has no prediction at its end and is a plain DDIM step.
 * @returns the new signal and e1, which enters the history
 */
export function averagedStep(builder: PlanBuilder, x: Value, from: Level, to: Level): { next: Value; epsilon: Value } {
  const epsilon = builder.evaluate(x, from, "epsilon");
  const euler = transferSum(builder, x, from, to, [[1, epsilon]]);
  if (to.sigma === 0) return { next: euler, epsilon };
  const end = builder.evaluate(euler, to, "epsilon");
  const next = transferSum(builder, x, from, to, [
    [1 / 2, epsilon],
    [1 / 2, end],
  ]);
  return { next, epsilon };
}
