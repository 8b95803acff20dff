/** Adam with decoupled weight decay. */
import type { Optimizer } from "../base.ts";
import { ADAM_PAPER, ADAMW_PAPER, AMSGRAD_PAPER } from "../citation.ts";
import { elementwise } from "../elementwise.ts";
import { adamSettings, type AdamOptions } from "./adam.ts";
import { adamRule } from "./adamRule.ts";

/** Options of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** The parameter shrinks by `lr * weightDecay` of itself in every step, >= 0; 1e-2 when left out. */
  readonly weightDecay?: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019): `p *= 1 - lr * weightDecay`, then the step of {@link import("./adam.ts").adam}
 * with the undecayed gradient.
 *
 * Buffers and other options as for Adam. Same conventions as torch.optim.AdamW.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = adamW({ learningRate: 3e-4, weightDecay: 0.1 });
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const settings = adamSettings("adamW", options, 1e-2);
  return elementwise({
    ...adamRule(settings, true),
    name: "adamW",
    citations: settings.amsgrad ? [ADAMW_PAPER, ADAM_PAPER, AMSGRAD_PAPER] : [ADAMW_PAPER, ADAM_PAPER],
  });
}
