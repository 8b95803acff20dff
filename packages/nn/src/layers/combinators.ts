/** Layers made of layers. */
import { add, ArgumentError, ShapeError, showShape, type Tensor, type Tree } from "@ansatz/tensor";
import type { Layer, ParamsOf } from "../layer.ts";

/** Parameters of {@link sequential}: those of its layers, in order. */
export type SequentialParams<L extends readonly Layer[]> = { readonly [K in keyof L]: ParamsOf<L[K]> };

/**
 * Layers one after the other. Parameters: an array of theirs.
 * @throws ArgumentError for anything but a non-empty array of layers, or when parameters do not fit
 * @example
 * const mlp = sequential([dense({ in: 2, out: 32 }), activation(silu), dense({ in: 32, out: 1 })]);
 */
export function sequential<const L extends readonly Layer[]>(layers: L): Layer<SequentialParams<L> & Tree> {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new ArgumentError(
      `sequential: a non-empty array of layers is needed (got ${Array.isArray(layers) ? "none" : typeof layers}).`,
    );
  }
  const list: readonly Layer[] = [...layers];
  return {
    init: (key, options) => {
      const keys = key.split(list.length);
      return list.map((layer, i) => layer.init(keys[i], options)) as unknown as SequentialParams<L> & Tree;
    },
    apply(params, x) {
      const parts = params as unknown as readonly Tree[];
      if (!Array.isArray(parts) || parts.length !== list.length) {
        throw new ArgumentError(
          `sequential: parameters do not fit (got ${Array.isArray(parts) ? parts.length : typeof parts}, expected ${list.length}).`,
        );
      }
      return list.reduce((y, layer, i) => layer.apply(parts[i], y), x);
    },
  };
}

/**
 * `y = x + layer(x)` (He et al. 2016). Parameters: those of the layer.
 * @throws ShapeError when the layer changes the shape
 */
export function residual<P extends Tree>(layer: Layer<P>): Layer<P> {
  return {
    init: (key, options) => layer.init(key, options),
    apply(params, x) {
      const y = layer.apply(params, x);
      if (y.ndim !== x.ndim || y.shape.some((n, d) => n !== x.shape[d])) {
        throw new ShapeError(
          `residual: the layer changes the shape (got ${showShape(y.shape)}, expected ${showShape(x.shape)}).`,
        );
      }
      return add(x, y);
    },
  };
}

/**
 * A function without parameters as a layer.
 * @throws ArgumentError for anything but a function
 */
export function activation(fn: (x: Tensor) => Tensor): Layer<Record<string, never>> {
  if (typeof fn !== "function") {
    throw new ArgumentError(`activation: a function is needed (got ${typeof fn}).`);
  }
  return { init: () => ({}), apply: (_, x) => fn(x) };
}
