/** Trees as one vector and back. */
import { concat, flatten, reshape, slice, treeFlatten, treeUnflatten, type Tensor, type Tree } from "@ansatz/tensor";

/** All elements of a tree, one tensor after the other. The tensors must have one data type. */
export function ravel(tree: Tree): Tensor {
  const { leaves } = treeFlatten(tree);
  return leaves.length === 1 ? flatten(leaves[0]) : concat(leaves.map((t) => flatten(t)));
}

/** A vector in the structure of a tree. */
export function unravel<P extends Tree>(vector: Tensor, like: P): P {
  const { leaves, spec } = treeFlatten(like);
  let at = 0;
  const parts = leaves.map((t) => {
    const begin = at;
    at += t.size;
    return reshape(slice(vector, [[begin, at]]), t.shape);
  });
  return treeUnflatten(spec, parts) as P;
}
