/** Rates that follow a schedule. */
import type { Optimizer } from "../base.ts";
import { checkFunction } from "../check.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { wrap } from "./wrap.ts";

/**
 * The method with the learning rate of each step taken from a schedule. A rate given for a call still comes first.
 * @param schedule a function of the step (from 1), such as {@link import("../schedule/cosine.ts").cosineRate}
 * @throws ArgumentError unless the schedule is a function, and in a step for which it gives no finite number >= 0
 * @example
 * const method = scheduled(adamW(), warmup(cosineRate({ rate: 1e-3, steps: 1000 }), { steps: 100 }));
 */
export function scheduled(method: Optimizer, schedule: Schedule): Optimizer {
  const name = "scheduled";
  checkFunction(name, "schedule", schedule);
  return wrap(method, {
    name,
    rateAt: schedule,
    update(inner, params, grads) {
      const next = inner(params, grads);
      return { inner: next, params: next.params };
    },
  });
}
