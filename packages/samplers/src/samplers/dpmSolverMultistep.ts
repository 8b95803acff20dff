/** DPM-Solver and DPM-Solver++ as multistep methods (2M, 3M). */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { halfLogSnr } from "../level.ts";
import type { PlannedSampler } from "./base.ts";
import { dpmSettings, stepWeights, type DpmSolverOptions } from "./dpmSolver.ts";
import { derivativeTerms, type Point } from "./multistepTerms.ts";
import { checkStepOrders, countSteps, planned, walk } from "./planned.ts";

/** Options of {@link dpmSolverMultistep}. */
export interface DpmSolverMultistepOptions extends DpmSolverOptions {
  /** 1, 2 or 3; 2 when left out. */
  readonly order?: number;
  /**
   * Weight of the second divided difference in order 3: `"corrected"` (the second derivative, truly third order) or
   * `"released"` (half of it, as in every published code, second order). `"corrected"` when left out.
   */
  readonly thirdOrder?: "corrected" | "released";
  /**
   * Lowers the order towards the end, to at most the number of steps left: always, never, or in runs of fewer steps
   * than this number; 10 when left out. (diffusers: 15.)
   */
  readonly lowerOrderFinal?: boolean | number;
  /** The order of every step, instead of the rules above: each at most `order` and at most its number from 1. */
  readonly orders?: readonly number[];
}

/**
 * Multistep DPM-Solver (Lu et al. 2022): an exponential integrator in half log-SNR lambda whose derivatives come from
 * the predictions of earlier steps. One model call per step; the first steps have orders 1, 2, ...
 *
 * With h = lambda' - lambda, r0 = h_{-1}/h, r1 = h_{-2}/h, the differences are `D10 = (m0 - m1)/r0`,
 * `D11 = (m1 - m2)/r1`, `D1 = D10 + r0/(r0 + r1) (D10 - D11)` and `D2 = 2 (D10 - D11)/(r0 + r1)`; see `StepWeights`.
 * Order 2 uses D10, either with the weight of the first derivative (taylor) or half that of m0 (midpoint).
 *
 * Steps to sigma 0 and from alpha = 0 are first order: the step in lambda is infinite and the map to the prediction is
 * exact. On grids whose lambda steps grow quickly at the end (uniform time) use `lowerOrderFinal` or a log-SNR grid.
 * @throws ArgumentError for bad options; from `begin` for more orders than steps
 */
export function dpmSolverMultistep(options: DpmSolverMultistepOptions = {}): PlannedSampler {
  const factory = "dpmSolverMultistep";
  checkOptions(factory, options, ["order", "prediction", "solverType", "thirdOrder", "lowerOrderFinal", "orders"]);
  const order = options.order ?? 2;
  checkInteger(factory, "order", order, 1, 3);
  const settings = dpmSettings(factory, options);
  const thirdOrder = options.thirdOrder ?? "corrected";
  checkChoice(factory, "thirdOrder", thirdOrder, ["corrected", "released"]);
  const lower = options.lowerOrderFinal ?? 10;
  if (typeof lower === "number") checkInteger(factory, "lowerOrderFinal", lower, 0);
  options.orders?.forEach((value, i) => checkInteger(factory, `orders[${i}]`, value, 1, Math.min(order, i + 1)));
  const released = order === 3 && thirdOrder === "released";
  const { prediction, solverType, family } = settings;
  const name = `${family}-${order}m${released ? "-released" : ""}`;
  return planned({
    name,
    order: released ? 2 : order,
    citations: settings.citations,
    write: (builder, levels) => {
      const steps = countSteps(levels);
      const lowers = typeof lower === "number" ? steps < lower : lower;
      checkOrders(name, levels.length - 1, order, options.orders);
      const history: Point[] = [];
      walk(builder, levels, ({ x, from, to, index, count }) => {
        history.unshift({ lambda: halfLogSnr(from), m: builder.evaluate(x, from, prediction) });
        history.length = Math.min(history.length, order);
        const weights = stepWeights(prediction, from, to);
        const wanted = options.orders?.[index] ?? (lowers ? Math.min(order, steps - count) : order);
        const used = weights.h === Infinity ? 1 : Math.min(wanted, history.length);
        const secondScale = thirdOrder === "corrected" ? 2 : 1;
        return builder.combine([
          [weights.base, x],
          ...derivativeTerms(weights, history.slice(0, used), solverType, secondScale),
        ]);
      });
    },
  });
}

/** Throws unless there are as many steps as the order, and one order per step where orders are given. */
export function checkOrders(name: string, steps: number, order: number, orders: readonly number[] | undefined): void {
  checkStepOrders(name, steps, orders);
  if (order > steps) {
    throw new ArgumentError(
      `${name}: order ${order} needs as many steps (got ${steps}, expected at least ${order}). Lower the order.`,
    );
  }
}
