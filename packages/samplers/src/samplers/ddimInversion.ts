/** DDIM run backwards, from data to noise. */
import { DDIM_PAPER } from "../citation.ts";
import type { PlannedSampler } from "./base.ts";
import { planned, walk } from "./planned.ts";
import { transferSum } from "./pndm.ts";

/**
 * DDIM inversion (Song, Meng & Ermon 2021, section 4.3): the same map as `ddim`, walked from clean to noisy with the
 * prediction made at the clean end of every step. Only approximately the inverse of `ddim`, which predicts at the noisy
 * end: a round trip of 20 steps is off by about 0.02 to 0.2. For an exact inverse see `bdiaInversion`.
 *
 * `begin` takes levels from clean to noisy. One model call per step, order 1. A first level with sigma 0 needs a model
 * that predicts epsilon or v: x0 says nothing about the noise there.
 */
export function ddimInversion(): PlannedSampler {
  return planned({
    name: "ddim-inversion",
    order: 1,
    citations: [DDIM_PAPER],
    direction: "noising",
    write: (builder, levels) =>
      walk(builder, levels, ({ x, from, to }) =>
        transferSum(builder, x, from, to, [[1, builder.evaluate(x, from, "epsilon")]]),
      ),
  });
}
