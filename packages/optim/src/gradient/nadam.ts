/** NAdam. */
import { add, ArgumentError, div, mul, sqrt, square, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkNonNegative, settings, type Fields } from "../check.ts";
import { ADAM_PAPER, NADAM_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link nadam}. */
export interface NadamOptions extends CommonOptions {
  /** Step length, >= 0; 2e-3 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients in the limit, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Added to the denominator, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** Speed psi at which the momentum grows towards `beta1`, >= 0; 4e-3 when left out. */
  readonly momentumDecay?: number;
  /** `"published"` when left out; `"torch-1.13"` reproduces numbers made with that release, see {@link nadam}. */
  readonly variant?: "published" | "torch-1.13";
}

const FIELDS: Fields<Required<NadamOptions>> = {
  learningRate: [2e-3, checkNonNegative],
  beta1: [0.9, checkDecay],
  beta2: [0.999, checkDecay],
  epsilon: [1e-8, checkNonNegative],
  momentumDecay: [4e-3, checkNonNegative],
  variant: [
    "published",
    (name, field, value) => {
      if (value !== "published" && value !== "torch-1.13") {
        throw new ArgumentError(
          `${name}: ${field} is unknown (got ${String(value)}, expected "published" or "torch-1.13").`,
        );
      }
    },
  ],
  ...COMMON,
};

/**
 * NAdam, Adam with Nesterov's momentum (Dozat 2016).
 *
 * With `mu_t = beta1 (1 - 0.96^(t psi) / 2)`, `M_t = mu_1 ... mu_t` and Adam's m and v, in step t
 * `p -= lr ((1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_t mu_{t+1}) m) / (sqrt(v / (1 - beta2^t)) + epsilon)`.
 *
 * The variant `"torch-1.13"` has `1 - M_t mu_t mu_{t+1}` in the second fraction, a slip of that release of PyTorch that
 * later ones do not have; it is here to reproduce results made with it.
 *
 * Buffers: `m`, `v`. Otherwise the conventions of torch.optim.NAdam.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = nadam({ learningRate: 2e-3 });
 */
export function nadam(options: NadamOptions = {}): Optimizer {
  const name = "nadam";
  const all = settings(name, options, FIELDS);
  const { learningRate, beta1, beta2, epsilon, momentumDecay, variant } = all;
  const mu = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  // The last product and its step: asked for in order, each costs one multiplication.
  let last = { step: 0, product: 1 };
  const product = (step: number): number => {
    if (last.step > step) last = { step: 0, product: 1 };
    let p = last.product;
    for (let t = last.step + 1; t <= step; t++) p *= mu(t);
    last = { step, product: p };
    return p;
  };
  return elementwise({
    name,
    learningRate,
    citations: [NADAM_PAPER, ADAM_PAPER],
    buffers: ["m", "v"],
    numbers(step, lr) {
      const [now, next, all] = [mu(step), mu(step + 1), product(step)];
      const ahead = all * next * (variant === "torch-1.13" ? now : 1);
      return [(lr * (1 - now)) / (1 - all), (lr * next) / (1 - ahead), 1 / Math.sqrt(1 - beta2 ** step)];
    },
    update(param, grad, [m, v], [ofGradient, ofMean, correction]) {
      const g = prepared(param, grad, all);
      const mean = add(mul(m, beta1), mul(g, 1 - beta1));
      const squares = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const direction = add(mul(g, ofGradient), mul(mean, ofMean));
      const size = add(mul(sqrt(squares), correction), epsilon);
      return { param: sub(param, div(direction, size)), buffers: [mean, squares] };
    },
  });
}
