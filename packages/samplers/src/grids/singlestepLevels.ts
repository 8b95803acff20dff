/** Level lists for methods that take several model calls within one step. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { checkLevels, edmSigma, halfLogSnr, type Level } from "../level.ts";
import type { Schedule } from "../schedules/base.ts";

/**
 * Orders of the steps with which DPM-Solver "fast" spends exactly `evaluations` model calls (Lu et al. 2022, section
 * 3.4): as many steps of the highest order as fit, the rest by lower orders at the end.
 *
 * Order 3 with K = floor(n/3) + 1 steps: `3 .. 3 2 1`, `3 .. 3 1` or `3 .. 3 2` for n mod 3 = 0, 1, 2. Order 2:
 * `2 .. 2` or `2 .. 2 1`. Order 1: `1 .. 1`.
 * @param evaluations n >= 1
 * @param order 1, 2 or 3
 * @throws ArgumentError for evaluations or order out of range
 */
export function fastOrders(evaluations: number, order: number): number[] {
  checkInteger("fastOrders", "evaluations", evaluations, 1);
  checkInteger("fastOrders", "order", order, 1, 3);
  if (order === 1) return repeat(1, evaluations);
  if (order === 2) return [...repeat(2, Math.floor(evaluations / 2)), ...repeat(1, evaluations % 2)];
  const steps = Math.floor(evaluations / 3) + 1;
  switch (evaluations % 3) {
    case 0:
      return [...repeat(3, steps - 2), 2, 1];
    case 1:
      return [...repeat(3, steps - 1), 1];
    default:
      return [...repeat(3, steps - 1), 2];
  }
}

function repeat(value: number, times: number): number[] {
  return new Array<number>(times).fill(value);
}

/**
 * Puts inner levels into the steps of a level list: a step of order p gets p - 1 of them, uniform in half log-SNR.
 * The result has `sum(orders) + 1` levels, one model call each but the last, as `dpmSolverSinglestep` takes them.
 * A step to sigma 0 has no inner levels between finite log-SNRs: there the inner levels halve sigma / alpha.
 * @param schedule gives the levels between the listed ones
 * @param outer K + 1 levels from noisy to clean
 * @param orders K orders, each 1, 2 or 3
 * @throws ArgumentError when the lengths do not fit, or for inner levels below pure noise
 */
export function innerLevels(schedule: Schedule, outer: readonly Level[], orders: readonly number[]): Level[] {
  const name = "innerLevels";
  checkLevels(name, outer);
  if (orders.length !== outer.length - 1) {
    throw new ArgumentError(
      `${name}: one order per step is needed (got ${orders.length} orders for ${outer.length} levels, expected ${outer.length - 1}).`,
    );
  }
  const levels: Level[] = [outer[0]];
  orders.forEach((order, i) => {
    checkInteger(name, `order ${i}`, order, 1, 3);
    const from = halfLogSnr(outer[i]);
    const to = halfLogSnr(outer[i + 1]);
    if (order > 1 && from === -Infinity) {
      throw new ArgumentError(
        `${name}: a step from pure noise has no inner levels (got order ${order} at level ${i}, expected order 1).`,
      );
    }
    for (let k = 1; k < order; k++) {
      const u = edmSigma(outer[i]);
      const lambda = to === Infinity ? -Math.log(u / 2 ** k) : from + ((to - from) * k) / order;
      levels.push(schedule.levelAt(lambda));
    }
    levels.push(outer[i + 1]);
  });
  return levels;
}
