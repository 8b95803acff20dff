/** The ancestral step: what the samplers with fresh noise of the first generation share. */
import type { Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { TransformFunction, Value } from "../plan/plan.ts";
import { conversion } from "../predictions/table.ts";
import type { SolverPrediction, Transfer } from "./transfer.ts";

/** Standard deviation of x' given x and x0: `(sigma'/sigma) sqrt(sigma^2 - (alpha sigma'/alpha')^2)`. */
export function posteriorDeviation(from: Level, to: Level): number {
  return (to.sigma / from.sigma) * transitionDeviation(from, to);
}

/** Standard deviation of x given x', `sqrt(sigma^2 - (alpha sigma'/alpha')^2)`; sqrt(beta) on neighbours of a table. */
export function transitionDeviation(from: Level, to: Level): number {
  const inherited = (from.alpha / to.alpha) * to.sigma;
  return Math.sqrt((from.sigma - inherited) * (from.sigma + inherited));
}

/**
 * `x' = alpha' x0 + kept epsilon + fresh n`: one model call, and a draw where `fresh` is not 0. At alpha = 0 the model is
 * asked for x0 instead of epsilon. With `limit`, x0 is changed by it and epsilon is not.
 */
export function ancestralStep(
  builder: PlanBuilder,
  x: Value,
  from: Level,
  to: Level,
  kept: number,
  fresh: number,
  limit?: TransformFunction,
): Value {
  const predict: SolverPrediction = from.alpha === 0 ? "x0" : "epsilon";
  const factors = partialTransfer(predict, from, to, kept);
  const m = builder.evaluate(x, from, predict);
  if (limit !== undefined) return limitedStep(builder, x, m, predict, from, to, kept, fresh, limit);
  return builder.combine([
    [factors.x, x],
    [factors.m, m],
    ...(fresh === 0 ? [] : [[fresh, builder.noise(from, to)] as const]),
  ]);
}

/** The same with x0 changed and epsilon as predicted. */
function limitedStep(
  builder: PlanBuilder,
  x: Value,
  m: Value,
  predict: SolverPrediction,
  from: Level,
  to: Level,
  kept: number,
  fresh: number,
  limit: TransformFunction,
): Value {
  const as = (target: SolverPrediction): Value => {
    const factors = conversion(predict, target, from);
    return builder.combine([
      [factors.x, x],
      [factors.prediction, m],
    ]);
  };
  const x0 = builder.transform("limit", [as("x0")], limit);
  return builder.combine([
    [to.alpha, x0],
    [kept, as("epsilon")],
    ...(fresh === 0 ? [] : [[fresh, builder.noise(from, to)] as const]),
  ]);
}

/** `alpha' x0 + kept epsilon` in terms of x and the prediction. */
function partialTransfer(predict: SolverPrediction, from: Level, to: Level, kept: number): Transfer {
  if (predict === "epsilon") {
    const scale = to.alpha / from.alpha;
    return { x: scale, m: kept - scale * from.sigma };
  }
  const scale = kept / from.sigma;
  return { x: scale, m: to.alpha - scale * from.alpha };
}
