/** Adam and AMSGrad. */
import { checkOptions } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkDecay, checkFlag, checkNonNegative } from "../check.ts";
import { ADAM_PAPER, AMSGRAD_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { adamRule } from "./adamRule.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Step length, >= 0; 1e-3 when left out. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Added to the denominator, >= 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** `weightDecay * p` is added to the gradient (the gradient of an L2 penalty); 0 when left out. */
  readonly weightDecay?: number;
  /** Divide by the largest mean of squares so far. */
  readonly amsgrad?: boolean;
  /** Ascend instead of descend. */
  readonly maximize?: boolean;
}

const ADAM_OPTIONS: readonly string[] = [
  "learningRate",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
  "amsgrad",
  "maximize",
];

/** Checks what {@link adam} and {@link import("./adamW.ts").adamW} are given, and fills in what is missing. */
export function adamSettings(name: string, options: AdamOptions, weightDecay: number): Required<AdamOptions> {
  checkOptions(name, options, ADAM_OPTIONS);
  const settings = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay,
    amsgrad: false,
    maximize: false,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  };
  for (const field of ["learningRate", "epsilon", "weightDecay"] as const) {
    checkNonNegative(name, field, settings[field]);
  }
  for (const field of ["beta1", "beta2"] as const) checkDecay(name, field, settings[field]);
  for (const field of ["amsgrad", "maximize"] as const) checkFlag(name, field, settings[field]);
  return settings;
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1).
 *
 * With g the gradient (its negative for `maximize`) plus `weightDecay * p`, in step t:
 * `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`,
 * `p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)`.
 * With `amsgrad`, the largest v so far stands in place of v (Reddi, Kale and Kumar 2018; before bias correction).
 *
 * Buffers: `m`, `v`, and `vmax` for `amsgrad`. Same conventions as torch.optim.Adam. The corrections are computed on the
 * host in double precision from the step count.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = adam({ learningRate: 1e-3 });
 * let state = method.init(params);
 * ({ params, state } = method.step(params, grads, state));
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const settings = adamSettings("adam", options, 0);
  return elementwise({
    ...adamRule(settings, false),
    name: "adam",
    citations: settings.amsgrad ? [ADAM_PAPER, AMSGRAD_PAPER] : [ADAM_PAPER],
  });
}
