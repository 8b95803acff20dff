/** Watching and replacing the inputs of linear layers while a model runs, e.g. to quantise them. */
import type { Tensor } from "@ansatz/tensor";

/** How a convolution places its patches, by height and width. */
export interface ConvGeometry {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly paddingMode: "zeros" | "reflect";
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** A linear layer that is about to be applied. */
export interface LinearCall {
  readonly kind: "dense" | "conv2d";
  /** The layer's weight, the very tensor of the parameter tree that the model was given. */
  readonly weight: Tensor;
  readonly input: Tensor;
  /** Of a convolution. */
  readonly geometry?: ConvGeometry;
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
export function linearInput(call: LinearCall): Tensor {
  return current === undefined ? call.input : current(call);
}
