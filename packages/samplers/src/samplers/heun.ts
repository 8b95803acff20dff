/** Heun's method in sigma, the sampler of EDM; and Euler's. */
import { checkOptions } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { EDM_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import { ancestralStep } from "./ancestral.ts";
import type { PlannedSampler } from "./base.ts";
import { addChurn, checkChurn, type ChurnOptions } from "./churn.ts";
import { checkStepOrders, countSteps, planned, walk } from "./planned.ts";
import { averagedStep } from "./pndm.ts";

/** Options of {@link heun}. */
export interface HeunOptions {
  /** Noise added before every step; none when left out. With it the run needs a key or noise. */
  readonly churn?: ChurnOptions;
  /** Order of every step, 2 (Heun, two calls) or 1 (Euler, one call); all 2 when left out. */
  readonly orders?: readonly number[];
}

/**
 * Heun's method on `dy/du = epsilon`, y = x/alpha, u = sigma/alpha (Karras et al. 2022, algorithms 1 and 2): the mean of
 * the noise predictions at both ends of a step, on any family of levels.
 *
 * Order 2. Two model calls per step; a last step to sigma 0 and a first step from alpha = 0 are Euler steps with one
 * call, so K steps to sigma 0 cost 2 K - 1.
 * @throws ArgumentError for bad options; from `begin` for churn at levels with a time but without a schedule
 */
export function heun(options: HeunOptions = {}): PlannedSampler {
  checkOptions("heun", options, ["churn", "orders"]);
  return sigmaSampler("heun", 2, options.churn, options.orders);
}

/** Options of {@link euler}. */
export interface EulerOptions {
  /** Noise added before every step; none when left out. With it the run needs a key or noise. */
  readonly churn?: ChurnOptions;
}

/**
 * Euler's method on `dy/du = epsilon`. Without churn it is `ddim()` under another name: order 1, one model call per step.
 * @throws ArgumentError for bad options; from `begin` for churn at levels with a time but without a schedule
 */
export function euler(options: EulerOptions = {}): PlannedSampler {
  checkOptions("euler", options, ["churn"]);
  return sigmaSampler("euler", 1, options.churn, undefined);
}

function sigmaSampler(
  method: string,
  order: number,
  churnOptions: ChurnOptions | undefined,
  orders: readonly number[] | undefined,
): PlannedSampler {
  const churn = checkChurn(method, churnOptions);
  const name = churn === undefined ? method : `${method}(churn=${churn.amount})`;
  orders?.forEach((value, i) => checkInteger(method, `orders[${i}]`, value, 1, order));
  return planned({
    name,
    order: churn === undefined ? order : 0.5,
    citations: [EDM_PAPER],
    write: (builder, levels, schedule) => {
      const steps = countSteps(levels);
      checkStepOrders(name, levels.length - 1, orders);
      walk(builder, levels, (step) => {
        const { x, level } = addChurn(name, builder, churn, steps, step, schedule);
        const wanted = orders?.[step.index] ?? order;
        return wanted === 1 || isOpen(level, step.to)
          ? ancestralStep(builder, x, level, step.to, step.to.sigma, 0)
          : averagedStep(builder, x, level, step.to).next;
      });
    },
  });
}

/** Whether a step has an end at which no second slope exists. */
export function isOpen(from: Level, to: Level): boolean {
  return from.alpha === 0 || to.sigma === 0;
}
