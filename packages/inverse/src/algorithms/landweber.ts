/** Landweber's iteration. */
import { add, checkOptions, mul } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { LANDWEBER_PAPER } from "../citation.ts";
import type { Algorithm } from "./base.ts";
import { advance, begin, checkBounds, clipTo, normOf, startOf, type Bounds } from "./tools.ts";

/** Options of {@link landweber}. */
export interface LandweberOptions extends Bounds {
  /** Step length; it converges below `2 / |A|^2`. `1 / |A|^2`, the norm from a power iteration, when left out. */
  readonly step?: number;
}

/**
 * Gradient descent on `|A x - b|^2 / 2`, projected on the bounds (Landweber 1951): `x += step A* (b - A x)`.
 *
 * One application of A and its adjoint per iteration. Noise grows with the number of iterations: stop early.
 * @throws ArgumentError for an option outside its range
 */
export function landweber(options: LandweberOptions = {}): Algorithm {
  const name = "landweber";
  checkOptions(name, options, ["step", "lower", "upper"]);
  if (options.step !== undefined) checkPositive(name, "step", options.step);
  checkBounds(name, options);
  return {
    name,
    citations: [LANDWEBER_PAPER],
    watchesResidual: true,
    complex: options.lower === undefined && options.upper === undefined,
    async init(problem) {
      const state = await begin(problem, startOf(problem));
      const step = options.step ?? (await normOf(problem.operator)) ** -2;
      return { ...state, numbers: { step: Number.isFinite(step) ? step : 1 } };
    },
    step(problem, state) {
      const { r } = state.vectors;
      const { step } = state.numbers;
      return advance(problem, state, () => ({
        x: clipTo(add(state.x, mul(problem.operator.adjoint(r), step)), options),
      }));
    },
  };
}
