/** Rprop. */
import { ArgumentError, greater, less, maximum, minimum, mul, neg, sign, sub, where } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkFlag, checkPositive, settings, type Fields } from "../check.ts";
import { RPROP_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";

/** Options of {@link rprop}. */
export interface RpropOptions {
  /** Length of the first steps, > 0; 1e-2 when left out. */
  readonly learningRate?: number;
  /** Factor of an element's step after a change of sign, in (0, 1); 0.5 when left out. */
  readonly shrink?: number;
  /** Factor while the sign stays, > 1; 1.2 when left out. */
  readonly grow?: number;
  /** Shortest step, > 0; 1e-6 when left out. */
  readonly minStep?: number;
  /** Longest step, > 0; 50 when left out. */
  readonly maxStep?: number;
  /** Ascend instead of descend. */
  readonly maximize?: boolean;
}

const FIELDS: Fields<Required<RpropOptions>> = {
  learningRate: [1e-2, checkPositive],
  shrink: [0.5, checkPositive],
  grow: [1.2, checkPositive],
  minStep: [1e-6, checkPositive],
  maxStep: [50, checkPositive],
  maximize: [false, checkFlag],
};

/**
 * Rprop (Riedmiller and Braun 1993), for full gradients: only their signs matter, and every element has its own step.
 *
 * With s the sign of `g * previous`, `step *= grow`, `shrink` or 1 for s = 1, -1, 0, within its bounds; g counts as 0 where
 * s = -1; `p -= sign(g) * step`. A learning rate given for a call scales the steps by its ratio to the method's own.
 *
 * Buffers: `previous`, `size`. Same conventions as torch.optim.Rprop.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = rprop();
 */
export function rprop(options: RpropOptions = {}): Optimizer {
  const name = "rprop";
  const { learningRate, shrink, grow, minStep, maxStep, maximize } = settings(name, options, FIELDS);
  if (!(shrink < 1 && grow > 1)) {
    throw new ArgumentError(
      `${name}: factors are out of range (got shrink ${shrink}, grow ${grow}, expected < 1 and > 1).`,
    );
  }
  if (!(minStep <= maxStep)) {
    throw new ArgumentError(`${name}: bounds are not ordered (got minStep ${minStep}, maxStep ${maxStep}).`);
  }
  return elementwise({
    name,
    learningRate,
    citations: [RPROP_PAPER],
    buffers: ["previous", "size"],
    start: { size: learningRate },
    numbers: (_, lr) => [lr / learningRate],
    update(param, grad, [previous, size], [scale]) {
      const g = maximize ? neg(grad) : grad;
      const agreement = mul(sign(g), sign(previous));
      const turned = less(agreement, 0);
      const scaled = where(turned, mul(size, shrink), where(greater(agreement, 0), mul(size, grow), size));
      const length = minimum(maximum(scaled, minStep), maxStep);
      const used = where(turned, 0, g);
      return { param: sub(param, mul(mul(sign(used), length), scale)), buffers: [used, length] };
    },
  });
}
