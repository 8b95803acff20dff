/** diffGrad. */
import {
  abs,
  add,
  ArgumentError,
  checkOptions,
  div,
  maximum,
  mul,
  neg,
  sigmoid,
  sqrt,
  square,
  sub,
  type Operand,
  type Tensor,
} from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkFinite, checkFlag, checkNonNegative, settings, type Fields } from "../check.ts";
import { AMSGRAD_PAPER, DIFFGRAD_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { COMMON, prepared, type CommonOptions } from "./prepare.ts";

/** A friction `height * sigmoid(slope * d) + offset`, where d is the change of the gradient or its absolute value. */
export interface Friction {
  /** 1 when left out. */
  readonly height?: number;
  /** 1 when left out. */
  readonly slope?: number;
  /** 0 when left out. */
  readonly offset?: number;
  /** Use the change with its sign, previous minus present; false when left out. */
  readonly signed?: boolean;
}

const FRICTION: Fields<Required<Friction>> = {
  height: [1, checkFinite],
  slope: [1, checkFinite],
  offset: [0, checkFinite],
  signed: [false, checkFlag],
};

/** Named members of the family. */
const NAMED: Readonly<Record<string, Friction>> = {
  v0: {},
  v1: { signed: true },
  v2: { height: 9, slope: 0.5, offset: -4 },
};

/** Options of {@link diffGrad}. */
export interface DiffGradOptions extends CommonOptions {
  /** Step length, >= 0; 1e-3 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Added to the root of the uncorrected mean of squares, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /**
   * `"v0"` (the paper's, in [1/2, 1)) when left out; `"v1"` uses the change with its sign, in (0, 1); `"v2"` is steeper, in
   * [1/2, 5); or a member of the family of your own.
   */
  readonly friction?: "v0" | "v1" | "v2" | Friction;
  /** Weight decay shrinks the parameter by `lr * weightDecay` of itself instead of entering the gradient. */
  readonly decoupled?: boolean;
  /** Divide by the largest mean of squares so far. */
  readonly amsgrad?: boolean;
  /** Do what the authors' first release did, see {@link diffGrad}. */
  readonly legacyAlias?: boolean;
}

const FIELDS: Fields<Required<DiffGradOptions>> = {
  learningRate: [1e-3, checkNonNegative],
  beta1: [0.9, checkDecay],
  beta2: [0.999, checkDecay],
  epsilon: [1e-8, checkNonNegative],
  friction: [
    "v0",
    (name, field, value) => {
      if (typeof value === "string" ? !Object.hasOwn(NAMED, value) : typeof value !== "object") {
        throw new ArgumentError(
          `${name}: ${field} is unknown (got ${String(value)}, expected "v0", "v1", "v2" or { ${Object.keys(FRICTION).join(", ")} }).`,
        );
      }
      if (typeof value !== "string") checkOptions(`${name}: ${field}`, value as object, Object.keys(FRICTION));
    },
  ],
  decoupled: [false, checkFlag],
  amsgrad: [false, checkFlag],
  legacyAlias: [false, checkFlag],
  ...COMMON,
};

/**
 * diffGrad (Dubey and others 2020): Adam whose steps are damped where the gradient hardly changes.
 *
 * With g the gradient plus `weightDecay * p`, Adam's m and v, and `d = previous g - g` (previous is 0 at first):
 * `p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) * friction(d) * m / (sqrt(v) + epsilon)`. The friction of the paper is
 * `sigmoid(|d|)`. Epsilon is added before bias correction, unlike in {@link import("./adam.ts").adam}.
 *
 * With `legacyAlias` the friction is that of `d = -g` in the first step and of d = 0 (a constant, 1/2 for v0) in all others.
 * The first release of the authors' code computed this, because its saved gradient shared memory with the present one; so
 * it is what reproduces numbers made with it.
 *
 * Buffers: `m`, `v`, `vmax` for `amsgrad`, and `previous` unless `legacyAlias`. `decoupled` and `amsgrad` are additions.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = diffGrad({ learningRate: 1e-3 });
 */
export function diffGrad(options: DiffGradOptions = {}): Optimizer {
  const name = "diffGrad";
  const all = settings(name, options, FIELDS);
  const { learningRate, beta1, beta2, epsilon, decoupled, amsgrad, legacyAlias, weightDecay } = all;
  const form = typeof all.friction === "string" ? NAMED[all.friction] : all.friction;
  const { height, slope, offset, signed } = settings(`${name}: friction`, form, FRICTION);
  const penalty = { weightDecay: decoupled ? 0 : weightDecay, maximize: all.maximize };
  const friction = (d: Tensor): Tensor => add(mul(sigmoid(mul(signed ? d : abs(d), slope)), height), offset);
  return elementwise({
    name,
    learningRate,
    citations: amsgrad ? [DIFFGRAD_PAPER, AMSGRAD_PAPER] : [DIFFGRAD_PAPER],
    buffers: ["m", "v", ...(amsgrad ? ["vmax"] : []), ...(legacyAlias ? [] : ["previous"])],
    numbers: (step, lr) => [
      (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
      1 - lr * weightDecay,
      step === 1 ? 1 : 0,
    ],
    update(param, grad, [m, v, ...others], [rate, shrink, first]: readonly Operand[]) {
      const g = prepared(param, grad, penalty);
      const mean = add(mul(m, beta1), mul(g, 1 - beta1));
      const squares = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const largest = amsgrad ? maximum(others[0], squares) : squares;
      const xi = friction(legacyAlias ? mul(neg(g), first) : sub(others[others.length - 1], g));
      const direction = div(mul(mean, xi), add(sqrt(largest), epsilon));
      const p = decoupled && weightDecay > 0 ? mul(param, shrink) : param;
      return {
        param: sub(p, mul(direction, rate)),
        buffers: [mean, squares, ...(amsgrad ? [largest] : []), ...(legacyAlias ? [] : [g])],
      };
    },
  });
}
