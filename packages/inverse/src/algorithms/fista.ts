/** Proximal gradient methods. */
import { add, checkOptions, mul, scope, sub, together, type Tensor } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { FISTA_PAPER } from "../citation.ts";
import type { Regularizer } from "../proximal/base.ts";
import type { Algorithm } from "./base.ts";
import { advance, begin, normOf, startOf } from "./tools.ts";

/** Options of {@link fista} and {@link ista}. */
export interface ProximalGradientOptions {
  /** f in `|A x - b|^2 / 2 + f(x)`; a denoiser in the place of its proximal map makes it plug-and-play. */
  readonly regularizer: Regularizer;
  /** Step length; it converges up to `1 / |A|^2` (ista: below `2 / |A|^2`). `1 / |A|^2`, the norm from a power iteration, when left out. */
  readonly step?: number;
}

/**
 * Proximal gradients for `min |A x - b|^2 / 2 + f(x)`: `x = prox_(step f)(x + step A* (b - A x))`. The objective never rises.
 * @throws ArgumentError for an option outside its range
 */
export function ista(options: ProximalGradientOptions): Algorithm {
  return proximalGradient("ista", options, false);
}

/**
 * {@link ista} with Nesterov's momentum (Beck and Teboulle 2009): the objective falls as `1 / k^2` instead of `1 / k`. One application of A and
 * its adjoint and one proximal map per iteration.
 * @throws ArgumentError for an option outside its range
 */
export function fista(options: ProximalGradientOptions): Algorithm {
  return proximalGradient("fista", options, true);
}

function proximalGradient(name: string, options: ProximalGradientOptions, accelerated: boolean): Algorithm {
  checkOptions(name, options, ["regularizer", "step"]);
  const { regularizer } = options;
  if (options.step !== undefined) checkPositive(name, "step", options.step);
  return {
    name,
    citations: [FISTA_PAPER, ...regularizer.citations],
    watchesResidual: true,
    complex: true,
    async init(problem) {
      const x = startOf(problem);
      const state = await begin(problem, x);
      const step = options.step ?? (await normOf(problem.operator)) ** -2;
      // Point and residual from which the next gradient is taken.
      const { y, ry } = scope(() => together({ y: mul(x, 1), ry: mul(state.vectors["r"], 1) }));
      return {
        ...state,
        vectors: { ...state.vectors, y, ry },
        numbers: { step: Number.isFinite(step) ? step : 1, momentum: 1 },
      };
    },
    async step(problem, state) {
      const { r, y, ry } = state.vectors;
      const { step, momentum } = state.numbers;
      const moved = scope(() => add(y, mul(problem.operator.adjoint(ry), step)));
      const image = await applied(regularizer, moved, step);
      const grown = accelerated ? (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2 : 1;
      const share = accelerated ? (momentum - 1) / grown : 0;
      const next = await advance(problem, state, () => {
        const x = mul(image, 1);
        const residual = sub(problem.data, problem.operator.apply(x));
        return {
          x,
          r: residual,
          y: add(x, mul(sub(x, state.x), share)),
          // Residuals are affine in the image.
          ry: add(residual, mul(sub(residual, r), share)),
        };
      });
      image.dispose();
      return next.failure === undefined ? { ...next, numbers: { step, momentum: grown } } : next;
    },
  };
}

/** The proximal map of a tensor that is not needed any more. */
export async function applied(regularizer: Regularizer, z: Tensor, step: number): Promise<Tensor> {
  const result = await regularizer.prox(z, step);
  if (result !== z) z.dispose();
  return result;
}
