/** One training step as one compiled plan. */
import { emaUpdate, type Buffers, type Optimizer } from "@ansatz/optim";
import {
  add,
  compile,
  isFinite,
  logicalAnd,
  reshape,
  slice,
  square,
  sum,
  take,
  treeLeaves,
  treeMap,
  valueAndGrad,
  where,
  type Operand,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";

/**
 * The loss of a batch, a scalar. Pure; traced once, so it must neither read values nor depend on anything that changes.
 * @param keys as many independent keys as the option `keys` says, new ones in every step
 */
export type Loss<P extends Tree, D extends Tree> = (params: P, batch: D, keys: readonly Tensor<"u32">[]) => Tensor;

/** Trees of a state. The average is an empty tree when there is none. */
export type Trees<P extends Tree> = {
  readonly params: P;
  readonly buffers: Buffers;
  readonly average: P | readonly [];
};

/** Trees after a step and what was measured on the way. */
export type Stepped<P extends Tree> = {
  readonly next: Trees<P>;
  readonly loss: Tensor;
  /** Square of the gradient's Euclidean norm. */
  readonly squaredNorm: Tensor;
};

/**
 * Compiles a step `(trees, data, indices, words, emaWeight, ...numbers) → next trees, loss, squared gradient norm`.
 *
 * The trees' memory is donated. When the loss or the gradient is not finite, the trees come out as they went in.
 * @param keys number of keys of the loss; their words come as u32 [keys, 2]
 */
export function compileStep<P extends Tree, D extends Tree>(
  loss: Loss<P, D>,
  optimizer: Optimizer,
  keys: number,
): (trees: Trees<P>, data: D, indices: Tensor, words: Tensor, weight: number, ...numbers: number[]) => Stepped<P> {
  const both = valueAndGrad(loss);
  const step = (
    trees: Trees<P>,
    data: D,
    indices: Tensor,
    words: Tensor,
    weight: Operand,
    ...numbers: Operand[]
  ): Stepped<P> => {
    const batch = treeMap((x) => take(x, indices), data);
    const own = Array.from({ length: keys }, (_, i) => slice(words, [i]) as Tensor<"u32">);
    const { value, grad } = both(trees.params, batch, own);
    const squaredNorm = treeLeaves(grad)
      .map((g) => sum(square(g)))
      .reduce((a, b) => add(a, b));
    const fine = logicalAnd(isFinite(reshape(value, [])), isFinite(squaredNorm));
    const keep = <T extends Tree>(fresh: T, old: T): T => treeMap((a, b) => where(fine, a, b), fresh, old);
    const updated = optimizer.update(trees.params, grad, trees.buffers, numbers);
    const average =
      treeLeaves(trees.average).length === 0 ? trees.average : emaUpdate(trees.average, updated.params, weight);
    return {
      next: {
        params: keep(updated.params, trees.params),
        buffers: keep(updated.buffers, trees.buffers),
        average: keep(average, trees.average),
      },
      loss: value,
      squaredNorm,
    };
  };
  return compile(step as never, { donate: [0, 2, 3] }) as never;
}
