/** Fresh noise before a step, as in the stochastic sampler of EDM. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { edmSigma, showLevel, type Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Value } from "../plan/plan.ts";
import type { Schedule } from "../schedules/base.ts";

/** How much noise is added before the steps (Karras et al. 2022, algorithm 2). */
export interface ChurnOptions {
  /** Total amount S_churn >= 0: every step raises u by the factor `1 + min(S_churn/K, sqrt(2) - 1)`. */
  readonly amount: number;
  /** No noise is added where u = sigma/alpha is below this; 0 when left out. */
  readonly min?: number;
  /** No noise is added where u is above this; Infinity when left out. */
  readonly max?: number;
  /** Factor on the noise added, >= 0; 1 when left out. */
  readonly noiseScale?: number;
}

/** Checks the options; undefined when there is nothing to add. */
export function checkChurn(name: string, churn: ChurnOptions | undefined): Required<ChurnOptions> | undefined {
  if (churn === undefined) return undefined;
  checkOptions(`${name}: churn`, churn, ["amount", "min", "max", "noiseScale"]);
  const { amount, min = 0, max = Infinity, noiseScale = 1 } = churn;
  checkNumber(name, "churn.amount", amount, 0);
  checkNumber(name, "churn.min", min, 0);
  if (max !== Infinity) checkNumber(name, "churn.max", max, min);
  checkNumber(name, "churn.noiseScale", noiseScale, 0);
  return amount === 0 ? undefined : { amount, min, max, noiseScale };
}

/** A signal and the level it lies on. */
export interface Churned {
  readonly x: Value;
  readonly level: Level;
}

/**
 * Moves x up to the level with `u^ = u (1 + g)` by adding noise of deviation `alpha^ sqrt(u^^2 - u^2)`.
 * The level is the schedule's; without a schedule it keeps alpha, which is right where the model is told no time.
 */
export function addChurn(
  name: string,
  builder: PlanBuilder,
  churn: Required<ChurnOptions> | undefined,
  steps: number,
  step: { readonly x: Value; readonly from: Level; readonly to: Level },
  schedule: Schedule | undefined,
): Churned {
  const { x, from, to } = step;
  const u = edmSigma(from);
  if (churn === undefined || u < churn.min || u > churn.max || u === Infinity) return { x, level: from };
  const raised = u * (1 + Math.min(churn.amount / steps, Math.SQRT2 - 1));
  if (schedule === undefined && from.time !== undefined) {
    throw new ArgumentError(
      `${name}: churn visits levels between the listed ones (got ${showLevel(from)} and no schedule). Pass \`schedule\`.`,
    );
  }
  const level = schedule?.levelAt(-Math.log(raised)) ?? { alpha: from.alpha, sigma: from.alpha * raised };
  const deviation = churn.noiseScale * level.alpha * Math.sqrt((raised - u) * (raised + u));
  const signal: [number, Value] = [level.alpha / from.alpha, x];
  const moved = builder.combine(deviation === 0 ? [signal] : [signal, [deviation, builder.noise(from, to)]]);
  return { x: moved, level };
}
