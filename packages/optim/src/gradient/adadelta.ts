/** AdaDelta. */
import { add, div, mul, sqrt, square, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkNonNegative, settings, type Fields } from "../check.ts";
import { ADADELTA_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** Options of {@link adadelta}. */
export interface AdadeltaOptions extends CommonOptions {
  /** Factor of the steps, >= 0; 1 when left out. */
  readonly learningRate?: number;
  /** Decay of both means of squares, in [0, 1); 0.9 when left out. */
  readonly rho?: number;
  /** Added to both means under the root, >= 0; 1e-6 when left out. It sets the length of the first steps. */
  readonly epsilon?: number;
}

const FIELDS: Fields<Required<AdadeltaOptions>> = {
  learningRate: [1, checkNonNegative],
  rho: [0.9, checkDecay],
  epsilon: [1e-6, checkNonNegative],
  ...COMMON,
};

/**
 * AdaDelta (Zeiler 2012, algorithm 1): steps in the units of the parameters.
 *
 * `v = rho v + (1 - rho) g^2`, `d = sqrt(a + epsilon) / sqrt(v + epsilon) * g`, `a = rho a + (1 - rho) d^2`, `p -= lr d`.
 *
 * Buffers: `v`, `a`. Same conventions as torch.optim.Adadelta.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = adadelta();
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const name = "adadelta";
  const all = settings(name, options, FIELDS);
  const { learningRate, rho, epsilon } = all;
  return elementwise({
    name,
    learningRate,
    citations: [ADADELTA_PAPER],
    buffers: ["v", "a"],
    numbers: (_, lr) => [lr],
    update(param, grad, [v, a], [rate]) {
      const g = prepared(param, grad, all);
      const squares = add(mul(v, rho), mul(square(g), 1 - rho));
      const d = mul(div(sqrt(add(a, epsilon)), sqrt(add(squares, epsilon))), g);
      const moved = add(mul(a, rho), mul(square(d), 1 - rho));
      return { param: sub(param, mul(d, rate)), buffers: [squares, moved] };
    },
  });
}
