/** Watching and replacing the inputs of linear layers while a model runs, e.g. to quantise them. */
import type { Tensor } from "@ansatz/tensor";

/** A linear layer that is about to be applied. */
export interface LinearCall {
  readonly kind: "dense" | "conv2d";
  /** The layer's weight, the very tensor of the parameter tree that the model was given. */
  readonly weight: Tensor;
  readonly input: Tensor;
}

/** Sees every linear layer before it is applied, and returns the input that it is to have. */
export type LinearHook = (call: LinearCall) => Tensor;

let current: LinearHook | undefined;

/**
 * Runs a function; every `dense` and `conv2d` layer applied meanwhile, also inside other layers and models, asks `hook`
 * for its input. The function must be synchronous. Hooks do not nest: an inner one replaces the outer one for its time.
 * @example
 * withLinearHook(({ input }) => round(input), () => net.apply(params, x));
 */
export function withLinearHook<R>(hook: LinearHook, run: () => R): R {
  const before = current;
  current = hook;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** The input that a linear layer uses. */
export function linearInput(kind: LinearCall["kind"], weight: Tensor, input: Tensor): Tensor {
  return current === undefined ? input : current({ kind, weight, input });
}
