/** Gradient descent, with or without momentum. */
import { add, ArgumentError, checkOptions, mul, neg, sub } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkFlag, checkNonNegative } from "../check.ts";
import { MOMENTUM_PAPER, POLYAK_PAPER, ROBBINS_MONRO_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Step length, >= 0. There is no default: a good value depends on the problem's scale. */
  readonly learningRate: number;
  /** Share of the last direction that is kept, in [0, 1); 0 when left out. */
  readonly momentum?: number;
  /** The gradient enters the direction with weight `1 - dampening`, except in the first step; in [0, 1], default 0. */
  readonly dampening?: number;
  /** Look ahead by one momentum step. Needs momentum and no dampening. */
  readonly nesterov?: boolean;
  /** `weightDecay * p` is added to the gradient (the gradient of an L2 penalty); 0 when left out. */
  readonly weightDecay?: number;
  /** Ascend instead of descend. */
  readonly maximize?: boolean;
}

const OPTIONS = ["learningRate", "momentum", "dampening", "nesterov", "weightDecay", "maximize"];

/**
 * Stochastic gradient descent.
 *
 * With g the gradient (its negative for `maximize`) plus `weightDecay * p`:
 * without momentum `p -= lr * g`; with it `b = momentum * b + (1 - dampening) * g` (first step: `b = g`) and
 * `p -= lr * b`, or `p -= lr * (g + momentum * b)` for `nesterov`.
 *
 * Buffers: none, or `momentum`. Same conventions as torch.optim.SGD.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 */
export function sgd(options: SgdOptions): Optimizer {
  const name = "sgd";
  checkOptions(name, options ?? {}, OPTIONS);
  const {
    learningRate,
    momentum = 0,
    dampening = 0,
    nesterov = false,
    weightDecay = 0,
    maximize = false,
  } = options ?? ({} as SgdOptions);
  checkNonNegative(name, "learningRate", learningRate);
  checkDecay(name, "momentum", momentum);
  checkNonNegative(name, "dampening", dampening);
  if (dampening > 1) {
    throw new ArgumentError(`${name}: dampening is out of range (got ${dampening}, expected a number in [0, 1]).`);
  }
  checkFlag(name, "nesterov", nesterov);
  checkNonNegative(name, "weightDecay", weightDecay);
  checkFlag(name, "maximize", maximize);
  if (nesterov && !(momentum > 0 && dampening === 0)) {
    throw new ArgumentError(
      `${name}: nesterov needs momentum and no dampening (got momentum ${momentum} and dampening ${dampening}, ` +
        `expected momentum > 0 and dampening 0).`,
    );
  }
  return elementwise({
    name,
    learningRate,
    citations: [ROBBINS_MONRO_PAPER, ...(momentum > 0 ? [nesterov ? MOMENTUM_PAPER : POLYAK_PAPER] : [])],
    buffers: momentum > 0 ? ["momentum"] : [],
    numbers: (step, lr) => (momentum > 0 ? [lr, step === 1 ? 1 : 1 - dampening] : [lr]),
    update(param, grad, [b], [lr, weight]) {
      let g = maximize ? neg(grad) : grad;
      if (weightDecay > 0) g = add(g, mul(param, weightDecay));
      if (momentum === 0) return { param: sub(param, mul(g, lr)), buffers: [] };
      const kept = add(mul(b, momentum), mul(g, weight));
      const direction = nesterov ? add(g, mul(kept, momentum)) : kept;
      return { param: sub(param, mul(direction, lr)), buffers: [kept] };
    },
  });
}
