/** iPNDM: PLMS without its second call. */
import { checkOptions } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import { DEIS_PAPER, PNDM_PAPER } from "../citation.ts";
import { ancestralStep } from "./ancestral.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";
import { epsilonHistory } from "./pndm.ts";

/** Options of {@link iPndm}. */
export interface IPndmOptions {
  /** Most predictions in one step, 1 to 4; 4 when left out. */
  readonly points?: number;
}

/**
 * iPNDM (Zhang & Chen 2023, section 3.4): Adams-Bashforth of 1, 2, 3 and 4 points with the weights of equal steps through
 * the DDIM map, started with fewer points instead of a second call. One model call per step. Order 2 (1 with one point):
 * the weights assume equal steps in time while the map is linear in sigma/alpha. With log-SNR levels one of the best
 * methods below 15 calls.
 * @throws ArgumentError for a number of points out of range
 */
export function iPndm(options: IPndmOptions = {}): PlannedSampler {
  checkOptions("iPndm", options, ["points"]);
  const points = options.points ?? 4;
  checkInteger("iPndm", "points", points, 1, 4);
  return planned({
    name: points === 4 ? "ipndm" : `ipndm-${points}`,
    order: Math.min(points, 2),
    citations: [DEIS_PAPER, PNDM_PAPER],
    write: (builder, levels) => {
      const history = epsilonHistory(builder, points);
      walk(builder, levels, ({ x, from, to }) => {
        if (from.alpha === 0) {
          // At pure noise the noise is the signal itself, and only x0 is worth a call.
          history.push(builder.combine([[1 / from.sigma, x]]));
          return ancestralStep(builder, x, from, to, to.sigma, 0);
        }
        history.push(builder.evaluate(x, from, "epsilon"));
        return history.step(x, from, to);
      });
    },
  });
}
