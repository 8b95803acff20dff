/** Models as quantisation sees them: a function of an image and a time, and the linear layers inside. */
import { ArgumentError, treeEntries } from "@ansatz/tensor";
import type { Tensor, Tree } from "@ansatz/tensor";
import { withLinearHook } from "@ansatz/nn";
import type { LinearCall } from "@ansatz/nn";

/** A model with its parameters left open: `x` [batch, …], `time` [batch], a result of the shape of `x`. */
export interface TimedNetwork<P extends Tree = Tree> {
  apply(params: P, x: Tensor, time: Tensor): Tensor;
}

/** A linear layer of a model, in the order in which the model applies it. */
export interface LayerInfo {
  /** Path of the weight in the parameter tree, without ".weight". */
  readonly path: string;
  readonly kind: LinearCall["kind"];
  /** Shape of the weight, output channels first. */
  readonly shape: readonly number[];
  /** Number of the layer, from 0. */
  readonly index: number;
}

/** The path of every tensor of a tree. */
export function pathsOf(params: Tree): Map<Tensor, string> {
  return new Map(treeEntries(params).map(([path, t]) => [t, path.replace(/\.?weight$/, "")]));
}

/**
 * Runs a model and hands every linear layer's path and input to `visit`, whose answer becomes the input.
 * @throws ArgumentError when a layer's weight is no tensor of the parameter tree
 */
export function walkLayers<P extends Tree>(
  network: TimedNetwork<P>,
  params: P,
  x: Tensor,
  time: Tensor,
  visit: (path: string, call: LinearCall) => Tensor,
): Tensor {
  const paths = pathsOf(params);
  return withLinearHook(
    (call) => {
      const path = paths.get(call.weight);
      if (path === undefined) {
        throw new ArgumentError(
          "walkLayers: a layer's weight is no tensor of the parameter tree (got one that the model made, expected a leaf).",
        );
      }
      return visit(path, call);
    },
    () => network.apply(params, x, time),
  );
}

/**
 * The linear layers of a model, found by running it once: convolutions and dense layers wherever they are, in attention,
 * behind concatenations and on skips.
 * @param x an input of the right shape, e.g. one image
 * @param time [batch]
 */
export function layersOf<P extends Tree>(network: TimedNetwork<P>, params: P, x: Tensor, time: Tensor): LayerInfo[] {
  const found = new Map<string, LayerInfo>();
  walkLayers(network, params, x, time, (path, { kind, weight, input }) => {
    if (!found.has(path)) found.set(path, { path, kind, shape: weight.shape, index: found.size });
    return input;
  });
  return [...found.values()];
}
