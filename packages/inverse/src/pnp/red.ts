/** Regularisation by denoising. */
import { add, checkOptions, mul, sub } from "@ansatz/tensor";
import type { Algorithm } from "../algorithms/base.ts";
import { advance, begin, normOf, startOf } from "../algorithms/tools.ts";
import { checkNonNegative, checkPositive } from "../check.ts";
import { RED_CLARIFICATIONS_PAPER, RED_PAPER } from "./papers.ts";
import type { Denoiser } from "../denoisers/base.ts";
import { checkDenoiser } from "../denoisers/wrap.ts";

/** Options of {@link red}. */
export interface RedOptions {
  readonly denoiser: Denoiser;
  /** Level of noise that the denoiser is told. */
  readonly sigma: number;
  /** Weight lambda of the regulariser, in the unit of `|A|^2`; 0.1 when left out. */
  readonly weight?: number;
  /** Step length; `1 / (|A|^2 + lambda)`, the norm from a power iteration, when left out. */
  readonly step?: number;
}

/**
 * Regularisation by denoising (Romano, Elad and Milanfar 2017): steps along `A* (A x - b) + lambda (x - D(x))` to where it is zero.
 *
 * That is the gradient of `|A x - b|^2 / 2 + lambda x . (x - D(x)) / 2` only for denoisers that are locally homogeneous with a symmetric Jacobian (Reehorst and
 * Schniter 2019); others still have fixed points. One application of A and its adjoint per iteration.
 * @throws ArgumentError for an option outside its range
 */
export function red(options: RedOptions): Algorithm {
  const name = "red";
  checkOptions(name, options, ["denoiser", "sigma", "weight", "step"]);
  const { denoiser, sigma, weight = 0.1 } = options;
  checkDenoiser(name, denoiser);
  checkNonNegative(name, "sigma", sigma);
  checkNonNegative(name, "weight", weight);
  if (options.step !== undefined) checkPositive(name, "step", options.step);
  return {
    name,
    citations: [RED_PAPER, RED_CLARIFICATIONS_PAPER, ...denoiser.citations],
    watchesResidual: true,
    complex: true,
    async init(problem) {
      const state = await begin(problem, startOf(problem));
      const step = options.step ?? 1 / ((await normOf(problem.operator)) ** 2 + weight);
      return { ...state, numbers: { step: Number.isFinite(step) ? step : 1 } };
    },
    async step(problem, state) {
      const { step } = state.numbers;
      const clean = await denoiser.denoise(state.x, sigma);
      const next = await advance(problem, state, () => {
        const pull = mul(sub(clean, state.x), weight);
        return { x: add(state.x, mul(add(problem.operator.adjoint(state.vectors["r"]), pull), step)) };
      });
      clean.dispose();
      return next;
    },
  };
}
