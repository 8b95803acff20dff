/** S-PNDM: the second-order member of the PNDM family. */
import type { Citation } from "@ansatz/tensor";
import { PNDM_PAPER } from "../citation.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";
import { averagedStep, epsilonHistory } from "./pndm.ts";

/**
 * S-PNDM (Liu et al. 2022): the first step averages the noise predictions at its two ends, then Adams-Bashforth of two
 * points, `(3 e - e_prev)/2`, through the DDIM map. K steps cost K + 1 model calls. Order 2.
 * @throws ArgumentError (from `begin`) for a first level of pure noise
 */
export function sPndm(): PlannedSampler {
  return adamsBashforthSampler("s-pndm", 2, [PNDM_PAPER]);
}

/** Adams-Bashforth of up to `points` predictions after an averaged first step. */
export function adamsBashforthSampler(name: string, points: number, citations: readonly Citation[]): PlannedSampler {
  return planned({
    name,
    order: 2,
    citations,
    write: (builder, levels) => {
      const history = epsilonHistory(builder, points);
      walk(builder, levels, ({ x, from, to, count }) => {
        if (count === 0) {
          const { next, epsilon } = averagedStep(builder, x, from, to);
          history.push(epsilon);
          return next;
        }
        history.push(builder.evaluate(x, from, "epsilon"));
        return history.step(x, from, to);
      });
    },
  });
}
