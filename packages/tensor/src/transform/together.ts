/** Results that are wanted together. */
import { holdTogether } from "../graph/lifetime.ts";
import { isTaping, isTracing } from "../graph/record.ts";
import type { Tensor } from "../tensor.ts";
import { treeFlatten, type Tree } from "../tree.ts";

/**
 * Says that the tensors of a tree are wanted together: when one of them is evaluated, all are, in one run that computes
 * what they share once. Returns the tree.
 *
 * For functions with several results, such as a step from a state to the next: without it, reading one result leaves the
 * others pending, and they keep what they depend on in memory, or compute it again.
 */
export function together<T extends Tree>(tree: T): T {
  groupTensors(treeFlatten(tree, "together").leaves);
  return tree;
}

/**
 * The same for a list. Tensors that have values, or were disposed, are left out. Inside a transform nothing is grouped:
 * its results are, when it is done.
 */
export function groupTensors(tensors: readonly Tensor[]): void {
  if (isTaping() || isTracing()) return;
  const group = tensors.filter((t) => t.storage === null && !t.disposed && t.ins.length > 0);
  holdTogether(group);
}
