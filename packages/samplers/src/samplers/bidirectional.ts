/** The two-step map of BDIA, which both its directions share. */
import type { Level } from "../level.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Value } from "../plan/plan.ts";
import { ancestralStep } from "./ancestral.ts";
import { walk } from "./planned.ts";
import { transfer } from "./transfer.ts";

/** Name of the input that takes the place of the first step. */
export const SECOND = "second";

/**
 * `z_next = g z_prev - g T(z; here to previous) + T(z; here to next)`, with T the DDIM map and the same noise prediction
 * in both. The first step is a DDIM step, or the input `second` where the run was given one. The map with 1/g on the
 * reversed levels is its inverse.
 */
export function bidirectional(builder: PlanBuilder, levels: readonly Level[], g: number): void {
  const second = builder.input(SECOND);
  let previous: { x: Value; level: Level } | undefined;
  walk(builder, levels, ({ x, from, to }) => {
    const before = previous;
    previous = { x, level: from };
    if (before === undefined) return second ?? ancestralStep(builder, x, from, to, to.sigma, 0);
    const back = transfer("epsilon", from, before.level);
    const ahead = transfer("epsilon", from, to);
    return builder.combine([
      [g, before.x],
      [ahead.x - g * back.x, x],
      [ahead.m - g * back.m, builder.evaluate(x, from, "epsilon")],
    ]);
  });
}
