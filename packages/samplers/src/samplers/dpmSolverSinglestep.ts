/** DPM-Solver and DPM-Solver++ as singlestep methods of order 1, 2 and 3. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { fastOrders } from "../grids/singlestepLevels.ts";
import { halfLogSnr, isSameLevel, type Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Term, Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { dpmSettings, stepWeights, type DpmSolverOptions, type DpmSolverSettings } from "./dpmSolver.ts";
import { planned } from "./planned.ts";

/** Options of {@link dpmSolverSinglestep}. */
export interface DpmSolverSinglestepOptions extends DpmSolverOptions {
  /** Highest order, 1, 2 or 3; 2 when left out. */
  readonly order?: number;
  /** Orders of the steps; `fastOrders(levels.length - 1, order)` when left out. */
  readonly orders?: readonly number[];
  /**
   * How a step of order 3 reaches its second inner level: with the first derivative at its full weight, as in the paper
   * (`"paper"`), or by a step of order 2 of the same solver type (`"second-order"`, as diffusers does); `"paper"` when
   * left out. The two differ for midpoint.
   */
  readonly thirdOrderInner?: "paper" | "second-order";
}

/**
 * Singlestep DPM-Solver (Lu et al. 2022, algorithms 1, 2 and "DPM-Solver-fast"): a step of order p calls the model at
 * its first level and at p - 1 inner levels. The levels handed to `begin` contain the inner ones, so that every level
 * but the last costs exactly one call; `orders` says how they group into steps (`innerLevels` makes such lists, or take
 * any grid: inner levels need not be evenly spaced).
 *
 * With r1 = (lambda_1 - lambda)/h, r2 = (lambda_2 - lambda)/h and the weights of `StepWeights`:
 * order 2 `x' = base x + w1 m0 + w/r1 (m1 - m0)`, w = w1/2 (midpoint) or w2 (taylor); order 3 first goes to the second
 * inner level with the weight `r2/r1 w2`, then `x' = base x + w1 m0 + w2/r2 (m2 - m0)` (midpoint) or the quadratic
 * through all three (taylor).
 *
 * A step that ends at sigma 0 is split: up to its last inner level by one order less, then first order.
 * @throws ArgumentError for bad options; from `begin` when the orders do not fill the levels
 */
export function dpmSolverSinglestep(options: DpmSolverSinglestepOptions = {}): PlannedSampler {
  const factory = "dpmSolverSinglestep";
  checkOptions(factory, options, ["order", "orders", "prediction", "solverType", "thirdOrderInner"]);
  const order = options.order ?? 2;
  checkInteger(factory, "order", order, 1, 3);
  options.orders?.forEach((value, i) => checkInteger(factory, `orders[${i}]`, value, 1, order));
  const thirdOrderInner = options.thirdOrderInner ?? "paper";
  checkChoice(factory, "thirdOrderInner", thirdOrderInner, ["paper", "second-order"]);
  const settings = { ...dpmSettings(factory, options), thirdOrderInner };
  const name = `${settings.family}-${order}s`;
  return planned({
    name,
    order,
    citations: settings.citations,
    write: (builder, levels) => {
      const calls = levels.length - 1;
      if (order > calls) {
        throw new ArgumentError(
          `${name}: order ${order} needs as many levels after the first (got ${calls}, expected at least ${order}). Lower the order.`,
        );
      }
      const orders = options.orders ?? fastOrders(calls, order);
      const total = orders.reduce((sum, value) => sum + value, 0);
      if (total !== calls) {
        throw new ArgumentError(
          `${name}: the orders must add up to the number of levels after the first (got ${total}, expected ${calls}).`,
        );
      }
      let x = builder.start;
      let first = 0;
      for (const size of orders) {
        const group = levels.slice(first, first + size + 1);
        for (const part of finiteParts(group)) x = singlestep(builder, settings, x, part);
        first += size;
        builder.finish(x, levels[first]);
      }
    },
  });
}

/** The distinct levels of a step, with infinite ends split off. */
function finiteParts(group: readonly Level[]): Level[][] {
  const nodes = group.filter((level, i) => i === 0 || !isSameLevel(group[i - 1], level));
  const parts: Level[][] = [];
  if (nodes.length > 2 && nodes[0].alpha === 0) {
    parts.push(nodes.slice(0, 2));
    nodes.shift();
  }
  if (nodes.length > 2 && nodes[nodes.length - 1].sigma === 0) {
    parts.push(nodes.slice(0, -1), nodes.slice(-2));
  } else if (nodes.length > 1) {
    parts.push(nodes);
  }
  return parts;
}

/** What a step depends on beside its levels. */
type SinglestepSettings = DpmSolverSettings & { readonly thirdOrderInner?: "paper" | "second-order" };

/** One step over 2, 3 or 4 distinct levels. */
function singlestep(builder: PlanBuilder, settings: SinglestepSettings, x: Value, nodes: readonly Level[]): Value {
  const stages = singlestepStages(settings, nodes);
  const predictions: Value[] = [];
  let point = x;
  stages.forEach(({ level, base, weights }) => {
    predictions.push(builder.evaluate(point, level, settings.prediction));
    point = builder.combine([[base, x], ...weights.map((weight, i): Term => [weight, predictions[i]])]);
  });
  return point;
}

/** After a model call at `level`: the next point is `base x + sum_i weights[i] m_i`. */
export interface Stage {
  readonly level: Level;
  readonly base: number;
  readonly weights: readonly number[];
}

/**
 * The stages of a singlestep method over distinct levels: order 1, 2 or 3 for 2, 3 or 4 of them.
 */
export function singlestepStages(settings: SinglestepSettings, nodes: readonly Level[]): Stage[] {
  const { prediction, solverType, thirdOrderInner = "paper" } = settings;
  const [l0, l1, l2] = nodes;
  const last = nodes[nodes.length - 1];
  const to = (level: Level): ReturnType<typeof stepWeights> => stepWeights(prediction, l0, level);
  const first = (level: Level): Stage => {
    const { base, w1 } = to(level);
    return { level: l0, base, weights: [w1] };
  };
  if (nodes.length === 2) return [first(last)];
  const { h, base, w1, w2, w3 } = to(last);
  const ratio = (level: Level): number => (halfLogSnr(level) - halfLogSnr(l0)) / h;
  const r1 = ratio(l1);
  if (nodes.length === 3) {
    const weight = (solverType === "midpoint" ? w1 / 2 : w2) / r1;
    return [first(l1), { level: l1, base, weights: [w1 - weight, weight] }];
  }
  const r2 = ratio(l2);
  const inner = to(l2);
  const halved = thirdOrderInner === "second-order" && solverType === "midpoint";
  const lift = (r2 / r1) * (halved ? inner.w1 / 2 : inner.w2);
  const stages: Stage[] = [first(l1), { level: l1, base: inner.base, weights: [inner.w1 - lift, lift] }];
  if (solverType === "midpoint") {
    const weight = w2 / r2;
    stages.push({ level: l2, base, weights: [w1 - weight, 0, weight] });
  } else {
    // Slopes d_i = (m_i - m0)/r_i of the quadratic: D1 = (r2 d1 - r1 d2)/(r2 - r1), D2 = 2 (d2 - d1)/(r2 - r1).
    const c1 = (w2 * r2 - 2 * w3) / (r2 - r1) / r1;
    const c2 = (2 * w3 - w2 * r1) / (r2 - r1) / r2;
    stages.push({ level: l2, base, weights: [w1 - c1 - c2, c1, c2] });
  }
  return stages;
}
