/** Minibatches: a new random order of the examples in every epoch. */
import { ArgumentError, ShapeError, showShape, tensor, treeEntries, type Tensor, type Tree } from "@ansatz/tensor";
import { permutation, type Key } from "@ansatz/tensor/random";

/** Number of examples, the common first size of all tensors. @throws ShapeError when there is none */
export function exampleCount(name: string, data: Tree): number {
  const entries = treeEntries(data);
  if (entries.length === 0) {
    throw new ArgumentError(`${name}: there is no data (got a tree without tensors, expected at least one).`);
  }
  const [firstPath, first] = entries[0];
  for (const [path, t] of entries) {
    if (t.ndim === 0 || t.shape[0] !== first.shape[0]) {
      throw new ShapeError(
        `${name}: data must have one number of examples (got ${showShape(t.shape)} at ${path || "the root"}, ` +
          `expected the first size of ${showShape(first.shape)} at ${firstPath || "the root"}).`,
      );
    }
  }
  return first.shape[0];
}

/**
 * The indices of batch number `batch` of epoch number `epoch`, both from 0, as i32 on a device. Epochs are independent
 * random orders of all examples; the few that do not fill a last batch are left out of that epoch.
 */
export function batchOrder(
  key: Key,
  examples: number,
  batchSize: number,
  device: string,
): (epoch: number, batch: number) => Tensor {
  let current = -1;
  let order: Int32Array = new Int32Array(0);
  return (epoch, batch) => {
    if (epoch !== current) {
      const drawn = permutation(key.fold(epoch), examples, { device: "cpu" });
      order = drawn.dataSync();
      drawn.dispose();
      current = epoch;
    }
    return tensor(order.slice(batch * batchSize, (batch + 1) * batchSize), { dtype: "i32", device });
  };
}
