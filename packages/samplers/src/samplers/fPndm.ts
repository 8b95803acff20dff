/** F-PNDM: the PNDM method with a pseudo Runge-Kutta start. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { PNDM_PAPER } from "../citation.ts";
import { showLevel, type Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Value } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { countSteps, planned, walk } from "./planned.ts";
import { epsilonHistory, transferSum } from "./pndm.ts";

/** Options of {@link fPndm}. */
export interface FPndmOptions {
  /** The level in the middle of a step, for the three Runge-Kutta steps; the schedule's `midpoint` when left out. */
  readonly midpoint?: (from: Level, to: Level) => Level;
}

const START_STEPS = 3;

/**
 * F-PNDM (Liu et al. 2022, algorithm 1): three pseudo Runge-Kutta steps,
 *
 * `e1 = eps(x, i)`, `e2 = eps(T(x, e1; i to m))`, `e3 = eps(T(x, e2; i to m))`, `e4 = eps(T(x, e3; i to i+1))`,
 * `x' = T(x, (e1 + 2 e2 + 2 e3 + e4)/6; i to i+1)`,
 *
 * with m in the middle of the step's time, then Adams-Bashforth of four points. K >= 3 steps cost K + 9 model calls.
 * Order 2 (see `plms`). The start is fragile in long steps: below about 25 model calls prefer `plms`.
 *
 * The middle levels come from the `schedule` given to the run, or from `midpoint`.
 * @throws ArgumentError (from `begin`) for fewer than 3 steps, without middle levels, or when the start reaches sigma 0
 */
export function fPndm(options: FPndmOptions = {}): PlannedSampler {
  const name = "f-pndm";
  checkOptions("fPndm", options, ["midpoint"]);
  return planned({
    name,
    order: 2,
    citations: [PNDM_PAPER],
    write: (builder, levels, schedule) => {
      const midpoint = options.midpoint ?? schedule?.midpoint;
      if (midpoint === undefined) {
        throw new ArgumentError(
          `${name}: the start needs levels between the listed ones (got neither a schedule nor \`midpoint\`, expected one). Pass \`schedule\`.`,
        );
      }
      const steps = countSteps(levels);
      if (steps < START_STEPS) {
        throw new ArgumentError(`${name}: too few steps (got ${steps}, expected at least ${START_STEPS}). Use plms.`);
      }
      const history = epsilonHistory(builder, 4);
      walk(builder, levels, ({ x, from, to, count }) => {
        if (count < START_STEPS) {
          const { next, epsilon } = rungeKuttaStep(name, builder, x, from, midpoint(from, to), to);
          history.push(epsilon);
          return next;
        }
        history.push(builder.evaluate(x, from, "epsilon"));
        return history.step(x, from, to);
      });
    },
  });
}

function rungeKuttaStep(
  name: string,
  builder: PlanBuilder,
  x: Value,
  from: Level,
  middle: Level,
  to: Level,
): { next: Value; epsilon: Value } {
  if (to.sigma === 0) {
    throw new ArgumentError(
      `${name}: a Runge-Kutta step calls the model at its end, where there is no noise left (got ${showLevel(to)}). ` +
        `Take more steps, or end above sigma 0.`,
    );
  }
  const reach = (level: Level, epsilon: Value): Value =>
    builder.evaluate(transferSum(builder, x, from, level, [[1, epsilon]]), level, "epsilon");
  const e1 = builder.evaluate(x, from, "epsilon");
  const e2 = reach(middle, e1);
  const e3 = reach(middle, e2);
  const e4 = reach(to, e3);
  const next = transferSum(builder, x, from, to, [
    [1 / 6, e1],
    [2 / 6, e2],
    [2 / 6, e3],
    [1 / 6, e4],
  ]);
  return { next, epsilon: e1 };
}
