/** What a layer is. */
import type { Tensor, Tree } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";

/** Data type and place of new parameters. */
export interface InitOptions {
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
  /** The default device when left out. */
  readonly device?: string;
}

/**
 * A parametric function: how its parameters start, and what it computes with them.
 *
 * Both functions are pure. Parameters are a plain tree of tensors, so they can be differentiated, updated, averaged and
 * saved without the layer knowing.
 */
export interface Layer<P extends Tree = Tree> {
  /** Fresh parameters. Equal keys give equal bits. */
  init(key: Key, options?: InitOptions): P;
  /** The layer's value at `x`. @throws ShapeError when `x` does not fit */
  apply(params: P, x: Tensor): Tensor;
}

/** The parameters of a layer. */
export type ParamsOf<L> = L extends { init(key: Key, options?: InitOptions): infer P } ? P : never;
